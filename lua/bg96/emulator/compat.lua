--- What differs between Lua 5.1, 5.3, 5.4 and LuaJIT.
local compat = {}

compat.unpack = table.unpack or unpack -- luacheck: std max

--- The largest of the whole numbers that all of them hold exactly.
compat.INTEGER_MAX = 2 ^ 53

--- Exclusive or of two bytes.
function compat.xor(a, b)
  local result, bit = 0, 1
  while a > 0 or b > 0 do
    local low_a, low_b = a % 2, b % 2
    if low_a ~= low_b then result = result + bit end
    a, b, bit = (a - low_a) / 2, (b - low_b) / 2, bit * 2
  end
  return result
end

return compat
