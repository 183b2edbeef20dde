--- Values as JSON (RFC 8259). The program writes JSON and reads none, and the systems that it
-- runs on offer different modules for it, or none.

local json = {}

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(character)
  return escapes[character] or ("\\u%04x"):format(character:byte())
end

local function encode_string(text)
  return '"' .. text:gsub('[%z\1-\31"\\\127]', escape) .. '"'
end

-- Whole numbers in full, beyond 32 bits too. JSON has no infinity and no NaN.
local function encode_number(number)
  if number ~= number or number == math.huge or number == -math.huge then return "null" end
  local is_whole = number % 1 == 0 and math.abs(number) <= 2 ^ 53
  return ((is_whole and "%.0f" or "%.14g"):format(number):gsub(",", ".")) -- a locale's comma
end

--- Makes a table an object in JSON, even where it is empty.
-- @tparam table fields
-- @treturn table fields
function json.object(fields)
  return setmetatable(fields, { __jsontype = "object" })
end

local function is_array(value)
  local metatable = getmetatable(value)
  if metatable and metatable.__jsontype == "object" then return false end
  return next(value) == nil or value[1] ~= nil
end

-- The keys of an object: those of `order` first, then the others by their names.
local function sorted_keys(value, order)
  local keys, rank = {}, {}
  for i, key in ipairs(order) do rank[key] = i end
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local first, second = rank[a] or math.huge, rank[b] or math.huge
    if first == second then return a < b end
    return first < second
  end)
  return keys
end

local encode

local function encode_array(value, order)
  local parts = {}
  for i, item in ipairs(value) do parts[i] = encode(item, order) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function encode_object(value, order)
  local parts = {}
  for i, key in ipairs(sorted_keys(value, order)) do
    parts[i] = encode_string(key) .. ":" .. encode(value[key], order)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value, order)
  if type(value) == "table" then
    return (is_array(value) and encode_array or encode_object)(value, order)
  elseif type(value) == "number" then
    return encode_number(value)
  elseif type(value) == "string" then
    return encode_string(value)
  end
  return tostring(value)
end

--- Writes a value as JSON. Its strings are UTF-8, its objects have strings as keys.
-- @tparam ?table|string|number|boolean value
-- @tparam[opt] table order keys that come first in each object, in this order
-- @treturn string without line breaks
function json.encode(value, order)
  return value == nil and "null" or encode(value, order or {})
end

return json
