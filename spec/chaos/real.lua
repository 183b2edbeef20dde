--- Chaos in a real event loop: the driver on the pty of an emulator that is a program of its
-- own, so that a main program which blocks does not keep the module from answering.

local World = require "spec.chaos.world"
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local random = require "spec.simulation.random"
local unpack = table.unpack or unpack -- luacheck: std max

local real = {}

-- A run of this many seconds is cut short: its coroutines are abandoned.
local RUN_SECONDS = 4

-- CPU time of a run, and waits a second: more is a spin.
local CPU_SECONDS, WAITS_A_SECOND = 4, 6000

local starters = {}

-- Each runs functions side by side until they have ended or `seconds` are over.

-- ftp.run() returns when all have ended: when time is over, the modem is closed.
function starters.run(functions, seconds, world)
  local jobs, started = {}, core.now()
  for i, f in ipairs(functions) do jobs[i] = f end
  jobs[#jobs + 1] = function()
    while core.now() - started < seconds and real.left > 0 do ftp.sleep(0.05) end
    world.close()
  end
  local ok, thrown = pcall(ftp.run, unpack(jobs))
  return ok or thrown
end

function starters.cqueues(functions, seconds)
  local controller = require("cqueues").new()
  for _, f in ipairs(functions) do controller:wrap(f) end
  local ends_at = core.now() + seconds
  while core.now() < ends_at and not controller:empty() do
    controller:step(math.min(0.1, ends_at - core.now()))
  end
  return true
end

function starters.luv(functions, seconds)
  local uv = require "luv"
  local timer = uv.new_timer()
  for _, f in ipairs(functions) do coroutine.wrap(f)() end
  timer:start(math.floor(seconds * 1000), 0, function()
    timer:close()
    uv.stop()
  end)
  uv.run()
  if not timer:is_closing() then timer:close() end
  return true
end

local function load_wait(kind)
  return kind == "run" and require("bg96.ftp.run").wait or require("bg96.wait." .. kind)
end

-- A wait that never ends, where the loop does not wait for that.
local function abandon(kind)
  if kind == "luv" then return coroutine.yield() end
  if kind == "cqueues" then return require("cqueues").sleep(1e6) end
  ftp.sleep(RUN_SECONDS + 1)
  error("abandoned", 0)
end

local function start_emulator(draw, world)
  local words = { "--backend", "memory", "--baud", draw:choice { "115200", "921600", "0" } }
  local fault = world:pick_fault()
  if fault then
    words[#words + 1] = "--fault"
    words[#words + 1] = (fault:gsub("seconds=%d+", "seconds=" .. draw:integer(1, 3)))
  end
  world:note("emulator %s", table.concat(words, " "))
  return process.emulator(unpack(words))
end

local function open(world, port)
  local modem, err = ftp.open { port = port, wait = world.wait, timeout = 3 }
  if not modem then
    world:judge_error(err)
    return false
  end
  world.modem = modem
  modem:activate { apn = "internet" }
  world.session = modem:login { host = "h", user = "joe", password = "s3cret", timeout = 20 }
  if world.session then
    world.session:put("/f", ("0123456789abcdef"):rep(3000), { timeout = 3 })
    world.session:put("/small", "small", { timeout = 3 })
  end
  return world.session ~= nil
end

local function work(world)
  return function()
    local ok, message = pcall(function() world:work() end)
    real.left = real.left - 1
    if not ok then world:fail("a coroutine threw %s", tostring(message)) end
  end
end

local function judge_cost(world, cpu, started)
  local seconds = core.now() - started
  if os.clock() - cpu > CPU_SECONDS then
    world:fail("%.1f s of CPU time in %.1f s", os.clock() - cpu, seconds)
  end
  if world.waits > WAITS_A_SECOND * (seconds + 1) then
    world:fail("%d waits in %.1f s", world.waits, seconds)
  end
end

local function chaos(kind, world, draw)
  local functions = {}
  for i = 1, draw:integer(1, 4) do functions[i] = work(world) end
  real.left = #functions
  local ok = starters[kind](functions, RUN_SECONDS, world)
  if ok ~= true then world:fail("the loop threw %s", tostring(ok)) end
  world:note("the loop is over")
end

-- What luv still knows of: coroutines that the end of their modem has woken.
local function drain(kind)
  if kind ~= "luv" then return end
  for _ = 1, 10 do require("luv").run("nowait") end
end

local function conclude(world)
  if not world.modem then return end
  world.is_calm = true
  world.modem.wait = require "bg96.wait.poll"
  collectgarbage()
  world:close_modem()
  if not world.modem.core:is_closed() then world:fail("the modem is not closed") end
end

--- Runs one seed in the loop `kind`.
function real.run(kind, seed, path)
  local draw, wait = random.new(seed), load_wait(kind)
  local world = World.new {
    random = draw, path = path, pause = wait, now = core.now, waits = 0,
    abandon = function() abandon(kind) end,
  }
  function world.wait(...)
    world.waits = world.waits + 1
    if world.is_wild and draw:one_in(600) then error("cancelled", 0) end
    return wait(...)
  end
  local emulator = start_emulator(draw, world)
  local cpu, started = os.clock(), core.now()
  if open(world, emulator.line) then
    world.is_wild = true
    chaos(kind, world, draw)
    world.is_wild = false
  end
  conclude(world)
  drain(kind)
  judge_cost(world, cpu, started)
  emulator:stop()
  return world
end

return real
