--- The serial line of a survey with an emulated module behind it, on a virtual clock.

local Module = require "bg96.emulator.module"
local memory = require "bg96.emulator.memory"
local survey = require "bg96.survey"
local uart = require "bg96.emulator.uart"

local Line = {}
Line.__index = Line

local surveyline = {}

--- @tparam table options of the emulated module; and baudrate (115200), on_wait (function(line),
--   called before time passes)
function surveyline.new(options)
  local baudrate = options.baudrate or 115200
  local module = Module.new(options)
  return setmetatable({
    module = module, uart = uart.new(module, { baudrate = baudrate }), baudrate = baudrate,
    clock = 0, input = "", output = "", on_wait = options.on_wait,
  }, Line)
end

function Line:now()
  return self.clock
end

-- Moves bytes; whether any moved.
local function move(self)
  local room = self.output ~= "" and self.uart:room(self.clock) or 0
  local sent = self.output:sub(1, room)
  if sent ~= "" then self.uart:feed(sent, self.clock) end
  self.output = self.output:sub(#sent + 1)
  local arrived = self.uart:take(self.clock, 4096)
  self.input = self.input .. arrived
  return sent ~= "" or arrived ~= ""
end

-- Lets time pass until `time`, or until is_over().
local function run(self, time, is_over)
  while true do
    while move(self) do if is_over() then return end end
    if is_over() or self.clock >= time then return end
    local next_time = self.uart:deadline()
    local arrival = self.output ~= "" and self.uart:arrival()
    for _, other in ipairs { arrival or time, time } do
      if not next_time or other < next_time then next_time = other end
    end
    surveyline.running = self
    if self.on_wait then self.on_wait(self) end
    self.clock = math.max(next_time, self.clock + 1e-6)
    self.module:tick(self.clock)
  end
end

function Line:read(timeout, max)
  run(self, self.clock + timeout, function() return self.input ~= "" end)
  local bytes = self.input:sub(1, max or 4096)
  self.input = self.input:sub(#bytes + 1)
  return bytes
end

function Line:rest(seconds)
  run(self, self.clock + seconds, function() return false end)
end

function Line:write(bytes)
  self.output = self.output .. bytes
  run(self, self.clock + 30, function() return self.output == "" end)
end

function Line:set_baudrate(rate)
  self.uart:set_host_baudrate(rate)
  self.baudrate = rate
  return true
end

function Line:close()
  self.is_closed = true
end

--- The server of most surveys.
surveyline.server = { host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20 }

--- The time of the survey that runs.
function surveyline.now()
  return surveyline.running.clock
end

--- Surveys an emulated module.
-- @tparam[opt] table options those of the module, and of surveyline.new(); `backend` is a
--   server in memory unless given
-- @tparam[opt] table settings those of survey.run(); `server` false for none
-- @treturn table the report
-- @treturn table the line, with `module`, `server` and `clock`
function surveyline.run(options, settings)
  options, settings = options or {}, settings or {}
  local server = options.backend or memory.new { users = { joe = "s3cret" },
    ports = { [21] = true } }
  options.backend = server
  local line = surveyline.new(options)
  line.server = server
  local given = { line = line, id = "7f3a" }
  for name, value in pairs(settings) do given[name] = value or nil end
  if settings.server == nil then given.server = surveyline.server end
  local report = assert(survey.run(given))
  return report, line
end

return surveyline
