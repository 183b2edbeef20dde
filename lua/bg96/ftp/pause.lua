--- A pause between two calls of the library, such as the back-off of a transfer.
--
-- It is one wait, without wake-ups in between. That wait is not wait(-1, nil, seconds), as
-- three things may end or interrupt it: a line of the module, which the subscribers get at
-- once; a port that is lost; and close() in another coroutine. A watch is one descriptor
-- for all of them. The modem's own descriptor does not serve: a call of another coroutine
-- may be waiting on it, and most event loops allow one waiter for a descriptor.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local deadline = require "bg96.ftp.deadline"
local outside = require "bg96.ftp.outside"
local protect = require "bg96.ftp.protect"

local pause = {}

-- While another coroutine's call runs, that call reads the port, and a watch of it would
-- wake us for each byte. So the port is not watched then; seconds until we look again.
local BUSY_INTERVAL = 1

local function wait(modem, fd, seconds)
  return outside.call(modem.wait, fd, "r", seconds)
end

--- Waits for a descriptor outside of any call.
-- @param modem
-- @tparam integer fd
-- @tparam[opt] number seconds
-- @treturn boolean true; or nil, err where wait() has thrown: that error object, or one of
--   kind "cancelled"
function pause.wait_for(modem, fd, seconds)
  local ok, thrown = protect(wait, modem, fd, seconds)
  if ok then return true end
  if getmetatable(thrown) == Error then return nil, thrown end
  return nil, Error.new { kind = "cancelled", detail = tostring(thrown) }
end

-- Waits until a line has come, the pause was ended, or `seconds` are over.
local function wait_once(modem, watch, seconds)
  local is_busy = modem.core:queue_length() > 0
  watch:arm(is_busy and -1 or modem:pollfd(), "r")
  local ok, err = pause.wait_for(modem, watch:descriptor(),
    is_busy and math.min(seconds, BUSY_INTERVAL) or seconds)
  watch:disarm()
  return ok, err
end

local function is_over(modem, session)
  return modem.is_closed or modem.core:is_lost() or (session and session.is_closed)
end

-- Without a watch, in a process that has no more descriptors, it is only time that passes.
local function run(modem, watch, seconds, session)
  local ends_at = modem.core:now() + seconds
  while not is_over(modem, session) and modem.core:now() < ends_at do
    local left = ends_at - modem.core:now()
    local ok, err
    if watch then
      ok, err = wait_once(modem, watch, left)
    else
      ok, err = pause.wait_for(modem, -1, math.min(left, BUSY_INTERVAL))
    end
    if not ok then return nil, err end
    modem:poll()
  end
  return true
end

--- Lets `seconds` pass, while unsolicited lines are handed to their subscribers. Ends early
-- where the modem or the session is closed or the port is lost, and at the deadline of the
-- running coroutine.
-- @param modem
-- @tparam number seconds
-- @tparam[opt] table session
-- @treturn boolean true; or nil, err: of kind "deadline", or as of pause.wait_for()
function pause.wait(modem, seconds, session)
  local left, expired = deadline.left(modem)
  if not left then return nil, expired end
  local watch = core.watch()
  if not watch then return run(modem, nil, math.min(seconds, left), session) end
  modem.pauses[watch] = true
  local ok, err = run(modem, watch, math.min(seconds, left), session)
  modem.pauses[watch] = nil
  watch:close()
  return ok, err
end

--- Has all pauses of a modem look whether they are over.
function pause.wake_all(modem)
  for watch in pairs(modem.pauses) do
    watch:disarm()
    watch:arm(-1, "r", 0)
  end
end

return pause
