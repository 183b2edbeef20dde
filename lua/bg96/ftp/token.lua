--- Text for names that no other file has.

--- Writes a number as eight hexadecimal digits, in two halves: Lua 5.1 as OpenWrt builds
-- it, with integers of 32 bits, refuses to format 2^31 and more.
-- @tparam number number from 0 to 2^32 - 1
return function(number)
  return ("%04x%04x"):format(math.floor(number / 65536), number % 65536)
end
