--- What a survey uses on the module and on the server: the session, a folder, files, settings.
-- All of it is given back at the end, whatever has happened.

local Stop = require "bg96.survey.stop"
local reading = require "bg96.survey.reading"
local recover = require "bg96.survey.recovery"

local Place = {}
Place.__index = Place

local IDLE, CLOSED = "1", "4"    -- as AT+QFTPSTAT says them
local LAST_TIMEOUT = 20          -- seconds for an answer of the server at the end
local LOGIN_TIME = 30            -- seconds that AT+QFTPOPEN may take beyond its timeout
local CLOSE_TIME = 30            -- seconds for AT+QFTPCLOSE
local ACTIVATION_TIME = 150      -- seconds for AT+QIACT, as its manual has it
local DEACTIVATION_TIME = 40     -- and for AT+QIDEACT
local BUSY_PAUSE = 1             -- seconds between two tries with a module that is busy
local LOGINS_MAX = 12            -- over the whole survey
local FAILURES_MAX = 2           -- logins that fail before no other is tried

-- The rows of AT+QFTPCFG, in the order in which they are set.
Place.rows = { "contextid", "filetype", "transmode", "rsptimeout", "ssltype", "sslctxid",
  "data_address" }

--- @tparam table d the dialogue
-- @tparam[opt] table server as bg96.survey has it; nil where there is none
-- @tparam string id what names of files and folder end with
-- @tparam boolean uses_rtscts whether the port has flow control, which the module then gets
function Place.new(d, server, id, uses_rtscts)
  return setmetatable({
    d = d, server = server, id = id, uses_rtscts = uses_rtscts,
    folder = "bg96-survey-" .. id, files = {}, flash = {}, before = {}, logins = 0, failures = 0,
  }, Place)
end

--- See bg96.survey.recovery.
Place.recover = recover

-- --- settings ------------------------------------------------------------------

--- The settings that the steps count on, as the module may have restarted.
function Place:repeat_settings()
  self.d:at("E0", { may_fail = true })
  self.d:at("+CMEE=1", { may_fail = true })
  if self.uses_rtscts then self.d:at("+IFC=2,2", { may_fail = true }) end
end

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
  if self.uses_rtscts then
    before.ifc = query(d, "+IFC?")
    d:at("+IFC=2,2")
  end
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
  self.d:at(('+QFTPCFG="account","%s","%s"'):format(user, password))
end

local function restore_settings(self)
  local d, before = self.d, self.before
  for _, row in ipairs(self.rows) do
    if before[row] then
      d:at(('+QFTPCFG="%s",%s'):format(row, before[row]))
    end
  end
  restore_account(self)
  if before.ifc then d:at("+IFC=" .. before.ifc:gsub("%s", "")) end
  if before.cmee then d:at("+CMEE=" .. before.cmee) end
  if before.echo ~= nil then d:at(before.echo and "E1" or "E0") end
  return true
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
  local longest = (self.server.timeout or 90) + 10
  return self.is_ending and math.min(longest, LAST_TIMEOUT) or longest
end

-- Asks the server something. A module that is still busy with what came before is asked again.
local function ask(self, text, timeout)
  timeout = timeout or self:patience()
  local ends_at = self.d:now() + timeout
  while true do
    local exchange = self.d:at(text, { result = true, may_fail = true, timeout = timeout })
    local is_busy = exchange.failed and exchange.final:find("603", 1, true)
    if not is_busy or self.d:now() >= ends_at then return exchange end
    self.d:pause(BUSY_PAUSE)
  end
end

--- Sends AT+QFTPOPEN.
function Place:open(host, port)
  local server = self.server
  self.logins = self.logins + 1
  return self.d:at(('+QFTPOPEN="%s",%d'):format(host or server.host, port or server.port
    or (server.tls == "implicit" and 990 or 21)),
    { result = true, timeout = self:patience() + (self.is_ending and 0 or LOGIN_TIME) })
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
    if reading.outcome(exchange):find("^625") then
      self.failures = FAILURES_MAX -- a wrong password is tried once
    end
    Stop.throw(self.problem)
  end
  self.failures = 0
  return exchange
end

-- Goes to the folder. Files are made and deleted nowhere else.
local function go_to(self, path)
  local exchange = ask(self, ('+QFTPCWD="%s"'):format(path))
  if not reading.is_done(exchange) then
    Stop.throw("the folder of the survey cannot be entered: " .. reading.outcome(exchange))
  end
