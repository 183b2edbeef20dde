--- Data mode: the guards of +++, and what becomes of a download that it interrupts.

local Stop = require "bg96.survey.stop"
local payload = require "bg96.survey.payload"
local reading = require "bg96.survey.reading"

-- Seconds of silence before +++, and how long its OK is waited for.
local GUARDS = { 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0, 3.0 }
local QUICK_GUARDS = { 0.5, 0.9, 1.0, 1.2, 2.0 }
local ANSWER = 3.5
local SLACK = 0.02 -- a silence that is to last so long lasts a little longer

-- Sends +++ behind a silence; returns the seconds until the module said something, or nil.
local function escape(d, guard)
  d:pause(guard + SLACK)
  if d.buffer ~= "" then return nil, true end
  d:keep(">", "+++")
  d.line:write("+++")
  local sent = d:now()
  d:hear(sent + ANSWER)
  if d.buffer == "" then return nil end
  return d.heard - sent
end

-- One upload without a length, in which +++ is tried behind longer and longer silences. What is
-- not taken is payload: the result counts it.
local function guards(s)
  local d, name = s.d, s.place:file("g")
  local exchange = d:at(('+QFTPPUT="%s","COM:",0'):format(name),
    { connect = true, timeout = s.place:patience() })
  if not exchange.connected then Stop.throw("QFTPPUT: " .. reading.outcome(exchange)) end
  payload.go_on(exchange)
  local count, refused, taken, after = 0, nil, nil, nil
  for _, guard in ipairs(s.is_quick and QUICK_GUARDS or GUARDS) do
    d:send("x")
    count = count + 1
    local ended
    after, ended = escape(d, guard)
    if ended then break end
    if after then
      taken = guard
      break
    end
    refused, count = guard, count + 3
  end
  if not taken then
    d.is_dirty = true
    Stop.throw(("no guard up to %g s was taken"):format(refused or 0))
  end
  d:collect(exchange, s.place:patience())
  s.measured["guard.before"] = refused and ("%g s taken, %g s not"):format(taken, refused)
    or ("%g s taken"):format(taken)
  s.measured["guard.after"] = reading.ms(after)
  s.measured["guard.result"] = ("%s for %d bytes"):format(reading.outcome(exchange), count)
  s:found_guard(refused, taken, after)
end

-- --- a download that is interrupted ----------------------------------------------

local AFTER = 5 -- seconds for the answer to +++
local SLICE = 0.05

local OK = "\r?\nOK%s*\r?\n"

-- Reads for some seconds, or until OK; no faster than the line, as a pty would give all at once.
local function read_slowly(d, seconds)
  local ends_at = d:now() + seconds
  local share = math.ceil(d.line.baudrate / 10 * 1.1 * SLICE)
  while d:now() < ends_at and not d.buffer:find(OK) do
    local slice_ends = d:now() + SLICE
    d:hear_some(slice_ends, share)
    d:rest(slice_ends)
  end
end

-- Takes what is payload before OK. Returns how many bytes, or nil where none came to an end.
local function take_until_ok(d)
  local start = d.buffer:find(OK)
  if not start then return nil end
  local size = start - 1
  d:receive(size, 1)
  return size
end

local function ato(s)
  local d, file = s.d, s.big_file
  if not file then Stop.throw("there is no file that is long enough") end
  local exchange = d:at(('+QFTPGET="%s","COM:",0'):format(file.name),
    { connect = true, timeout = s.place:patience() })
  if not exchange.connected then Stop.throw("QFTPGET: " .. reading.outcome(exchange)) end
  payload.go_on(exchange)
  read_slowly(d, s.guard)
  d:keep(">", "+++")
  d.line:write("+++")
  read_slowly(d, AFTER)
  local count = take_until_ok(d)
  if not count then
    d.is_dirty = true
    Stop.throw("+++ is not answered in a download")
  end
  if count == file.size then -- its own OK: +++ is not awaited by anything now
    d:collect(exchange, s.place:patience())
    Stop.throw("the download ended before +++ did")
  end
  exchange.wants_result = false
  d:collect(exchange, 5)
  s.measured["escape.get"] = ("OK after %d of %d bytes"):format(count, file.size)
  s.measured["escape.stat"] = reading.outcome(d:at("+QFTPSTAT", { result = true }))
  local back = d:at("O", { connect = true, timeout = 20 })
  s.measured["ato.get"] = back.connected and "CONNECT" or back.final
  if not back.connected then
    if back.final == "NO CARRIER" then
      s.habits["ato-refused"] = true
    else
      s:wonder("ATO", reading.outcome(back))
    end
    s.place.is_doubtful = true
    return
  end
  back.word = "+QFTPGET"
  payload.go_on(back)
  local rest = d:receive(file.size - count, s.place:patience())
  d:collect(back, s.place:patience())
  local whole = rest == payload.make(file.size):sub(count + 1)
  s.measured["ato.rest"] = whole and "as it was" or "not what was left"
end

return {
  { name = "guards", title = "guards of +++", seconds = 180, run = guards, needs = "session" },
  { name = "ato", title = "+++ and ATO in a download", seconds = 180, run = ato,
    needs = "session" },
}
