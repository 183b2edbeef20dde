--- How long local commands take, and the baud rate.

local reading = require "bg96.survey.reading"

local SAMPLES, QUICK_SAMPLES = 30, 10
local TIME_MAX = 30    -- seconds for all of them
local NOTABLE = 0.005  -- seconds that an answer has to take to be a habit

local function percentile(sorted, share)
  return sorted[math.max(1, math.ceil(#sorted * share))]
end

local function take_samples(s)
  local times, started = {}, s.d:now()
  local wanted = s.is_quick and QUICK_SAMPLES or SAMPLES
  for i = 1, wanted do
    local exchange = s.d:at("")
    times[i] = (exchange.echo and exchange.final_time or exchange.first) - exchange.sent
    if i >= 3 and s.d:now() - started > TIME_MAX then break end
  end
  table.sort(times)
  return times
end

local function whole_ms(seconds)
  return math.floor(seconds * 1000)
end

local function answers(s)
  local times = take_samples(s)
  s.measured["answer.local.median"] = reading.ms(percentile(times, 0.5))
  s.measured["answer.local.90"] = reading.ms(percentile(times, 0.9))
  s.measured["answer.local.longest"] = reading.ms(times[#times])
  s.measured["answer.local.samples"] = #times
  s.answer_time = times[#times]
  if percentile(times, 0.5) < NOTABLE then return end
  local low, high = whole_ms(times[1]), whole_ms(times[#times])
  s.habits.answer = low == high and low or ("%d-%d"):format(low, high)
end

local function asked_rate(s)
  return reading.whole((s.d:at("+IPR?").replies[1] or ""):match(":%s*(%d+)"))
end

-- The rate that it has already.
local function same_rate(s)
  local rate = asked_rate(s)
  if rate ~= s.d.line.baudrate then
    s.measured["ipr"] = ("AT+IPR? says %s"):format(tostring(rate))
    return
  end
  local final = s.d:at("+IPR=" .. rate).final
  if final ~= "OK" then
    s.habits["ipr-refused"] = true
    s.measured["ipr"] = final
  end
end

local LOW, USUAL = 57600, 115200
local LINE_TIME = 0.1 -- seconds for the change of a rate

-- Whether the module answers at the rate of the port.
local function answers_now(s)
  local exchange = s.d:at("", { may_fail = true, timeout = 3 })
  return exchange.final == "OK"
end

-- Another rate, and back. Over USB any rate of the port will do, and only the query tells.
local function other_rate(s)
  local d, rate = s.d, s.d.line.baudrate
  if s.habits["ipr-refused"] or asked_rate(s) ~= rate then return end
  local other = rate == USUAL and LOW or USUAL
  s.place.rates = { rate, other }
  if d:at("+IPR=" .. other).failed then return end
  d:pause(LINE_TIME)
  d.line:set_baudrate(other)
  if answers_now(s) then
    local is_ignored = asked_rate(s) == rate
    s.place:recover()
    s.habits["ipr-ignored"] = is_ignored or nil
  else
    d:pause(LINE_TIME)
    d.line:set_baudrate(rate)
    if not answers_now(s) then return end
    s.habits["ipr-ignored"], s.place.rates = true, nil
  end
end

return {
  { name = "answers", title = "times of answers", seconds = 90, run = answers },
  { name = "rate", title = "the baud rate that it has", seconds = 20, run = same_rate },
  { name = "other-rate", title = "another baud rate", seconds = 60, run = other_rate,
    is_long = true },
}
