--- Plays the module's part of a transcript to the driver, on the test bench: expects exactly
-- the bytes that it shows, and sends its answers, each in two parts.

local Bench = require "spec.support.bench"
local identity = require "bg96.ftp.identity"
local protect = require "bg96.ftp.protect"
local transcript = require "spec.support.transcript"

local Player = {}
Player.__index = Player

-- Seconds between the two parts of an answer; shorter than any silence with a meaning.
local PAUSE = 0.05
local SLACK = 1e-6

-- --- before the transcript begins: a module on which everything works ---------

local set_up = {
  ["AT+QIACT?"] = '\r\n+QIACT: 1,1,1,"10.7.157.1"\r\n\r\nOK\r\n',
  ["AT+QFTPSTAT"] = "\r\nOK\r\n\r\n+QFTPSTAT: 0,4\r\n",
  ["AT+CGMM"] = "\r\nBG96\r\n\r\nOK\r\n",
}

local function answer_set_up(self, command)
  local echo = self.echo and command .. "\r" or ""
  if command == "ATE1" then self.echo = true end
  if command:find("^ATE0") then self.echo = false end
  local open = command:find("^AT%+QFTPOPEN=") and "\r\n+QFTPOPEN: 0,0\r\n" or ""
  self.waiting = self.waiting .. echo .. (set_up[command] or "\r\nOK\r\n" .. open)
end

local function feed_set_up(self, bytes)
  self.input = self.input .. bytes
  for command in self.input:gmatch("([^\r]*)\r") do answer_set_up(self, command) end
  self.input = self.input:match("[^\r]*$")
end

-- --- the transcript ------------------------------------------------------------

--- @param played the transcript
-- @tparam[opt] integer cut which of their transcript.cuts() divides the answers
function Player.new(played, cut)
  return setmetatable({
    played = played, cut = cut, at = 0, input = "", waiting = "", last = 0, due = 0,
    matched = 0, commands = {},
  }, Player)
end

-- Lines of the driver's side, at which the player waits.
local is_of_driver = { call = true, gives = true, fails = true, throws = true, beside = true }

-- Prepares the current step.
local function enter(self)
  local step = self.step
  if step and step.kind == "answer" then
    self.waiting = transcript.fill(step.bytes, self.digits)
    local first = transcript.cuts(step)[self.cut]
    self.rest = first and #self.waiting - first or 0
    self.due = self.last + (self.gap or 0)
  end
end

local function advance(self)
  if self.step and self.step.kind ~= "pause" then self.gap = nil end
  self.at = self.at + 1
  self.step = self.played.steps[self.at]
  enter(self)
  local kind = self.step and self.step.kind
  if kind == "pause" then
    self.gap = tonumber(self.step.code)
    advance(self)
  elseif kind == "event" then
    advance(self)
  end
end

--- Continues behind a line of the driver's side.
function Player:release()
  advance(self)
end

--- The current line if it is one of the driver's side, or nil.
function Player:stands_at()
  local kind = self.step and self.step.kind
  return is_of_driver[kind] and self.step or nil
end

local function check_gap(self, now)
  if self.gap and now - self.last < self.gap - SLACK then
    error(("%s: the driver was silent for %.3f s, not for %s"):format(self.step.place,
      now - self.last, self.gap), 0)
  end
  self.gap = nil
end

