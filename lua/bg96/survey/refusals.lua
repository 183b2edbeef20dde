--- How failures look: names that are not there, a wrong account, host and port.

local Stop = require "bg96.survey.stop"
local reading = require "bg96.survey.reading"

local MISSING = "not-there.bin"
local DEAD_PORT = 1 -- on which no FTP server listens

local function options(s)
  return { result = true, may_fail = true, timeout = s.place:patience() }
end

-- A download of what is not there: OK and a result, unless the module has a habit.
local function transfer(s)
  local exchange = s.d:at(('+QFTPGET="%s","COM:"'):format(MISSING),
    { connect = true, timeout = s.place:patience() })
  s.measured["refused.get"] = reading.outcome(exchange)
  if exchange.connected then
    s.d.is_dirty = true
    s:wonder("a download of what is not there", "CONNECT")
  elseif exchange.failed and (exchange.final:find("603", 1, true)
    or exchange.final:find("615", 1, true)) then
    Stop.throw("QFTPGET: " .. exchange.final)
  elseif exchange.failed and exchange.final:find("^%+CME") then
    s.habits["sync-errors"] = true
  elseif exchange.bare then
    s.habits["bare-failure"] = true
  elseif exchange.failed then
    s:wonder("a download of what is not there", exchange.final)
  end
end

local function names(s)
  for name, command in pairs {
    size = '+QFTPSIZE="%s"', del = '+QFTPDEL="%s"', cwd = '+QFTPCWD="%s"',
    rmdir = '+QFTPRMDIR="%s"', mdtm = '+QFTPMDTM="%s"',
    rename = '+QFTPRENAME="%s","also-not.bin"',
  } do
    s.measured["refused." .. name] = reading.outcome(s.d:at(command:format(MISSING), options(s)))
  end
  local exists = s.d:at(('+QFTPMKDIR="../%s"'):format(s.place.folder), options(s))
  s.measured["refused.mkdir"] = reading.outcome(exists)
end

local LONGEST_NAME = 255

local function is_taken(s, length)
  local exchange = s.d:at(('+QFTPSIZE="%s"'):format(("n"):rep(length)), options(s))
  return not (exchange.failed and exchange.final:find("610", 1, true))
end

-- The longest name that is not refused before it reaches the server.
local function name_lengths(s)
  if is_taken(s, LONGEST_NAME) then return end
  local low, high = 1, LONGEST_NAME -- a name is taken, and one that is not
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if is_taken(s, middle) then low = middle else high = middle end
  end
  s.habits["name-limit"] = low
end

local LISTEN = 5 -- seconds for the first bytes of an answer

-- A second command while the answer to the first, which is long, still comes.
local function early(s)
  local d = s.d
  s.place.is_doubtful = true
  d:settle()
  for _, command in ipairs { "AT+QFTPCFG=?", "AT" } do
    d:keep(">", command)
    d.line:write(command .. "\r")
    if d.buffer == "" then d:hear(d:now() + LISTEN) end
  end
  d:pause(1 + 2 * (s.answer_time or 0))
  local is_broken = d.buffer:find("NO CARRIER", 1, true)
  d:take_rest()
  s.measured["early-command"] = is_broken and "NO CARRIER" or "answered"
  if is_broken then s.habits["early-command"] = true end
end

-- With AT+CMEE=2 some modules put texts into results.
local function texts(s)
  s.d:at("+CMEE=2")
  local exchange = s.d:at(('+QFTPSIZE="%s"'):format(MISSING), options(s))
  s.d:at("+CMEE=1")
  local first = reading.split(exchange.result)
  s.measured["refused.texts"] = reading.outcome(exchange)
  if first and not first:find("^%d+$") then s.habits["text-errors"] = true end
end

-- Values at the ends of the manual's ranges, and behind them.
local ranges = {
  { "contextid", { 0, 1, 16, 17 } }, { "filetype", { 0, 1, 2 } }, { "transmode", { 0, 1, 2 } },
  { "ssltype", { 0, 1, 2, 3 } }, { "sslctxid", { 0, 5, 6 } },
}

local function values(s)
  for _, range in ipairs(ranges) do
    local row, taken = range[1], {}
    for _, value in ipairs(range[2]) do
      local exchange = s.d:at(('+QFTPCFG="%s",%d'):format(row, value))
      if not exchange.failed then taken[#taken + 1] = value end
    end
    s.measured["range." .. row] = #taken > 0 and table.concat(taken, ", ") or "none"
    if s.place.before[row] then
      s.d:at(('+QFTPCFG="%s",%s'):format(row, s.place.before[row]))
    end
  end
end

-- --- other logins ----------------------------------------------------------------

local function try_login(s, name, host, port)
  local exchange = s.place:open(host, port)
  s.measured["refused." .. name] = reading.outcome(exchange)
  if reading.is_done(exchange) then s.place:close() end
end

-- One try each, so that no server locks the account.
local function logins(s)
  local place = s.place
  place:configure()
  if not place.is_open then place:close() end
  place:close()
  try_login(s, "host", "bg96-survey.invalid")
  try_login(s, "port", nil, DEAD_PORT)
  place:configure(nil, "not-the-password")
  try_login(s, "password")
  place:configure()
end

return {
  { name = "values", title = "values of settings", seconds = 120, run = values, is_long = true },
  { name = "refused-get", title = "a download of what is not there", seconds = 120,
    run = transfer, needs = "session" },
  { name = "name-lengths", title = "long names", seconds = 150, run = name_lengths,
    needs = "session" },
  { name = "early", title = "a command that comes too early", seconds = 60, run = early,
    needs = "session" },
  { name = "refused-texts", title = "errors as texts", seconds = 60, run = texts,
    needs = "session" },
  { name = "refused-names", title = "names that are not there", seconds = 180, run = names,
    needs = "session", is_long = true },
  { name = "refused-logins", title = "a wrong host, port and password", seconds = 200,
    run = logins, needs = "session", is_long = true },
}
