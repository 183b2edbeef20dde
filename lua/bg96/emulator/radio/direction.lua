--- One direction of a radio: bytes leave one after the other, at a rate, whoever they
-- belong to.
local direction = {}
direction.__index = direction

-- In payload, bytes that travel together.
direction.PACKET = 1360

local BITS = 8

--- `rate` in bits a second; nil for no limit.
function direction.new(rate)
  return setmetatable({ seconds = rate and BITS / rate or 0, free_at = -math.huge }, direction)
end

--- Sends `count` bytes, not before `time`. Returns when the last has left, and when the
-- first begins to.
function direction:send(count, time)
  local start = math.max(self.free_at, time)
  self.free_at = start + count * self.seconds
  return self.free_at, start
end

return direction
