--- Chaos on a virtual clock: driver and emulated module in one process, and coroutines that
-- are run, woken too early, abandoned, closed and collected at random.

local Modem = require "bg96.ftp.modem"
local Module = require "bg96.emulator.module"
local World = require "spec.chaos.world"
local callbacks = require "spec.chaos.callbacks"
local core = require "bg96.core"
local memory = require "bg96.emulator.memory"
local random = require "spec.simulation.random"
local uart = require "bg96.emulator.uart"

local close_coroutine = rawget(coroutine, "close") -- Lua 5.4

local virtual = {}

-- What one moment may cost, and a whole run: more is a spin, or a hang.
local ROUNDS_MAX, SECONDS_MAX, WAITS_MAX = 20000, 20000, 400000

local EIO = 5

local Run = {}
Run.__index = Run

local function pack(...) return { n = select("#", ...), ... } end

-- --- the line ------------------------------------------------------------------

local function move(run)
  local written = run.port:take(4096)
  if #written > 0 then run.peer:feed(written, run.clock) end
  local arrived = run.peer:take(run.clock, 4096)
  run.port:give(arrived) -- what does not fit is lost, as on a line
  return #written > 0 or #arrived > 0
end

-- --- coroutines ------------------------------------------------------------------

local function resume(run, job, ...)
  local results = pack(coroutine.resume(job.thread, ...))
  run.waits = run.waits + 1
  if not results[1] then
    run.world:fail("a coroutine threw %s", debug.traceback(job.thread, tostring(results[2])))
    job.ended = true
  elseif coroutine.status(job.thread) == "dead" then
    job.ended = true
  elseif results[2] == "abandoned" then
    job.is_abandoned = true
  else
    job.fd, job.events = results[2], results[3]
    job.deadline = results[4] and run.clock + results[4]
  end
end

