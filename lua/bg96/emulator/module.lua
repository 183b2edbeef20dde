--- The core of the emulator: a BG96 without a serial line, on a given clock.
--
--   local module = module.new(options)
--   module:feed(bytes, now)               bytes from the host, arriving now
--   module:take(now[, max]) -> bytes      at most `max` (65536) bytes for the host
--   module:pending(now) -> count, since   how many, and since when they are there
--   module:room(now) -> count             bytes it can take from the host
--   module:deadline() -> time or nil      when it wants `tick` without any input
--   module:tick(now)
--   module:set_dtr(level, now)            true: the host is there, false: it dropped DTR
--   module:commands() -> array            the command lines it has carried out
--   module:fault(fault)                   sets a fault, see bg96.emulator.faults
--
-- Times are seconds as floats from any origin that does not go back.
local clock = require("bg96.emulator.clock")
local datamode = require("bg96.emulator.datamode")
local faults = require("bg96.emulator.faults")
local files = require("bg96.emulator.files")
local ftp = require("bg96.emulator.ftp")
local general = require("bg96.emulator.general")
local interpreter = require("bg96.emulator.interpreter")
local memory = require("bg96.emulator.memory")
local output = require("bg96.emulator.output")
local pdp = require("bg96.emulator.pdp")
local quirks = require("bg96.emulator.quirks")
local session = require("bg96.emulator.session")
local sim = require("bg96.emulator.sim")
local ssl = require("bg96.emulator.ssl")
local states = require("bg96.emulator.states")
local ufs = require("bg96.emulator.ufs")

local module = {}
module.__index = module

local INPUT_MAX = 8192
local BOOT_SECONDS = 2
local TAKE_MAX = 65536

local words = {}
for _, set in ipairs { general, sim.words, pdp.words, ssl.words, files, ftp } do
  for word, entry in pairs(set) do
    if word ~= "identity" then words[word] = entry end
  end
end

--- A module. All options may be left out:
-- `backend` (a memory one), `echo` (false), `latency` in seconds (0),
-- `state` ("idle"), `faults` and `quirks` (arrays of texts), `now` (0),
-- `boot_seconds` (5 for the state "booting", 2 for a restart), `ufs_space` in
-- bytes, `baudrate` to report, `identity`, `trace(event)`, `struck(fault)`, which
-- is told of each fault that strikes, and those of bg96.emulator.sim and
-- bg96.emulator.pdp.
function module.new(options)
  options = options or {}
  local self = setmetatable({ options = options, generation = 0, held = {} }, module)
  self.clock = clock.new(options.now)
  self.quirks = quirks.set(options.quirks)
  self.backend = options.backend or memory.new()
  self.output = output.new(self.clock, options.latency)
  self.interpreter = interpreter.new(self, words)
  self.faults = faults.new(self)
  self.identity = setmetatable(options.identity or {}, { __index = general.identity })
  self.ufs = ufs.new(options.ufs_space)
  self.sim, self.pdp = sim.new(options), pdp.new(options)
  self.baudrate = options.baudrate or 115200
  self:factory_profile()
  self:start_afresh()
  if options.active then self.pdp.contexts[1].active = true end
  states.enter(self, options.state or "idle")
  for _, fault in ipairs(options.faults or {}) do self.faults:set(fault) end
  return self
end

-- ------------------------------------------------------ power and profiles

--- What AT&F sets.
function module:factory_profile()
  self.profile = nil
  self.flow, self.dtr_function = { 0, 0 }, 2
end

--- AT&W and ATZ: a small profile that survives a reboot.
function module:save_profile()
  self.profile = { echo = self.interpreter.echo, dtr_function = self.dtr_function }
end

function module:load_profile()
  local profile = self.profile or { echo = self.options.echo == true, dtr_function = 2 }
  self.interpreter:reset(profile)
  self.dtr_function = profile.dtr_function
end

--- Everything that a reboot forgets.
function module:start_afresh()
  self.generation = self.generation + 1
  self.power, self.heard, self.held = "on", self.clock.now, {}
  self.handles, self.reporting, self.functionality = {}, {}, 1
  if self.data then self.data:close() end
  self.data, self.data_room = nil, nil
  self.output:attach(nil)
  self.radio = { attached = true, registration = 1, rssi = 24, ber = 0 }
  for name, value in pairs(self.options.radio or {}) do self.radio[name] = value end
  self:load_profile()
  if self.session then self.session.backend:drop() end
  self.backend:drop()
  self.sim:reset()
  self.pdp:reset()
  self.ssl = ssl.new(self)
  self.session = session.new(self)
end

--- Silent for `seconds`, then the lines that say that it is there.
function module:boot(seconds)
  self:start_afresh()
  self.power = "booting"
  self:after(seconds, function()
    self.power = "on"
    self.output:write("\r\nRDY\r\n")
    if not self.quirks["no-app-ready"] then self.output:write("\r\nAPP RDY\r\n") end
  end)
end

--- AT+CFUN=1,1: what has been said already still goes out.
function module:restart()
  self:boot(self.options.boot_seconds or BOOT_SECONDS)
end

--- A reset out of the blue.
function module:crash()
  self.output:clear()
  self:restart()
end

function module:power_off()
  self.power = "off"
