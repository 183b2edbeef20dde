--- Logging in and out, the folder, and what is refused without a session.

local reading = require "bg96.survey.reading"

local CLOSE_MAX = 40    -- seconds for the end of AT+QFTPCLOSE
local NOTABLE = 0.5     -- seconds beyond a round trip that make a slow close
local LOGIN_TRIPS, SLOW_LOGIN = 8, 5 -- round trips of a login, and seconds beyond that are many

-- Commands without a session.
local function closed(s)
  local d = s.d
  local stat = d:at("+QFTPSTAT", { result = true, may_fail = true, timeout = 5 })
  s.measured["closed.stat"] = reading.outcome(stat)
  s.measured["closed.pwd"] = reading.outcome(d:at("+QFTPPWD",
    { result = true, may_fail = true, timeout = 5 }))
end

local function login(s)
  local started = s.d:now()
  s.place:ensure_session()
  s.measured["time.login"] = reading.ms(s.d:now() - started)
end

-- Seconds with one digit behind the point.
local function rounded(seconds)
  return ("%g"):format(math.floor(seconds * 10 + 0.5) / 10)
end

local function read_login_time(s)
  local beyond = s.place.login_time - LOGIN_TRIPS * s.round_trip
  if beyond >= SLOW_LOGIN then s.habits["slow-open"] = rounded(beyond) end
end

local function folder(s)
  local exchange = s.d:at("+QFTPPWD", { result = true, timeout = s.place:patience() })
  local _, path = reading.split(exchange.result)
  if not reading.is_done(exchange) or exchange.bare or not path then
    return s:wonder("AT+QFTPPWD", reading.outcome(exchange))
  end
  s.round_trip = math.max(0, exchange.result_time - exchange.final_time)
  s.measured["time.pwd"] = reading.ms(exchange.result_time - exchange.sent)
  read_login_time(s)
  if path:find('^".*"$') then s.habits["pwd-quoted"] = true end
end

local function state(s)
  local exchange = s.d:at("+QFTPSTAT", { result = true })
  if exchange.result_is_first then s.habits["stat-before-ok"] = true end
  if reading.outcome(exchange) ~= "0,1" then
    s:wonder("AT+QFTPSTAT of an idle session", reading.outcome(exchange))
  end
end

-- --- logging out ---------------------------------------------------------------

-- When the result of AT+QFTPCLOSE came among the lines of another exchange, or nil.
local function find_result(exchange)
  for _, entry in ipairs(exchange.entries) do
    if entry.text:find("^%+QFTPCLOSE:") then return entry.time, entry.text end
  end
end

-- What is answered until the result comes: the time of that, and its text.
local function wait_for_result(s, exchange, answers)
  local d = s.d
  local ends_at = d:now() + CLOSE_MAX
  exchange.wants_result = true
  d:collect(exchange, 0.3)
  while not exchange.result and d:now() < ends_at do
    d.is_dirty = false
    local other = d:at("+QFTPSTAT", { result = true, may_fail = true, timeout = 5 })
    answers[#answers + 1] = reading.outcome(other)
    local time, text = find_result(other)
    if time then return time, text end
    if #answers == 1 then
      other = d:at("+QFTPPWD", { result = true, may_fail = true, timeout = 5 })
      answers[#answers + 1] = "PWD " .. reading.outcome(other)
      time, text = find_result(other)
      if time then return time, text end
    end
    exchange.timed_out = false
    d:collect(exchange, 1)
  end
  d.is_dirty = not exchange.result
  return exchange.result_time, exchange.result
end

local function close(s)
  local answers = {}
  s.place.is_open = false
  local exchange = s.d:at("+QFTPCLOSE", { timeout = 30 })
  if exchange.failed then return s:wonder("AT+QFTPCLOSE", exchange.final) end
  local time, result = exchange.final_time, exchange.replies[1]
  if not result then time, result = wait_for_result(s, exchange, answers) end
  if not result then return s:wonder("AT+QFTPCLOSE", "no result") end
  local seconds = math.max(0, time - exchange.final_time)
  s.measured["time.close"] = reading.ms(seconds)
  if #answers > 0 then s.measured["close.meanwhile"] = table.concat(answers, "; ") end
  local beyond = seconds - (s.round_trip or 0)
  if beyond < NOTABLE then return end
  s.habits["slow-close"] = rounded(beyond)
end

return {
  { name = "closed", title = "without a session", seconds = 30, run = closed },
  { name = "login", title = "logging in", seconds = 240, run = login, needs = "server" },
  { name = "pwd", title = "the folder", seconds = 60, run = folder, needs = "session" },
  { name = "stat", title = "the state", seconds = 30, run = state, needs = "session" },
  { name = "close", title = "logging out", seconds = 90, run = close, needs = "session" },
}
