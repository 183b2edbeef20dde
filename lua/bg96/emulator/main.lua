--- bg96-emulator: the core, a backend and a pty put together.
local cqueues = require("cqueues")
local control = require("bg96.emulator.control")
local folder = require("bg96.emulator.folder")
local memory = require("bg96.emulator.memory")
local module = require("bg96.emulator.module")
local network = require("bg96.emulator.network")
local options = require("bg96.emulator.options")
local protect = require("bg96.emulator.network.protect")
local replay = require("bg96.emulator.replay")
local server = require("bg96.emulator.server")
local trace = require("bg96.emulator.trace")

local DEFAULT_BAUD = options.DEFAULT_BAUD

-- Set where the emulator runs inside another program; see bg96.emulator.inside.
local inside

local function give_up(message)
  if inside then error(message, 0) end
  io.stderr:write("bg96-emulator: ", message, "\n")
  os.exit(1)
end

local function make_memory(chosen)
  local users
  for _, account in ipairs(chosen.account) do
    users = users or {}
    users[account.user] = account.password
  end
  local refuse = {}
  for _, refusal in ipairs(chosen.refuse) do refuse[refusal.word] = refusal.reply end
  local backend = memory.new({ users = users, refuse = refuse })
  if chosen.root then
    local filled, message = folder.fill(backend, chosen.root)
    if not filled then give_up(message) end
  end
  return backend
end

local function make_backend(chosen, loop, front)
  if chosen.backend == "memory" then return make_memory(chosen) end
  return network.new(loop, function() front:wake() end)
end

local function open_trace(path)
  if not path then return nil end
  local file, message = io.open(path, "w")
  if not file then give_up(message) end
  return trace.new(file)
end

local function make_core(chosen, backend, log)
  return module.new {
    backend = backend, echo = chosen.echo, latency = chosen.latency / 1000,
    state = chosen.state, settings = chosen.settings, seed = chosen.seed,
    faults = chosen.fault, quirks = chosen.quirk,
    boot_seconds = chosen.boot_seconds, sim = chosen.sim, pin = chosen.pin,
    cell = { registration = chosen.registration, rssi = chosen.rssi,
      attached = chosen.registration == 1 or chosen.registration == 5 },
    radio = chosen.radio,
    identity = { imei = chosen.imei },
    pdp_seconds = chosen.pdp_seconds, pdp_contexts = chosen.pdp_contexts,
    active = chosen.active, ufs_space = chosen.ufs_space,
    baudrate = chosen.baud > 0 and chosen.baud or DEFAULT_BAUD, now = cqueues.monotime(),
    trace = log and function(event) log:event(event) end,
  }
end

-- A module that plays a trace; nil where none is to be played.
local function make_player(chosen)
  if not chosen.replay then return nil end
  local player, message = replay.open(chosen.replay, {
    tolerant = chosen.tolerant,
    note = function(text) io.stderr:write("bg96-emulator: ", text, "\n") end,
  })
  if not player then give_up(message) end
  return player
end

-- What a strict replay has to say at its end, if anything.
local function replay_failure(player)
  if not player or player.tolerant then return nil end
  return player.failure or player:left()
end

-- Returns a function that removes the control socket, if there is one.
local function open_control(path, loop, core, front)
  if not path then return function() end end
  local remove, message = control.serve(loop, path, core, function() front:wake() end)
  if not remove then give_up(message) end
  return remove
end

local function announce(path)
  io.stdout:write(path, "\n")
  io.stdout:flush()
end

--- Runs the program with its command line `arguments`. Returns the exit status. Inside another
-- program, `surroundings` has its `signals`, an object of cqueues that is ready when the
-- emulator is to end, and `ready(loop, path, emulator)`, which is called with core, backend and
-- front of the emulator.
return function(arguments, surroundings)
  if arguments[1] == "ctl" then return control.main(arguments) end
  inside = surroundings
  local chosen = options.parse(arguments)
  local loop = cqueues.new()
  local front = server.new(loop, { baudrate = chosen.baud, chunk = chosen.chunk,
    link = chosen.link, checks_baud = chosen.check_baud })
  if inside then front.signals = inside.signals else front:catch_signals() end
  local log = open_trace(chosen.trace)
  local player = make_player(chosen)
  local path, message = front:open()
  if not path then give_up(message) end
  loop:wrap(function()
    local ok, failure = protect(function()
      local backend = make_backend(chosen, loop, front)
      local core = player or make_core(chosen, backend, log)
      local remove = open_control(chosen.control, loop, core, front)
      if inside then
        inside.ready(loop, path, { core = core, backend = backend, front = front })
      else
        announce(path)
      end
      front:run(core)
      remove()
    end)
    front.failure = not ok and failure or nil
    front.stopping = true
  end)
  while not front.stopping do
    local stepped, failure = loop:step()
    if not stepped then front.failure, front.stopping = failure, true end
  end
  front:close()
  if log then log:close() end
  front.failure = replay_failure(player) or front.failure
  if front.failure then give_up(tostring(front.failure)) end
  return 0
end
