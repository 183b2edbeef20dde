--- Argument checks: misuse raises an error before a byte is sent.
--
-- A rule is a function that gets a value and returns nil where it is right, or a text that
-- says what is wrong with it.

local core = require "bg96.core"

local check = {}

local byte_names = { [0] = "NUL", [10] = "LF", [13] = "CR", [34] = "a quote" }

local function refuse_byte(byte)
  return "must not hold " .. (byte_names[byte] or ("control character 0x%02x"):format(byte))
end

local function expected(wanted, value)
  return ("%s expected, got %s"):format(wanted, value == nil and "no value" or type(value))
end

--- A string of `min` to `max` bytes that may stand in an AT command.
function check.text(min, max)
  return function(value)
    if type(value) ~= "string" then return expected("string", value) end
    if #value < min then return "must not be empty" end
    if #value > max then return ("too long: %d bytes, %d at most"):format(#value, max) end
    local byte = core.find_forbidden(value)
    if byte then return refuse_byte(byte) end
  end
end

--- Text without control characters, such as a whole AT command, quotes and all.
function check.line(value)
  if type(value) ~= "string" then return expected("string", value) end
  local byte = value:match("%c")
  if byte then return refuse_byte(byte:byte()) end
end

--- A whole number from `min` to `max`.
function check.integer(min, max)
  return function(value)
    if type(value) ~= "number" or value % 1 ~= 0 then return expected("integer", value) end
    if value < min or value > max then
      return ("out of range: %s to %s"):format(tostring(min), tostring(max))
    end
  end
end

--- A time in seconds, which may be 0.
function check.duration(value)
  if type(value) ~= "number" then return expected("number of seconds", value) end
  if not (value > 0 or value == 0) then return "must be 0 or greater" end
end

--- A time in seconds, greater than 0.
function check.seconds(value)
  if type(value) ~= "number" then return expected("number of seconds", value) end
  if not (value > 0 and value <= 4e6) then return "must be greater than 0" end
end

--- One of the values given.
function check.one_of(...)
  local allowed, names = {}, {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    allowed[value] = true
    names[i] = type(value) == "string" and ('"%s"'):format(value) or tostring(value)
  end
  return function(value)
    if value == nil or not allowed[value] then
      return ("one of %s expected"):format(table.concat(names, ", "))
    end
  end
end

--- A function, or a table that can be called.
function check.callable(value)
  local meta = getmetatable(value)
  if type(value) == "function" or (type(meta) == "table" and meta.__call) then return end
  return expected("function", value)
end

--- A value of a Lua type.
function check.type(name)
  return function(value)
    if type(value) ~= name then return expected(name, value) end
  end
end

--- Throws where `value` breaks `rule`.
-- @param level of the function to blame, as error() counts from our caller
function check.argument(index, method, value, rule, level)
  local problem = rule(value)
  if problem then
    error(("bad argument #%d to '%s' (%s)"):format(index, method, problem), (level or 1) + 2)
  end
end

--- Checks a table of options.
-- @tparam string method for the message
-- @param options the user's table; nil stands for an empty one
-- @tparam table rules name -> rule; names that are not here throw
-- @tparam table defaults name -> value; a name with a rule and no default is
--   optional, unless it is listed in `defaults.required`
-- @treturn table a new table with the defaults filled in
function check.options(method, options, rules, defaults, level)
  level = (level or 1) + 2
  options = options == nil and {} or options
  if type(options) ~= "table" then
    error(("bad argument to '%s' (table expected, got %s)"):format(method, type(options)), level)
  end
  local checked = {}
  for name, value in pairs(options) do
    if not rules[name] then
      error(("bad argument to '%s' (unknown option '%s')"):format(method, tostring(name)), level)
    end
    checked[name] = value
  end
  for name, rule in pairs(rules) do
    if checked[name] == nil then checked[name] = defaults[name] end
    local is_required = defaults.required and defaults.required[name]
    local problem = (checked[name] ~= nil or is_required) and rule(checked[name])
    if problem then
      error(("bad argument to '%s' (%s: %s)"):format(method, name, problem), level)
    end
  end
  return checked
end

return check
