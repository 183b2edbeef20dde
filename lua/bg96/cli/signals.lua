--- Ctrl-C, SIGTERM and a hang-up end a call of the library cleanly: the interrupted wait
-- raises an error of kind "cancelled", which ends the call. The program then leaves data
-- mode and logs out. A second signal ends it at once.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local host = require "bg96.cli.host"

local signals = {}

local descriptor
local is_leaving = false

--- Catches the signals from now on.
-- @treturn boolean true; or nil, message
function signals.catch()
  local fd, _, message = host.catch_signals()
  if not fd then return nil, "cannot catch signals: " .. message end
  descriptor = fd
  return true
end

--- The number of the signal that came, or nil.
signals.caught = host.caught_signal

--- From now on signals do not end a wait, so that the program can log out.
function signals.leave()
  is_leaving = true
end

--- The wait for ftp.open().
-- @treturn boolean true; or nil, "timeout". Raises an error once a signal has come
function signals.wait(fd, events, timeout)
  local watched = not is_leaving and descriptor or -1
  local ready = core.poll({ fd, watched }, { events or "r", "r" }, timeout)
  if ready[2] then error(Error.new { kind = "cancelled", detail = "interrupted" }, 0) end
  if ready[1] then return true end
  return nil, "timeout"
end

return signals
