--- What a survey uses on the module and on the server: the session, a folder, files, settings.
-- All of it is given back at the end, whatever has happened.

local Stop = require "bg96.survey.stop"
local reading = require "bg96.survey.reading"

local Place = {}
Place.__index = Place

local IDLE, CLOSED = "1", "4"    -- as AT+QFTPSTAT says them
local GUARD = 1.2                -- seconds of silence around +++
local QUICK_ANSWER = 3           -- seconds for an answer while it is not sure that one comes,
local SLOW_ANSWER = 12           -- and, with each try more, at most
local PATIENCE = 60              -- seconds after which a module is given up
local LAST_PATIENCE = 10         -- the same for one that was given up
local SETTLE = 0.3               -- seconds for what comes behind the answer
local LOGIN_TIME = 30            -- seconds that AT+QFTPOPEN may take beyond its timeout
local CLOSE_TIME = 30            -- seconds for AT+QFTPCLOSE
local ACTIVATION_TIME = 150      -- seconds for AT+QIACT, as its manual has it
local LOGINS_MAX = 12            -- over the whole survey
local FAILURES_MAX = 2           -- logins that fail before no other is tried

-- The rows of AT+QFTPCFG, in the order in which they are set.
Place.rows = { "contextid", "filetype", "transmode", "rsptimeout", "ssltype", "sslctxid",
  "data_address" }

--- @tparam table d the dialogue
-- @tparam[opt] table server as bg96.survey has it; nil where there is none
-- @tparam string id what names of files and folder end with
function Place.new(d, server, id)
  return setmetatable({
    d = d, server = server, id = id, folder = "bg96-survey-" .. id, files = {}, flash = {},
    before = {}, logins = 0, failures = 0,
  }, Place)
end

-- --- the channel -------------------------------------------------------------

-- Leaves data mode, if that is where the module is.
local function escape(d)
  d:pause(GUARD)
  d:keep(">", "+++")
  d.line:write("+++")
  d:pause(GUARD + 0.3)
end

-- One try. Over a wrong rate nothing is heard.
local function is_back(self, timeout)
  local d = self.d
  d.buffer = ""
  if not d:at("", { may_fail = true, timeout = timeout }).final then return false end
  d:pause(SETTLE)
  d:settle()
  d.is_dirty = false
  return true
end

--- Brings a module back that did not answer, or not to the end. Where it does not come back,
-- the survey is over.
function Place:recover()
  local d, attempt = self.d, 0
  local ends_at = d:now() + (self.is_given_up and LAST_PATIENCE or PATIENCE)
  repeat
    attempt = attempt + 1
    if is_back(self, math.min(QUICK_ANSWER * attempt, SLOW_ANSWER)) then return end
    if self.other_rate and attempt == 1 then
      d.line:set_baudrate(self.other_rate)
    else
      escape(d)
    end
  until d:now() >= ends_at
  self.is_gone, self.is_given_up = self.is_given_up, true
  Stop.throw("the module does not answer any more", true)
end

-- --- settings ------------------------------------------------------------------

-- The value of a query, such as 1 of +CMEE: 1.
local function query(d, text, name)
  local exchange = d:at(text)
  local _, value = reading.split(exchange.replies[1])
  if not name then value = (exchange.replies[1] or ""):match(":%s*(.-)%s*$") end
  return not exchange.failed and value or nil
end

--- Notes the settings that a survey changes.
function Place:remember()
  local d, before = self.d, self.before
  before.echo = d:at("").echo == true
  before.cmee = query(d, "+CMEE?")
  d:at("+CMEE=1")
  for _, row in ipairs(self.rows) do
    before[row] = query(d, ('+QFTPCFG="%s"'):format(row), row)
  end
  local account = d:at('+QFTPCFG="account"')
  before.user, before.password = (account.replies[1] or ""):match(
    '"account",%s*"([^"]*)",%s*"([^"]*)"')
end

