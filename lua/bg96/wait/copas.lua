--- Waiting in copas, of any version; in the main program, with poll(2).
--
-- Old versions have no timeouts, and none waits for reading and writing at once. So copas
-- waits for a watch: one descriptor that stands for both directions and the timeout.
local copas = require "copas"
local new_watch = require "bg96.ftp.watch"
local poll = require "bg96.wait.poll"
local thread = require "bg96.ftp.thread"

-- Watches that are not in use.
local spare = {}

-- What copas takes for a socket. copas.receive() calls receive() once before it waits and
-- once after. When a coroutine ends, copas closes the last socket that it has used.
local function as_socket(watch)
  local has_waited = false
  return {
    getfd = function() return watch:descriptor() end,
    dirty = function() return false end,
    settimeout = function() return 1 end,
    close = function() return 1 end,
    receive = function()
      if has_waited then return true end
      has_waited = true
      return nil, "timeout"
    end,
  }
end

return function(fd, events, timeout)
  if not thread.running() then return poll(fd, events, timeout) end
  local watch = table.remove(spare) or new_watch()
  watch:arm(fd, events or "r", timeout)
  copas.receive(as_socket(watch), 1)
  local is_ready = watch:disarm()
  spare[#spare + 1] = watch
  if is_ready then return true end
  return nil, "timeout"
end
