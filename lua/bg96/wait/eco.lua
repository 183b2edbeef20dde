--- Waiting in lua-eco. Its main program is a coroutine of its scheduler already.
--
-- It takes a timeout of 0 or less for no timeout, counts in whole milliseconds, and waits only
-- for descriptors. A coroutine that is closed while it waits (Lua 5.4) has to leave nothing
-- behind: what lua-eco would wake up then ends the process.
local eco = rawget(_G, "eco") or require "eco" -- it was a global before it was a module
local closing = require "bg96.ftp.closing"
local new_watch = require "bg96.ftp.watch"

local SHORTEST = 0.001

-- Version 4: an object of a descriptor can be closed.
local function wait_for_object(fd, mask, timeout)
  local object = assert(eco.io(fd))
  return closing(object, function() return object:wait(mask, timeout) end)
end

-- Before version 4: a watcher cannot be closed.
local function wait_for_watcher(fd, mask, timeout)
  return assert(eco.watcher(eco.IO, fd, mask)):wait(timeout)
end

-- Version 3 on Lua 5.4: another coroutine waits with the watcher, and resumes this one if that
-- was not closed meanwhile.
local function wait_beside(fd, mask, timeout)
  local waiting, watcher = coroutine.running(), assert(eco.watcher(eco.IO, fd, mask))
  local ok, message = true, nil
  local is_over = false
  local function finish()
    is_over = true
    watcher:cancel()
  end
  eco.run(function()
    local happened, why = watcher:wait(timeout)
    if is_over then return end
    is_over, ok, message = true, happened, why
    if coroutine.status(waiting) ~= "suspended" then return end -- the wait has failed at once
    local alive, thrown = coroutine.resume(waiting)
    if not alive then error(debug.traceback(waiting, tostring(thrown)), 0) end
  end)
  return closing(setmetatable({}, { __close = finish }), function()
    if not is_over then coroutine.yield() end
    return ok, message
  end)
end

local wait_for = eco.io and wait_for_object
  or rawget(coroutine, "close") and wait_beside
  or wait_for_watcher

local function wait(fd, events, timeout)
  local mask = (events:find("r") and eco.READ or 0) + (events:find("w") and eco.WRITE or 0)
  return wait_for(fd, mask, timeout)
end

-- A watch that is not armed is the descriptor that stands for time alone.
local function let_pass(timeout)
  local watch = new_watch()
  local ok, message = wait(watch:descriptor(), "r", timeout)
  watch:close()
  return ok, message
end

return function(fd, events, timeout)
  timeout = timeout and math.max(timeout, SHORTEST)
  local ok, message
  if fd < 0 then ok, message = let_pass(timeout) else ok, message = wait(fd, events, timeout) end
  if ok then return true end
  if message == "timeout" then return nil, "timeout" end
  error("lua-eco: " .. tostring(message), 0)
end
