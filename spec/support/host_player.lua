--- Plays the host's part of a transcript to the emulator, on a virtual clock: sends what the
-- driver sends there, and expects exactly the answers that it shows.

local Host = require "spec.support.host"
local memory = require "bg96.emulator.memory"
local transcript = require "spec.support.transcript"

local HostPlayer = {}
HostPlayer.__index = HostPlayer

-- The longest time for an answer, in virtual seconds.
local PATIENCE = 300
local SLACK = 1e-3

-- The commands of a login.
local login = {
  "+CMEE=1", "+QIACT=1", '+QFTPCFG="contextid",1', '+QFTPCFG="filetype",0',
  '+QFTPCFG="transmode",1', '+QFTPCFG="rsptimeout",90', '+QFTPCFG="ssltype",0',
  '+QFTPCFG="data_address",1', '+QFTPCFG="account","test","test"',
  '+QFTPOPEN="ftp.example.com",21',
}

-- The functions for `given` lines: some act before the module is made, some after.
local function environment_of(options, server, later)
  local environment = { data = transcript.data }
  local function after(action)
    return function(...)
      local name, content = ...
      later[#later + 1] = function(host) action(host, name, content) end
      return true
    end
  end
  function environment.quirk(name)
    table.insert(options.quirks, name)
    return true
  end
  function environment.option(name, value)
    options[name] = value
    return true
  end
  function environment.server(name, value)
    server[name] = value
    return true
  end
  environment.file = after(function(_, path, bytes) server:put(path, bytes) end)
  environment.folder = after(function(_, path)
    server:put(path .. "/x", "")
    server.tree:remove(path .. "/x")
  end)
  environment.ufs = after(function(host, name, bytes) host.module.ufs:put(name, bytes) end)
  environment.active = after(function(host) host:at("+QIACT=1") end)
  environment.dtr = after(function(host)
    host.module:set_dtr(true, host.now)
    host:at("&D1")
  end)
  environment.session = after(function(host)
    for _, command in ipairs(login) do host:at(command) end
  end)
  return environment
end

local function set_up(played)
  local options, later = { quirks = {} }, {}
  options.backend = memory.new()
  local environment = environment_of(options, options.backend, later)
  for _, given in ipairs(played.given) do transcript.run(given, environment) end
  local host = Host.new(options)
  host:at("+CMEE=1")
  for _, action in ipairs(later) do action(host) end
  function environment.server(name, value)
    options.backend[name] = value
    return true
  end
  function environment.fault(text)
    host.module:fault(text)
    return true
  end
  return host, environment
end

-- Takes at most `count` bytes that are there now.
local function take(self, count)
  return self.host.module:take(self.host.now, count)
end

-- The module may not say anything that the transcript does not show. The rest of a download
-- stays in the module.
local function check_silence(self, place)
  local emulated = self.host.module
  emulated:tick(self.host.now)
  if emulated.output:is_payload() then return end
  local heard = take(self, 4096)
  if heard ~= "" then error(("%s: before this, the module said %q"):format(place, heard), 0) end
end

local function pass_time(self, seconds, place)
  local stop = self.host.now + seconds
  check_silence(self, place)
  local deadline = self.host.module:deadline()
  while deadline and deadline < stop do
    self.host.now = math.max(self.host.now, deadline)
    check_silence(self, place)
    deadline = self.host.module:deadline()
  end
  self.host.now = stop
end

-- Lets time pass until the expected number of bytes has come.
local function gather(self, expected)
  local chunks, count = {}, 0
  local limit = self.host.now + PATIENCE
  while count < #expected do
    local chunk = take(self, #expected - count)
    if chunk == "" then
      local deadline = self.host.module:deadline()
      if not deadline or deadline > limit then break end
      self.host.now = math.max(deadline, self.host.now)
    end
    chunks[#chunks + 1] = chunk
    count = count + #chunk
  end
  return table.concat(chunks)
end

-- Behind a pause a download is left: the rest of it stays in the module.
local function leave_payload(self)
  local emulated = self.host.module
  if not emulated.output:is_payload() then return end
  self.host.now = emulated:deadline() or self.host.now
  emulated:tick(self.host.now)
end

local DIGITS = "0123456789abcdef"

local actions = {}

function actions.pause(self, step)
  self.gap = tonumber(step.code)
end

function actions.send(self, step)
  if self.gap then pass_time(self, self.gap, step.place) end
  check_silence(self, step.place)
  self.gap = nil
  self.host.module:feed(transcript.fill(step.bytes, DIGITS), self.host.now)
end

function actions.dtr(self)
  self.host.module:set_dtr(false, self.host.now)
  self.host.module:set_dtr(true, self.host.now)
end

function actions.answer(self, step)
  if self.gap then
    pass_time(self, self.gap - SLACK, step.place)
    leave_payload(self)
  end
  self.gap = nil
  local expected = transcript.fill(step.bytes, DIGITS)
  local heard = gather(self, expected)
  if heard ~= expected then
    error(("%s: the module said %s"):format(step.place, transcript.difference(expected, heard)), 0)
  end
end

function actions.event(self, step)
  transcript.run(step, self.environment)
end

--- Plays `played` to an emulated module.
-- @treturn table the command lines that the module carried out for it
function HostPlayer.play(played)
  local self = setmetatable({}, HostPlayer)
  self.host, self.environment = set_up(played)
  local before = #self.host.module:commands()
  for _, step in ipairs(played.steps) do
    local action = actions[step.kind]
    if action then action(self, step) end
  end
  pass_time(self, 1, played.name .. ", at its end")
  local commands = {}
  for i = before + 1, #self.host.module:commands() do
    commands[#commands + 1] = self.host.module:commands()[i]
  end
  return commands
end

return HostPlayer
