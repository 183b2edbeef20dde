--- Waiting in a cqueues controller; outside of one, with poll(2).
local cqueues = require "cqueues"
local poll = require "bg96.wait.poll"

return function(fd, events, timeout)
  if not cqueues.running() then return poll(fd, events, timeout) end
  if fd < 0 then
    cqueues.poll(timeout)
    return nil, "timeout"
  end
  local waited_for = { pollfd = fd, events = events }
  local ready = cqueues.poll(waited_for, timeout)
  -- A controller remembers what it has told the kernel about a descriptor. Once that
  -- is closed and its number in use again, it would never ask the kernel again.
  cqueues.cancel(fd)
  if ready == waited_for then return true end
  return nil, "timeout"
end
