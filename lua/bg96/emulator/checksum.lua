--- The checksum of QFUPL and QFDWL: the 16-bit words of a file, big-endian,
-- exclusive-or; an odd last byte is the high half of its word.
local checksum = {}
checksum.__index = checksum

--- A sum over nothing yet.
function checksum.new()
  return setmetatable({ high = 0, low = 0, odd = false }, checksum)
end

--- Takes the next bytes in.
function checksum:add(bytes)
  for i = 1, #bytes do
    local byte = bytes:byte(i)
    if self.odd then self.low = self.low ~ byte else self.high = self.high ~ byte end
    self.odd = not self.odd
  end
end

--- The sum so far, 0 to 65535.
function checksum:value()
  return self.high << 8 | self.low
end

return checksum
