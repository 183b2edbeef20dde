--- Waiting in lua-eco. Its main program is a coroutine of its scheduler already.
--
-- It allows one waiter for each descriptor and direction, and takes a timeout of 0
-- or less for none.
local eco = rawget(_G, "eco") or require "eco" -- it was a global before it was a module
local core = require "bg96.core"

-- lua-eco counts in whole milliseconds.
local SHORTEST = 0.001

local function wait(fd, events, timeout)
  local mask = (events:find("r") and eco.READ or 0) + (events:find("w") and eco.WRITE or 0)
  if eco.io then return assert(eco.io(fd)):wait(mask, timeout) end
  return assert(eco.watcher(eco.IO, fd, mask)):wait(timeout)
end

-- Before version 3 there was no waiting in both directions at once, and there is none
-- on no descriptor: a watch is one in place of them.
local function wait_for_watch(fd, events, timeout)
  local watch = core.watch()
  watch:arm(fd, events)
  local ok, message = wait(watch:descriptor(), "r", timeout)
  watch:disarm()
  watch:close()
  return ok, message
end

return function(fd, events, timeout)
  timeout = timeout and math.max(timeout, SHORTEST)
  local needs_watch = fd < 0 or (events == "rw" and not eco.io)
  local ok, message = (needs_watch and wait_for_watch or wait)(fd, events, timeout)
  if ok then return true end
  if message == "timeout" then return nil, "timeout" end
  error("lua-eco: " .. tostring(message), 0)
end
