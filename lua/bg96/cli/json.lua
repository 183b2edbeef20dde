--- Values as JSON, by dkjson or by lua-cjson (which OpenWrt packages, unlike dkjson). What they
-- write is UTF-8, whatever a server has listed.

local format = require "bg96.cli.format"

local json = {}

-- The order of the keys in an object, which dkjson keeps.
local KEY_ORDER = {
  "name", "path", "type", "kind", "command", "code", "protocol", "subject", "message", "ok",
  "skipped", "detail", "advice", "value", "from", "size", "modify", "bytes", "sent", "seconds",
  "attempts", "resumed", "transferred", "facts", "files", "free", "total", "vid", "pid",
  "description",
}

local OBJECT = { __jsontype = "object" }

--- Makes a table an object, even where it is empty.
function json.object(fields)
  return setmetatable(fields, OBJECT)
end

-- A copy in which every string is UTF-8, and an empty array is `empty`.
local function prepare(value, empty)
  if type(value) == "string" then return format.utf8(value) end
  if type(value) ~= "table" then return value end
  if empty and next(value) == nil and getmetatable(value) ~= OBJECT then return empty end
  local copy = setmetatable({}, getmetatable(value))
  for key, item in pairs(value) do copy[prepare(key)] = prepare(item, empty) end
  return copy
end

-- To lua-cjson an empty table is an object. A string that is not UTF-8, and so is none of
-- ours, stands for an empty array until all is encoded.
local NO_UTF8 = "\255"

local function encode_with_cjson(cjson, value)
  local text = cjson.encode(prepare(value, NO_UTF8))
  return (text:gsub('"' .. NO_UTF8 .. '"', "[]"))
end

--- Whether there is a module to encode with.
function json.is_available()
  return pcall(require, "dkjson") or pcall(require, "cjson")
end

--- Encodes a value.
-- @treturn string
function json.encode(value)
  local ok, dkjson = pcall(require, "dkjson")
  if ok then return dkjson.encode(prepare(value), { keyorder = KEY_ORDER }) end
  return encode_with_cjson(require "cjson", value)
end

return json
