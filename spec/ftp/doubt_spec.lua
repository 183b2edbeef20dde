-- Driver and emulated module together, on a virtual clock: what the simulation has found
-- where a module is slow, generous with blanks, or says something by itself.

local module = require "spec.support.module"
local said = require("spec.support.habits").said

-- Logs in to a module with these options and runs job(session, modem).
local function with_files(options, job)
  return module.with_session(options, function(session, modem)
    modem.bench.server:put("/folder/a", "x")
    modem.bench.server:put("/folder/b", "y")
    job(session, modem)
  end)
end

describe("a listing", function()
  -- The other lines fill the room for held words before the time is over.
  for _, chatter in ipairs { "every=5000,line=+QXYZ: 5", 'every=500,line=^HCSQ: "LTE",40,41' } do
    it("that ends without a word costs a timeout, whatever comes then: " .. chatter, function()
      with_files(nil, function(session, modem)
        modem.bench.module:fault("early,bytes=55,how=none")
        modem.bench.module:fault("chatter,bytes=55," .. chatter)
        local _, err = session:list("folder")
        assert.equal("timeout", err.kind)
        assert.is_true(modem.bench.now < 120)
      end)
    end)
  end

  it("is whole with a line of an unknown word between it and OK", function()
    with_files(nil, function(session, modem)
      modem.bench.module:fault("urc,command=QFTPNLST,when=behind-payload,line=+QXYZ: 5")
      assert.same({ "a", "b" }, session:nlst("folder"))
    end)
  end)

  for _, line in ipairs { "OK", "ERROR", "+CME ERROR: 3", "NO CARRIER" } do
    it("is whole with somebody else's " .. line .. " behind its OK", function()
      with_files(nil, function(session, modem)
        modem.bench.module:fault("foreign,command=QFTPNLST,when=before-result,line=" .. line)
        assert.same({ "a", "b" }, session:nlst("folder"))
      end)
    end)
  end

  it("is proven by a module that takes up to 3 s for an answer", function()
    for seed = 1, 10 do
      local options = { quirks = { "answer=0-3000" }, seed = seed, timeout = 60 }
      with_files(options, function(session)
        assert.same({ "a", "b" }, session:nlst("folder"))
      end)
    end
  end)
end)

describe("a download of known length", function()
  local content = ("0123456789abcdef"):rep(500)

  -- Puts the file there and gets it into a sink while lines of an unknown word come.
  local function get(...)
    local faults = { ... }
    local chunks, heard, err = {}, 0, nil
    module.with_session({ baudrate = 115200 }, function(session, modem)
      modem:on("+QXYZ", function() heard = heard + 1 end)
      modem.bench.server:put("/f", content)
      for _, fault in ipairs(faults) do modem.bench.module:fault(fault) end
      local _
      _, err = session:get("f", { sink = function(chunk)
        chunks[#chunks + 1] = chunk
        return true
      end })
      assert.is_true(modem.bench.now < 120)
    end)
    return table.concat(chunks), err, heard
  end

  it("that ends without a word gives the sink no line that the module says then", function()
    for _, every in ipairs { 200, 1000, 5000 } do
      local got, err, heard = get("early,bytes=3000,how=none",
        ("chatter,bytes=3000,every=%d,line=+QXYZ: 5"):format(every))
      assert.equal("timeout", err.kind)
      assert.equal(content:sub(1, 3000), got)
      assert.is_true(heard >= 24000 / every - 1, heard)
    end
  end)

  it("that the module ends gives the sink no final result code of another's behind that", function()
    for _, line in ipairs { "ERROR", "+CME ERROR: 603", "+CMS ERROR: 500" } do
      local got, err = get("early,bytes=3000,code=606",
        "foreign,command=QFTPGET,when=after-result,line=" .. line)
      assert.equal(606, err.code)
      assert.equal(content:sub(1, 3000), got)
    end
  end)

  -- The lines come so fast that they would fill the room for the words of the end.
  it("that the module ends among such lines gives the sink none of them", function()
    local got, err, heard = get("early,bytes=3000,how=none",
      "chatter,bytes=3000,every=50,line=+QXYZ: 5", "drop,seconds=2,how=none,close=yes")
    assert.equal("ftp", err.kind)
    assert.equal(606, err.code)
    assert.equal(content:sub(1, 3000), got)
    assert.is_true(heard >= 50, heard)
  end)
end)

describe("a module that somebody has left with odd settings", function()
  for _, settings in ipairs { "V0S3=26", "Q1S3=10", "V0Q1E1S3=7S4=9S5=3" } do
    it("is opened within the usual timeout: AT" .. settings, function()
      local bench = module.bench { settings = settings }
      bench:run(function(modem) assert(modem:clean_up()) end)
    end)
  end

  it("is opened where the port takes one byte at a time", function()
    local bench = module.bench { settings = "S3=10", write_room = 1, baudrate = 0 }
    bench:run(function(modem) assert(modem:clean_up()) end)
  end)
end)

describe("a module that takes 3 s for each answer", function()
  it("is opened by calls that have 10 s each, a session of another's included", function()
    local bench = module.bench { quirks = { "answer=3000" }, state = "session", timeout = 10 }
    local ok
    bench:run(function(modem)
      for _ = 1, 8 do ok = ok or modem:clean_up() end
      assert.is_true(ok)
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)
end)

describe("blanks", function()
  for _, style in ipairs { "blank", "tight", "trailing", "blank+trailing", "tight+joined" } do
    it("do not change what is read: " .. style, function()
      module.with_session({ quirks = { "spacing=" .. style, "pwd-quoted" } },
        function(session, modem)
          assert.equal(24, modem:signal().rssi)
          assert.is_true(modem:unlock("1234"))
          assert.equal("/", session:pwd())
          assert.equal(20, session:config("rsptimeout"))
          assert.is_true(modem:diagnose()[1].ok)
        end)
    end)
  end
end)

describe("a file that loses bytes on its way into the flash", function()
  it("is told by its checksum, when the module has given up waiting", function()
    module.with_session(nil, function(session, modem)
      modem.bench.module:fault("ufs-loss,command=QFUPL,at=3,count=1")
      local _, err = session:put("a", ("x"):rep(16), { via = "ufs" })
      assert.equal("verify", err.kind)
    end)
  end)
end)
