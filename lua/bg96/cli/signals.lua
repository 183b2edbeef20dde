--- Ctrl-C, SIGTERM and a hang-up end a call of the library cleanly: the interrupted wait
-- raises an error of kind "cancelled", which ends the call. The program then leaves data
-- mode and logs out. A second signal ends it at once.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local host = require "bg96.cli.host"

local signals = {}

local descriptor
local is_leaving = false

-- Seconds that leaving data mode and logging out may take after a signal. A module that hangs
-- is left as it is: the next run brings it back.
local LEAVE = 4
local leave_by

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

local function interruption()
  return Error.new { kind = "cancelled", detail = "interrupted" }
end

--- From now on signals do not end a wait, so that the program can log out. Where one has come,
-- it gets only a few seconds for that.
-- @tparam[opt] number seconds other than these few, for one that has more to give back
function signals.leave(seconds)
  is_leaving = true
  leave_by = signals.caught() and core.now() + (seconds or LEAVE)
end

-- The timeout of a wait, as far as there is time for it. Raises an error where there is none.
local function limit(timeout)
  if not leave_by then return timeout end
  local left = leave_by - core.now()
  if left <= 0 then error(interruption(), 0) end
  return math.min(timeout or left, left)
end

-- Seconds between two calls of `on_tick`.
local TICK = 0.25

--- Called again and again while a wait lasts; nil where nobody wants to know.
signals.on_tick = nil

-- Waits in slices, between which `on_tick` is called.
local function poll(fds, events, timeout)
  local ends_at = timeout and core.now() + timeout
  while signals.on_tick do
    local left = ends_at and ends_at - core.now()
    if left and left <= TICK then break end
    local ready = core.poll(fds, events, TICK)
    if ready[1] or ready[2] then return ready end
    signals.on_tick()
  end
  return core.poll(fds, events, ends_at and math.max(0, ends_at - core.now()))
end

--- The wait for ftp.open().
-- @treturn boolean true; or nil, "timeout". Raises an error once a signal has come
function signals.wait(fd, events, timeout)
  local watched = not is_leaving and descriptor or -1
  local ready = poll({ fd, watched }, { events or "r", "r" }, limit(timeout))
  if ready[2] then error(interruption(), 0) end
  if ready[1] then return true end
  return nil, "timeout"
end

--- Lets time pass. Raises an error once a signal has come.
-- @tparam number seconds
function signals.sleep(seconds)
  signals.wait(-1, nil, seconds)
end

--- Waits for standard input, or for another descriptor. Raises an error once a signal has come.
-- @tparam integer fd
-- @tparam integer other -1 for none
-- @tparam[opt] number timeout seconds
-- @treturn boolean whether `fd` is ready
-- @treturn boolean whether `other` is
function signals.wait_for_either(fd, other, timeout)
  local ready = core.poll({ fd, other, descriptor or -1 }, { "r", "r", "r" }, timeout)
  if ready[3] then error(interruption(), 0) end
  return ready[1], ready[2]
end

return signals
