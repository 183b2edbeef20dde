--- Waiting in luv's (libuv's) loop, in any coroutine; in the main program, with
-- poll(2).
local closing = require "bg96.ftp.closing"
local poll = require "bg96.wait.poll"
local thread = require "bg96.ftp.thread"
local uv = require "luv"

-- libuv takes one handle for a descriptor: each is closed as soon as its wait is over.
local function give_back(handle)
  if handle and not handle:is_closing() then
    handle:stop()
    handle:close()
  end
end

-- Calls `done` as soon as the descriptor is ready. Its error, after an unplug or
-- hang-up, is a wake-up as well: what it means, a read will tell.
local function watch(fd, events, done)
  local handle, message = uv.new_poll(fd)
  if not handle then error("luv: " .. tostring(message), 0) end
  handle:start(events, function() done(true) end)
  return handle
end

local function start_timer(seconds, done)
  local timer = uv.new_timer()
  uv.update_time() -- or it counts from when this round of the loop began
  timer:start(math.max(math.ceil(seconds * 1000), 0), 0, function() done(nil, "timeout") end)
  return timer
end

return function(fd, events, timeout)
  local waiting = thread.yielding()
  if not waiting then return poll(fd, events, timeout) end
  local handle, timer
  local function stop(...)
    give_back(handle)
    give_back(timer)
    return ...
  end
  local function done(...)
    stop()
    if coroutine.status(waiting) ~= "suspended" then return end -- it was closed
    local ok, message = coroutine.resume(waiting, ...)
    if not ok then error(debug.traceback(waiting, tostring(message)), 0) end
  end
  handle = fd >= 0 and watch(fd, events, done) or nil
  timer = timeout and start_timer(timeout, done) or nil
  -- It may be resumed by somebody else, or closed.
  return stop(closing(setmetatable({}, { __close = stop }), coroutine.yield))
end
