-- Turns (core:take_turn()): one upload or download at a time on a modem.

local allocator = require "spec.support.allocator"
local core = require "bg96.core"
local module = require "spec.support.module"
local unpack = table.unpack or unpack -- luacheck: std max

local close_coroutine = rawget(coroutine, "close") -- Lua 5.4

local function pause(seconds) coroutine.yield(nil, nil, seconds) end

-- Waits for the turn. Returns what its last step returned, and the number of waits.
local function await(turn)
  local waits = 0
  while true do
    local results = { turn:step() }
    if results[1] ~= "wait" then return results, waits end
    waits = waits + 1
    coroutine.yield(unpack(results, 2, 4))
  end
end

local DONE = { "done", true }
local NO_TURN = { "failed", "timeout", nil, nil, "", "", nil, "no turn" }
local CLOSED = { "failed", "closed", nil, nil, "", "" }
local CANCELLED = { "failed", "cancelled", nil, nil, "", "" }

-- Runs functions side by side, each with core and bench.
local function share(...)
  local bench, jobs = module.bench(), {}
  for i, f in ipairs { ... } do
    jobs[i] = function(modem) f(modem.core, bench) end
  end
  bench:run(unpack(jobs))
  return bench
end

-- A job that holds a turn for some seconds.
local function hold(seconds)
  return function(handle)
    local turn = handle:take_turn()
    assert.same(DONE, await(turn))
    pause(seconds)
    turn:release()
  end
end

-- Starts f in a coroutine of its own and lets it run to its first wait.
local function start(f)
  local thread = coroutine.create(f)
  assert(coroutine.resume(thread))
  assert.equal("suspended", coroutine.status(thread))
  return thread
end

local function collect()
  collectgarbage()
  collectgarbage()
end

