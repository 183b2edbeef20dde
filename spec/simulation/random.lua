--- Numbers from a seed, the same on every machine and in every run (splitmix64).

local random = {}
random.__index = random

function random.new(seed)
  return setmetatable({ state = seed * 0x2545F4914F6CDD1D + 0x9E3779B97F4A7C15 }, random)
end

local function next_word(self)
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

--- A whole number from `low` to `high`.
function random:integer(low, high)
  return low + (next_word(self) >> 1) % (high - low + 1)
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
