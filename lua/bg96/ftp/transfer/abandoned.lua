--- Coroutines that were thrown away in the middle of a transfer. What they hold, the collector
-- gives back, sooner or later.

local abandoned = {}

--- Has the collector find all of them now: a last resort, as it takes long. Traces of LuaJIT
-- may refer to what a coroutine has used.
function abandoned.collect()
  local jit = rawget(_G, "jit")
  if jit then jit.flush() end
  collectgarbage()
  collectgarbage() -- what finalizers of the first round have let go
end

return abandoned
