-- Transfers by way of the module's flash: what they request, compare and leave behind.

local module = require "spec.support.module"

local data = ("0123456789"):rep(500)

-- Runs job(session, modem, bench); then the flash must be empty.
local function with_session(job, options)
  return module.with_session(options, function(session, modem)
    assert(session:put("f", data))
    job(session, modem, modem.bench)
    assert.same({}, modem:files())
    assert.equal("idle", session:stat())
  end)
end

local via = { via = "ufs" }

local function assert_mismatch(command, value, err)
  assert.is_nil(value)
  assert.equal("verify", err.kind, tostring(err))
  assert.equal(command, err.command)
end

describe("a transfer by way of the flash", function()
  it("works both ways, with offset, sink and progress", function()
    with_session(function(session, _, bench)
      local seen = {}
      local function progress(done, total) seen[#seen + 1] = { done, total } end
      assert.equal(#data, session:put("g", data, { via = "ufs", progress = progress }))
      assert.equal(data, bench.server:get("/g"))
      assert.same({ #data, #data }, seen[#seen])
      assert.equal(data:sub(4001), session:get("g", { via = "ufs", offset = 4000 }))
      seen = {}
      local chunks = {}
      assert.equal(#data, session:get("g", { via = "ufs", progress = progress,
        sink = function(chunk)
          chunks[#chunks + 1] = chunk
          return 1
        end }))
      assert.equal(data, table.concat(chunks))
      assert.same({ #data, #data }, seen[#seen])
    end)
  end)

  it("of nothing works as well", function()
    with_session(function(session, modem)
      assert.equal(0, session:put("empty", "", via))
      assert.equal(0, session:size("empty"))
      assert.equal("", session:get("empty", via))
      assert.equal("", session:get("f", { via = "ufs", offset = #data }))
      assert.equal(0, session:get("f", { sink = modem:ufs("x"), offset = #data }))
      assert.equal("", modem:ufs("x"):read())
      assert.is_true(modem:ufs("x"):remove())
    end)
  end)

  it("refuses an offset behind the end of the file", function()
    with_session(function(session)
      assert_mismatch("+QFTPGET", session:get("f", { via = "ufs", offset = #data + 1 }))
    end)
  end)

  it("needs no SIZE on a server without it, or in ASCII mode", function()
    with_session(function(session, _, bench)
      bench.module:fault("result,command=QFTPSIZE,err=620,protocol=500")
      assert.equal(data, session:get("f", via))
      bench.module.faults:clear()
      session.is_ascii = true
      bench.module:fault("result,command=QFTPSIZE,err=627,protocol=550")
      assert.equal(data, session:get("f", via))
      bench.module.faults:clear()
    end)
  end)
end)

describe("a transfer by way of the flash that goes wrong", function()
  it("fails if the module's count differs from the size", function()
    with_session(function(session, modem, bench)
      bench.module:fault(("result,command=QFTPPUT,err=0,protocol=%d"):format(#data - 1))
      assert_mismatch("+QFTPPUT", session:put("g", data, via))
      bench.module:fault(("result,command=QFTPGET,err=0,protocol=%d"):format(#data - 1))
      assert_mismatch("+QFTPGET", session:get("f", via))
      assert(modem:ufs("x"):write("other"))
      bench.module:fault(("result,command=QFTPPUT,err=0,protocol=%d"):format(4))
      assert_mismatch("+QFTPPUT", session:put("g", modem:ufs("x")))
      assert.is_true(modem:ufs("x"):remove())
    end)
  end)

  it("fails if the file in the flash differs from the module's count", function()
    with_session(function(session, _, bench)
      bench.module:fault("result,command=QFTPLIST,err=0,protocol=12")
      local text, err = session:list(".", via) -- and there is no file at all
      assert.is_nil(text)
      assert.equal(405, err.code)
      local flash = bench.module.ufs
      function flash.append(_, name, bytes) -- loses the first byte of each chunk
        return getmetatable(flash).append(flash, name, bytes:sub(2))
      end
      text, err = session:nlst(".", via)
      flash.append = nil
      assert_mismatch("+QFDWL", text, err)
    end)
  end)

  it("that fails leaves nothing in the flash", function()
    with_session(function(session, _, bench)
      for _, fault in ipairs {
        "result,command=QFTPPUT,err=615", "result,command=QFUPL,cme=409",
        "result,command=QFTPPUT,cme=603",
      } do
        bench.module:fault(fault)
        assert.is_nil((session:put("g", data, via)))
      end
      for _, fault in ipairs {
        "result,command=QFTPGET,err=613", "result,command=QFDWL,cme=411",
        "result,command=QFTPSIZE,err=614,protocol=421",
      } do
        bench.module:fault(fault)
        assert.is_nil((session:get("f", via)))
      end
      for _, method in ipairs { "list", "nlst", "mlsd" } do
        bench.module:fault(("result,command=QFTP%s,err=615"):format(method:upper()))
        assert.is_nil((session[method](session, ".", via)))
      end
    end)
  end)

  it("with a failing sink or source fails with kind local", function()
    with_session(function(session)
      local _, err = session:get("f", { via = "ufs", sink = function() return nil, "full" end })
      assert.equal("local", err.kind)
      _, err = session:put("f", function() error("boom") end, via)
      assert.equal("local", err.kind)
    end)
  end)
end)

describe("files of the flash", function()
  it("are listed by pattern, with the space left", function()
    local bench = module.bench { ufs_space = 100000 }
    bench:run(function(modem)
      assert(modem:clean_up())
      assert.same({ free = 100000, total = 100000 }, modem:space())
      assert(modem:ufs("a.txt"):write("1234"))
      assert(modem:ufs("b.bin"):write("12"))
      assert.same({ { name = "a.txt", size = 4 } }, modem:files("*.txt"))
      assert.equal(2, #modem:files())
      assert.is_true(modem:space().free <= 100000 - 6)
      assert.same({}, modem:files("c*"))
      for _, pattern in ipairs { "", "a\rb", 'a"b', ("x"):rep(61), 7 } do
        assert.has_error(function() modem:files(pattern) end)
      end
    end)
  end)
end)

describe("unsolicited lines that modem:on() hands out", function()
  it("tell of a lost context, and of a restart", function()
    local seen = {}
    module.with_session({ boot_seconds = 3 }, function(session, modem)
      for _, prefix in ipairs { "+QIURC", "RDY", "APP RDY" } do
        modem:on(prefix, function(line) seen[#seen + 1] = line end)
      end
      modem.bench.module:fault("pdp")
      local value, err = session:pwd()
      assert.is_nil(value)
      assert.equal("pdp", err.kind, tostring(err))
      assert(modem:activate())
      modem.bench.module:fault("reset,command=CSQ")
      assert.is_nil((modem:signal()))
      modem:at("", { timeout = 10 })
    end)
    assert.equal('+QIURC: "pdpdeact",1', seen[1])
    assert.is_truthy(table.concat(seen, "\n"):find("RDY", 1, true))
  end)

  it("reach every subscriber, even if one cancels a subscription meanwhile", function()
    local seen, take_back = {}, {}
    module.with_session(nil, function(_, modem)
      local function subscribe(name, also)
        take_back[name] = modem:on("+X", function()
          seen[#seen + 1] = name
          if also then also() end
        end)
      end
      subscribe("once", function() take_back.once() end)
      subscribe("next", function() take_back.gone() end)
      subscribe("gone")
      subscribe("last")
      for _ = 1, 2 do
        assert(modem.bench.port:give("\r\n+X: 1\r\n"))
        modem:poll()
      end
    end)
    assert.same({ "once", "next", "last", "next", "last" }, seen)
  end)
end)

describe("reboot", function()
  it("ends sessions and contexts, and errors say so", function()
    module.with_session(nil, function(session, modem)
      assert.is_true(modem:reboot())
      local value, err = session:pwd()
      assert.is_nil(value)
      assert.is_truthy(err.kind == "reset" or err.kind == "closed" or err.code == 606,
        tostring(err))
      assert.same({}, modem:contexts())
      assert(modem:activate())
      assert(modem:login { host = "ftp.example.com", user = "joe", password = "s3cret" })
    end)
  end)

  it("of a module that never comes back ends with a timeout", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      bench.module:fault("hang,command=CFUN")
      local ok, err = modem:reboot()
      assert.is_nil(ok)
      assert.equal("timeout", err.kind)
      assert.equal("+CFUN", err.command)
    end)
    assert.is_true(bench.now < 200, ("it took %.0f s"):format(bench.now))
  end)
end)

describe("diagnose", function()
  -- The report as a table by names.
  local function diagnose(options, prepare)
    local items, bench = {}, module.bench(options)
    bench:run(function(modem)
      assert(modem:clean_up())
      if prepare then prepare(modem) end
      for i, item in ipairs(modem:diagnose()) do
        items[i], items[item.name] = item.name, item
        assert.is_boolean(item.ok)
        assert.is_string(item.detail)
        assert.equal(not item.ok, item.advice ~= nil)
      end
    end)
    return items
  end

  it("checks first what the later checks need", function()
    local items = diagnose()
    assert.equal("SIM, signal, registration, attach, PDP settings, PDP context, DNS",
      table.concat(items, ", "))
  end)

  it("says what it found, and advises calls of this library", function()
    local items = diagnose({ sim = "pin", cell = { rssi = 2, attached = false } })
    assert.matches("SIM PIN", items.SIM.detail)
    assert.matches("modem:unlock", items.SIM.advice)
    assert.matches("%-109 dBm", items.signal.detail)
    items = diagnose({ cell = { registration = 3, attached = false } })
    assert.matches("3", items.registration.detail)
    assert.matches("CGATT=1", items.attach.advice)
    assert.matches("modem:activate", items["PDP settings"].advice)
    assert.matches("three times.*ten minutes", items["PDP context"].advice)
  end)

  it("names the address and the name server of a context that is active", function()
    local items = diagnose(nil, function(modem) assert(modem:activate { apn = "iot" }) end)
    assert.equal("10.7.157.1", items["PDP context"].detail)
    assert.matches("iot", items["PDP settings"].detail)
    assert.matches("%d+%.%d+", items.DNS.detail)
  end)

  it("of another context checks that one", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "iot", cid = 2 })
      local failed = 0
      for _, item in ipairs(modem:diagnose(2)) do failed = failed + (item.ok and 0 or 1) end
      assert.equal(0, failed)
      assert.has_error(function() modem:diagnose(17) end)
    end)
  end)
end)
