-- Driver and emulated module together, on a virtual clock: opening from every
-- state, the ways to fail, payloads that look like something else.

local module = require "spec.support.module"

local function open(options)
  local bench = module.bench(options)
  local ok, err, lines
  bench:run(function(modem)
    ok, err = modem:recover()
    if ok then lines = modem:at("+CSQ") end
  end)
  return ok, err, bench, lines
end

describe("opening", function()
  -- The seconds that each state may take, by the guards and timeouts it needs.
  for state, limit in pairs {
    idle = 0.2,
    ["half-line"] = 0.2,
    session = 1,
    ["data-upload"] = 5,
    ["data-download"] = 5,
    booting = 9.9,
  } do
    for _, echo in ipairs { true, false } do
      it(("finds the module in state %s, echo %s"):format(state, echo and "on" or "off"), function()
        local ok, err, bench, lines = open { state = state, echo = echo }
        assert.is_true(ok, tostring(err))
        assert.is_true(bench.now < limit, ("it took %.1f s"):format(bench.now))
        assert.same({ "+CSQ: 24,0" }, lines)
        assert.equal(0, bench.modem.core:queue_length())
      end)
    end
  end

  it("closes the session of a crashed process, and waits for the result", function()
    local _, _, bench = open { state = "session", quirks = { "slow-close=3" } }
    local commands = table.concat(bench.heart:commands(), "\n")
    assert.matches("AT%+QFTPCLOSE", commands)
    assert.is_true(bench.now > 3)
  end)

  it("runs no command that half a line held", function()
    local _, _, bench = open { state = "half-line" }
    for _, command in ipairs(bench.heart:commands()) do
      assert.is_nil(command:find('"half"', 1, true), command)
    end
  end)

  it("gives up in time where nobody answers", function()
    local ok, err, bench = open { state = "silent", timeout = 4 }
    assert.is_nil(ok)
    assert.equal("timeout", err.kind)
    assert.is_true(bench.now >= 4 and bench.now < 4.1)
  end)

  it("works at 1200 baud, whose bytes take longer than a probe", function()
    local ok, err = open { baudrate = 1200, state = "data-upload" }
    assert.is_true(ok, tostring(err))
  end)
end)

