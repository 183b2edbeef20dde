--- port = "auto": finds the AT port of a module among the USB serial ports.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"

local finder = {}

-- Quectel's vendor id; a BG96 shows four ports, one or two of which take AT.
local KNOWN_IDS = { "2c7c:*" }

-- An idle module answers at once. One that is in data mode or boots needs more time.
local QUICK_TIMEOUT = 1.5

-- The vendor, and the product, nil for any, of an id such as "2c7c:0296" or "2c7c:*".
local function split(id)
  local vid, pid = id:lower():match("^(%x+):([%x*]+)$")
  if pid == "*" then return vid end
  if vid and pid:find("^%x+$") then return vid, pid end
end

--- A rule for check.options(): ids of USB serial ports.
function finder.ids_rule(value)
  if type(value) ~= "table" then return "table expected, got " .. type(value) end
  if #value == 0 then return "must not be empty" end
  for _, id in ipairs(value) do
    if type(id) ~= "string" or not split(id) then
      return ([[%s is not like "2c7c:0296" or "2c7c:*"]])
        :format(type(id) == "string" and ("%q"):format(id) or tostring(id))
    end
  end
end

local function matches(port, id)
  local vid, pid = split(id)
  if port.vid ~= tonumber(vid, 16) then return false end
  return not pid or port.pid == tonumber(pid, 16)
end

local function candidates(ids)
  local found = {}
  for _, port in ipairs(core.ports() or {}) do
    for _, id in ipairs(ids) do
      if matches(port, id) then
        found[#found + 1] = port.path
        break
      end
    end
  end
  return found
end

--- Tries the ports of known modules, in the order of their paths: quickly
-- first, then patiently.
-- @tparam[opt] table ids array of "vid:pid"
-- @tparam number timeout seconds in all
-- @tparam function try function(path, timeout) -> modem; or nil, err
-- @tparam[opt] number quick seconds that a port gets at first
-- @return the first modem that answers; or nil, err
function finder.open_first(ids, timeout, try, quick)
  local paths = candidates(ids or KNOWN_IDS)
  local deadline = core.now() + timeout
  local last_error = Error.new {
    kind = "port", detail = "no USB serial port of a known module",
    advice = "check the cable, or name the port; ftp.ports() lists what is there",
  }
  for _, patience in ipairs { quick or QUICK_TIMEOUT, timeout } do
    for _, path in ipairs(paths) do
      local left = deadline - core.now()
      if left <= 0 then return nil, last_error end
      local modem, err = try(path, math.min(patience, left))
      if modem then return modem end
      last_error = err
    end
  end
  return nil, last_error
end

return finder