-- A password of stars is not the one that was set: then the account is emptied.
local function restore_account(self)
  local user, password = self.before.user, self.before.password
  if not user then return end
  if password:find("^%*+$") then user, password = "", "" end
  self.d:at(('+QFTPCFG="account","%s","%s"'):format(user, password), { may_fail = true })
end

local function restore_settings(self)
  local d, before = self.d, self.before
  for _, row in ipairs(self.rows) do
    if before[row] then
      d:at(('+QFTPCFG="%s",%s'):format(row, before[row]), { may_fail = true })
    end
  end
  restore_account(self)
  if before.cmee then d:at("+CMEE=" .. before.cmee, { may_fail = true }) end
  if before.echo ~= nil then d:at(before.echo and "E1" or "E0", { may_fail = true }) end
end

local TLS = { implicit = 1, explicit = 2 }

-- The settings of a login, by row. Older modules lack those that are nil for them.
local function wanted(server)
  return {
    contextid = server.cid or 1, filetype = 0, transmode = server.mode == "active" and 0 or 1,
    rsptimeout = server.timeout or 90, ssltype = TLS[server.tls] or 0,
    sslctxid = server.tls and (server.sslctx or 0) or nil,
    data_address = server.data_address == "server" and 0 or 1,
  }
end

--- Sets account and rows for a login.
function Place:configure(user, password)
  local values = wanted(self.server)
  for _, row in ipairs(self.rows) do
    if values[row] and self.before[row] then
      self.d:at(('+QFTPCFG="%s",%d'):format(row, values[row]))
    end
  end
  self.d:at(('+QFTPCFG="account","%s","%s"'):format(user or self.server.user or "anonymous",
    password or self.server.password or ""))
end

-- --- session ---------------------------------------------------------------------

--- How long the server may take.
function Place:patience()
  return (self.server.timeout or 90) + 10
end

--- Sends AT+QFTPOPEN.
function Place:open(host, port)
  local server = self.server
  self.logins = self.logins + 1
  return self.d:at(('+QFTPOPEN="%s",%d'):format(host or server.host, port or server.port
    or (server.tls == "implicit" and 990 or 21)),
    { result = true, timeout = self:patience() + LOGIN_TIME })
end

local function activate(self)
  local d, cid = self.d, self.server.cid or 1
  local answer = d:at("+QIACT?", { timeout = self:patience() })
  for _, line in ipairs(answer.replies) do
    local id, state = line:match(":%s*(%d+),%s*(%d)")
    if tonumber(id) == cid and state == "1" then return end
  end
  self.activated = cid
  local exchange = d:at("+QIACT=" .. cid, { timeout = ACTIVATION_TIME })
  if exchange.failed then Stop.throw("the PDP context is not active: " .. exchange.final) end
end

local function log_in(self)
  if self.failures >= FAILURES_MAX or self.logins >= LOGINS_MAX then
    Stop.throw(self.problem or "too many logins")
  end
  self.failures = self.failures + 1 -- until it has worked
  activate(self)
  self:configure()
  local exchange = self:open()
  self.login_time = exchange.result and exchange.result_time - (exchange.final_time or 0)
  if not reading.is_done(exchange) then
    self.problem = "login: " .. reading.outcome(exchange)
    if exchange.failed or reading.outcome(exchange):find("^625") then
      self.failures = FAILURES_MAX -- a wrong password is tried once
    end
    Stop.throw(self.problem)
  end
  self.failures = 0
  return exchange
end

-- Makes the folder, or goes back to it after a login.
local function enter(self)
  local d, options = self.d, { result = true, timeout = self:patience() }
  if self.path then
    local exchange = d:at(('+QFTPCWD="%s"'):format(self.path), options)
    if not reading.is_done(exchange) then Stop.throw("the folder of the survey is gone") end
    return
  end
  self.made_folder = true
  local exchange = d:at(('+QFTPMKDIR="%s"'):format(self.folder), options)
  if not reading.is_done(exchange) then
    Stop.throw("no folder can be made: " .. reading.outcome(exchange))
  end
  d:at(('+QFTPCWD="%s"'):format(self.folder), options)
  local _, path = reading.split(d:at("+QFTPPWD", options).result)
  self.path = path and path:match('^"(.*)"$') or path