describe("a call that fails", function()
  local function login_error(options, login)
    local bench = module.bench(options)
    local value, err
    bench:run(function(modem)
      assert(modem:recover())
      if not (options and options.inactive) then assert(modem:activate { apn = "internet" }) end
      value, err = modem:login(login)
    end)
    assert.is_nil(value)
    return err, bench
  end

  local good = { host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20 }

  local function with(changes)
    local login = {}
    for name, value in pairs(good) do login[name] = value end
    for name, value in pairs(changes) do login[name] = value end
    return login
  end

  it("says of a wrong password what both numbers mean", function()
    local err, bench = login_error({}, with { password = "hunter2" })
    assert.equal("ftp", err.kind)
    assert.equal(625, err.code)
    assert.equal(530, err.protocol)
    assert.equal("+QFTPOPEN", err.command)
    assert.equal("Not logged in", err.message)
    assert.equal("+QFTPOPEN: 625 not logged in (FTP 530 not logged in): check user and password",
      tostring(err))
    assert.is_nil(table.concat(bench.trace, "\n"):find("hunter2", 1, true))
  end)

  it("gives 604 for a host that does not resolve", function()
    local err = login_error({}, with { host = "no.such.host.invalid" })
    assert.equal("ftp", err.kind)
    assert.equal(604, err.code)
    assert.is_nil(err.protocol)
  end)

  it("gives 606 where nothing listens", function()
    assert.equal(606, login_error({}, with { port = 2121 }).code)
  end)

  it("says that the PDP context is not active", function()
    local err = login_error({ inactive = true }, good)
    assert.equal("pdp", err.kind)
    assert.matches("modem:activate", tostring(err))
  end)

  it("gives 603 for a second login", function()
    module.with_session(nil, function(session, modem)
      local second, err = modem:login(good)
      assert.is_nil(second)
      assert.equal(603, err.code)
      assert.equal("/", session:pwd())
    end)
  end)

  it("gives 603 while another program's CLOSE goes on", function()
    module.with_session({ quirks = { "slow-close=5" } }, function(session, modem)
      assert(modem:at("+QFTPCLOSE"))
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("ftp", err.kind)
      assert.equal(603, err.code)
    end)
  end)

  it("gives 627 and 550 for a file that is not there", function()
    module.with_session(nil, function(session)
      for _, call in ipairs { "get", "size", "del", "cwd" } do
        local value, err = session[call](session, "nope")
        assert.is_nil(value)
        assert.equal("ftp", err.kind)
        assert.equal(627, err.code)
        assert.equal(550, err.protocol)
        assert.equal("Requested action not taken", err.message)
      end
    end)
  end)

  it("times out where the module is silent, and the next call works", function()
    module.with_session({ faults = { "silence,command=QFTPSIZE" } }, function(session)
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("timeout", err.kind)
      assert.equal("+QFTPSIZE", err.command)
      assert.equal("/", session:pwd())
    end)
  end)

  it("times out where only the result is missing, and the next call works", function()
    module.with_session({ faults = { "silence,command=QFTPSIZE,what=result" } }, function(session)
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("timeout", err.kind)
      assert.equal("/", session:pwd())
    end)
  end)

  it("is of kind reset where the module restarts, and login works again", function()
    local bench = module.bench { faults = { "reset,command=QFTPSIZE" } }
    bench:run(function(modem)
      assert(modem:recover())
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login(good))
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("reset", err.kind)
      assert.is_true(bench.now < 5)
      assert(modem:activate { apn = "internet" })
      assert(modem:login(good))
    end)
  end)

  for _, how in ipairs { "carrier", "result" } do
    it("is of kind pdp where the context goes down under it, told by " .. how, function()
      local fault = "pdp,bytes=1000,how=" .. how
      module.with_session({ faults = { fault } }, function(session, modem)
        local count, err = session:put("f", ("x"):rep(100000))
        assert.is_nil(count)
        assert.equal("pdp", err.kind)
        assert.equal("+QFTPPUT", err.command)
        assert(modem:activate { apn = "internet" })
      end)
    end)
  end

  it("is of kind pdp where the context goes down under a command", function()
    module.with_session({ faults = { "pdp,command=QFTPSIZE" } }, function(session)
      local size, err = session:size("f")
      assert.is_nil(size)
      assert.equal("pdp", err.kind)
    end)
  end)

  for _, how in ipairs { "carrier", "result", "silence" } do
    for _, call in ipairs { "put", "get" } do
      it(("ends when the link drops in a %s, told by %s, and leaves the modem usable"):format(call,
        how), function()
        local data = ("0123456789"):rep(3000)
        local bench = module.bench()
        bench.server:put("/f", data)
        bench:run(function(modem)
          assert(modem:recover())
          assert(modem:activate { apn = "internet" })
          local session = assert(modem:login(good))
          bench.heart:fault("drop,bytes=10000,how=" .. how)
          local value, err = session[call](session, "f", call == "put" and data or nil)
          assert.is_nil(value)
          assert.is_not_nil(err.kind)
          assert.is_true(err.transferred <= 30000)
          assert(modem:at("+CSQ"))
        end)
        assert.is_true(bench.now < 120, ("it took %.0f s"):format(bench.now))
        assert.equal(0, bench.modem.core:queue_length())
      end)
    end
  end
end)

describe("an upload that ends early", function()
  -- All of it has been written when the module gives up; what it has not taken then
  -- stands in its command line.
  for _, call in ipairs { "put", "ufs" } do
    it("leaves nothing for the next command to be added to: " .. call, function()
      local tail = 'AT+QFLST="*";'
      module.with_session(nil, function(session, modem)
        local data = ("x"):rep(100) .. tail
        local value, err
        if call == "put" then
          modem.bench.heart:fault("early,bytes=100")
          value, err = session:put("f", data)
        else
          modem.bench.heart.ufs.append = function() return #data < 100 end
          value, err = modem:ufs("f"):write(data)
        end
        assert.is_nil(value)
        assert.is_not_nil(err.code)
        assert.same({ "+CSQ: 24,0" }, modem:at("+CSQ"))
      end)
    end)
  end
end)

