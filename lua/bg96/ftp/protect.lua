--- pcall that may be yielded across, on every Lua.
--
-- Lua 5.1 cannot yield across pcall. There the function runs in a coroutine of
-- its own, whose yields are handed on to the caller's scheduler.

if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then return pcall end

local function hand_on(thread, ok, ...)
  if not ok or coroutine.status(thread) == "dead" then return ok, ... end
  return hand_on(thread, coroutine.resume(thread, coroutine.yield(...)))
end

return function(f, ...)
  local thread = coroutine.create(f)
  return hand_on(thread, coroutine.resume(thread, ...))
end
