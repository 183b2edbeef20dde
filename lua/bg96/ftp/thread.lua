--- The coroutine that a scheduler knows.
--
-- On Lua 5.1 a protected call runs in a coroutine of its own (protect.lua), which
-- no scheduler may resume by itself.

local thread = {}

-- By such a coroutine, the one that it was made in; false for the main program. Weak both
-- ways, so that neither keeps the other from being collected.
local outer = setmetatable({}, { __mode = "kv" })

--- Notes that the running coroutine runs `inner`.
function thread.nest(inner)
  outer[inner] = coroutine.running() or false
end

--- Whether the running coroutine runs a protected call.
function thread.is_nested()
  local running = coroutine.running()
  return running ~= nil and outer[running] ~= nil
end

--- The running coroutine, as its scheduler knows it.
-- @return a thread; nil in the main program, which cannot yield
function thread.running()
  local running, is_main = coroutine.running()
  while running and outer[running] ~= nil do running = outer[running] end
  return not is_main and running or nil
end

local is_yieldable = rawget(coroutine, "isyieldable") or function() return true end

--- The running coroutine, where it can yield to its scheduler now. Inside a comparison for
-- table.sort, say, it cannot, and has to block as the main program does. Lua 5.1 does not
-- tell; there a yield throws then.
-- @return a thread; or nil
function thread.yielding()
  return is_yieldable() and thread.running() or nil
end

return thread
