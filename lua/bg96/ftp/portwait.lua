--- A port that is locked, or not there yet: waiting for it, and who holds it.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local outside = require "bg96.ftp.outside"
local protect = require "bg96.ftp.protect"

local portwait = {}

-- Seconds between two tries: nobody says that a lock was given back.
local INTERVAL = 0.25

local ENOENT, EIO, ENXIO, EACCES, EBUSY, ENODEV = 2, 5, 6, 13, 16, 19

-- A port that comes and goes; without a number where none of a known module is there.
local function is_missing(err)
  local code = err.code
  return code == nil or code == ENOENT or code == ENXIO or code == ENODEV or code == EIO
end

-- The rights of a device that has just come are set a moment later.
local function may_pass(err, was_missing)
  if err.kind ~= "port" then return false end
  return err.code == EBUSY or is_missing(err) or (err.code == EACCES and was_missing)
end

local function call_wait(wait, seconds)
  return outside.call(wait, -1, nil, seconds)
end

-- Lets time pass. What wait() throws gives the call up, as elsewhere.
local function sleep(wait, seconds)
  local ok, thrown = protect(call_wait, wait, seconds)
  if ok then return true end
  if getmetatable(thrown) == Error then return nil, thrown end
  return nil, Error.new { kind = "cancelled", detail = tostring(thrown) }
end

-- Names who has the port open, where the system tells.
local function name_holder(err)
  if not (err.kind == "port" and err.code == EBUSY and err.detail) then return err end
  local pid, name, is_own = core.holder(err.detail)
  if not pid then return err end
  return Error.new {
    kind = "port", code = EBUSY, detail = err.detail,
    advice = is_own and "this program has it open already"
      or ("process %d (%s) has it open"):format(pid, name),
  }
end

--- Tries to open a port, again for `seconds` while it is locked or not there.
-- @tparam function wait see bg96.wait
-- @tparam number seconds
-- @tparam function try function() -> modem; or nil, err
-- @return a modem; or nil, err: of the last try
function portwait.open(wait, seconds, try)
  local deadline, was_missing = core.now() + seconds, false
  while true do
    local modem, err = try()
    if modem then return modem end
    local left = deadline - core.now()
    if left <= 0 or not may_pass(err, was_missing) then return nil, name_holder(err) end
    was_missing = was_missing or is_missing(err)
    local ok, thrown = sleep(wait, math.min(INTERVAL, left))
    if not ok then return nil, thrown end
  end
end

return portwait
