--- A deadline above all calls that a function makes to a modem: logging in and activating
-- included, each of them ends by then.
--
-- A call finds its deadline by the coroutine that makes it, so the calls of other
-- coroutines go on as they like.

local Error = require "bg96.ftp.error"
local protect = require "bg96.ftp.protect"
local thread = require "bg96.ftp.thread"

local deadline = {}

local function expired()
  return Error.new { kind = "deadline" }
end

-- Ends the scope, and hands on what protect() has returned.
local function leave(modem, caller, ok, ...)
  modem.deadlines[caller] = nil
  if not ok then error((...), 0) end
  return ...
end

--- Runs a function with a deadline.
-- @param modem whose calls have the deadline
-- @tparam[opt] number ends_at on the modem's clock; nil for no deadline
-- @tparam function fn called with all that follows
-- @return what `fn` returns; what it throws is thrown
function deadline.run(modem, ends_at, fn, ...)
  if not ends_at then return fn(...) end
  local caller = thread.running() or "main"
  modem.deadlines[caller] = ends_at
  return leave(modem, caller, protect(fn, ...))
end

--- Seconds until the deadline of the running coroutine.
-- @treturn number seconds, math.huge where there is no deadline; or nil, err of kind
--   "deadline" where it has passed
function deadline.left(modem)
  local ends_at = modem.deadlines[thread.running() or "main"]
  if not ends_at then return math.huge end
  local left = ends_at - modem.core:now()
  if left > 0 then return left end
  return nil, expired()
end

return deadline
