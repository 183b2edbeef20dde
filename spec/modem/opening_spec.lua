-- Driver and emulated module together, on a virtual clock: opening a module in every state
-- in which it may have been left.

local module = require "spec.support.module"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said

local function open(options)
  local bench = module.bench(options)
  local ok, err, lines
  bench:run(function(modem)
    ok, err = modem:clean_up()
    if ok then lines = modem:at("+CSQ") end
  end)
  return ok, err, bench, lines
end

describe("opening", function()
  local has_session = { session = true, ["data-upload"] = true, ["data-download"] = true }
  -- The seconds that each state may take, from the guards and timeouts it needs.
  for state, limit in pairs {
    idle = 0.2,
    ["half-line"] = 0.2,
    session = 1,
    ["data-upload"] = 5,
    ["data-download"] = 5,
    booting = 9.9,
  } do
    for _, echo in ipairs { true, false } do
      it(("works in state %s with echo %s"):format(state, echo and "on" or "off"), function()
        if has_session[state] then assumes { "slow-close" } end
        local ok, err, bench, lines = open { state = state, echo = echo }
        assert.is_true(ok, tostring(err))
        assert.is_true(bench.now < limit, ("it took %.1f s"):format(bench.now))
        assert.same({ said "+CSQ: 24,0" }, lines)
        assert.equal(0, bench.modem.core:queue_length())
      end)
    end
  end

  it("closes the session of a crashed process, and waits for the result", function()
    local _, _, bench = open { state = "session", quirks = { "slow-close=3" } }
    local commands = table.concat(bench.module:commands(), "\n")
    assert.matches("AT%+QFTPCLOSE", commands)
    assert.is_true(bench.now > 3)
  end)

  it("does not run the command of a half-typed line", function()
    local _, _, bench = open { state = "half-line" }
    for _, command in ipairs(bench.module:commands()) do
      assert.is_nil(command:find('"half"', 1, true), command)
    end
  end)

  it("gives up in time if nobody answers", function()
    local ok, err, bench = open { state = "silent", timeout = 4 }
    assert.is_nil(ok)
    assert.equal("timeout", err.kind)
    assert.is_true(bench.now >= 4 and bench.now < 4.1)
  end)

  it("works at 1200 baud, where a byte takes longer than a probe", function()
    assumes { "slow-close" }
    local ok, err = open { baudrate = 1200, state = "data-upload" }
    assert.is_true(ok, tostring(err))
  end)
end)

describe("modem:poll", function()
  it("takes any amount of input while no call runs", function()
    local bench = module.bench { state = "data-download" }
    bench:run(function(modem)
      for _ = 1, 1000 do
        coroutine.yield(-1, nil, 1)
        modem:poll()
      end
      assert.is_true(modem:clean_up())
    end)
  end)
end)
