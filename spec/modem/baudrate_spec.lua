-- The baud rate: a module that is found at any of the usual rates, raised by AT+IPR, again
-- after each restart, and left where it is where that does not work. The line of the
-- emulated module follows AT+IPR, and carries noise between ends that differ.

local baudrate = require "bg96.ftp.baudrate"
local module = require "spec.support.module"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said

local DEFAULT, FAST = 115200, 921600

-- The commands that the module has carried out, all in one text.
local function commands(bench)
  return table.concat(bench.module:commands(), "\n") .. "\n"
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

-- A bench of which `job` gets the modem once it was opened.
local function with_open(options, speed, job)
  local bench = module.bench(options)
  bench:run(function(modem)
    local ok, err = baudrate.bring_up(modem, options.wanted or DEFAULT, speed)
    job(modem, ok, err)
  end)
  return bench
end

local function assert_works_at(modem, rate)
  local info = assert(modem:info())
  assert.equal(rate, info.baudrate)
  assert.equal(rate, modem.bench.port:baudrate())
  assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
end

describe("the line of the emulated module", function()
  it("runs at the rate of AT+IPR once its OK is through", function()
    module.with_session({ baudrate = 9600 }, function(_, modem)
      assert.same({ "+IPR: 9600" }, modem:at("+IPR?"))
      modem:at("+IPR=115200")
      assert.equal(115200, modem.bench.module.baudrate)
      local lines = modem:at("+CSQ", { timeout = 2 })
      assert.is_nil(lines)
    end)
  end)
end)

describe("a speed", function()
  it("is what the module runs at when it is open", function()
    local bench = with_open({}, FAST, function(modem, ok)
      assert.is_true(ok)
      assert_works_at(modem, FAST)
    end)
    assert.equal(FAST, bench.module.baudrate)
    assert.is_true(bench.now < 0.5, ("it took %.2f s"):format(bench.now))
  end)

  it("carries payload as fast as it says", function()
    local size, started, ended = 300000, nil, nil
    with_open({}, FAST, function(modem)
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login(module.login))
      started = modem.core:now()
      assert.equal(size, session:put("f", ("x"):rep(size)))
      ended = modem.core:now()
    end)
    local share = size / (ended - started) / (FAST / 10)
    assert.is_true(share > 0.98, ("%.2f %% of the line"):format(share * 100))
  end)

  it("stays away where the module refuses it", function()
    local bench = with_open({ quirks = { "ipr-refused" } }, FAST, function(modem, ok)
      assert.is_true(ok)
      assert_works_at(modem, DEFAULT)
      modem.core:distrust()
      assert_works_at(modem, DEFAULT)
    end)
    assert.equal(1, count(commands(bench), "AT%+IPR="))
  end)

  it("stays away where the module says OK and does not follow", function()
    local bench = with_open({ quirks = { "ipr-ignored" } }, FAST, function(modem, ok)
      assert.is_true(ok)
      assert_works_at(modem, DEFAULT)
    end)
    assert.is_true(bench.now < 5, ("it took %.1f s"):format(bench.now))
    assert.equal(1, count(commands(bench), "AT%+IPR="))
  end)

  it("stays away where the port does not have it", function()
    local bench = module.bench()
    bench.port:limit_baudrate(230400)
    bench:run(function(modem)
      assert.is_true(baudrate.bring_up(modem, DEFAULT, FAST))
      assert_works_at(modem, DEFAULT)
    end)
    assert.equal(0, count(commands(bench), "AT%+IPR="))
  end)

  it("is found where a program that has crashed has left the module at it", function()
    local bench = module.bench()
    bench.module.baudrate = FAST
    bench:run(function(modem)
      assert.is_true(baudrate.bring_up(modem, DEFAULT, FAST))
      assert_works_at(modem, FAST)
    end)
    assert.is_true(bench.now < 2, ("it took %.1f s"):format(bench.now))
  end)

  it("is found where it was left in data mode", function()
    local bench = module.bench { state = "data-upload", timeout = 30 }
    bench.module.baudrate = FAST
    bench:run(function(modem)
      assert.is_true(baudrate.bring_up(modem, DEFAULT, FAST))
      assert_works_at(modem, FAST)
    end)
    assert.is_true(bench.now < 25, ("it took %.1f s"):format(bench.now))
  end)

  it("holds for a module that takes 700 ms for each answer", function()
    with_open({ quirks = { "answer=700" }, timeout = 30 }, FAST, function(modem, ok)
      assert.is_true(ok)
      assert_works_at(modem, FAST)
    end)
  end)

  it("is taken back when the modem is closed", function()
    local bench = with_open({}, FAST, function(modem)
      assert_works_at(modem, FAST)
      modem:close()
    end)
    bench:move()
    bench.module:take(bench.now + 1)
    assert.equal(DEFAULT, bench.module.baudrate)
  end)
