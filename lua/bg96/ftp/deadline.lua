--- A session with a deadline above all of its calls.
--
-- All waiting of a call is the modem's `wait`. So the same session and modem,
-- seen through a wait that ends at the deadline, is a session whose every call,
-- logging in and activating included, ends by then; the caller's own session and
-- other coroutines notice nothing.

local Error = require "bg96.ftp.error"

local deadline = {}

local function expired()
  return Error.new { kind = "timeout", detail = "the deadline has passed" }
end

--- Wraps a session.
-- @tparam table session
-- @tparam[opt] number ends_at time on the modem's clock; nil for no deadline
-- @treturn table the session, with its own `modem`; what belongs to both is
--   shared with the original
function deadline.wrap(session, ends_at)
  local modem = session.modem
  local function wait(fd, events, timeout)
    if not ends_at then return modem.wait(fd, events, timeout) end
    local left = ends_at - modem.core:now()
    if left <= 0 then error(expired(), 0) end
    return modem.wait(fd, events, math.min(timeout or left, left))
  end
  local bounded = setmetatable({ wait = wait }, { __index = modem })
  return setmetatable({ modem = bounded }, { __index = session })
end

return deadline
