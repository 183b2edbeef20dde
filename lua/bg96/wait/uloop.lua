--- Waiting in libubox's uloop (Lua 5.1, as on OpenWrt), in any coroutine; in the main
-- program, with poll(2).
local poll = require "bg96.wait.poll"
local thread = require "bg96.ftp.thread"

-- uloop calls back in the Lua state that has required it first. If that is a coroutine's, it
-- is gone once the coroutine is collected, and the heap is corrupted.
if thread.running() and not package.loaded.uloop then
  error("bg96.wait.uloop: require it, or uloop, in the main program before any coroutine does", 0)
end
local uloop = require "uloop"

-- The collector would take timers that nobody refers to, and stop them.
local active = {} -- luacheck: ignore 241

local function flags(events)
  local mask = events:find("r") and uloop.ULOOP_READ or 0
  return events:find("w") and mask + uloop.ULOOP_WRITE or mask
end

-- The method was called cancel at first.
local function stop_watching(handle)
  if handle.delete then handle:delete() else handle:cancel() end
end

-- A timer of 0 ms would never be armed.
local function milliseconds(seconds)
  return math.max(math.ceil(seconds * 1000), 1)
end

return function(fd, events, timeout)
  local waiting = thread.yielding()
  if not waiting then return poll(fd, events, timeout) end
  local handle, timer
  local function stop(...)
    if handle then stop_watching(handle) end
    if timer then timer:cancel() end
    handle, timer, active[waiting] = nil, nil, nil
    return ...
  end
  local function done(...)
    stop()
    if coroutine.status(waiting) ~= "suspended" then return end -- it was closed
    local ok, message = coroutine.resume(waiting, ...)
    if not ok then error(debug.traceback(waiting, tostring(message)), 0) end
  end
  if fd >= 0 then handle = uloop.fd_add(fd, function() done(true) end, flags(events)) end
  if timeout then
    timer = uloop.timer(function() done(nil, "timeout") end, milliseconds(timeout))
  end
  active[waiting] = { handle, timer }
  return stop(coroutine.yield()) -- it may have been resumed by somebody else
end