end)

describe("a speed after a restart of the module", function()
  for _, quirks in ipairs { {}, { "ipr-saved" }, { "wordy-restart" } } do
    it("holds behind reboot(): " .. (quirks[1] or "lost"), function()
      with_open({ quirks = quirks, timeout = 30 }, FAST, function(modem)
        assert.is_true(modem:reboot())
        assert_works_at(modem, FAST)
      end)
    end)
  end

  it("is back soon behind reboot(): RDY can be read", function()
    assumes { "booting" }
    with_open({}, FAST, function(modem)
      local started = modem.core:now()
      assert.is_true(modem:reboot())
      local seconds = modem.core:now() - started
      assert.is_true(seconds < 4, ("it took %.1f s"):format(seconds))
    end)
  end)

  it("is set again where the module restarts without a word that can be read", function()
    local bench = with_open({}, FAST, function(modem)
      modem.bench.module:fault("reset")
      coroutine.yield(-1, nil, 10)
      modem:at("+CSQ", { timeout = 1 })
      assert_works_at(modem, FAST)
    end)
    assert.is_true(count(commands(bench), "AT%+IPR=921600") >= 1)
  end)

  it("is set again between two chunks of an upload that goes on", function()
    with_open({ faults = { "reset,bytes=50000" }, timeout = 10 }, FAST, function(modem)
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login(module.login))
      local path = os.tmpname()
      local file = io.open(path, "wb")
      file:write(("x"):rep(200000))
      file:close()
      local report, err = session:upload(path, "f")
      os.remove(path)
      assert.is_table(report, tostring(err))
      assert.equal(200000, #modem.bench.server:get("/f"))
      assert_works_at(modem, FAST)
    end)
  end)
end)

