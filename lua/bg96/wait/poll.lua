--- Waiting with poll(2): plain Lua, blocking, no scheduler.
local core = require "bg96.core"

--- Waits, as every function in bg96.wait does.
-- @tparam integer fd a descriptor; -1 only lets the time pass
-- @tparam[opt] string events "r", "w" or "rw"; nil where fd is -1
-- @tparam[opt] number timeout seconds; for ever unless given
-- @return true; or nil, "timeout"
return function(fd, events, timeout)
  if core.poll({ fd }, { events or "r" }, timeout)[1] then return true end
  return nil, "timeout"
end
