--- The core of the emulator: a BG96 without a serial line, on a given clock.
--
--   local module = module.new(options)
--   module:feed(bytes, now)               bytes from the host, arriving now
--   module:take(now[, max]) -> bytes      at most `max` (65536) bytes for the host
--   module:pending(now) -> count, since   how many, and since when
--   module:room(now) -> count             bytes it can take from the host
--   module:deadline() -> time or nil      when to call `tick` without input
--   module:tick(now)
--   module:set_dtr(level, now)            true: the host is there, false: it dropped DTR
--   module:commands() -> array            the command lines it has carried out
--   module:fault(fault)                   sets a fault, see bg96.emulator.faults
--   module:counters() -> table            what has gone over the air, see bg96.emulator.air
--   module:set_host_flow(on)              whether the host stops when the module's CTS says so
--
-- Times are seconds as floats from any origin that does not go back. The module
-- never looks at a clock and does no input or output.
local clock = require("bg96.emulator.clock")
local datamode = require("bg96.emulator.datamode")
local faults = require("bg96.emulator.faults")
local general = require("bg96.emulator.general")
local interpreter = require("bg96.emulator.interpreter")
local memory = require("bg96.emulator.memory")
local output = require("bg96.emulator.output")
local pdp = require("bg96.emulator.pdp")
local parse = require("bg96.emulator.parse")
local power = require("bg96.emulator.power")
local quirks = require("bg96.emulator.quirks")
local radio = require("bg96.emulator.radio")
local random = require("bg96.emulator.random")
local session = require("bg96.emulator.session")
local sim = require("bg96.emulator.sim")
local spacing = require("bg96.emulator.spacing")
local ssl = require("bg96.emulator.ssl")
local states = require("bg96.emulator.states")
local ufs = require("bg96.emulator.ufs")
local words = require("bg96.emulator.words")

local module = {}
module.__index = module

local INPUT_MAX = 8192
local TAKE_MAX = 65536

--- A module. All options may be left out:
-- `backend` (a memory one), `echo` (false), `latency` in seconds (0),
-- `state` ("idle"), `faults` and `quirks` (arrays of texts), `now` (0),
-- `boot_seconds` (5 for the state "booting", 2 for a restart), `ufs_space` in
-- bytes, `baudrate` to report, `identity`, `settings` (a command line without AT,
-- such as "V0Q1S3=10", that somebody has left behind), `seed` of random answer times
-- (1), `radio` (see bg96.emulator.radio; none), `cell` (what the module knows of its
-- network: `registration`, `rssi`, `ber`, `attached`), `trace(event)`, `struck(fault)`,
-- which is told of each fault that strikes, `overrun(count)`, which is told of bytes that
-- found the buffer full, and those of bg96.emulator.sim and bg96.emulator.pdp.
function module.new(options)
  options = options or {}
  local self = setmetatable({ options = options, generation = 0, held = {}, host_flow = true },
    module)
  self.clock = clock.new(options.now)
  self.quirks = quirks.set(options.quirks)
  self.backend = options.backend or memory.new()
  if options.radio then
    self.backend = radio.new(self.backend, options.radio, self.quirks.confirms)
  end
  self.output = output.new(self.clock, options.latency)
  self.spacing, self.random = spacing.new(self.quirks.spacing), random.new(options.seed)
  self.interpreter = interpreter.new(self, words)
  self.faults = faults.new(self)
  self.identity = general.identity(self.quirks, options.identity or {})
  self.ufs = ufs.new(options.ufs_space, self.quirks["ram-prefix"])
  self.sim, self.pdp = sim.new(options), pdp.new(options)
  self.baudrate = options.baudrate or 115200
  self.boot_baudrate = self.baudrate
  self:factory_profile()
  self:start_afresh()
  if options.active then self.pdp.contexts[1].active = true end
  if options.settings then self:leave_settings(options.settings) end
  states.enter(self, options.state or "idle")
  self.has_started = true
  for _, fault in ipairs(options.faults or {}) do self.faults:set(fault) end
  return self
end

for name, method in pairs(power) do module[name] = method end

-- ---------------------------------------------------------------- profiles

--- What AT&F sets.
function module:factory_profile()
  self.flow, self.dtr_function = { 0, 0 }, 2
  self.interpreter:configure({ echo = self.options.echo })
end

--- AT+IPR: the line changes its rate when all that was said has left; see
-- bg96.emulator.uart.
function module:change_baudrate(rate)
  if self.quirks["ipr-ignored"] then return end
  if self.quirks["ipr-saved"] then self.boot_baudrate = rate end
  self.output:when_sent(function() self.baudrate = rate end)
end

--- AT&W: the profile that a reboot and ATZ set, and the baud rate after a reboot.
function module:save_profile()
  self.boot_baudrate = self.baudrate
  self.profile = self.interpreter:settings()
  self.profile.dtr_function, self.profile.flow = self.dtr_function, self.flow
end

--- ATZ, and part of a reboot. The rest of the line is ignored.
function module:load_profile()
  local profile = self.profile or {
    echo = self.options.echo, dtr_function = 2, flow = { 0, 0 },
  }
  self.interpreter:configure(profile)
  self.interpreter.queue, self.interpreter.cmee = {}, 0
  self.dtr_function, self.flow = profile.dtr_function, profile.flow
