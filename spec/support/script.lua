--- A scripted peer for the test bench: answers commands from a list, in order, and keeps
-- what it was sent.
--
--   local peer = Script.new { { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" } }
--
-- A step is { command, answer } with optional fields:
--   after    seconds before the answer
--   payload  number of payload bytes that it takes after the answer
--   finally  what it sends behind them
--   finally_after  seconds before that
--   leaves_early  further input, until the next command, is kept in `fallen`
-- The commands of a resync are answered automatically unless a step names them, or the peer
-- is `deaf`. A command that no step expects is an error.

local Script = {}
Script.__index = Script

function Script.new(steps, options)
  local peer = setmetatable({
    steps = steps, at = 1, line = "", queue = {}, commands = {}, payload = "", wanted = 0,
    echo = false, deaf = false, fallen = "",
  }, Script)
  for name, value in pairs(options or {}) do peer[name] = value end
  return peer
end

--- Queues bytes for the driver, `delay` seconds after `now`.
function Script:say(bytes, now, delay)
  local last = self.queue[#self.queue]
  local time = now + (delay or 0)
  if last and last.time > time then time = last.time end
  table.insert(self.queue, { time = time, bytes = bytes })
end

-- Where data mode may be on, "+++" goes before.
local function is_of_resync(command)
  return command:find("^%+*AT$") or command == "ATE1" or command == "ATE0" or command == "AT+CMEE=1"
    or command:find('^AT%+QFLST="%x+"$') or command:find('^ATE0%+QFLST="%x+"$')
    or command:find("^ATQ0V1E1") or command:find("ATS3=13")
end

local function answer(self, command, now)
  local step = self.steps[self.at]
  if step and step[1] == command then
    self.at = self.at + 1
    self:say(step[2], now, step.after)
    self.wanted, self.finally, self.swallows = step.payload or 0, step.finally, step.leaves_early
    self.finally_after = step.finally_after
  elseif is_of_resync(command) then
    self:say("\r\nOK\r\n", now)
  else
    local expected = step and step[1] or "nothing"
    error(("the driver sent %q where %q was expected"):format(command, expected))
  end
end

local function execute(self, command, now)
  table.insert(self.commands, command)
  if self.deaf then return end
  if self.echo then self:say(command .. "\r", now) end
  if command == "ATE1" then self.echo = true end
  if command:find("^ATE0") then self.echo = false end
  answer(self, command, now)
end

-- Each takes its part from the front of `bytes` and returns the rest.

local function take_payload(self, bytes, now)
  local chunk = bytes:sub(1, self.wanted)
  self.payload = self.payload .. chunk
  self.wanted = self.wanted - #chunk
  if self.wanted == 0 and self.finally then self:say(self.finally, now, self.finally_after) end
  return bytes:sub(#chunk + 1)
end

local function take_fallen(self, bytes)
  self.fallen = self.fallen .. bytes
  return ""
end

local function take_command(self, bytes, now)
  local text, carriage_return, rest = bytes:match("^([^\r]*)(\r?)(.*)$")
  self.line = self.line .. text
  if carriage_return ~= "" then
    local command = self.line
    self.line = ""
    execute(self, command, now)
  end
  return rest
end

function Script:feed(bytes, now)
  while bytes ~= "" do
    local take = self.wanted > 0 and take_payload or self.swallows and take_fallen or take_command
    bytes = take(self, bytes, now)
  end
end

function Script:take(now, max)
  local first = self.queue[1]
  if not first or first.time > now then return "" end
  local bytes = first.bytes:sub(1, max)
  first.bytes = first.bytes:sub(#bytes + 1)
  if first.bytes == "" then table.remove(self.queue, 1) end
  return bytes
end

function Script:deadline()
  return self.queue[1] and self.queue[1].time
end

--- The commands that are not of a resync.
function Script:own_commands()
  local own = {}
  for _, command in ipairs(self.commands) do
    if not is_of_resync(command) then own[#own + 1] = command end
  end
  return own
end

return Script
