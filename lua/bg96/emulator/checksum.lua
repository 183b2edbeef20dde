--- The checksum of QFUPL and QFDWL: the 16-bit words of a file, big-endian,
-- exclusive-or; an odd last byte is the high half of its word.
--
-- A byte value that has come an even number of times has cancelled itself out,
-- so it is enough to remember which have come an odd number of times.
local xor = require("bg96.emulator.compat").xor

local checksum = {}
checksum.__index = checksum

--- A sum over nothing yet.
function checksum.new()
  return setmetatable({ high = {}, low = {}, odd = false }, checksum)
end

--- Takes the next bytes in.
function checksum:add(bytes)
  local this, other = self.high, self.low
  if self.odd then this, other = other, this end
  for i = 1, #bytes do
    local byte = bytes:byte(i)
    this[byte] = not this[byte]
    this, other = other, this
  end
  self.odd = this == self.low
end

local function sum(uneven)
  local total = 0
  for byte, is_uneven in pairs(uneven) do
    if is_uneven then total = xor(total, byte) end
  end
  return total
end

--- The sum so far, 0 to 65535.
function checksum:value()
  return sum(self.high) * 256 + sum(self.low)
end

return checksum