end

-- Makes the folder, or goes back to it after a login.
local function enter(self)
  if self.path then return go_to(self, self.path) end
  local may_exist = self.made_folder
  self.made_folder = true
  local exchange = ask(self, ('+QFTPMKDIR="%s"'):format(self.folder))
  if exchange.result and not reading.is_done(exchange) and not may_exist then
    self.made_folder, self.failures = false, FAILURES_MAX -- as it would be the next time
    self.problem = "no folder can be made: " .. reading.outcome(exchange)
    Stop.throw(self.problem)
  end
  go_to(self, self.folder)
  local _, path = reading.split(ask(self, "+QFTPPWD").result)
  path = path and path:match('^"(.*)"$') or path
  if not path or path:sub(-#self.folder) ~= self.folder then
    Stop.throw("the folder of the survey has no path")
  end
  self.path = path
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
  enter(self)
  self.is_open = true
end

--- Something has gone wrong: whether the session is still there has to be asked.
function Place:doubt_session()
  self:repeat_settings()
  self.is_open = self.is_open and state_of(self) == IDLE
end

--- Logs out, and waits for the end of that. Returns the exchange.
function Place:close()
  self.is_open = false
  local exchange = ask(self, "+QFTPCLOSE", CLOSE_TIME)
  if exchange.timed_out then self:recover() end
  return exchange
end

-- --- files -------------------------------------------------------------------------

--- The name of a file of the survey on the server, which is removed at the end.
function Place:file(name)
  name = ("bg96-survey-%s.%s"):format(self.id, name)
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

-- Each of these returns whether all is done; what has gone wrong is tried again.

local function remove_flash(self)
  for name in pairs(self.flash) do
    local exchange = self.d:at(('+QFDEL="%s"'):format(name), { may_fail = true })
    if not exchange.final then return false end
    self.flash[name] = nil
  end
  return true
end

-- A file that is not there any more is as good as one that was removed.
local function remove_files(self)
  go_to(self, self.path)
  for name in pairs(self.files) do
    local exchange = ask(self, ('+QFTPDEL="%s"'):format(name))
    if exchange.timed_out then return false end
    if reading.is_done(exchange) then self.files[name] = nil end
  end
  return true
end

-- Whether the folder cannot be entered, as its removal has worked and its result got lost.
local function is_removed(self)
  local exchange = ask(self, ('+QFTPCWD="%s"'):format(self.path or self.folder))
  return exchange.result ~= nil and not reading.is_done(exchange)
end

-- With a session, or with one more where that was lost.
local function remove_remote(self)
  if not self.made_folder then return true end
  self.failures = math.min(self.failures, FAILURES_MAX - 1)
  self.logins = math.min(self.logins, LOGINS_MAX - 1)
  if self.is_doubtful then self:doubt_session() end
  self.is_doubtful = true -- if this has to be done again
  self:ensure_session()
  if self.has_left and is_removed(self) then return true end
  if self.path and not remove_files(self) then return false end
  ask(self, '+QFTPCWD=".."')
  self.has_left = true
  local exchange = ask(self, ('+QFTPRMDIR="%s"'):format(self.folder))
  self.made_folder = not reading.is_done(exchange)
  return not self.made_folder
end

local function log_out(self)
  if state_of(self) ~= IDLE then return true end
  return not self:close().timed_out
end

local function deactivate(self)
  local exchange = self.d:at("+QIDEACT=" .. self.activated, { timeout = DEACTIVATION_TIME })
  return not exchange.timed_out
end

local TRIES = 3

--- Gives everything back. `guard(f)` calls f and returns what it has thrown, if anything.
-- @treturn table an array of what could not be removed
function Place:clean_up(guard)
  local left, d = {}, self.d
  self.is_ending = true
  local function try(f, what)
    local is_done
    for _ = 1, TRIES do
      if is_done or self.is_gone then break end
      guard(function()
        if d.is_dirty then self:recover() end
        is_done = f(self)
      end)
    end
    if not is_done then left[#left + 1] = what end
  end
  if self.server then
    try(remove_remote, "folder " .. self.folder .. " on the server")
    try(log_out, "a session")
  end
  try(remove_flash, "files bg96-survey-" .. self.id .. ".* in UFS")
  try(restore_settings, "settings of the module")
  if self.activated then try(deactivate, "PDP context " .. self.activated) end
  return left
end

return Place