describe("a turn", function()
  it("comes at once if nobody else has one, and lasts until it is released", function()
    local handle = core.loopback(100, 0, 1)
    local turn = handle:take_turn(1000)
    assert.same(DONE, { turn:step() })
    assert.same(DONE, { turn:step() })
    turn:withdraw() -- it does not wait any more
    assert.same(DONE, { turn:step() })
    turn:release()
    assert.same(CANCELLED, { turn:step() })
    turn:release()
    assert.same(DONE, { handle:take_turn():step() })
  end)

  it("comes first in, first out", function()
    local order, jobs = {}, {}
    for i = 1, 5 do
      jobs[i] = function(handle)
        local turn = handle:take_turn()
        pause(6 - i) -- the order of the steps is another one
        assert.same(DONE, await(turn))
        order[#order + 1] = i
        pause(1)
        turn:release()
      end
    end
    share(unpack(jobs))
    assert.same({ 1, 2, 3, 4, 5 }, order)
  end)

  it("wakes the one who waits for it, without polling", function()
    local jobs, waits, came_at = { hold(3600) }, {}, {}
    for i = 1, 3 do
      jobs[i + 1] = function(handle, bench)
        local turn = handle:take_turn(100000 * 1000)
        local results, count = await(turn)
        assert.same(DONE, results)
        came_at[i], waits[i] = bench.now, count
        pause(10)
        turn:release()
      end
    end
    share(unpack(jobs))
    assert.same({ 1, 1, 1 }, waits)
    for i = 1, 3 do assert.near(3600 + 10 * (i - 1), came_at[i], 0.001) end
  end)

  it("is awaited for the time that is left since it was requested", function()
    local handle, port = core.loopback(100, 0, 1)
    local held = handle:take_turn()
    held:step()
    local endless, limited = handle:take_turn(), handle:take_turn(5000)
    port:set_time(2)
    local what, fd, events, seconds = limited:step()
    assert.same({ "wait", "r", 3 }, { what, events, seconds })
    assert.is_true(fd >= 0)
    assert.equal("wait", (endless:step()))
    assert.is_nil((select(4, endless:step())))
    port:set_time(4.999)
    assert.equal("wait", (limited:step()))
    port:set_time(5)
    assert.same(NO_TURN, { limited:step() })
    assert.equal("wait", (endless:step()))
    held:release()
    assert.same(DONE, { endless:step() })
  end)
end)

describe("a turn, by its timeout,", function()
  it("fails when it is over, and those behind it continue", function()
    local ended_at
    share(hold(10), function(handle, bench)
      local turn = handle:take_turn(3000)
      assert.same(NO_TURN, (await(turn)))
      ended_at = bench.now
    end, function(handle, bench)
      local turn = handle:take_turn(60000)
      assert.same(DONE, (await(turn)))
      assert.near(10, bench.now, 0.001)
    end)
    assert.near(3, ended_at, 0.001)
  end)

  for _, timeout in ipairs { 0, -1, -math.huge, 0 / 0 } do
    it("with a timeout of " .. tostring(timeout) .. " comes at once or never", function()
      local handle = core.loopback(100, 0, 1)
      local first, second = handle:take_turn(timeout), handle:take_turn(timeout)
      assert.same(DONE, { first:step() })
      assert.same(NO_TURN, { second:step() })
    end)
  end

  it("with a timeout longer than a clock can count never times out", function()
    local handle, port = core.loopback(100, 0, 1)
    local held, turn = handle:take_turn(), handle:take_turn(math.huge)
    held:step()
    port:set_time(1e9)
    assert.equal("wait", (turn:step()))
    assert.is_nil((select(4, turn:step())))
    held:release()
    assert.same(DONE, { turn:step() })
  end)
end)

describe("a turn among others", function()
  it("that is given up leaves the queue", function()
    share(hold(10), function(handle)
      local turn = handle:take_turn()
      assert.equal("wait", (turn:step()))
      pause(1)
      turn:withdraw()
      assert.same(CANCELLED, { turn:step() })
    end, function(handle, bench)
      assert.same(DONE, (await(handle:take_turn())))
      assert.near(10, bench.now, 0.001)
    end)
  end)

  it("that is given up just when it comes wakes the next one", function()
    local handle = core.loopback(100, 0, 1)
    local first, second, third = handle:take_turn(), handle:take_turn(), handle:take_turn()
    first:step()
    second:step()
    local _, fd = third:step()
    first:release()
    assert.same({ false }, core.poll({ fd }, { "r" }, 0))
    second:withdraw()
    assert.same({ true }, core.poll({ fd }, { "r" }, 0))
    assert.same(DONE, { third:step() })
  end)

  it("does not keep other calls from the modem", function()
    share(hold(100), function(_, bench)
      local started = bench.now
      assert(bench.modem:at("+CSQ"))
      assert.is_true(bench.now - started < 10)
      assert.equal(0, bench.modem.core:queue_length())
    end)
  end)

  it("that memory does not suffice for is not in the queue", function()
    local handle = core.loopback(100, 0, 1)
    local refused, count = true, 0
    while refused do
      local function attempt()
        allocator.arm(count)
        handle:take_turn()
        allocator.pause()
      end
      local ok, message = pcall(attempt)
      refused = allocator.disarm() > 0
      assert.equal(not refused, ok)
      if refused then assert.matches("not enough memory", message) end
      collect()
      count = count + 1
    end
    assert.is_true(count > 2, count .. " allocations")
    assert.same(DONE, { handle:take_turn():step() })
  end)

  it("is one for each modem", function()
    local first, second = core.loopback(100, 0, 1), core.loopback(100, 0, 1)
    local turns = { first:take_turn(), second:take_turn() }
    for _, turn in ipairs(turns) do assert.same(DONE, { turn:step() }) end
  end)
end)

describe("a turn whose coroutine does not run any more", function()
  -- The ways in which a coroutine with a turn may end.
  local ways_to_leave = {
    ["collected"] = function() collect() end,
    ["closed"] = close_coroutine,
  }
  for what, leave in pairs(ways_to_leave) do
    it("and is " .. what .. " passes to the next one, which is woken", function()
      local handle = core.loopback(100, 0, 1)
      local threads = { start(function()
        local turn = handle:take_turn()
        for event in turn.step, turn, nil, turn do coroutine.yield(event) end
      end) }
      local turn = handle:take_turn()
      local _, fd = turn:step()
      assert.same({ false }, core.poll({ fd }, { "r" }, 0))
      leave(table.remove(threads))
      assert.same({ true }, core.poll({ fd }, { "r" }, 0))
      assert.same(DONE, { turn:step() })
    end)

    it("and is " .. what .. " while it waits leaves the queue", function()
      local handle = core.loopback(100, 0, 1)
      local held = handle:take_turn()
      held:step()
      local threads = { start(function()
        local waiting = handle:take_turn()
        for event in waiting.step, waiting, nil, waiting do coroutine.yield(event) end
      end) }
      local last = handle:take_turn()
      last:step()
      leave(table.remove(threads))
      held:release()
      assert.same(DONE, { last:step() })
    end)
  end

  it("is found by a full collection when another turn times out, and not before", function()
    local handle, port = core.loopback(100, 0, 1)
    collectgarbage("stop") -- as in a program that makes no garbage
    start(function()
      local turn = handle:take_turn()
      turn:step()
      coroutine.yield()
      turn:release()
    end)
    local turn = handle:take_turn(5000)
    port:set_time(4)
    local what, _, _, seconds = turn:step()
    assert.same({ "wait", 1 }, { what, seconds })
    port:set_time(5)
    assert.same(DONE, { turn:step() })
    collectgarbage("restart")
  end)
end)

describe("a late turn whose coroutine does not run any more", function()
  it("does not block those behind it if it times out before it comes", function()
    local handle, port = core.loopback(100, 0, 1)
    local held, lost, last = handle:take_turn(), handle:take_turn(3000), handle:take_turn()
    held:step()
    lost:step() -- and never again
    local _, fd, _, seconds = last:step()
    assert.equal(4, seconds) -- a moment after that deadline it looks again
    port:set_time(3.5)
    held:release()
    assert.same({ true }, core.poll({ fd }, { "r" }, 0))
    assert.same(DONE, { last:step() })
    assert.same(NO_TURN, { lost:step() })
  end)

  it("does not block those behind it if it times out after it came", function()
    local handle, port = core.loopback(100, 0, 1)
    local held, lost, third = handle:take_turn(), handle:take_turn(3000), handle:take_turn()
    local fourth = handle:take_turn()
    held:step()
    lost:step() -- and never again
    held:release()
    local _, third_fd = third:step()
    port:set_time(3.9)
    assert.equal("wait", (fourth:step())) -- busy programs look late
    port:set_time(4)
    assert.equal("wait", (fourth:step()))
    assert.same({ true }, core.poll({ third_fd }, { "r" }, 0))
    assert.same(DONE, { third:step() })
    assert.is_nil((select(4, fourth:step()))) -- nothing more to look at
    assert.same(NO_TURN, { lost:step() })
  end)

  it("may be noticed late if it came in time", function()
    local handle, port = core.loopback(100, 0, 1)
    local held, turn = handle:take_turn(), handle:take_turn(3000)
    held:step()
    turn:step()
    held:release()
    port:set_time(60)
    assert.same(DONE, { turn:step() })
  end)
end)

describe("the end of a modem", function()
  local endings = {
    ["closing it"] = function(handle) handle:close() end,
    ["ending its calls"] = function(handle) handle:end_calls() end,
  }
  for what, finish in pairs(endings) do
    it("by " .. what .. " ends the waiting turns at once, but not the one that is held", function()
      local held, waits
      share(function(handle)
        held = handle:take_turn()
        assert.same(DONE, (await(held)))
        pause(5)
        finish(handle)
      end, function(handle, bench)
        local results
        results, waits = await(handle:take_turn(100000))
        assert.same(CLOSED, results)
        assert.near(5, bench.now, 0.001)
      end, function(handle, bench)
        assert.same(CLOSED, (await(handle:take_turn())))
        assert.near(5, bench.now, 0.001)
      end)
      assert.equal(1, waits)
      assert.same(DONE, { held:step() })
      held:release()
    end)
  end

  it("by a failing port ends waiting turns as it ends calls", function()
    share(hold(10), function(handle)
      assert.same({ "failed", "port", 5, nil, "", "" }, (await(handle:take_turn())))
    end, function(_, bench)
      pause(5)
      bench.port:fail(5)
      bench.modem:poll()
      assert.is_true(bench.modem.core:is_lost())
    end)
  end)

  it("makes later turns fail", function()
    local handle = core.loopback(100, 0, 1)
    handle:close()
    assert.same(CLOSED, { handle:take_turn(1000):step() })
  end)

  it("by ending its calls lets others take a turn afterwards", function()
    local handle = core.loopback(100, 0, 1)
    local held = handle:take_turn()
    held:step()
    handle:end_calls()
    local turn = handle:take_turn()
    assert.equal("wait", (turn:step()))
    held:release()
    assert.same(DONE, { turn:step() })
  end)

  it("by the collector harms no turn that is collected with it", function()
    for _ = 1, 10 do
      local handle = core.loopback(100, 0, 1)
      local turns = {}
      for i = 1, 3 do
        turns[i] = handle:take_turn()
        turns[i]:step()
      end
    end
    collect()
  end)
end)
