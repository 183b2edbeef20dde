--- What the module sends to the host: texts, each with the time from which it may
-- leave, and behind them a source of payload while a download runs.
local compat = require("bg96.emulator.compat")

local output = {}
output.__index = output

--- `clock` tells the time, `latency` (seconds) is the delay of every text.
function output.new(clock, latency)
  return setmetatable({
    clock = clock, latency = latency or 0, segments = {}, first = 1,
    not_before = 0, position = 0, wounds = {},
  }, output)
end

--- Queues `bytes` behind everything that was written before.
function output:write(bytes)
  local time = math.max(self.clock.now + self.latency, self.not_before)
  self.not_before = time
  self.segments[#self.segments + 1] = { time = time, bytes = bytes }
end

--- Calls `action` when all that was written before has left.
function output:when_sent(action)
  self.segments[#self.segments + 1] = { time = self.not_before, bytes = "", action = action }
end

-- Does what waits for the bytes before it.
local function act(self)
  local head = self.segments[self.first]
  while head and head.action and head.time <= self.clock.now do
    self.first = self.first + 1
    head.action()
    head = self.segments[self.first]
  end
end

--- Holds back whatever is written from now on, for `seconds`.
function output:hold(seconds)
  self.not_before = math.max(self.not_before, self.clock.now + seconds)
end

--- Payload that follows the texts: a table with `ready()` (count and the time
-- since when) and `read(max)`; nil removes it.
function output:attach(source)
  self.source = source
end

--- Drops everything that has not left yet.
function output:clear()
  self.segments, self.first, self.source = {}, 1, nil
  self.not_before = 0
end

--- Drops the texts, but not the payload.
function output:drop_texts()
  self.segments, self.first = {}, 1
end

--- Whether what leaves next is payload.
function output:is_payload()
  act(self)
  return self.segments[self.first] == nil and self.source ~= nil
end

--- Spoils the byte at `position`, counted from the next one that leaves:
-- `how` is "lost", "doubled" or "garbled".
function output:wound(position, how)
  self.wounds[self.position + position] = how
end

--- How many bytes may leave at once, and since when they could have.
function output:pending()
  act(self)
  local head = self.segments[self.first]
  if head then
    if head.time > self.clock.now then return 0, head.time end
    return #head.bytes, head.time
  end
  if not self.source then return 0 end
  return self.source.ready()
end

--- When the next text becomes ready, or nil.
function output:next()
  local head = self.segments[self.first]
  return head and head.time > self.clock.now and head.time or nil
end

local function take_segment(self, max)
  local head = self.segments[self.first]
  local bytes = head.bytes:sub(1, max)
  head.bytes = head.bytes:sub(#bytes + 1)
  if head.bytes == "" then
    self.first = self.first + 1
    if self.first > #self.segments then self.segments, self.first = {}, 1 end
  end
  return bytes
end

local spoilt = {
  lost = function() return "" end,
  doubled = function(byte) return byte .. byte end,
  garbled = function(byte) return string.char(compat.xor(byte:byte(), 0x55)) end,
}

local function spoil(self, bytes)
  for position, how in pairs(self.wounds) do
    local i = position - self.position
    if i >= 1 and i <= #bytes then
      self.wounds[position] = nil
      return bytes:sub(1, i - 1) .. spoilt[how](bytes:sub(i, i)) .. bytes:sub(i + 1)
    end
  end
  return bytes
end

--- The next bytes for the host, at most `max`, "" when there are none.
function output:take(max)
  local count = self:pending()
  if count == 0 or max < 1 then return "" end
  local bytes
  if self.segments[self.first] then
    bytes = take_segment(self, max)
  else
    bytes = self.source.read(math.min(count, max))
  end
  local whole = bytes
  if next(self.wounds) then bytes = spoil(self, bytes) end
  self.position = self.position + #whole
  return bytes
end

return output