end

--- Carries out a line without AT and says nothing about it: somebody typed it before.
function module:leave_settings(line)
  if not parse.line(line) then error(("cannot read the settings '%s'"):format(line), 3) end
  self:type_unseen("AT" .. line)
end

--- Types a command line as someone did before the emulator started.
function module:type_unseen(line)
  self.interpreter:feed(line .. string.char(self.interpreter.s3))
  self:run()
  self.interpreter.log = {}
  self.output:drop_texts()
end

--- Everything that a reboot forgets.
function module:start_afresh()
  self.generation = self.generation + 1
  self.power, self.heard, self.held = "on", self.clock.now, {}
  self.refuses_all, self.upload_loss = false, nil
  self.handles, self.reporting, self.functionality = {}, {}, 1
  if self.data then self.data:close() end
  self.data, self.data_room = nil, nil
  self.output:attach(nil)
  self.output:when_sent(function() self.baudrate = self.boot_baudrate end)
  self.cell = { attached = true, registration = 1, rssi = 24, ber = 0 }
  for name, value in pairs(self.options.cell or {}) do self.cell[name] = value end
  self.interpreter:reset({})
  self:load_profile()
  if self.session then self.session.backend:drop() end
  self.backend:drop()
  self.ufs:restart()
  self.sim:reset()
  self.pdp:reset()
  self.ssl = ssl.new(self)
  self.session = session.new(self)
end

--- AT+CFUN: 0 and 4 take the radio away.
function module:set_functionality(level)
  self.functionality = level
  local on = level == 1
  self.cell.attached, self.cell.registration = on, on and 1 or 0
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

--- Seconds that pass before the next command line is carried out.
function module:answer_time()
  local span = self.quirks.answer
  if not span or not self.has_started then return 0 end
  return self.random:between(span[1], span[2]) / 1000
end

-- ----------------------------------------------------------- answers, data

function module:reply(...)
  self.interpreter:reply(...)
end

--- A password as queries show it.
function module:shown_password(password)
  local stars = self.quirks["masked-password"]
  if not stars or password == "" then return password end
  return ("*"):rep(stars == 0 and #password or stars)
end

--- The final result code of a command that has answered by itself and failed.
function module:error_final(code)
  self.interpreter:fail(code)
end

-- Says something now, or behind the payload while data mode lasts.
local function behind_payload(self, say)
  if self.data then
    self.held[#self.held + 1] = say
  else
    say()
  end
end

--- An unsolicited line; held back while data mode lasts.
function module:unsolicited(line)
  behind_payload(self, function() self:urc(line) end)
end

--- The result line of a command, behind its OK, or in the place of that.
function module:result_line(line, is_alone)
  behind_payload(self, function()
    local stop = self.interpreter:line_break()
    local lead = is_alone and self.spacing:lead(stop) or self.spacing:result_lead(stop)
    self.output:write(lead .. self.spacing:line(line) .. stop)
  end)
end

--- A final result code that belongs to a command of somebody else.
function module:foreign_final(text)
  behind_payload(self, function() self.interpreter:final(text) end)
end

--- An unsolicited line, at once.
function module:urc(line)
  local stop = self.interpreter:line_break()
  self.output:write(stop .. line .. stop)
end

--- Whether the module is on and not in data mode.
function module:is_in_command_mode()
  return self.power == "on" and self.data == nil
end

--- Data mode: `options` as for datamode, and `room()`.
function module:enter_data(options)
  options.clock, options.heard = self.clock, self.heard
  options.guard = self.quirks.guard and self.quirks.guard / 1000
  options.unread = function(bytes)
    if self.power == "on" then self.interpreter.input = bytes .. self.interpreter.input end
  end
  self.data, self.data_room = datamode.new(options), options.room
  return self.data
end

--- Back to commands, with a `final` result code or without.
function module:leave_data(final)
  self.data:close()
  self.data, self.data_room = nil, nil
  self.output:attach(nil)
  self.faults:say("behind-payload", self.interpreter.command.word)
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
  while not self.data and #self.held > 0 do table.remove(self.held, 1)() end
end

function module:tick(now)
  self.clock:advance(now)
  self:run()
end

function module:feed(bytes, now)
  self:tick(now)
  if self.power == "booting" and self.quirks["wordy-restart"] and self.interpreter.echo then
    self.output:write(bytes)
  end
  if self.power ~= "on" or bytes == "" then return end
  trace(self, "<", bytes, self.data ~= nil)
  if self.interpreter.unsent and not self.data and bytes:find("[^\n]") then
    self.interpreter.unsent = nil
    self.session:break_off()
  end
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

function module:counters()
  return self.backend.air:counters()
end

--- So many bytes from the host are lost, because the buffer is full.
function module:lose(count)
  self.backend.air.lost = self.backend.air.lost + count
  if self.options.overrun then self.options.overrun(count) end
end

function module:set_host_flow(on)
  self.host_flow = on
end

--- Whether the module can hold the host up: AT+IFC has set it, and the host watches.
function module:holds_host()
  return self.flow[2] == 2 and self.host_flow
end

return module
