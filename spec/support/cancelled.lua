--- Calls whose wait throws, as a scheduler may give a call up by.
--
-- On Lua 5.1 such an error ends the coroutine that waits, and nothing catches it
-- (lua/bg96/ftp/outside.lua). The call is then over as soon as the collector has found it.

-- Resumes a coroutine to its end; what it yields, its caller's scheduler gets.
local function finish(thread, ok, ...)
  if coroutine.status(thread) == "dead" then return ok, ... end
  return finish(thread, coroutine.resume(thread, coroutine.yield(...)))
end

--- Makes a call whose wait throws.
-- @tparam function f makes the call and returns what it does
-- @treturn table the error of the call; on Lua 5.1 its kind and message alone
return function(f)
  if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then return select(2, f()) end
  local ok, thrown
  do
    local thread = coroutine.create(f)
    ok, thrown = finish(thread, coroutine.resume(thread))
  end
  collectgarbage()
  collectgarbage() -- what finalizers of the first round have let go
  assert(not ok, "nothing was thrown")
  return { kind = "cancelled", message = thrown }
end
