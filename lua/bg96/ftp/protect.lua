--- pcall that may be yielded across, on every Lua.
--
-- Lua 5.1 cannot yield across pcall. There the function, which must be a Lua function,
-- runs in a coroutine of its own, whose yields are handed on to the caller's scheduler. Only
-- outside.call() asks for something else.

if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then return pcall end

local outside = require "bg96.ftp.outside"
local thread = require "bg96.ftp.thread"

local function hand_on(inner, ok, first, ...)
  if not ok or coroutine.status(inner) == "dead" then return ok, first, ... end
  if first == outside.REQUEST then
    return hand_on(inner, coroutine.resume(inner, outside.answer(...)))
  end
  return hand_on(inner, coroutine.resume(inner, coroutine.yield(first, ...)))
end

return function(f, ...)
  local inner = coroutine.create(f)
  thread.nest(inner)
  return hand_on(inner, coroutine.resume(inner, ...))
end
