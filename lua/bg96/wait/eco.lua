--- Waiting in lua-eco. Its main program is a coroutine of its scheduler already.
--
-- It allows one waiter for each descriptor and direction, and takes a timeout of 0
-- or less for no timeout.
local eco = rawget(_G, "eco") or require "eco" -- it was a global before it was a module
local new_watch = require "bg96.ftp.watch"

-- lua-eco counts in whole milliseconds.
local SHORTEST = 0.001

local function wait(fd, events, timeout)
  local mask = (events:find("r") and eco.READ or 0) + (events:find("w") and eco.WRITE or 0)
  if eco.io then return assert(eco.io(fd)):wait(mask, timeout) end
  return assert(eco.watcher(eco.IO, fd, mask)):wait(timeout)
end

-- Version 2 cannot wait for both directions at once, and no version waits without a
-- descriptor: a watch is the descriptor that stands for them.
local function wait_for_watch(fd, events, timeout)
  local watch = new_watch()
  watch:arm(fd, events or "r")
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
