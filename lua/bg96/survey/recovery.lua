--- Bringing back a module that did not answer, or not to the end: it may be slow, in data mode,
-- restarting, or at another baud rate.

local Stop = require "bg96.survey.stop"

local GUARD, LONGER_GUARD, LONGEST_GUARD = 0.7, 0.5, 3.2 -- seconds around +++: with each try more
local QUICK_ANSWER = 3   -- seconds for an answer while it is not sure that one comes,
local SLOW_ANSWER = 12   -- and, with each try more, at most
local PATIENCE = 60      -- seconds after which a module is given up
local LAST_PATIENCE = 10 -- the same for one that was given up
local RATE_TIME = 0.1    -- seconds for the change of a rate
local SETTLE = 0.3       -- seconds for what comes behind the answer

-- Leaves data mode, if that is where the module is.
local function escape(d, guard)
  d:pause(guard)
  d:keep(">", "+++")
  d.line:write("+++")
  d:pause(guard + SETTLE)
end

-- The module may be at the rate that was tried last, or at its own.
local function change_rate(place)
  local line, rates = place.d.line, place.rates
  if not rates then return end
  line:set_baudrate(line.baudrate == rates[1] and rates[2] or rates[1])
end

-- Has the module, which answers, at its own rate again.
local function restore_rate(place)
  local d, rate = place.d, (place.rates or {})[1]
  place.rates = rate ~= d.line.baudrate and place.rates or nil
  if not place.rates then return end
  d:at("+IPR=" .. rate, { may_fail = true })
  d:pause(RATE_TIME)
  d.line:set_baudrate(rate)
  if d:at("", { may_fail = true, timeout = QUICK_ANSWER }).timed_out then
    Stop.throw("the module does not go back to its rate")
  end
  place.rates = nil
end

-- One try.
local function is_back(place, timeout)
  local d = place.d
  d.buffer = ""
  if not d:at("", { may_fail = true, timeout = timeout }).final then return false end
  d:pause(SETTLE)
  d:settle()
  d.is_dirty = false
  restore_rate(place)
  place:repeat_settings()
  return true
end

--- Brings the module back. Where it does not come back, the survey is over.
-- @tparam table place see bg96.survey.place; its `rates` are those of the line: the module's own,
--   and the one that was tried
return function(place)
  local d, attempt = place.d, 0
  local ends_at = d:now() + (place.is_given_up and LAST_PATIENCE or PATIENCE)
  repeat
    attempt = attempt + 1
    if is_back(place, math.min(QUICK_ANSWER * attempt, SLOW_ANSWER)) then return end
    if attempt % 2 == 0 then
      change_rate(place)
    else
      escape(d, math.min(GUARD + LONGER_GUARD * attempt, LONGEST_GUARD))
    end
  until d:now() >= ends_at
  place.is_gone, place.is_given_up = place.is_given_up, true
  Stop.throw("the module does not answer any more", true)
end