describe("modem:set_baudrate", function()
  it("has both sides run at the rate, in the middle of a session", function()
    module.with_session({}, function(session, modem)
      assert(session:put("f", ("y"):rep(1000)))
      for _, rate in ipairs { 921600, 9600, 460800, 460800 } do
        assert.is_true(modem:set_baudrate(rate))
        assert_works_at(modem, rate)
        assert.equal(rate, modem.bench.module.baudrate)
        assert.equal(("y"):rep(1000), session:get("f"))
      end
    end)
  end)

  it("waits its turn, and no other call comes in between", function()
    local done = {}
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      assert.is_true(modem:set_baudrate(FAST))
      done[#done + 1] = "rate"
    end, function(modem)
      for i = 1, 10 do
        assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
        done[#done + 1] = i
      end
    end)
    assert.equal(11, #done)
    assert.equal(FAST, bench.module.baudrate)
  end)

  it("does not touch the port while payload of another call is on its way", function()
    local size, is_changed = 100000, false
    local bench = module.bench()
    local methods = getmetatable(bench.modem.core).__index
    local set_rates = methods.set_rates
    methods.set_rates = function(...)
      assert.is_nil(bench.module.data)
      return set_rates(...)
    end
    finally(function() methods.set_rates = set_rates end)
    bench:run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login(module.login))
      assert.equal(size, session:put("f", ("x"):rep(size)))
      assert.is_true(modem:set_baudrate(9600))
      assert.is_true(is_changed)
    end, function(modem)
      bench.sleep(3)
      assert.is_table(bench.module.data)
      assert.is_true(modem:set_baudrate(FAST))
      is_changed = true
    end)
    assert.equal(("x"):rep(size), bench.server:get("/f"))
  end)

  it("may be called by several coroutines at once", function()
    local bench, last = module.bench(), nil
    local jobs = {}
    for i, rate in ipairs { FAST, 9600, 460800, 38400 } do
      jobs[i] = function(modem)
        if i == 1 then assert(modem:clean_up()) end
        assert.is_true(modem:set_baudrate(rate))
        last = rate
      end
    end
    bench:run((table.unpack or unpack)(jobs)) -- luacheck: std max
    assert.equal(last, bench.module.baudrate)
    assert.equal(last, bench.port:baudrate())
  end)

  it("fails with the module's refusal, and both stay", function()
    with_open({ quirks = { "ipr-refused" } }, nil, function(modem)
      local ok, err = modem:set_baudrate(FAST)
      assert.is_nil(ok)
      assert.equal("error", err.kind)
      assert.equal("+IPR", err.command)
      assert.matches("refuses 921600 baud", tostring(err))
      assert_works_at(modem, DEFAULT)
    end)
  end)

  it("goes back where the module says OK and does not follow", function()
    with_open({ quirks = { "ipr-ignored" } }, nil, function(modem)
      local ok, err = modem:set_baudrate(FAST)
      assert.is_nil(ok)
      assert.equal("timeout", err.kind)
      assert.matches("no answer at 921600 baud", tostring(err))
      assert_works_at(modem, DEFAULT)
    end)
  end)

  it("keeps the speed from before where a higher one fails", function()
    with_open({}, FAST, function(modem)
      modem.bench.module.quirks["ipr-ignored"] = true
      assert.is_nil((modem:set_baudrate(3000000)))
      modem.bench.module.quirks["ipr-ignored"] = nil
      assert_works_at(modem, FAST)
      assert.is_true(modem:reboot())
      assert_works_at(modem, FAST)
    end)
  end)

  it("refuses a rate that the port does not have, and asks the module nothing", function()
    local bench = with_open({}, nil, function(modem)
      modem.bench.port:limit_baudrate(230400)
      local ok, err = modem:set_baudrate(FAST)
      assert.is_nil(ok)
      assert.equal("port", err.kind)
      assert_works_at(modem, DEFAULT)
    end)
    assert.equal(0, count(commands(bench), "AT%+IPR="))
  end)

  it("throws where that is no rate, and fails on a closed modem", function()
    local bench = module.bench()
    assert.has_error(function() bench.modem:set_baudrate(1) end)
    assert.has_error(function() bench.modem:set_baudrate("fast") end)
    bench.modem:close()
    local ok, err = bench.modem:set_baudrate(FAST)
    assert.is_nil(ok)
    assert.equal("closed", err.kind)
  end)
end)

describe('baudrate = "auto"', function()
  for _, rate in ipairs { 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600 } do
    it(("finds the module at %d baud, within the time of a call"):format(rate), function()
      local options = { baudrate = rate, driver_baudrate = DEFAULT, wanted = "auto", timeout = 10 }
      local bench = with_open(options, nil, function(modem, ok, err)
        assert.is_true(ok, tostring(err))
        assert_works_at(modem, rate)
      end)
      assert.is_true(bench.now < baudrate.SEARCH_TIME, ("it took %.1f s"):format(bench.now))
    end)
  end

  it("finds it in data mode, where it is given the time", function()
    local options = { baudrate = 9600, driver_baudrate = DEFAULT, wanted = "auto", timeout = 100,
      state = "data-download" }
    with_open(options, nil, function(modem, ok, err)
      assert.is_true(ok, tostring(err))
      assert_works_at(modem, 9600)
    end)
  end)

  it("goes on to the speed", function()
    local options = { baudrate = 9600, driver_baudrate = DEFAULT, wanted = "auto", timeout = 20 }
    with_open(options, FAST, function(modem, ok, err)
      assert.is_true(ok, tostring(err))
      assert_works_at(modem, FAST)
      assert.is_true(modem:reboot())
      assert_works_at(modem, FAST)
    end)
  end)

  it("gives up in time where nobody answers", function()
    local options = { driver_baudrate = DEFAULT, wanted = "auto", timeout = 12, state = "silent" }
    local bench = with_open(options, nil, function(_, ok, err)
      assert.is_nil(ok)
      assert.equal("timeout", err.kind)
    end)
    assert.is_true(bench.now >= 12 and bench.now < 12.1)
  end)
end)
