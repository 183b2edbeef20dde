--- A deadline for all calls that a coroutine makes to a modem: logging in and activating
-- included, each of them ends by then. A call finds it by its coroutine, so that the calls
-- of other coroutines go on as they like.

local Error = require "bg96.ftp.error"
local thread = require "bg96.ftp.thread"

local deadline = {}

--- Sets the deadline of the running coroutine.
-- @param modem for whose calls it is
-- @tparam[opt] number ends_at on the modem's clock; nil takes the deadline back
function deadline.set(modem, ends_at)
  modem.deadlines[thread.running() or "main"] = ends_at
end

--- Seconds until the deadline of the running coroutine.
-- @treturn number seconds, math.huge where there is no deadline; or nil, err of kind
--   "deadline" where it has passed
function deadline.left(modem)
  local ends_at = modem.deadlines[thread.running() or "main"]
  if not ends_at then return math.huge end
  local left = ends_at - modem.core:now()
  if left > 0 then return left end
  return nil, Error.new { kind = "deadline" }
end

return deadline
