--- The arguments of a command: splits them, and checks them against the kinds that
-- the manual gives.
local arguments = {}

--- A quoted string of at most `max` bytes.
function arguments.text(max)
  return { check = function(token)
    if token.quoted and #token.value <= max then return token.value end
  end }
end

--- A whole number from `low` to `high`, at most compat.INTEGER_MAX.
function arguments.integer(low, high)
  return { check = function(token)
    local digits = not token.quoted and token.value:match("^%-?%d+$")
    local number = digits and tonumber(digits)
    if number and number >= low and number <= high then return number end
  end }
end

--- Anything, quoted or not, as its text.
function arguments.any(max)
  return { check = function(token)
    if #token.value <= max then return token.value end
  end }
end

--- The same kind, but it may be left out or be empty between commas.
function arguments.optional(kind)
  return { check = kind.check, optional = true }
end

--- Splits `text` at its commas. Returns an array of {value=, quoted=}, or nil
-- if a quote does not close or has text beside it.
function arguments.split(text)
  local tokens, at = {}, 1
  repeat
    local value, stop = text:match('^%s*"([^"]*)"%s*()', at)
    local quoted = value ~= nil
    if not quoted then
      value, stop = text:match('^%s*([^,"]*)()', at)
      value = value:match("^(.-)%s*$")
    end
    tokens[#tokens + 1] = { value = value, quoted = quoted }
    local separator = text:sub(stop, stop)
    if separator ~= "" and separator ~= "," then return nil end
    at = stop + 1
  until separator == ""
  return tokens
end

local function is_missing(token)
  return token == nil or (token.value == "" and not token.quoted)
end

--- Checks `tokens` from the `first` one on against an array of kinds.
-- Returns the values as a table with the field `n`, or nil.
function arguments.check(kinds, tokens, first)
  local offset = (first or 1) - 1
  if #tokens - offset > #kinds then return nil end
  local values = { n = #tokens - offset }
  for i, kind in ipairs(kinds) do
    local token = tokens[i + offset]
    if is_missing(token) then
      if not kind.optional then return nil end
    else
      local value = kind.check(token)
      if value == nil then return nil end
      values[i] = value
    end
  end
  return values
end

return arguments
