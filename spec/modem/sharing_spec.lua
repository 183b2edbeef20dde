-- Many coroutines on one modem: their turns, and calls that do not end by themselves.

local cancelled = require "spec.support.cancelled"
local module = require "spec.support.module"
local threads = require "bg96.ftp.thread"
local wait = require "bg96.wait.yield"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said
local unpack = table.unpack or unpack -- luacheck: std max

local payload = ("0123456789abcdef"):rep(20000) -- some 28 s at 115200 baud

local function pause(seconds) wait(-1, nil, seconds) end

-- Runs functions side by side, each with the modem and an open session.
local function share(options, ...)
  local bench = module.bench(options)
  bench.server:put("/f", payload)
  local session
  bench:run(function(modem)
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    session = assert(modem:login { host = "h", user = "joe", password = "s3cret", timeout = 20 })
  end)
  local jobs = {}
  for i, f in ipairs { ... } do
    jobs[i] = function(modem) f(modem, session, bench) end
  end
  bench:run(unpack(jobs))
  return bench
end

-- Checks that the modem answers and its queue is empty.
local function assert_usable(modem)
  local lines, err = modem:at("+CSQ")
  assert.equal(said "+CSQ: 24,0", lines and lines[1], tostring(err))
  assert.equal(0, modem.core:queue_length())
end

