--- The given clock of the emulator: it never asks for the time, it is told.
-- Times are seconds as floats from any origin that does not go back.
local clock = {}
clock.__index = clock

--- A clock that stands at `now` (seconds, 0 if left out).
function clock.new(now)
  return setmetatable({ now = now or 0, timers = {}, serial = 0 }, clock)
end

--- Runs `action()` once, `seconds` from now. Gives a timer for `cancel`.
function clock:after(seconds, action)
  self.serial = self.serial + 1
  local timer = { time = self.now + seconds, action = action, serial = self.serial }
  self.timers[timer] = true
  return timer
end

--- Forgets a timer; one that has run already, or nil, does no harm.
function clock:cancel(timer)
  if timer then self.timers[timer] = nil end
end

local function earliest(timers)
  local first
  for timer in pairs(timers) do
    if not first or timer.time < first.time
      or (timer.time == first.time and timer.serial < first.serial) then
      first = timer
    end
  end
  return first
end

--- Moves on to `now`, running what is due at its own time and in order.
function clock:advance(now)
  local timer = earliest(self.timers)
  while timer and timer.time <= now do
    self.timers[timer] = nil
    self.now = math.max(self.now, timer.time)
    timer.action()
    timer = earliest(self.timers)
  end
  self.now = math.max(self.now, now)
end

--- The time of the next timer, or nil.
function clock:next()
  local timer = earliest(self.timers)
  return timer and timer.time
end

return clock