describe("a listing", function()
  for _, line in ipairs { '+QIURC: "recv",0', "RING" } do
    it("may be followed at once by unsolicited lines, which are no part of it: " .. line, function()
      local seen = {}
      module.with_session(nil, function(session, modem)
        local bench = modem.bench
        modem:on(line:match("^%+?%a+"), function(text) seen[#seen + 1] = text end)
        for i = 1, 50 do bench.server:put(("/d/%d"):format(i), "x") end
        for _, bytes in ipairs { 100, 120 } do
          bench.heart:fault(("urc,bytes=%d,line=%s"):format(bytes, line))
        end
        local started = bench.now
        assert.equal(50, #session:nlst("d"))
        assert.is_true(bench.now - started < 2)
        assert.equal("/", session:pwd())
      end)
      assert.same({ line, line }, seen)
    end)
  end

  it("may end with what looks like its trailer", function()
    module.with_session(nil, function(session, modem)
      local tree = modem.bench.server.tree
      modem.bench.server:put("/d/x", "x")
      tree:node("/d").entries = {
        ["a\r\nOK\r\n\r\n+QFTPNLST: 0,1"] = { kind = "file", content = "", mtime = 0 },
      }
      assert.same({ "a", "OK", "+QFTPNLST: 0,1" }, session:nlst("d"))
    end)
  end)
end)

describe("a restart in the middle of a listing's proof", function()
  it("is of kind reset, and the next call works", function()
    module.with_session(nil, function(session, modem)
      modem.bench.heart:fault("hang,command=AT,wake=1")
      local text, err = session:list(".")
      assert.is_nil(text)
      assert.equal("reset", err.kind)
      modem.bench.sleep(60)
      assert.same({ "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)
end)

describe("a session that has ended without a word", function()
  local endings = {
    ["as its CLOSE was answered by nothing"] = function(session, modem)
      modem.bench.heart:fault("silence,command=QFTPCLOSE,what=result")
      assert.equal("timeout", select(2, session:close()).kind)
    end,
    ["as its CLOSE was refused with 606: there is nothing to close"] = function(session, modem)
      modem.bench.heart:fault("drop,how=silence")
      assert.is_true(session:close())
    end,
    ["as STAT says"] = function(session, modem)
      modem.bench.heart:fault("drop,how=silence")
      assert.equal("closed", session:stat())
    end,
    ["with its context, by deactivate"] = function(_, modem) assert(modem:deactivate()) end,
    ["with its context, by other settings"] = function(_, modem)
      assert(modem:activate { apn = "other" })
    end,
    ["with its context, by the network"] = function(_, modem)
      modem.bench.heart:fault("pdp")
      assert(modem:at("+CSQ"))
    end,
  }
  for how, finish in pairs(endings) do
    it("does not stand in the way of the next login, " .. how, function()
      module.with_session(nil, function(session, modem)
        finish(session, modem)
        assert(modem:activate { apn = "internet" })
        local next_session = assert(modem:login {
          host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20,
        })
        assert.equal("/", next_session:pwd())
      end)
    end)
  end

  it("is still open where CLOSE did not have its turn", function()
    module.with_session(nil, function(session, modem)
      modem.bench.heart:fault("late,command=CSQ,ms=60000")
      local other = coroutine.create(function() return modem:at("+CSQ", { timeout = 90 }) end)
      coroutine.resume(other)
      local waiting = { session:close() }
      assert.equal("timeout", waiting[2].kind)
      other = nil -- luacheck: ignore
      collectgarbage()
      modem.bench.sleep(60)
      assert.equal("/", session:pwd())
      assert.is_true(session:close())
    end)
  end)
end)

describe("a sink or source that fails", function()
  -- Many kilobytes went up just before, faster than the line's baud rate has it,
  -- as on a USB port: the guards of what follows must not wait for those.
  it("ends the call with kind local, and the next one works soon", function()
    local bench = module.bench { baudrate = 0, driver_baudrate = 9600 }
    bench:run(function(modem)
      assert(modem:recover())
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login {
        host = "ftp.example.com", user = "joe", password = "s3cret",
      })
      assert(session:put("f", ("x"):rep(300000)))
      local started = bench.now
      local count, err = session:get("f", { sink = function() return nil, "full" end })
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.equal("+QFTPGET", err.command)
      assert.equal(300000, session:size("f"))
      assert.is_true(bench.now - started < 8, ("it took %.1f s"):format(bench.now - started))
      count, err = session:put("g", function() error("boom") end)
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.equal("+QFTPPUT", err.command)
      assert.matches("boom", tostring(err))
      count, err = session:get("f", { progress = function() error("oops") end })
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.equal("/", session:pwd())
    end)
  end)
end)

describe("a name", function()
  it("that could end a command, or is too long, throws before a byte is sent", function()
    local before
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:recover())
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login {
        host = "ftp.example.com", user = "joe", password = "s3cret",
      })
      before = #bench.heart:commands()
      for _, name in ipairs { "a\rb", "a\nb", "a\0b", 'a"b', ("x"):rep(256), "" } do
        for _, call in ipairs { "cwd", "size", "get", "put", "del" } do
          assert.has_error(function() session[call](session, name, "data") end)
        end
      end
      assert.equal(before, #bench.heart:commands())
      assert.equal("/", session:pwd())
    end)
  end)

  it("of 255 bytes, of any other bytes, goes through", function()
    module.with_session(nil, function(session)
      for _, name in ipairs { ("x"):rep(255), "naïve.txt", "\1\2\255", "a'b;c,d e" } do
        assert.equal(3, session:put(name, "abc"))
        assert.equal("abc", session:get(name))
      end
    end)
  end)
end)

describe("a payload", function()
  local every_byte = {}
  for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
  every_byte = table.concat(every_byte)

  local function filled(size)
    return every_byte:rep(math.floor(size / 256) + 1):sub(1, size)
  end

  local payloads = {
    ["+++"] = "+++",
    ["+++ at both ends"] = "+++abc+++",
    ["OK"] = "12345\r\nOK\r\n12345",
    ["NO CARRIER"] = "12345\r\nNO CARRIER\r\n12345",
    ["a forged result of a get"] = "12345678901234567\r\nOK\r\n\r\n+QFTPGET: 0,17\r\n",
    ["a forged result of a put"] = "12345\r\nOK\r\n\r\n+QFTPPUT: 0,5\r\n",
    ["a forged result with a wrong count"] = "12345\r\nOK\r\n\r\n+QFTPGET: 0,99\r\n",
  }
  for _, size in ipairs { 0, 1, 2, 3, 1023, 1024, 1025, 65536, 1024 * 1024 + 1 } do
    payloads[size .. " bytes"] = filled(size)
  end

  -- A line that comes unasked before every command.
  local urc = 'urc,command=any,times=0,line=+QIURC: "recv",0'
  local lines = {
    { "in large reads", { baudrate = 0 } },
    { "byte by byte", { baudrate = 921600, read_size = 1, write_room = 1 } },
    { "with echo that cannot be switched off", { baudrate = 0, quirks = { "stubborn-echo" } } },
    { "with unsolicited lines in between", { baudrate = 0, faults = { urc } } },
  }

  for what, payload in pairs(payloads) do
    for _, line in ipairs(lines) do
      if #payload < 100000 or line[2].read_size == nil then
        it(("of %s goes up and comes down %s"):format(what, line[1]), function()
          local options = {}
          for name, value in pairs(line[2]) do options[name] = value end
          local bench = module.with_session(options, function(session)
            assert.equal(#payload, session:put("f", payload))
            assert.equal(#payload, session:size("f"))
            assert.is_true(session:get("f") == payload)
          end)
          assert.is_true(bench.server:get("/f") == payload)
        end)
      end
    end
  end

  it("of 1 MiB uses 99.5 % of a line of 921600 baud in both directions", function()
    local payload = filled(1024 * 1024)
    module.with_session({ baudrate = 921600 }, function(session, modem)
      local bench = modem.bench
      local started = bench.now
      assert(session:put("f", payload))
      local up = bench.now - started
      started = bench.now
      assert(session:get("f"))
      local down = bench.now - started
      local limit = #payload / 92160
      assert.is_true(limit / up > 0.995, ("up: %.4f"):format(limit / up))
      assert.is_true(limit / down > 0.995, ("down: %.4f"):format(limit / down))
    end)
  end)
end)

describe("an upload that the module has left early", function()
  -- What was on its way stands in the module's line buffer then.
  for _, how in ipairs { "carrier", "result" } do
    it("leaves nothing that the next command could fall over, how=" .. how, function()
      for at = 60000, 61000, 100 do
        module.with_session({ faults = { ("drop,bytes=%d,how=%s"):format(at, how) } },
          function(session, modem)
            local seen = -1
            local count, err = session:put("f", ("0123456\n"):rep(8000), {
              progress = function(done)
                assert.is_true(done > seen)
                seen = done
              end,
            })
            assert.is_nil(count)
            assert.is_string(err.kind)
            assert.same({ "+CSQ: 24,0" }, modem:at("+CSQ"))
          end)
      end
    end)
  end
end)

describe("modem:poll", function()
  it("takes what comes, however much, while no call runs", function()
    local bench = module.bench { state = "data-download" }
    bench:run(function(modem)
      for _ = 1, 1000 do
        coroutine.yield(-1, "r", 1)
        modem:poll()
      end
      assert.is_true(modem:recover())
    end)
  end)
end)