end

--- Deaf and mute from now on, or until the watchdog restarts it after `wake` seconds.
function module:hang(wake)
  self.power = "hung"
  self.output:clear()
  if wake then self:after(wake, function() self:boot(BOOT_SECONDS) end) end
end

--- The line is pulled. `back`: seconds until it is there again, or nil.
function module:unplug(back)
  self.power, self.unplugged = "off", { back = back }
  self.output:clear()
end

--- The line is there again; the module has lost its power in between.
function module:plug()
  self.unplugged = nil
  self:boot(self.options.boot_seconds or BOOT_SECONDS)
end

--- AT+CFUN: 0 and 4 take the radio away.
function module:set_functionality(level)
  self.functionality = level
  local on = level == 1
  self.radio.attached, self.radio.registration = on, on and 1 or 0
  if not on then
    for id in ipairs(self.pdp.contexts) do self:lose_context(id, { how = "carrier" }) end
  end
end

--- The context `id` goes down, and the session that runs on it; see `cut` of it.
function module:lose_context(id, loss)
  self.pdp:lose(id)
  local open = self.session.open ~= session.CLOSED
  if open and self.session.settings.contextid == id then self.session:cut(loss) end
end

--- Like clock:after, but forgotten when the module restarts before.
function module:after(seconds, action)
  local generation = self.generation
  return self.clock:after(seconds, function()
    if self.generation == generation then action() end
  end)
end

-- ----------------------------------------------------------- answers, data

function module:reply(...)
  self.interpreter:reply(...)
end

--- An error final inside a command that has answered by itself.
function module:error_final(code)
  self.interpreter:fail(code)
end

--- A line that nobody waits for; never inside a payload.
function module:unsolicited(line)
  if self.data then
    self.held[#self.held + 1] = line
  else
    self:urc(line)
  end
end

--- The same, at once.
function module:urc(line)
  self.output:write("\r\n" .. line .. "\r\n")
end

--- Data mode: `options` as for datamode, and `room()`.
function module:enter_data(options)
  options.clock, options.heard = self.clock, self.heard
  options.unread = function(bytes)
    if self.power == "on" then self.interpreter.input = bytes .. self.interpreter.input end
  end
  self.data, self.data_room = datamode.new(options), options.room
  return self.data
end

--- Back to commands, with a `final` or without.
function module:leave_data(final)
  self.data:close()
  self.data, self.data_room = nil, nil
  self.output:attach(nil)
  if final then self.interpreter:final(final) end
end

-- ---------------------------------------------------------------- the public

local function trace(self, direction, bytes, payload)
  if self.options.trace and bytes ~= "" then
    self.options.trace { now = self.clock.now, direction = direction, bytes = bytes,
      payload = payload }
  end
end

-- Typed ahead of CONNECT is payload.
local function feed_data(self)
  local typed = self.interpreter.input
  if not self.data or typed == "" then return false end
  self.interpreter.input = ""
  self.data:feed(typed)
  return true
end

--- Lets everything go on that can.
function module:run()
  if self.power ~= "on" then return end
  local progress
  repeat
    self.session.backend:poll(self.clock.now)
    progress = self.session:poll()
    progress = feed_data(self) or progress
    progress = not self.data and self.interpreter:run() or progress
  until not progress or self.power ~= "on"
  while not self.data and #self.held > 0 do self:urc(table.remove(self.held, 1)) end
end

function module:tick(now)
  self.clock:advance(now)
  self:run()
end

function module:feed(bytes, now)
  self:tick(now)
  if self.power ~= "on" or bytes == "" then return end
  trace(self, "<", bytes, self.data ~= nil)
  if self.data and self.interpreter.input == "" then
    self.data:feed(bytes)
  else
    self.interpreter:feed(bytes)
  end
  self.heard = self.clock.now
  self:run()
end

function module:room(now)
  self:tick(now)
  local free = math.max(0, INPUT_MAX - #self.interpreter.input)
  if self.data and self.data_room then return math.max(0, math.min(free, self.data_room())) end
  return free
end

function module:pending(now)
  self:tick(now)
  return self.output:pending()
end

--- As `pending` saw it last, without a look at the clock.
function module:waiting()
  return self.output:pending()
end

function module:take(now, max)
  self:tick(now)
  local chunks, left = {}, max or TAKE_MAX
  repeat
    local payload = self.output:is_payload()
    local bytes = self.output:take(left)
    trace(self, ">", bytes, payload)
    chunks[#chunks + 1] = bytes
    left = left - #bytes
    self:run()
  until bytes == "" or left < 1
  return table.concat(chunks)
end

function module:deadline()
  local first
  local backend = self.power == "on" and self.session.backend
  for _, time in pairs { self.clock:next() or false, self.output:next() or false,
    backend and backend:deadline() or false } do
    if time and (not first or time < first) then first = time end
  end
  return first
end

function module:set_dtr(level, now)
  self:tick(now)
  local dropped = self.dtr and not level
  self.dtr = level
  if dropped and self.data and self.dtr_function > 0 then
    local escaped = self.data.escaped
    self.data:close()
    escaped()
  end
  self:run()
end

function module:commands()
  return self.interpreter.log
end

function module:fault(fault)
  self.faults:set(fault)
end

return module
