--- Waiting with poll(2): plain Lua, blocking, no scheduler.
local core = require "bg96.core"

return function(fd, events, timeout)
  if core.poll({ fd }, { events }, timeout)[1] then return true end
  return nil, "timeout"
end
