--- Random numbers that are the same for a seed on every Lua (Park and Miller).
local random = {}
random.__index = random

local MODULUS, MULTIPLIER = 2147483647, 16807

--- `seed`: a whole number (1 if left out).
function random.new(seed)
  return setmetatable({ state = (seed or 1) % (MODULUS - 1) + 1 }, random)
end

--- A number from `low` to `high`.
function random:between(low, high)
  self.state = self.state * MULTIPLIER % MODULUS
  return low + (high - low) * self.state / MODULUS
end

return random
