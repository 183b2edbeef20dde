--- A host at the serial line of an emulated module, on a virtual clock.
local module = require("bg96.emulator.module")

local Host = {}
Host.__index = Host

--- A host and a module with `options` (of bg96.emulator.module).
function Host.new(options)
  return setmetatable({ module = module.new(options), now = options and options.now or 0 }, Host)
end

-- Takes everything that has arrived by now.
local function drain(self)
  local chunks = {}
  repeat
    local bytes = self.module:take(self.now)
    chunks[#chunks + 1] = bytes
  until bytes == ""
  return table.concat(chunks)
end

--- Lets `seconds` pass and returns what came meanwhile.
function Host:wait(seconds)
  local stop, heard = self.now + seconds, { drain(self) }
  local deadline = self.module:deadline()
  while deadline and deadline <= stop do
    self.now = math.max(self.now, deadline)
    self.module:tick(self.now)
    heard[#heard + 1] = drain(self)
    deadline = self.module:deadline()
  end
  self.now = stop
  self.module:tick(stop)
  heard[#heard + 1] = drain(self)
  return table.concat(heard)
end

--- Sends `bytes` and returns what comes back at once.
function Host:send(bytes)
  self.module:feed(bytes, self.now)
  return drain(self)
end

--- Sends command lines, each with its CR, and returns the answer to the last.
function Host:at(...)
  local answer
  for _, command in ipairs { ... } do answer = self:send("AT" .. command .. "\r") end
  return answer
end

--- Opens a session.
function Host:log_in()
  self:at("+CMEE=1", "+QIACT=1")
  self:wait(1)
  return self:at('+QFTPCFG="account","test","secret"', '+QFTPOPEN="server",21')
end

return Host
