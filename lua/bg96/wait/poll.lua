--- Waiting with poll(2): plain Lua, blocking, no scheduler.
local core = require "bg96.core"

--- @tparam integer fd a negative one is never ready: the wait is a pause
-- @tparam string events "r", "w" or "rw"
-- @tparam[opt] number timeout seconds
-- @return true; or nil, "timeout"
return function(fd, events, timeout)
  if core.poll({ fd }, { events }, timeout)[1] then return true end
  return nil, "timeout"
end
