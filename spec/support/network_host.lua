--- A host at an emulated module with a network backend, in its own loop.
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local module = require("bg96.emulator.module")
local network = require("bg96.emulator.network")

local Host = {}
Host.__index = Host

-- Seconds; nothing should take longer.
local SECONDS = 10

--- Runs `job(host)`; the module has an active PDP context and no session.
function Host.run(job)
  local loop, woken = cqueues.new(), condition.new()
  local backend = network.new(loop, function() woken:signal() end)
  local emulated = module.new({ backend = backend, active = true, now = cqueues.monotime() })
  local host = setmetatable({ module = emulated, woken = woken }, Host)
  loop:wrap(function()
    host:at("+CMEE=1", "\r\nOK\r\n")
    job(host)
    backend:drop()
  end)
  assert(loop:loop(60))
end

-- Reads until `is_all(heard)`.
local function listen(self, is_all, what)
  local heard, stop = "", cqueues.monotime() + SECONDS
  repeat
    heard = heard .. self.module:take(cqueues.monotime())
    if is_all(heard) then return heard end
    cqueues.poll(self.woken, 0.05)
  until cqueues.monotime() > stop
  error(("%q in place of %q"):format(heard, what), 3)
end

--- Reads until the input ends with the text; returns the input.
function Host:listen(ending)
  return listen(self, function(heard) return heard:sub(-#ending) == ending end, ending)
end

--- Sends a command and reads until the end of the input matches.
function Host:at_until(command, pattern)
  self.module:feed("AT" .. command .. "\r", cqueues.monotime())
  return listen(self, function(heard) return heard:find(pattern .. "$") end, pattern)
end

--- Sends a command and reads.
function Host:at(command, ending)
  self.module:feed("AT" .. command .. "\r", cqueues.monotime())
  return self:listen(ending)
end

--- Feeds payload as the module has room for it.
function Host:feed(bytes)
  while bytes ~= "" do
    local room = self.module:room(cqueues.monotime())
    self.module:feed(bytes:sub(1, room), cqueues.monotime())
    bytes = bytes:sub(room + 1)
    if bytes ~= "" then cqueues.poll(self.woken, 0.01) end
  end
end

--- Opens a session of the account test.
function Host:log_in(port)
  self:at('+QFTPCFG="account","test","test"', "\r\nOK\r\n")
  self:at(('+QFTPOPEN="127.0.0.1",%d'):format(port), "\r\nOK\r\n\r\n+QFTPOPEN: 0,0\r\n")
end

return Host
