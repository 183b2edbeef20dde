--- What a run of a plan consists of: the server, the emulated module, the line and the
-- driver, on one virtual clock.

local Bench = require "spec.support.bench"
local Line = require "spec.simulation.line"
local Random = require "spec.simulation.random"
local Story = require "spec.simulation.story"
local emulated = require "bg96.emulator.module"
local operations = require "spec.simulation.operations"
local remote = require "spec.simulation.remote"
local uart = require "bg96.emulator.uart"

-- Lines that the run subscribes to.
local MARKS = { "+QMARK", "^MARK" }

local function marked(line)
  for _, prefix in ipairs(MARKS) do
    if line:sub(1, #prefix) == prefix then return true end
  end
  return false
end

local function build_module(self)
  local options = {}
  for name, value in pairs(self.plan.module) do options[name] = value end
  options.backend = self.server
  options.trace = function(event) self.line:note(event) end
  options.struck = function(fault) self:strike(fault.kind, fault) end
  options.overrun = function(count)
    self.overruns = self.overruns + 1
    self:strike("overrun", { text = (": %d bytes"):format(count) })
  end
  local module = emulated.new(options)
  local urc = module.urc
  function module.urc(own, line)
    if marked(line) and own:is_in_command_mode() then table.insert(self.said, line) end
    urc(own, line)
  end
  return module
end

local function build_bench(self)
  local plan = self.plan
  local serial = uart.new(self.module, {
    baudrate = plan.line.baudrate, quantum = math.min(64, plan.line.write_room),
  })
  self.line = Line.new(serial, {
    splits = plan.line.splits, paced = plan.line.baudrate > 0, random = Random.new(plan.seed),
    struck = function(wound, is_payload) self:strike_wound(wound, is_payload) end,
  })
  local bench = Bench.new {
    peer = self.line, baudrate = plan.line.baudrate, read_size = plan.line.read_size,
    write_room = plan.line.write_room, timeout = plan.timeout, seed = plan.seed,
    overrun = function(lost)
      self.story:add(self.bench.now, "   ! %d bytes lost, as nobody reads them", lost)
    end,
    trace = function(direction, text)
      self.trace[#self.trace + 1] = { direction = direction, text = text }
      self.story:add(self.bench.now, "%s %s", direction, text)
    end,
  }
  bench.on_dtr = function(level, now) self.module:set_dtr(level, now) end
  return bench
end

-- The words of all commands that the calls of the plan may send.
local function known_words(plan)
  local words = {}
  local function add(list)
    for _, word in ipairs(list) do words[word] = true end
  end
  add(operations.common_words)
  if plan.flow then add { "+IFC" } end
  add(operations.put.words)
  add(operations.get.words)
  for _, worker in ipairs(plan.workers) do
    for _, op in ipairs(worker) do add(operations[op.name].words) end
  end
  return words
end

--- Sets the stage for a plan.
-- @tparam table class metatable of the result, whose methods strike() and strike_wound() are
--   called for what happens
-- @treturn table with server, module, line, bench and modem
return function(class, plan)
  local self = setmetatable({
    plan = plan, story = Story.new(), trace = {}, struck = {}, running = {}, staged = {},
    open_to_harm = {}, disturbances = 0, overruns = 0, delays = 0,
    secrets = { remote.password, remote.access_password },
    words = known_words(plan), said = {}, heard = {},
  }, class)
  self.server = remote.new(plan)
  self.module = build_module(self)
  self.bench = build_bench(self)
  self.modem = self.bench.modem
  for _, prefix in ipairs(MARKS) do
    self.modem:on(prefix, function(line) table.insert(self.heard, line) end)
  end
  return self
end
