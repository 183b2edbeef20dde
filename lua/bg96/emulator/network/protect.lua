--- Catches errors around something that waits inside cqueues. Lua 5.1 cannot
-- yield across pcall; across a coroutine of its own every Lua can.
local resume = require("cqueues.auxlib").resume

--- Calls `f(...)`. Returns true, or false and the error with a traceback.
return function(f, ...)
  local thread = coroutine.create(f)
  local ok, message = resume(thread, ...)
  if ok then return true end
  return false, debug.traceback(thread, tostring(message))
end
