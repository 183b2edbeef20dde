--- One transfer that finishes at a time on a modem, first come, first served: two that
-- repair the same session would log each other out. The queue is the core's; a transfer
-- that is thrown away with its coroutine gives its turn back there.

local Error = require "bg96.ftp.error"
local abandoned = require "bg96.ftp.transfer.abandoned"
local pause = require "bg96.ftp.pause"

local turn = {}

-- Who has the turn may be a coroutine that was thrown away, and that the collector has not
-- found yet. Seconds until a wait has it look, and by what that grows: it may also be a
-- transfer of hours.
local FIRST_LOOK, GROWTH = 60, 2

--- Joins the queue.
-- @param modem
-- @tparam[opt] number ends_at until when its turn must have come, on the modem's clock
-- @return the turn, for turn.run(); its release() gives it back
function turn.queue(modem, ends_at)
  return modem.core:take_turn(ends_at and (ends_at - modem.core:now()) * 1000)
end

--- Runs a function once all transfers that came before have ended.
-- @tparam function fn called with all that follows
-- @return what `fn` returns; or nil, err of kind "timeout" with the reason "no turn", or
--   "closed", or as of pause.wait_for()
function turn.run(modem, held, fn, ...)
  local interval, looked_at = FIRST_LOOK, modem.core:now()
  -- The fourth value of the loop is for Lua 5.4, which closes it when the loop is left: a
  -- coroutine that is closed then gives its turn back at once.
  for event, a, b, c, d, e, f, g in held.step, held, nil, held do
    if event == "done" then return fn(...) end
    if event == "failed" then return nil, Error.from_step(a, b, c, d, e, f, g) end
    local left = looked_at + interval - modem.core:now()
    if left <= 0 then
      abandoned.collect()
      interval, looked_at = interval * GROWTH, modem.core:now()
      left = interval
    end
    local ok, err = pause.wait_for(modem, a, math.min(c or left, left))
    if not ok then return nil, err end
  end
end

return turn
