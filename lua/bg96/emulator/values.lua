--- Kinds of values, shared by command-line options, quirks and faults. A kind is
-- { read = function(text) } that returns the value, or nil and a message.
local values = {}

--- A number from `low` to `high`; `high` may be left out.
function values.number(low, high)
  local range = high and ("from %s to %s"):format(low, high) or ("of at least %s"):format(low)
  high = high or math.huge
  return { read = function(text)
    local value = tonumber(text)
    if value and value >= low and value <= high then return value end
    return nil, ("'%s' is not a number %s"):format(text, range)
  end }
end

--- The same without a fraction.
function values.whole(low, high)
  local number = values.number(low, high)
  return { read = function(text)
    local value, message = number.read(text)
    if value and value % 1 == 0 then return math.floor(value) end
    return nil, message or ("'%s' is not a whole number"):format(text)
  end }
end

--- One of the given words.
function values.choice(...)
  local words = { ... }
  return { read = function(text)
    for _, word in ipairs(words) do
      if text == word then return text end
    end
    return nil, ("'%s' is not one of %s"):format(text, table.concat(words, ", "))
  end }
end

--- Some of the given words with "+" between them, as a set.
function values.choices(...)
  local one = values.choice(...)
  return { read = function(text)
    local set = {}
    for word in (text .. "+"):gmatch("([^+]*)%+") do
      local value, message = one.read(word)
      if not value then return nil, message end
      set[value] = true
    end
    return set
  end }
end

--- "yes" or "no", as that text.
values.yes = values.choice("yes", "no")

--- Any text.
values.text = { read = function(text) return text end }

--- Text that can stand in a line.
values.line = { read = function(text)
  if text:find("^[^%c]+$") then return text end
  return nil, ("'%s' is not the text of a line"):format(text)
end }

--- A number or two with "-" between them: { low, high }. `kind` is the kind of the numbers, if
-- not values.number.
function values.span(low, high, kind)
  local number = (kind or values.number)(low, high)
  return { read = function(text)
    local first, last = text:match("^([^-]+)%-?(.*)$")
    local from, message = number.read(first or text)
    if not from then return nil, message end
    local to
    to, message = number.read(last ~= "" and last or first)
    if not to then return nil, message end
    if to < from then return nil, ("'%s' ends before it begins"):format(text) end
    return { from, to }
  end }
end

--- The words of a set in order, for messages.
function values.names(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

return values
