--- What an event loop has to do with a modem behind a pty: the same checks for each loop.
--
-- A check has `what`, `emulator` (the options of the emulator that it needs, or nil), `tag`, and
-- run(loop, port). They run in busted, or, where the loop is the program, without it.

local habits = require "spec.support.habits"
local assert = require "luassert"
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local pause = require "bg96.ftp.pause"
local soak = require "spec.support.soak"

local function pack(...) return { n = select("#", ...), ... } end

local function open(port, wait)
  local modem = assert(ftp.open { port = port, wait = wait })
  assert(modem:activate { apn = "internet" })
  return modem, assert(modem:login { host = "h", user = "u", password = "p", timeout = 20 })
end

-- Returns a readable descriptor, and one that never is readable. Both may be closed.
local function ready_and_silent()
  local ready, silent = core.watch(), core.watch()
  ready:arm(-1, "r", 0)
  return ready, silent
end

local function check_primitive(loop)
  local wait = loop.wait
  loop.run(function()
    local ready, silent = ready_and_silent()
    assert.is_true(wait(ready:descriptor(), "r", 5))
    assert.is_true(wait(ready:descriptor(), "r"))
    local started = core.now()
    assert.same({ n = 2, nil, "timeout" }, pack(wait(silent:descriptor(), "r", 0.05)))
    assert.is_true(core.now() - started >= 0.049)
    started = core.now()
    assert.same({ n = 2, nil, "timeout" }, pack(wait(-1, nil, 0.01)))
    assert.is_true(core.now() - started >= 0.009)
    assert.same({ n = 2, nil, "timeout" }, pack(wait(-1, "r", 0.01)))
    assert.same({ n = 2, nil, "timeout" }, pack(wait(silent:descriptor(), "rw", 0)))
  end)
end

-- Each new descriptor gets the number of the one before.
local function check_reused_numbers(loop)
  local numbers = {}
  loop.run(function()
    for _ = 1, 10 do
      local watch = core.watch()
      numbers[watch:descriptor()] = true
      watch:arm(-1, "r", 0.001)
      assert.is_true(loop.wait(watch:descriptor(), "r", 5), "a wake-up was lost")
      watch:close()
    end
  end)
  local count = 0
  for _ in pairs(numbers) do count = count + 1 end
  assert.is_true(count < 10, "no number was used again")
end

local function check_load(loop, port)
  local result = soak.run(loop, port, 5, 200)
  assert.equal(0, result.wrong, result.first_wrong)
  assert.equal(1000, result.made)
  assert.equal(1000, result.answered + result.timed_out)
  assert.equal(0, result.queue)
  -- A call waits for its turn, for answers, and for a resync after a timeout. The number
  -- of these waits has a limit; one that spins has none.
  assert.is_true(result.waits < 6 * result.made, result.waits .. " waits")
  assert.is_true(result.cpu < result.seconds, result.cpu .. " s of CPU time")
end

local function check_close(loop, port)
  local modem, session, kinds = nil, nil, {}
  loop.run(function() modem, session = open(port, loop.wait) end)
  loop.run(function()
    kinds.running = select(2, session:put("f", ("x"):rep(1000000))).kind
  end, function()
    loop.wait(-1, nil, 0.1) -- a loop may begin with the last
    kinds.queued = select(2, modem:at("+CSQ", { timeout = 100 })).kind
  end, function()
    loop.wait(-1, nil, 0.3)
    assert.is_true(modem:close())
  end)
  assert.same({ running = "closed", queued = "closed" }, kinds)
  loop.run(function() -- the module has been brought out of data mode
    modem = assert(ftp.open { port = port, wait = loop.wait })
    assert.equal(habits.identity("model", "BG96"), modem:info().model)
    modem:close()
  end)
end

