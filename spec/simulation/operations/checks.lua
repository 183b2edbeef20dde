--- What the checks of several operations have in common.

local checksum = require "bg96.emulator.checksum"

local checks = {}

--- A check for exactly this value.
function checks.equals(wanted)
  return function(_, _, value)
    if value ~= wanted then return tostring(value) end
  end
end

--- Whether a reply is `wanted`, whatever blanks the module puts into it.
function checks.is_reply(line, wanted)
  return (line:gsub(" ", "")) == (wanted:gsub(" ", ""))
end

--- Whether a byte was spoilt on its way "up" or "down" during the operation; `how`, where
-- that matters.
function checks.is_spoilt(op, way, how)
  for _, wound in ipairs(op.wounds) do
    if wound.way == way and (not how or wound.how == how) then return true end
  end
  return false
end

local function sum(bytes)
  local total = checksum.new()
  total:add(bytes)
  return total:value()
end

--- Whether the two have the same length and the same UFS checksum.
function checks.are_alike(one, other)
  return #one == #other and sum(one) == sum(other)
end

return checks
