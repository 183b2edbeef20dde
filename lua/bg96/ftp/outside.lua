--- Calls a function of the scheduler's, such as wait(), from inside a protected call.
--
-- On Lua 5.1 a protected call runs in a coroutine of its own (protect.lua). A scheduler may note
-- which coroutine waits, and resume that one later: so its functions are called in the coroutine
-- that it has made. What they throw there ends that coroutine; nothing can catch it, but in the
-- main program.
local thread = require "bg96.ftp.thread"

local outside = {}

--- Yielded by a nested coroutine, with a function and its arguments.
outside.REQUEST = {}

--- Answers a request, in the coroutine that gets it.
-- @return what pcall() returns
function outside.answer(f, ...)
  if thread.is_nested() then return coroutine.yield(outside.REQUEST, f, ...) end
  if thread.running() then return true, f(...) end
  return pcall(f, ...)
end

local function results(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

--- Calls `f(...)`, and returns what it returns.
function outside.call(f, ...)
  if not thread.is_nested() then return f(...) end
  return results(outside.answer(f, ...))
end

return outside
