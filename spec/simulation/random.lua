--- Random numbers from a seed, the same on every machine and every Lua. L'Ecuyer's combined
-- generator of 1988 needs only products below 2^53, which a double represents exactly.
local random = {}
random.__index = random

local MODULUS_1, MODULUS_2 = 2147483563, 2147483399

local function step(self)
  self.first = self.first * 40014 % MODULUS_1
  self.second = self.second * 40692 % MODULUS_2
end

--- A generator; neighbouring seeds give unrelated sequences.
function random.new(seed)
  local self = setmetatable({
    first = 1 + seed * 69069 % (MODULUS_1 - 1), second = 1 + seed * 7621 % (MODULUS_2 - 1),
  }, random)
  for _ = 1, 10 do step(self) end
  return self
end

--- A whole number from `low` to `high`, which are less than 2^31 apart.
function random:integer(low, high)
  step(self)
  local word = (self.first - self.second) % (MODULUS_1 - 1)
  return low + word % (high - low + 1)
end

--- True once in `count` times.
function random:one_in(count)
  return self:integer(1, count) == 1
end

--- One of the values of an array.
function random:choice(values)
  return values[self:integer(1, #values)]
end

--- One of the names of an array of { name, weight } rows.
function random:weighted(rows)
  local sum = 0
  for _, row in ipairs(rows) do sum = sum + row[2] end
  local at = self:integer(1, sum)
  for _, row in ipairs(rows) do
    at = at - row[2]
    if at <= 0 then return row[1] end
  end
end

return random
