-- Driver and emulated module together, on a virtual clock: the ways in which a call fails,
-- its error, and that the next call works.

local module = require "spec.support.module"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said

describe("input that came while no call ran", function()
  it("does not belong to the call that begins, however much there is", function()
    module.with_session(nil, function(_, modem)
      local lines = {}
      modem:on("+X", function(line) lines[#lines + 1] = line end)
      for _ = 1, 900 do assert(modem.bench.port:give("\r\n+X: 1\r\n")) end
      assert(modem.bench.port:give("\r\nRDY\r\n"))
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
      assert.equal(900, #lines)
    end)
  end)

  it("does not keep a call from its deadline, even if it never ends", function()
    module.with_session(nil, function(_, modem)
      local bench, count = modem.bench, 0
      local function say() bench.port:give("\r\n+X: 1\r\n") end
      modem:on("+X", function()
        count, bench.now = count + 1, bench.now + 1
        bench.port:set_time(bench.now)
        if count < 100 then say() end
      end)
      say()
      local lines, err = modem:at("+CSQ", { timeout = 5 })
      assert.is_nil(lines)
      assert.equal("timeout", err.kind)
      assert.is_true(count <= 6, count .. " seconds")
    end)
  end)
end)

local function login_error(options, login)
  local bench = module.bench(options)
  local value, err
  bench:run(function(modem)
    assert(modem:clean_up())
    if not (options and options.inactive) then assert(modem:activate { apn = "internet" }) end
    value, err = modem:login(login)
  end)
  assert.is_nil(value)
  return err, bench
end

local function with(changes)
  local login = {}
  for name, value in pairs(module.login) do login[name] = value end
  for name, value in pairs(changes) do login[name] = value end
  return login
end

describe("a call that fails", function()
  it("gives the replies that came before, without secrets", function()
    module.with_session({ faults = {
      'urc,command=QFTPCFG,times=0,line=+QFTPCFG: "account","me","hush"',
    } }, function(_, modem)
      local lines, err = modem:at('+QFTPCFG="nonsense"')
      assert.is_nil(lines)
      assert.same({ '+QFTPCFG: "account",***' }, err.lines)
    end)
  end)

  it("explains both numbers of a wrong password", function()
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

  it("gives 606 if nothing listens", function()
    assert.equal(606, login_error({}, with { port = 2121 }).code)
  end)

  it("says that the PDP context is not active", function()
    local err = login_error({ inactive = true }, module.login)
    assert.equal("pdp", err.kind)
    assert.matches("modem:activate", tostring(err))
  end)

  it("gives 603 for a second login", function()
    module.with_session(nil, function(session, modem)
      local second, err = modem:login(module.login)
      assert.is_nil(second)
      assert.equal(603, err.code)
      assert.equal("/", session:pwd())
    end)
  end)

  it("gives 603 while another program's CLOSE runs", function()
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
end)

describe("a call that the module does not answer", function()
  it("times out if the module is silent, and the next call works", function()
    module.with_session({ faults = { "silence,command=QFTPSIZE" } }, function(session)
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("timeout", err.kind)
      assert.equal("+QFTPSIZE", err.command)
      assert.equal("/", session:pwd())
    end)
  end)

  it("times out if only the result is missing, and the next call works", function()
    module.with_session({ faults = { "silence,command=QFTPSIZE,what=result" } }, function(session)
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("timeout", err.kind)
      assert.equal("/", session:pwd())
    end)
  end)
end)

describe("a call during which something is lost", function()
  it("fails with kind reset if the module restarts, and login works again", function()
    assumes { "slow-sim" }
    module.with_session({ faults = { "reset,command=QFTPSIZE" } }, function(session, modem)
      local size, err = session:size("a")
      assert.is_nil(size)
      assert.equal("reset", err.kind)
      assert.is_true(modem.bench.now < 5)
      assert(modem:activate { apn = "internet" })
      assert(modem:login(module.login))
    end)
  end)

  for _, how in ipairs { "carrier", "result" } do
    it("fails with kind pdp if a transfer loses the context, reported by " .. how, function()
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

  it("fails with kind pdp if the context is lost during a command", function()
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
        local bench = module.with_session(nil, function(session, modem)
          modem.bench.server:put("/f", data)
          modem.bench.module:fault("drop,bytes=10000,how=" .. how)
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

describe("a sink or source that fails", function()
  -- Many kilobytes were sent just before, faster than the baud rate, as on a USB port: the
  -- guards that follow must not wait for them.
  it("ends the call with kind local, and the next one works soon", function()
    module.with_session({ baudrate = 0, driver_baudrate = 9600 }, function(session, modem)
      local bench = modem.bench
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
