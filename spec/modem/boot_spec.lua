-- Driver and emulated module together, on a virtual clock: a module that boots, and one that
-- loses its power.

local module = require "spec.support.module"
local said = require("spec.support.habits").said

local function check_clean(modem)
  assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
  local _, err = modem:at('+QFDEL="nothing"')
  assert.equal("cme", err.kind) -- AT+CMEE=1 has been made
  assert.is_number(err.code)
end

describe("a module that answers ERROR while it boots", function()
  for _, ms in ipairs { 300, 1000, 3000, 8000 } do
    it(("is open when it answers otherwise: %d ms"):format(ms), function()
      local bench = module.bench {
        state = "booting", boot_seconds = 1, quirks = { "booting=" .. ms }, timeout = 20,
      }
      bench:run(function(modem)
        assert.is_true(modem:clean_up())
        assert.is_true(bench.now >= 1 + ms / 1000, bench.now)
        assert.is_true(bench.now < 4 + ms / 1000, bench.now)
        check_clean(modem)
      end)
    end)

    it(("has rebooted when it answers otherwise: %d ms"):format(ms), function()
      local bench = module.bench { quirks = { "booting=" .. ms }, timeout = 20 }
      bench:run(function(modem)
        assert.is_true(modem:clean_up())
        local before = bench.now
        assert.is_true(modem:reboot())
        assert.is_true(bench.now - before >= 2 + ms / 1000, bench.now - before)
        check_clean(modem)
      end)
    end)

    it(("has rebooted by itself, and is used again: %d ms"):format(ms), function()
      module.with_session({ quirks = { "booting=" .. ms }, timeout = 20 }, function(_, modem)
        modem.bench.module:fault("reset")
        modem.bench.sleep(2.5)
        check_clean(modem)
      end)
    end)
  end

  it("takes its time, and a call with less fails without harm", function()
    local bench = module.bench { quirks = { "booting=8000" }, timeout = 2 }
    bench:run(function(modem)
      assert.is_true(modem:clean_up())
      bench.module:fault("reset")
      bench.sleep(2.5)
      local failed = 0
      while not modem:at("+CSQ") do
        failed = failed + 1
        assert.is_true(failed < 10)
      end
      check_clean(modem)
    end)
  end)

  for _, quirk in ipairs { "wordy-restart", "no-app-ready", "slow-sim=2000" } do
    it("is no other than one that " .. quirk, function()
      local bench = module.bench { quirks = { quirk }, active = true, timeout = 20 }
      bench:run(function(modem)
        assert.is_true(modem:clean_up())
        assert.is_true(modem:reboot())
        check_clean(modem)
      end)
    end)
  end
end)

describe("a restart that was asked for", function()
  it("is over when the card is ready, too", function()
    local bench = module.bench { quirks = { "slow-sim=2000" }, timeout = 20 }
    bench:run(function(modem)
      assert.is_true(modem:clean_up())
      assert.is_true(modem:reboot())
      assert(modem:activate { apn = "internet" })
    end)
  end)

  it("does not wait for a card that is not there for ever", function()
    local bench = module.bench { sim = "none", timeout = 20 }
    bench:run(function(modem)
      assert.is_true(modem:clean_up())
      local started = bench.now
      assert.is_true(modem:reboot())
      assert.is_true(bench.now - started < 20, bench.now - started)
    end)
  end)
end)

describe("a setting that was refused", function()
  it("is made again before anything else is sent", function()
    local bench = module.bench { faults = { "result,command=CMEE" } }
    bench:run(function(modem)
      assert.is_true(modem:clean_up())
      check_clean(modem)
    end)
  end)
end)

describe("a module that says that it is off", function()
  for _, line in ipairs { "PSM POWER DOWN", "NORMAL POWER DOWN", "POWERED DOWN" } do
    local fault = "wake=20,line=" .. line

    it("ends what is running, at once: " .. line, function()
      module.with_session(nil, function(session, modem)
        local bench = modem.bench
        local calls = {
          at = function() return modem:at("+COPS=?", { timeout = 60 }) end,
          size = function() return session:size("f") end,
        }
        for name, call in pairs(calls) do
          bench.module:fault("silence,command=" .. (name == "at" and "COPS" or "QFTPSIZE"))
          bench.module:fault("power,seconds=1," .. fault)
          local before = bench.now
          local value, err = call()
          assert.is_nil(value)
          assert.equal("reset", err.kind, name)
          assert.is_true(bench.now - before < 1.1, bench.now - before)
          bench.sleep(30)
          check_clean(modem)
          assert(modem:activate { apn = "internet" })
          session = assert(modem:login(module.login))
        end
      end)
    end)

    it("is told while nothing runs: " .. line, function()
      module.with_session(nil, function(session, modem)
        local seen = {}
        modem:on(line, function(text) seen[#seen + 1] = text end)
        modem.bench.module:fault("power," .. fault)
        modem.bench.sleep(1)
        modem:poll()
        assert.same({ line }, seen)
        modem.bench.sleep(30)
        local value, err = session:size("f")
        assert.is_nil(value)
        assert.is_true(err.kind == "closed" or err.code == 606, tostring(err))
      end)
    end)
  end
end)

describe("a module that restarts without a word", function()
  it("is found by its echo, and set again", function()
    for _, quirks in ipairs { {}, { "stubborn-echo" } } do
      module.with_session({ quirks = quirks }, function(_, modem)
        modem.bench.module:fault("brownout")
        assert(modem:at("+CSQ"))
        if #quirks == 0 then check_clean(modem) end -- nothing tells of it otherwise
      end)
    end
  end)

  it("ends the call under which it does so", function()
    for _, answer in ipairs { "OK", "ERROR" } do
      module.with_session(nil, function(session, modem)
        modem.bench.module:fault("silence,command=QFTPSIZE,what=result")
        modem.bench.module:fault("brownout,seconds=2,answer=" .. answer)
        assert.is_nil((session:size("f")))
        assert(modem:at("+CSQ"))
        check_clean(modem)
      end)
    end
  end)
end)