-- Compares a payload with the expected one as it comes.
local function compare_payload(self)
  local step = self.step
  local expected = step.bytes:sub(self.matched + 1, self.matched + #self.input)
  local bytes = self.input:sub(1, #expected)
  if bytes ~= expected then
    error(("%s: behind %d bytes, the driver sent %s"):format(step.place, self.matched,
      transcript.difference(expected, bytes)), 0)
  end
  self.matched = self.matched + #bytes
  self.input = self.input:sub(#bytes + 1)
  if self.matched < #step.bytes then return false end
  self.matched = 0
  advance(self)
  return true
end

-- Compares the input with the expected line.
local function compare(self)
  local step = self.step
  if step.is_payload then return compare_payload(self) end
  local expected = step.bytes
  local length = transcript.length(expected)
  local bytes = self.input:sub(1, length)
  local agrees, digits = transcript.agrees(expected, bytes)
  if not agrees then
    error(("%s: the driver sent %s"):format(step.place, transcript.difference(expected, bytes)), 0)
  end
  if #bytes < length then return false end
  self.digits = digits or self.digits
  table.insert(self.commands, bytes)
  self.input = self.input:sub(length + 1)
  advance(self)
  return true
end

function Player:feed(bytes, now)
  if self.at == 0 then return feed_set_up(self, bytes) end
  self.input = self.input .. bytes
  if self.step and self.step.kind == "send" then check_gap(self, now) end
  self.last = now
  while self.input ~= "" do
    if not self.step or self.step.kind ~= "send" then
      error(("%s: the driver sent %q, and nothing was expected"):format(
        self.step and self.step.place or self.played.name, self.input:sub(1, 80)), 0)
    end
    if not compare(self) then return end
  end
end

--- The driver has changed DTR. Only dropping it is part of a transcript.
function Player:set_dtr(level)
  if self.at == 0 or level then return end
  if not self.step or self.step.kind ~= "dtr" then
    error(("%s: the driver dropped DTR"):format(self.step and self.step.place or self.played.name),
      0)
  end
  advance(self)
end

local function take_set_up(self)
  local bytes = self.waiting
  self.waiting = ""
  return bytes
end

function Player:take(now, max)
  if self.at == 0 then return take_set_up(self) end
  if not self.step or self.step.kind ~= "answer" or now < self.due then return "" end
  local count = math.min(#self.waiting, max)
  if self.rest > 0 then count = math.min(count, #self.waiting - self.rest) end
  local bytes = self.waiting:sub(1, count)
  self.waiting = self.waiting:sub(count + 1)
  self.last = now
  if self.waiting == "" then
    advance(self)
  elseif self.rest > 0 and #self.waiting == self.rest then
    self.rest, self.due = 0, now + PAUSE
  end
  return bytes
end

function Player:deadline()
  if self.at == 0 then return self.waiting ~= "" and 0 or nil end
  return self.step and self.step.kind == "answer" and self.due or nil
end

-- --- the driver's side -----------------------------------------------------------

-- Waits, as a coroutine of the bench, until condition() holds.
local function wait_until(condition)
  while not condition() do coroutine.yield(-1, "r", 1) end
end

-- The names of what modem:diagnose() finds wrong.
local function failing(report)
  local names = {}
  for _, item in ipairs(report) do
    if not item.ok then names[#names + 1] = item.name end
  end
  return names
end

-- The functions for `given` lines; those for the emulator do nothing here.
local function set_up_environment(modem)
  local environment = setmetatable({
    modem = modem, data = transcript.data, failing = failing,
  }, {
    __index = { ipairs = ipairs, table = table },
  })
  for _, name in ipairs { "quirk", "file", "ufs", "folder", "option", "server", "active" } do
    environment[name] = function() return true end
  end
  function environment.dtr() return modem:use_dtr() end
  function environment.session()
    environment.session = assert(modem:login { host = "ftp.example.com", user = "test",
      password = "test" })
    environment.session.number = nil -- what is said after its end matters as well
    return true
  end
  return environment
end

local function unexpected_end(played, step)
  error(("%s: the call returned before this line"):format(step and step.place or played.name), 0)
end

-- Runs the call of the current line, up to the line about its result.
local function run_call(player, environment)
  local call = player:stands_at()
  player:release()
  local worked, results = protect(transcript.run, call, environment)
  if not worked then
    transcript.check_thrown(player:stands_at(), environment, results)
    return player:release()
  end
  while player:stands_at() and player:stands_at().kind == "beside" do
    wait_until(function() return not player:stands_at() or player:stands_at().kind ~= "beside" end)
  end
  local expected = player:stands_at()
  if player.step and not expected then
    if player.step.kind ~= "answer" then unexpected_end(player.played, player.step) end
    wait_until(function() return player:stands_at() or not player.step end)
    expected = player:stands_at()
  end
  transcript.check(expected, environment, results)
  if expected and expected.kind ~= "call" then player:release() end
end

-- Runs each line `beside` when the player reaches it, until the end.
local function run_beside(player, environment)
  while player.at == 0 or player.step do
    local step = player:stands_at()
    if step and step.kind == "beside" then
      player:release()
      local results = transcript.run(step, environment)
      if not results[1] then error(step.place .. ": " .. tostring(results[2]), 0) end
    else
      coroutine.yield(-1, "r", 1)
    end
  end
end

--- Plays `played` to a driver.
-- @tparam[opt] table options cut (see Player.new), read_size, write_room
-- @treturn table what the driver has sent, in order
function Player.play(played, options)
  options = options or {}
  local player = Player.new(played, options.cut)
  local bench = Bench.new {
    peer = player, read_size = options.read_size, write_room = options.write_room,
  }
  function bench.on_dtr(level) player:set_dtr(level) end
  local environment = set_up_environment(bench.modem)
  bench:run(function(modem)
    assert(identity.family(modem, 10))
    for _, given in ipairs(played.given) do transcript.run(given, environment) end
    player:release()
    while player.step do
      wait_until(function() return not player.step or player:stands_at() end)
      if player.step then run_call(player, environment) end
    end
    assert(modem.core:queue_length() == 0, "a call is still in the queue")
  end, function() run_beside(player, environment) end)
  return player.commands
end

return Player
