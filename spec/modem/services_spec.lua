-- The module's services besides FTP: contexts, flash, SIM, restart, and the checklist of
-- chapter 4.

local habits = require "spec.support.habits"
local module = require "spec.support.module"

-- Runs job(modem, bench) with an open modem.
local function with_modem(options, job)
  local bench = module.bench(options)
  bench:run(function(modem)
    assert(modem:clean_up())
    job(modem, bench)
  end)
  return bench
end

local function executed(bench, pattern)
  local found = {}
  for _, command in ipairs(bench.module:commands()) do
    if command:find(pattern) then found[#found + 1] = command end
  end
  return found
end

describe("info and signal", function()
  it("return model and signal of the module", function()
    with_modem({ cell = { rssi = 20, ber = 99 } }, function(modem)
      local info = modem:info()
      assert.equal("Quectel", info.manufacturer)
      assert.equal(habits.identity("model", "BG96"), info.model)
      assert.equal(habits.identity("firmware", "BG96MAR02A07M1G"), info.revision)
      assert.matches("^%d+$", info.imei)
      assert.same({ rssi = 20, ber = 99, dbm = -73 }, modem:signal())
    end)
  end)

  it("return no dBm if the module does not know", function()
    with_modem({ cell = { rssi = 99, ber = 99 } }, function(modem)
      assert.same({ rssi = 99, ber = 99 }, modem:signal())
    end)
  end)
end)

describe("a PDP context", function()
  it("is configured and activated once", function()
    local bench = with_modem(nil, function(modem)
      local settings = { apn = "iot", user = "u", password = "p", auth = "chap", type = "ipv4v6" }
      assert.equal("10.7.157.1", modem:activate(settings))
      assert.equal("10.7.157.1", modem:activate(settings))
      assert.same({ { cid = 1, active = true, type = "ipv4v6", address = "10.7.157.1" } },
        modem:contexts())
    end)
    assert.same({ 'AT+QICSGP=1,3,"iot","u","p",2' }, executed(bench, "^AT%+QICSGP=1,"))
    assert.equal(1, #executed(bench, "^AT%+QIACT=1$"))
    assert.is_nil(table.concat(bench.trace, "\n"):find('"p"', 1, true))
  end)

  it("is deactivated first when it has other settings", function()
    local bench = with_modem(nil, function(modem)
      assert(modem:activate { apn = "one" })
      assert(modem:activate { apn = "two" })
    end)
    assert.equal(1, #executed(bench, "^AT%+QIDEACT=1$"))
  end)

  it("keeps its settings if no APN is given", function()
    local bench = with_modem(nil, function(modem)
      assert(modem:activate { apn = "one" })
      assert(modem:deactivate())
      assert(modem:activate())
    end)
    assert.equal(1, #executed(bench, "^AT%+QICSGP=1,"))
  end)

  it("that is not active is only asked for when deactivated", function()
    local bench = with_modem(nil, function(modem) assert.is_true(modem:deactivate(3)) end)
    assert.same({}, executed(bench, "QIDEACT"))
  end)

  it("that is refused gives the module's error", function()
    with_modem({ cell = { attached = false } }, function(modem)
      local address, err = modem:activate { apn = "iot" }
      assert.is_nil(address)
      assert.is_true(err.kind == "cme" or err.kind == "error", err.kind)
      assert.equal("+QIACT", err.command)
    end)
  end)

  it("takes only what the manual allows", function()
    with_modem(nil, function(modem)
      for _, options in ipairs {
        { cid = 0 }, { cid = 17 }, { auth = "md5" }, { type = "ipx" }, { apn = 'a"b' },
        { apn = ("x"):rep(128) }, { unknown = 1 },
      } do
        assert.has_error(function() modem:activate(options) end)
      end
    end)
  end)
end)

describe("a file in UFS", function()
  local data = ("abc\r\nOK\r\n+++"):rep(1000)

  it("is written, found, read and removed, with checksums", function()
    local bench = with_modem(nil, function(modem)
      local file = modem:ufs("a.bin")
      assert.equal(#data, file:write(data))
      assert.equal(#data, file:size())
      assert.equal(data, file:read())
      assert.same({ { name = "a.bin", size = #data } }, modem:files())
      assert.is_true(file:remove())
      local size, err = file:size()
      assert.is_nil(size)
      assert.equal(405, err.code)
      assert.same({}, modem:files())
    end)
    assert.equal(1, #executed(bench, "^AT%+QFUPL"))
  end)

  for _, quirk in ipairs { "ufs-prefix", "padded-checksum" } do
    it("works the same on a module with the habit " .. quirk, function()
      with_modem({ quirks = { quirk } }, function(modem)
        assert.equal(#data, modem:ufs("a"):write(data))
        assert.equal(data, modem:ufs("a"):read())
        assert.equal(#data, modem:ufs("a"):size())
      end)
    end)
  end

  it("may be empty, or have an odd length, and is replaced by the next", function()
    with_modem(nil, function(modem)
      for _, content in ipairs { "", "a", "ab", "abc", "" } do
        assert.equal(#content, modem:ufs("f"):write(content))
        assert.equal(content, modem:ufs("f"):read())
      end
    end)
  end)
end)

describe("a file in UFS, as a stream", function()
  local data = ("abc\r\nOK\r\n+++"):rep(1000)

  it("is read from and written to streams", function()
    with_modem(nil, function(modem)
      local file = io.tmpfile()
      file:write(data)
      file:seek("set")
      assert.equal(#data, modem:ufs("f"):write(file))
      local chunks = {}
      local count = modem:ufs("f"):read { sink = function(chunk)
        chunks[#chunks + 1] = chunk
        return 1
      end }
      assert.equal(#data, count)
      assert.equal(data, table.concat(chunks))
      file:close()
    end)
  end)

  it("may come from a source that waits, on any Lua", function()
    with_modem(nil, function(modem)
      local chunks = { "ab", "cd" }
      assert.equal(4, modem:ufs("f"):write(function()
        coroutine.yield(-1, nil, 0.5)
        return table.remove(chunks, 1)
      end))
      assert.equal("abcd", modem:ufs("f"):read())
    end)
  end)

  -- Its last bytes could be lines that the module says by itself, and equal words cancel out.
  it("whose length and checksum look like an error and a reply arrives whole", function()
    with_modem(nil, function(modem)
      local content = "\7\37" .. ("x"):rep(584) .. ("\r\n+CREG: 1,123"):rep(2)
      assert.equal(614, modem:ufs("f"):write(content)) -- +QFDWL: 614,725
      assert.equal(content, modem:ufs("f"):read())
    end)
  end)

  it("that arrives damaged fails with kind verify", function()
    with_modem(nil, function(modem, bench)
      assert(modem:ufs("f"):write(data))
      bench.module:fault("byte,at=1000,how=garbled")
      local content, err = modem:ufs("f"):read()
      assert.is_nil(content)
      assert.equal("verify", err.kind)
      assert.equal("+QFDWL", err.command)
    end)
  end)

  it("that does not fit gives the module's error", function()
    with_modem({ ufs_space = 1000 }, function(modem)
      assert.equal(1000, modem:space().total)
      local count, err = modem:ufs("f"):write(data)
      assert.is_nil(count)
      assert.equal("cme", err.kind)
    end)
  end)

  it("must have a name that a module accepts", function()
    with_modem(nil, function(modem)
      for _, name in ipairs { "", ("x"):rep(61), 'a"b', "a\rb", "RAM:x" } do
        assert.has_error(function() modem:ufs(name) end)
      end
    end)
  end)
end)

describe("transfers with UFS", function()
  local data = ("AT+CFUN=1,1\r\n+++"):rep(500)

  it("read and write files there", function()
    local bench = module.with_session(nil, function(session, modem)
      local file, copy = modem:ufs("a"), modem:ufs("b")
      assert(file:write(data))
      assert.equal(#data, session:put("remote", file))
      assert.equal(#data, session:get("remote", { sink = copy }))
      assert.equal(data, copy:read())
      assert.equal(#data - 10, session:get("remote", { sink = copy, offset = 10 }))
      assert.is_true(session:list(".", { sink = copy }) > 0)
      assert.matches("remote", copy:read())
    end)
    assert.equal(data, bench.server:get("/remote"))
  end)

  it("via UFS let no byte of a payload reach the command interpreter", function()
    local bench = module.with_session(nil, function(session, modem)
      assert.equal(#data, session:put("remote", data, { via = "ufs" }))
      assert.equal(data, session:get("remote", { via = "ufs" }))
      assert.same({ "remote" }, session:nlst(".", { via = "ufs" }))
      assert.equal("remote", session:mlsd(".", { via = "ufs" })[1].name)
      assert.same({}, modem:files())
    end)
    assert.same({}, executed(bench, "CFUN"))
  end)

  it("refuse a length", function()
    module.with_session(nil, function(session, modem)
      assert.has_error(function() session:put("f", "x", { via = "ufs", length = 1 }) end)
      assert.has_error(function() session:get("f", { sink = modem:ufs("f"), length = 1 }) end)
    end)
  end)

  it("that fail leave nothing in the flash", function()
    module.with_session(nil, function(session, modem)
      local content, err = session:get("nope", { via = "ufs" })
      assert.is_nil(content)
      assert.equal(550, err.protocol)
      local count
      count, err = session:put("nodir/f", data, { via = "ufs" })
      assert.is_nil(count)
      assert.equal("ftp", err.kind)
      assert.same({}, modem:files())
    end)
  end)
end)

describe("unlock", function()
  it("enters the PIN if it is asked for", function()
    local bench = with_modem({ sim = "pin", pin = "4711" }, function(modem)
      assert.is_true(modem:unlock("4711"))
      assert.is_true(modem:unlock("4711"))
    end)
    assert.equal(1, #executed(bench, "^AT%+CPIN=4711"))
    assert.is_nil(table.concat(bench.trace, "\n"):find("4711", 1, true))
  end)

  it("tries once and reports a wrong PIN", function()
    local bench = with_modem({ sim = "pin", pin = "4711" }, function(modem)
      local ok, err = modem:unlock("0000")
      assert.is_nil(ok)
      assert.equal("cme", err.kind)
      assert.equal(16, err.code)
    end)
    assert.equal(1, #executed(bench, "^AT%+CPIN="))
  end)

  it("tries nothing on a card that is blocked or missing", function()
    for sim, code in pairs { puk = 12, none = 10 } do
      local bench = with_modem({ sim = sim }, function(modem)
        local ok, err = modem:unlock("0000")
        assert.is_nil(ok)
        assert.equal(code, err.code)
      end)
      assert.same({}, executed(bench, "^AT%+CPIN="))
    end
  end)

  it("takes only digits and never repeats the PIN in a message", function()
    with_modem(nil, function(modem)
      local _, message = pcall(modem.unlock, modem, "12a4")
      assert.matches("4 to 8 digits", message)
      assert.is_nil(message:find("12a4", 1, true))
    end)
  end)
end)

describe("reboot", function()
  for _, quirk in ipairs { "pwd-quoted", "no-app-ready" } do
    it("returns when the module answers again, with the habit " .. quirk, function()
      local seen = 0
      local bench = with_modem({ quirks = { quirk } }, function(modem)
        modem:on("RDY", function() seen = seen + 1 end)
        assert.is_true(modem:reboot())
        assert.equal(24, modem:signal().rssi)
        assert.same({}, modem:contexts())
      end)
      assert.equal(1, seen)
      assert.is_true(bench.now < 20)
    end)
  end

  it("fails at once if the port disappears, as that of a USB module does", function()
    local bench = module.bench()
    local err
    bench:run(function(modem)
      assert(modem:clean_up())
      local _
      _, err = modem:reboot()
    end, function()
      bench.sleep(1)
      bench.port:fail(5)
    end)
    assert.equal("port", err.kind, tostring(err))
    assert.is_true(bench.now < 5)
  end)
end)

describe("diagnose", function()
  local function failing(options, prepare)
    local names = {}
    with_modem(options, function(modem)
      if prepare then prepare(modem) end
      for _, item in ipairs(modem:diagnose()) do
        assert.is_string(item.detail)
        if not item.ok then
          names[item.name] = item.advice
          assert.is_string(item.advice)
        end
      end
    end)
    return names
  end

  it("finds nothing wrong if the module is online", function()
    assert.same({}, failing(nil, function(modem) assert(modem:activate { apn = "iot" }) end))
  end)

  it("names what is missing", function()
    assert.is_string(failing({ sim = "none" }).SIM)
    assert.is_string(failing({ cell = { registration = 2, attached = false } }).registration)
    assert.is_string(failing({ cell = { attached = false } }).attach)
    assert.is_string(failing({ cell = { rssi = 99 } }).signal)
    assert.is_string(failing()["PDP settings"])
    assert.is_string(failing()["PDP context"])
    assert.is_string(failing().DNS)
  end)
end)