end

local function state_of(self)
  local exchange = self.d:at("+QFTPSTAT", { result = true, may_fail = true })
  local _, state = reading.split(exchange.result)
  return state
end

--- Sees to it that a session is open, in the folder of the survey.
function Place:ensure_session()
  if self.is_open then return end
  local state = state_of(self)
  if state ~= CLOSED and state ~= nil then self:close() end
  log_in(self)
  self.is_open = true
  enter(self)
end

--- Something has gone wrong: whether the session is still there has to be asked.
function Place:doubt_session()
  self.is_open = self.is_open and state_of(self) == IDLE
end

--- Logs out, and waits for the end of that. Returns the exchange.
function Place:close()
  self.is_open = false
  local exchange = self.d:at("+QFTPCLOSE", { result = true, timeout = CLOSE_TIME,
    may_fail = true })
  if exchange.timed_out then self:recover() end
  return exchange
end

-- --- files -------------------------------------------------------------------------

--- The name of a file of the survey on the server, which is removed at the end.
function Place:file(name)
  self.files[name] = true
  return name
end

--- The name of a file of the survey in UFS, which is removed at the end.
function Place:flash_file(name)
  name = ("bg96-survey-%s.%s"):format(self.id, name)
  self.flash[name] = true
  return name
end

-- --- the end -------------------------------------------------------------------------

local function remove_flash(self, left)
  for name in pairs(self.flash) do
    local exchange = self.d:at(('+QFDEL="%s"'):format(name), { may_fail = true })
    if not exchange.final then left[#left + 1] = "UFS file " .. name end
  end
end

-- A file that is not there any more is as good as one that was removed.
local function remove_folder(self)
  local d, options = self.d, { result = true, may_fail = true, timeout = self:patience() }
  for name in pairs(self.files) do d:at(('+QFTPDEL="%s"'):format(name), options) end
  d:at('+QFTPCWD=".."', options)
  local exchange = d:at(('+QFTPRMDIR="%s"'):format(self.folder), options)
  return reading.is_done(exchange)
end

-- With a session, or with one more where that was lost.
local function remove_remote(self, left)
  if not self.made_folder then return true end
  for _ = 1, 2 do
    self.failures = math.min(self.failures, FAILURES_MAX - 1)
    self.logins = math.min(self.logins, LOGINS_MAX - 1)
    self:doubt_session()
    self:ensure_session()
    if remove_folder(self) then return true end
  end
  left[#left + 1] = "folder " .. self.folder .. " on the server"
end

--- Gives everything back. `guard(f)` calls f and returns what it has thrown, if anything.
-- @treturn table an array of what could not be removed
function Place:clean_up(guard)
  local left = {}
  local function attempt(f)
    if self.d.is_dirty then self:recover() end
    f(self, left)
  end
  local function try(f, what)
    local thrown = self.is_gone or guard(function() attempt(f) end)
    if thrown and what then left[#left + 1] = what end
  end
  try(function() self.d:at("+CMEE=1", { may_fail = true }) end)
  if self.server then
    try(remove_remote, self.made_folder and "folder " .. self.folder .. " on the server")
    try(function()
      if state_of(self) == IDLE then self:close() end
    end, "the session")
  end
  try(remove_flash, next(self.flash) and "files bg96-survey-" .. self.id .. ".* in UFS")
  try(restore_settings, "settings of the module")
  if self.activated then
    try(function() self.d:at("+QIDEACT=" .. self.activated, { timeout = 40 }) end,
      "PDP context " .. self.activated)
  end
  return left
end

return Place
