--- The emulator's clock. It never looks at the time: its caller moves it on. Times are
-- seconds as floats from any origin, and never go back.
local clock = {}
clock.__index = clock

--- A clock that stands at `now` (seconds, 0 if left out).
function clock.new(now)
  return setmetatable({ now = now or 0, timers = {} }, clock)
end

--- Runs `action()` once, `seconds` from now. Returns a timer for `cancel`.
function clock:after(seconds, action)
  local timer = { time = self.now + seconds, action = action }
  local place = #self.timers + 1
  while place > 1 and self.timers[place - 1].time > timer.time do place = place - 1 end
  table.insert(self.timers, place, timer)
  return timer
end

--- Cancels a timer; does nothing for nil and for one that has run.
function clock:cancel(timer)
  for place, known in ipairs(self.timers) do
    if known == timer then
      table.remove(self.timers, place)
      return
    end
  end
end

--- Moves on to `now`, running what is due at its own time and in order.
function clock:advance(now)
  local timer = self.timers[1]
  while timer and timer.time <= now do
    table.remove(self.timers, 1)
    self.now = math.max(self.now, timer.time)
    timer.action()
    timer = self.timers[1]
  end
  self.now = math.max(self.now, now)
end

--- The time of the next timer, or nil.
function clock:next()
  local timer = self.timers[1]
  return timer and timer.time
end

return clock