-- A pause delivers a line at once, continues while another coroutine makes a call, and ends
-- when the modem is closed; meanwhile it sleeps.
local function check_pause(loop, port)
  local modem, is_heard, was_ended, waits = nil, false, false, 0
  loop.run(function() modem = open(port, loop.wait) end)
  function modem.wait(...)
    waits = waits + 1
    return loop.wait(...)
  end
  modem:on("+X", function() is_heard = true end)
  local started = core.now()
  loop.run(function()
    was_ended = pause.wait(modem, 300)
  end, function()
    while not is_heard do loop.wait(-1, nil, 0.02) end
    assert(modem:at("+CSQ"))
    loop.wait(-1, nil, 0.2)
    modem:close()
  end)
  assert.is_true(was_ended)
  assert.is_true(core.now() - started < 20)
  assert.is_true(waits < 40, waits .. " waits")
end

local function check_unplug(loop, port)
  local modem, session, kinds = nil, nil, {}
  local started = core.now()
  loop.run(function()
    modem, session = open(port, loop.wait)
  end)
  loop.run(function()
    kinds.running = select(2, session:put("f", ("x"):rep(1000000))).kind
  end, function()
    loop.wait(-1, nil, 0.1) -- a loop may begin with the last
    kinds.queued = select(2, modem:at("+CSQ", { timeout = 100 })).kind
  end)
  assert.same({ running = "port", queued = "port" }, kinds)
  assert.is_true(core.now() - started < 30)
  loop.run(function() modem:close() end)
end

-- A megabyte each way, again and again, beside a ticker of 10 ms. The lateness of a tick
-- counts only as far as this process was running.
local function check_ticker(loop, port)
  local latest, ticks, received = 0, 0, nil
  local payload = ("0123456789abcdef"):rep(65536)
  local modem, session
  loop.run(function() modem, session = open(port, loop.wait) end)
  local moving = true
  loop.run(function()
    repeat
      assert(session:put("f", payload))
      received = session:get("f")
    until ticks >= 50 or received ~= payload
    moving = false
  end, function()
    while moving do
      local due, cpu = core.now() + 0.01, os.clock()
      loop.wait(-1, nil, 0.01)
      ticks = ticks + 1
      latest = math.max(latest, math.min(core.now() - due, os.clock() - cpu))
    end
  end)
  loop.run(function() modem:close() end)
  assert.is_true(payload == received)
  assert.is_true(latest < 0.025, ("a tick was %.1f ms late"):format(latest * 1000))
end

-- Lua 5.4 can close a coroutine that waits: nothing of it is woken up, and its descriptor is free
-- for the next to wait.
local function check_closed_coroutine(loop, port)
  local close = rawget(coroutine, "close")
  local function start_and_close(f)
    local victim
    loop.start(function()
      victim = coroutine.running()
      f()
      error("it goes on")
    end)
    loop.wait(-1, nil, 0.1)
    assert(close(victim))
  end
  loop.run(function()
    local modem, session = open(port, loop.wait)
    start_and_close(function() session:put("f", ("x"):rep(1000000)) end)
    assert.equal(habits.identity("model", "BG96"), modem:info().model)
    start_and_close(function() pause.wait(modem, 0.3) end)
    local _, silent = ready_and_silent()
    start_and_close(function() loop.wait(silent:descriptor(), "r", 0.3) end)
    assert.same({ n = 2, nil, "timeout" }, pack(loop.wait(silent:descriptor(), "r", 0.05)))
    silent:arm(-1, "r", 0)
    loop.wait(-1, nil, 0.5)
    assert.is_true(loop.wait(silent:descriptor(), "r", 5))
    modem:close()
  end)
end

return {
  { what = "waits until a descriptor is ready or time is over", run = check_primitive },
  { what = "loses no wake-up where a number is used again", run = check_reused_numbers },
  { what = "answers 1000 calls of 5 coroutines, or lets them time out", run = check_load,
    emulator = "" },
  { what = "lets one coroutine close what others wait for", run = check_close,
    emulator = "--baud 115200" },
  { what = "delivers lines during a pause, and ends it early", run = check_pause,
    emulator = "--fault urc,seconds=2,line=+X:1" },
  { what = "wakes everybody when the port is unplugged", run = check_unplug,
    emulator = "--baud 921600 --fault unplug,bytes=100000" },
  { what = "keeps a ticker on time while a file moves", run = check_ticker, emulator = "",
    tag = "#timing" },
  { what = "lets a coroutine be closed that waits", run = check_closed_coroutine,
    emulator = "--baud 115200", closes = true },
}