describe("a queue of calls", function()
  it("gives every coroutine its turn, first in, first out", function()
    local order, jobs = {}, {}
    for i = 1, 5 do
      jobs[i] = function(modem)
        for round = 1, 20 do
          assert(modem:at("+CSQ"))
          order[#order + 1] = { i, round }
        end
      end
    end
    local bench = share(nil, unpack(jobs))
    for n, entry in ipairs(order) do
      assert.same({ (n - 1) % 5 + 1, math.floor((n - 1) / 5) + 1 }, entry)
    end
    assert.equal(100, #order)
    assert.equal(0, bench.modem.core:queue_length())
  end)

  it("wakes a waiting call when its turn comes, and not before", function()
    local waits = 0
    share(nil, function(_, session)
      assert(session:get("f"))
    end, function(modem)
      local original, this = modem.wait, threads.running()
      function modem.wait(...)
        if threads.running() == this then waits = waits + 1 end
        return original(...)
      end
      assert(modem:at("+CSQ", { timeout = 100 }))
    end)
    assert.is_true(waits >= 2 and waits <= 5, waits .. " waits") -- for its turn, for the answer
  end)

  it("counts a call's timeout from when it was made", function()
    local ended_after, err
    share(nil, function(_, session)
      assert(session:get("f"))
    end, function(modem, _, bench)
      local started = bench.now
      err = select(2, modem:at("+CSQ", { timeout = 3 }))
      ended_after = bench.now - started
    end, function(modem)
      pause(1)
      assert(modem:at("+CSQ", { timeout = 100 })) -- behind the one that gave up
      assert_usable(modem)
    end)
    assert.equal("timeout", err.kind)
    assert.matches("its turn did not come", tostring(err))
    assert.near(3, ended_after, 0.01)
  end)

  it("accepts an answer that came in time, however late the process reads it", function()
    local bench = module.bench { baudrate = 0 }
    bench:run(function(modem) assert(modem:clean_up()) end)
    local task = bench.modem.core:command("+CSQ", 10000)
    repeat until task:step() == "wait"
    while bench:move() do bench.now = bench.now + 0.1 end -- the answer lies in the port
    bench.port:set_time(bench.now + 60) -- something else has kept the process busy
    local lines = {}
    repeat
      local what, text = task:step()
      if what == "line" then lines[#lines + 1] = text end
    until what == "done" or what == "failed" or what == "wait"
    assert.same({ said "+CSQ: 24,0" }, lines)
  end)

  it("is one for each modem", function()
    local first, second = module.bench(), module.bench()
    first:run(function(modem) assert(modem:clean_up()) end)
    second:run(function(modem) assert(modem:clean_up()) end)
    local stuck = first.modem.core:command("+CSQ", 10000)
    second:run(assert_usable)
    assert.equal(1, first.modem.core:queue_length())
    stuck:release()
  end)
end)

-- Runs `f` as a coroutine for some seconds of the bench's time; then `leave` ends it.
local function run_for(bench, seconds, f, leave)
  local thread = coroutine.create(f)
  local ends_at = bench.now + seconds
  local ok, fd, events, timeout = coroutine.resume(thread)
  while ok and coroutine.status(thread) ~= "dead" and bench.now < ends_at do
    ok, fd, events, timeout = coroutine.resume(thread, wait(fd, events, timeout))
  end
  assert(ok, fd)
  assert.equal("suspended", coroutine.status(thread), "it was to be left in the middle")
  leave(thread)
end

local function collect()
  collectgarbage()
  collectgarbage()
end

-- The ways to leave a download in the middle.
local ways_to_leave = {
  ["collected"] = collect,
  ["closed"] = rawget(coroutine, "close"), -- Lua 5.4
}

describe("a coroutine in the middle of a call", function()
  for what, leave in pairs(ways_to_leave) do
    it("that is " .. what .. " leaves the modem usable, out of data mode", function()
      local seconds
      share(nil, function(modem, session, bench)
        run_for(bench, 5, function() session:get("f") end, leave)
        collect()
        assert.equal(0, modem.core:queue_length())
        local started = bench.now
        assert_usable(modem)
        seconds = bench.now - started
      end)
      assert.is_true(seconds < 5, seconds .. " s") -- "+++" with its guards, and a resync
    end)

    it("that is " .. what .. " lets those behind it continue", function()
      local answered = false
      share(nil, function(_, session, bench)
        run_for(bench, 5, function() session:get("f") end, leave)
        if leave == collect then collect() end
      end, function(modem)
        answered = modem:at("+CSQ", { timeout = 15 })
        assert_usable(modem)
      end)
      assert.same({ said "+CSQ: 24,0" }, answered)
    end)

    it("that is " .. what .. " while it waits for its turn leaves the queue", function()
      share(nil, function(_, session)
        assert.equal(payload, session:get("f"))
      end, function(modem, _, bench)
        run_for(bench, 3, function() modem:at("+CSQ", { timeout = 100 }) end, leave)
        collect()
        assert.equal(1, modem.core:queue_length())
      end)
    end)

    it("that is " .. what .. " while another one interrupts it leaves the modem usable", function()
      share(nil, function(modem, session, bench)
        local interrupted = {}
        run_for(bench, 5, function() session:get("f") end, function(thread)
          interrupted.thread = thread
        end)
        local task = modem.core:command("+CSQ", 10000, true)
        while modem.core:queue_length() == 2 and task:step() ~= "wait" do end
        leave(interrupted.thread)
        interrupted.thread = nil
        task:release()
        collect()
        assert_usable(modem)
      end)
    end)
  end

  it("that nobody resumes does not block the others for ever", function()
    local answers, seconds = {}, nil
    share(nil, function(modem, _, bench)
      collectgarbage("stop") -- as in a program that makes no garbage
      bench.module.faults:set("silence,command=+COPS")
      run_for(bench, 0, function() modem:at("+COPS=?", { timeout = 20 }) end, function() end)
    end, function(modem, _, bench)
      local started = bench.now
      answers[1] = modem:at("+CSQ", { timeout = 60 })
      seconds = bench.now - started
      answers[2] = modem:at("+CSQ")
    end)
    collectgarbage("restart")
    assert.same({ { said "+CSQ: 24,0" }, { said "+CSQ: 24,0" } }, answers)
    assert.is_true(seconds < 35, seconds .. " s") -- the 20 s of that call, and a resync
  end)
end)

describe("closing a modem", function()
  it("ends the calls of other coroutines with kind closed, running or queued", function()
    local kinds, closed_after = {}, nil
    local bench = share(nil, function(_, session)
      kinds.running = select(2, session:get("f")).kind
    end, function(modem)
      kinds.queued = select(2, modem:at("+CSQ")).kind
    end, function(modem, session, bench)
      pause(5)
      local started = bench.now
      assert.is_true(modem:close())
      closed_after = bench.now - started
      kinds.later = select(2, session:size("f")).kind
    end)
    assert.same({ running = "closed", queued = "closed", later = "closed" }, kinds)
    assert.is_true(closed_after < 10, closed_after .. " s")
    local commands = bench.module:commands()
    assert.equal("AT+QFTPCLOSE", commands[#commands]) -- out of data mode, and logged out
  end)

  it("is possible during one's own download", function()
    local err
    share(nil, function(modem, session)
      err = select(2, session:get("f", { progress = function(done)
        if done > 10000 then modem:close() end
      end }))
    end)
    assert.equal("closed", err.kind)
    assert.is_true(err.transferred > 10000)
  end)

  it("takes a bounded time if the module is silent", function()
    local seconds
    share({ faults = { "hang,bytes=20000" } }, function(_, session)
      session:get("f")
    end, function(modem, _, bench)
      pause(5)
      local started = bench.now
      assert.is_true(modem:close())
      seconds = bench.now - started
    end)
    assert.is_true(seconds <= 15, seconds .. " s")
  end)
end)

describe("an error thrown", function()
  local function fail() error("no more room", 0) end

  local throwers = {
    ["by a sink"] = function(session) return session:get("f", { sink = fail }) end,
    ["by a sink, at the end and after it"] = function(session)
      return session:get("f", { length = 1000, sink = function(chunk)
        if not chunk then fail() end
        return 1
      end })
    end,
    ["by the progress function of a download"] = function(session)
      return session:get("f", { progress = fail })
    end,
    ["by a source"] = function(session)
      local count = 0
      return session:put("g", function()
        count = count + 1
        if count > 200 then fail() end
        return ("x"):rep(1000)
      end)
    end,
    ["by the progress function of an upload"] = function(session)
      return session:put("g", payload, { progress = fail })
    end,
  }
  for who, throw in pairs(throwers) do
    it(who .. " ends the call with kind local, and the modem stays usable", function()
      share(nil, function(modem, session)
        local value, err = throw(session)
        assert.is_nil(value)
        assert.equal("local", err.kind)
        assert.matches("no more room", tostring(err))
        assert_usable(modem)
      end)
    end)
  end

  it("by the scheduler cancels the call", function()
    share(nil, function(modem, session)
      local original, count = modem.wait, 0
      function modem.wait(...)
        count = count + 1
        if count == 30 then error("killed", 0) end
        return original(...)
      end
      local err = cancelled(function() return session:get("f") end)
      assert.equal("cancelled", err.kind)
      assert.matches("killed", err.message)
      if getmetatable(err) then
        assert.equal("+QFTPGET", err.command)
        assert.is_true(err.transferred > 0)
      end
      assert_usable(modem)
    end)
  end)

  it("by the trace function harms no call", function()
    local stderr, printed = io.stderr, {}
    io.stderr = { write = function(_, text) printed[#printed + 1] = text end } -- luacheck: ignore
    local ok, message = pcall(share, nil, function(modem, session)
      modem.trace = fail
      assert.equal(#payload, session:size("f"))
      assert_usable(modem)
    end)
    io.stderr = stderr -- luacheck: ignore 122
    assert(ok, message)
    assert.matches("error in the trace function: no more room", printed[1])
  end)
end)

describe("a failing port", function()
  it("ends the calls that wait for their turn as well, at once", function()
    local kinds, seconds = {}, nil
    share(nil, function(_, session)
      kinds[1] = select(2, session:get("f")).kind
    end, function(modem, _, bench)
      local started = bench.now
      kinds[2] = select(2, modem:at("+CSQ", { timeout = 100 })).kind
      seconds = bench.now - started
    end, function(_, _, bench)
      pause(5)
      bench.port:fail(5)
    end)
    assert.same({ "port", "port" }, kinds)
    assert.near(5, seconds, 0.5)
  end)
end)

describe("a call made by a sink, source or progress function to its own modem", function()
  it("is refused, because it would wait for itself; the transfer continues", function()
    share(nil, function(modem, session)
      local err
      local content = session:get("f", { length = 20000, progress = function()
        err = err or select(2, modem:at("+CSQ"))
      end })
      assert.equal(20000, #content)
      assert.equal("local", err.kind)
      assert.matches("another call", tostring(err))
      assert_usable(modem)
    end)
  end)
end)

describe("ten thousand commands, some of them answered too late", function()
  it("never get the answer to another command", function()
    assumes { "early-command" } -- a late answer comes when the next command has been sent
    local COUNT, LIMIT = 10000, 1
    local bench = module.bench { baudrate = 0 }
    local late, answered = 0, 0
    -- Each asks for the size of a file of its own size.
    for size = 0, 99 do bench.server:put("/" .. size, ("x"):rep(size)) end
    local random = 1
    local function draw(n)
      random = (random * 16807) % 2147483647
      return random % n
    end
    bench:run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "internet" })
      assert(modem:login { host = "h", user = "joe", password = "s3cret", timeout = 20 })
      for _ = 1, COUNT do
        local size = draw(100)
        if draw(10) == 0 then
          local ms = 1000 * (LIMIT + draw(3))
          bench.module.faults:set { kind = "late", command = "+QFTPSIZE", ms = ms }
        end
        local task = modem.core:request(LIMIT * 1000, "+QFTPSIZE", tostring(size))
        local value, err = require("bg96.ftp.call").run(modem, task)
        if value then
          answered = answered + 1
          assert.equal(size, value)
        else
          late = late + 1
          assert.equal("timeout", err.kind, tostring(err))
        end
      end
      assert.equal(0, modem.core:queue_length())
    end)
    assert.equal(COUNT, answered + late)
    assert.is_true(late > COUNT / 20, late .. " late")
  end)
end)
