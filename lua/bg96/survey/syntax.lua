--- The form of answers: echo, noise, unknown commands, the test forms.

local Stop = require "bg96.survey.stop"
local manual = require "bg96.survey.manual"
local reading = require "bg96.survey.reading"

-- Seconds in which a line that is no command gets its answer, if it gets one.
local NOISE_TIME = 1.5

local function echo(s)
  local d = s.d
  d:at("E1")
  local with = d:at("").echo
  d:at("E0")
  local without = d:at("").echo
  if not with then s.habits["no-echo"] = true end
  if without then s.habits["stubborn-echo"] = true end
end

local function noise(s)
  local exchange = s.d:say("bg96 survey", { may_fail = true, timeout = NOISE_TIME })
  s.d.is_dirty = false
  if exchange.final == "ERROR" then
    s.habits["noise-error"] = true
  elseif exchange.final then
    s:wonder("a line without AT", exchange.final)
  end
end

local function unknown(s)
  local final = s.d:at("+BG96SURVEY").final
  if final == "+CME ERROR: 58" then
    s.habits["unknown-58"] = true
  elseif final ~= "ERROR" then
    s:wonder("an unknown command", final)
  end
end

local function several(s)
  local exchange = s.d:at("+CSQ;+CMEE?", { any = true })
  s.measured["several-commands"] = exchange.failed and exchange.final or "yes"
end

-- Without the blanks in which modules differ, which another step is about.
local function plain(line)
  return (reading.squeeze(line):gsub("^(%+%u+):", "%1: "))
end

local function lines_of(exchange)
  local lines = {}
  for i, line in ipairs(exchange.replies) do lines[i] = plain(line) end
  if #lines == 0 then return exchange.failed and "ERROR" or "OK" end
  return table.concat(lines, " | ")
end

-- The test forms that are others than the manual's, or than those that other habits bring.
local function test_forms(s)
  for _, word in ipairs(manual.words) do
    local expected = word == "+QFTPCFG" and manual.ftpcfg(s.habits) or manual.forms[word]
    local lines = lines_of(s.d:at(word .. "=?"))
    if lines ~= expected then s.habits["test." .. word:match("%u+")] = lines end
  end
end

-- The query forms, which the manual does not have.
local function queries(s)
  local answered = {}
  for _, word in ipairs(manual.words) do
    local exchange = s.d:at(word .. "?")
    if not exchange.failed then answered[#answered + 1] = word:match("%u+") end
  end
  s.measured["queries"] = #answered > 0 and table.concat(answered, ", ") or "none"
end

-- Rows of AT+QFTPCFG that came later.
local function old_rows(s)
  local missing = {}
  for _, row in ipairs { "ssltype", "sslctxid", "data_address" } do
    local exchange = s.d:at(('+QFTPCFG="%s"'):format(row))
    if exchange.failed then missing[#missing + 1] = row end
  end
  if #missing == 3 then
    s.habits["old-ftpcfg"] = true
  elseif #missing > 0 then
    s:wonder("AT+QFTPCFG", "no " .. table.concat(missing, ", "))
  end
  if not s.d:at('+QFTPCFG="restenable"').failed then s.habits.restenable = true end
end

-- Whether a value of a row is taken.
local function takes(s, row, value)
  return not s.d:at(('+QFTPCFG="%s",%d'):format(row, value)).failed
end

-- The limits that the test form says, where they hold.
local function read_limits(s, row, form)
  local low, high = form:match(('"%s",%%((%%d+)[-,](%%d+)%%)'):format(row))
  low, high = reading.whole(low), reading.whole(high)
  if not (low and high) then return s:wonder("AT+QFTPCFG=?", "no range of " .. row) end
  local holds = takes(s, row, low) and takes(s, row, high) and not takes(s, row, high + 1)
  if low > 0 then holds = holds and not takes(s, row, low - 1) end
  s.d:at(('+QFTPCFG="%s",%s'):format(row, s.place.before[row]))
  local range = ("%d-%d"):format(low, high)
  s.measured["limits." .. row] = holds and range or "others than " .. range
  if not holds then return s:wonder("the range of " .. row, "others than " .. range) end
  if range ~= manual.limits[row] then s.habits[(row:gsub("_", "-"))] = range end
end

-- The rows in whose values modules differ.
local function limits(s)
  local form = lines_of(s.d:at("+QFTPCFG=?"))
  for row in pairs(manual.limits) do
    if s.place.before[row] then read_limits(s, row, form) end
  end
end

local function shown_password(s, password)
  s.d:at(('+QFTPCFG="account","bg96-survey","%s"'):format(password))
  local exchange = s.d:at('+QFTPCFG="account"')
  return (exchange.replies[1] or ""):match('"account",%s*"[^"]*",%s*"([^"]*)"')
end

local SHORT, LONG = "five5", "eleven-long"

local function masking(s)
  local short, long = shown_password(s, SHORT), shown_password(s, LONG)
  if not short or not long then Stop.throw("the account is not shown") end
  if short == SHORT and long == LONG then return end
  local stars = short:find("^%*+$") and long:find("^%*+$")
  if stars and #short == #SHORT and #long == #LONG then
    s.habits["masked-password"] = 0
  elseif stars and #short == #long then
    s.habits["masked-password"] = #short
  else
    s:wonder("a password", ('"%s" for %s, "%s" for %s'):format(short, SHORT, long, LONG))
  end
end

return {
  { name = "echo", title = "echo", seconds = 60, run = echo },
  { name = "noise", title = "a line that is no command", seconds = 20, run = noise },
  { name = "unknown", title = "an unknown command", seconds = 20, run = unknown },
  { name = "several", title = "several commands on a line", seconds = 20, run = several },
  { name = "forms", title = "test forms", seconds = 120, run = test_forms },
  { name = "queries", title = "query forms", seconds = 60, run = queries, is_long = true },
  { name = "rows", title = "rows of AT+QFTPCFG", seconds = 60, run = old_rows },
  { name = "limits", title = "ranges of settings", seconds = 60, run = limits },
  { name = "masking", title = "how a password is shown", seconds = 60, run = masking },
}