local function spawn(run, f)
  local job = { thread = coroutine.create(f) }
  run.jobs[#run.jobs + 1] = job
  resume(run, job)
  return job
end

local function is_ready(run, job, moved)
  if moved and job.fd == run.world.modem:pollfd() then return true end
  if moved then
    for watch in pairs(run.world.modem.pauses) do
      if watch:descriptor() == job.fd then return true end
    end
  end
  return job.fd and job.fd >= 0 and core.poll({ job.fd }, { job.events or "r" }, 0)[1]
end

-- Things that schedulers and scripts do to coroutines.
local function disturb(run, job)
  local chance = run.world.random:integer(1, 5000)
  if chance <= 10 then
    run.world:note("abandoned and kept")
    job.is_abandoned = true
  elseif chance <= 20 then
    run.world:note("abandoned and dropped")
    job.ended, job.thread = true, nil
  elseif chance <= 30 and close_coroutine then
    run.world:note("closed")
    close_coroutine(job.thread)
    job.ended = true
  elseif chance <= 60 then
    run.world:note("woken too early")
    resume(run, job, true)
  elseif chance <= 70 then
    collectgarbage()
  else
    return false
  end
  return true
end

local function run_job(run, job, moved)
  if job.ended or job.is_abandoned then return false end
  if not job.is_main and disturb(run, job) then return true end
  if is_ready(run, job, moved) then
    resume(run, job, true)
  elseif job.deadline and run.clock >= job.deadline then
    resume(run, job, nil, "timeout")
  else
    return false
  end
  return true
end

local function round(run)
  local moved, busy = move(run), false
  for i = 1, #run.jobs do
    if run_job(run, run.jobs[i], moved) then busy = true end
  end
  return moved or busy
end

local function sooner(a, b)
  if not a or (b and b < a) then return b end
  return a
end

-- Lets time pass; false where nobody waits for anything.
local function advance(run)
  local first = run.peer:deadline()
  if run.port:pending() > 0 and run.peer.arrival then first = sooner(first, run.peer:arrival()) end
  for _, job in ipairs(run.jobs) do
    if not job.ended and not job.is_abandoned then first = sooner(first, job.deadline) end
  end
  if not first then return false end
  run.clock = math.max(first, run.clock + 1e-6)
  run.port:set_time(run.clock)
  return true
end

local function is_over(run)
  for _, job in ipairs(run.jobs) do
    if not job.ended and not job.is_abandoned then return false end
  end
  return true
end

-- Runs until all have ended or were abandoned.
local function go(run)
  local rounds = 0
  local started = run.clock
  while not is_over(run) and not run.world.failure do
    rounds = rounds + 1
    if not round(run) then
      rounds = 0
      if not advance(run) then return run.world:fail("everybody waits for ever") end
    end
    if rounds > ROUNDS_MAX then return run.world:fail("somebody spins") end
    if run.waits > WAITS_MAX then return run.world:fail("%d waits", run.waits) end
    if run.clock - started > SECONDS_MAX then return run.world:fail("it hangs") end
  end
end

-- --- a run -------------------------------------------------------------------------

local function make_server()
  local server = memory.new { users = { joe = "s3cret" }, ports = { [21] = true } }
  server:put("/f", ("0123456789abcdef"):rep(3000))
  server:put("/small", "small")
  server:put("/empty", "")
  return server
end

-- wait() as a scheduler has it that cancels some coroutines by an error.
local function make_wait(run)
  return function(...)
    if not run.world.is_calm and run.world.random:one_in(600) then
      error("cancelled by the scheduler", 0)
    end
    return coroutine.yield(...)
  end
end

-- Notes what goes over the line, and does more once in a while.
local function make_trace(world)
  local act = callbacks.listener(world, 150)
  return function(direction, text)
    world:note("%s %s", direction, text)
    act()
  end
end

local function new(seed, path)
  local draw = random.new(seed)
  local run = setmetatable({ clock = 0, jobs = {}, waits = 0 }, Run)
  local baudrate = draw:choice { 0, 9600, 115200, 921600 }
  local module = Module.new {
    backend = make_server(), baudrate = baudrate > 0 and baudrate or nil, seed = seed,
    state = draw:choice { "idle", "idle", "half-line" },
    quirks = draw:one_in(3) and { draw:choice { "ato-refused", "sync-615", "slow-close=8" } } or {},
  }
  local handle
  run.peer = uart.new(module, { baudrate = baudrate })
  handle, run.port = core.loopback(4096, baudrate, seed)
  run.module = module
  run.world = World.new {
    random = draw, path = path, wait = make_wait(run), pause = coroutine.yield,
    now = function() return run.clock end,
    abandon = function() coroutine.yield("abandoned") end,
  }
  run.world.modem = Modem.new(handle, {
    wait = run.world.wait, timeout = draw:choice { 2, 10 },
    trace = make_trace(run.world),
  })
  return run
end

local function set_faults(run)
  for _ = 1, run.world.random:integer(0, 3) do
    local fault = run.world:pick_fault()
    if fault and not fault:find("^unplug") then
      run.world:note("fault %s", fault)
      run.module:fault(fault)
    end
  end
  if run.world.random:one_in(20) then
    spawn(run, function()
      coroutine.yield(-1, nil, run.world.random:integer(1, 100))
      run.world:note("the port fails")
      run.port:fail(EIO)
    end)
  end
end

local function open(run)
  local world = run.world
  world.is_calm = true
  spawn(run, function()
    world.modem:clean_up()
    world.modem:activate { apn = "internet" }
    world.session = world.modem:login {
      host = "h", user = "joe", password = "s3cret", timeout = 20,
    }
  end).is_main = true
  go(run)
  world.is_calm = false
  return world.session ~= nil
end

-- Afterwards the modem answers, unless it is closed, lost or the module is off; and it can be
-- closed.
local function conclude(run)
  local world = run.world
  run.jobs = {}
  collectgarbage()
  collectgarbage()
  world.is_calm = true
  spawn(run, function()
    local modem = world.modem
    if not modem.is_closed then
      local lines, err = modem:at("+CSQ", { timeout = 60 })
      if lines then
        world:note("usable")
        if modem.core:queue_length() > 0 then world:fail("the queue is not empty") end
      elseif err.kind ~= "port" and not run.is_dead then
        world:note("unusable: %s", tostring(err))
        if err.reason == "no turn" then world:fail("the modem is stuck: %s", tostring(err)) end
      end
    end
    world:close_modem()
  end).is_main = true
  go(run)
  if not world.modem.core:is_closed() then world:fail("the modem is not closed") end
end

--- Runs one seed.
-- @treturn World with `failure`, where something is wrong, and `log`
function virtual.run(seed, path)
  local run = new(seed, path)
  local world = run.world
  if open(run) and not world.failure then
    set_faults(run)
    for _ = 1, world.random:integer(1, 5) do
      spawn(run, function() world:work() end)
    end
    go(run)
  end
  if not world.failure then conclude(run) end
  return world
end


return virtual
