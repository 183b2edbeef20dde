--- A session with an FTP server: one method for each command of chapter 2 of
-- the manual. Those that open a data connection are in datacalls.lua.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local datacalls = require "bg96.ftp.datacalls"
local pause = require "bg96.ftp.pause"
local replies = require "bg96.ftp.replies"
local state = require "bg96.ftp.sessionstate"

local Session = {}
Session.__index = Session
Session.__name = "bg96.session"

--- Used by modem:login().
-- @param modem that the session belongs to
-- @tparam number timeout of its calls in seconds, with the driver's margin
-- @tparam boolean is_ascii whether servers convert line ends, so that SIZE does not tell how
--   many bytes a transfer brings
-- @tparam[opt] table origin how to log in again: cid (its PDP context), server
--   ("host:port"), reopen (function(), which keeps the account to itself), number (of
--   the login, as the core counts them)
-- @local
function Session.new(modem, timeout, is_ascii, origin)
  local session = {
    modem = modem, timeout = timeout, is_ascii = is_ascii,
    folder = "", -- what PWD has said, "" for the directory of the login
    steps = {},  -- arguments of cwd() since then
    lacks = {},  -- what the server was found not to do
  }
  for name, value in pairs(origin or {}) do session[name] = value end
  return setmetatable(session, Session)
end

Session.is_over = state.is_over

-- Runs a command whose arguments are names.
local function request(session, word, ...)
  if state.is_closed(session) then return state.closed(session, word) end
  local task = session.modem.core:request(session.timeout * 1000, word, ...)
  return Call.run(session.modem, task)
end

-- A method for a command with one name.
local function method_with_name(method, word)
  return function(session, name)
    check.argument(1, method, name, state.name_rule(session, word))
    return request(session, word, name)
  end
end

local change_directory = method_with_name("cwd", "+QFTPCWD")

-- Arguments of cwd() that are kept before PWD is asked.
local MOST_STEPS = 16

--- Makes `path` the current directory (2.3).
-- @tparam string path
-- @treturn boolean true; or nil, err
function Session:cwd(path)
  check.argument(1, "cwd", path, state.name_rule(self, "+QFTPCWD"))
  local ok, err = change_directory(self, path)
  if not ok then return nil, err end
  if path:sub(1, 1) == "/" then self.folder, self.steps = "", {} end
  table.insert(self.steps, path)
  if #self.steps > MOST_STEPS then self:locate() end
  return ok
end

--- Asks for the name of the current directory (2.4), where cwd() has changed that: behind
-- symbolic links and ".." only the server knows it. Where it does not tell, the steps of cwd()
-- are kept, and taken again after a login. Used before a transfer that may have to log in.
-- @local
function Session:locate()
  if #self.steps == 0 then return end
  local path = self:pwd()
  local is_usable = path and path:sub(1, 1) == "/" and not state.name_rule(self, "+QFTPCWD")(path)
  if is_usable then self.folder, self.steps = path, {} end
end

--- A name of the current directory that is the same in another process.
-- @local
function Session:folder_name()
  if #self.steps == 0 then return self.folder end
  return self.folder .. "//" .. table.concat(self.steps, "//")
end

--- Logs in again with the settings of modem:login(), and goes back to the current directory.
-- Used between two attempts of a transfer.
-- @treturn boolean true; or nil, err
-- @local
function Session:log_in()
  local ok, err = self.reopen()
  if ok then self.number = self.modem.core:session() end
  if ok and self.folder ~= "" then ok, err = change_directory(self, self.folder) end
  for _, path in ipairs(self.steps) do
    if ok then ok, err = change_directory(self, path) end
  end
  if not ok then return nil, err end
  return true
end

--- Asks for the size of a file (2.7).
-- @function Session:size
-- @tparam string name
-- @treturn integer bytes; or nil, err
Session.size = method_with_name("size", "+QFTPSIZE")

--- Deletes a file (2.8).
-- @function Session:del
-- @tparam string name
-- @treturn boolean true; or nil, err
Session.del = method_with_name("del", "+QFTPDEL")

local mkdir_rules = { exists_ok = check.type("boolean") }

--- Creates a directory (2.9).
-- @tparam string name
-- @tparam[opt] table options exists_ok (true: a directory that is there already is no error)
-- @treturn boolean true; or nil, err
function Session:mkdir(name, options)
  check.argument(1, "mkdir", name, state.name_rule(self, "+QFTPMKDIR"))
  local o = check.options("mkdir", options, mkdir_rules, {})
  if state.is_closed(self) then return state.closed(self, "+QFTPMKDIR") end
  local task = self.modem.core:make_folder(self.timeout * 1000, name, o.exists_ok == true)
  return Call.run(self.modem, task)
end

--- Deletes a directory (2.10).
-- @function Session:rmdir
-- @tparam string name
-- @treturn boolean true; or nil, err
Session.rmdir = method_with_name("rmdir", "+QFTPRMDIR")

--- Renames a file or directory (2.15).
-- @tparam string old its name
-- @tparam string new what it is to be called
-- @treturn boolean true; or nil, err
function Session:rename(old, new)
  check.argument(1, "rename", old, state.name_rule(self, "+QFTPRENAME", 1))
  check.argument(2, "rename", new, state.name_rule(self, "+QFTPRENAME", 2))
  return request(self, "+QFTPRENAME", old, new)
end

--- Asks when a file was last changed (2.14).
-- @tparam string name
-- @treturn integer seconds since 1970, in UTC; or nil, err
-- @treturn string the server's own text, YYYYMMDDHHMMSS[.NNN]
function Session:mdtm(name)
  check.argument(1, "mdtm", name, state.name_rule(self, "+QFTPMDTM"))
  local text, err = request(self, "+QFTPMDTM", name)
  if not text then return nil, err end
  local seconds = core.read_time(text)
  if not seconds then
    return nil, Error.new { kind = "framing", command = "+QFTPMDTM", detail = "no time: " .. text }
  end
  return seconds, text
end

--- Asks for the current directory (2.4).
-- @treturn string the path; or nil, err
function Session:pwd()
  local path, err = request(self, "+QFTPPWD")
  if not path then return nil, err end
  return (path:gsub('""', '"')) -- RFC 959 doubles quotes inside a path
end

--- Asks how many bytes the last transfer has moved (2.16).
-- @treturn integer bytes; or nil, err
function Session:len()
  return request(self, "+QFTPLEN")
end

local states = { [0] = "opening", "idle", "transferring", "closing", "closed" }

--- Asks for the state of the session (2.17), also of one that was closed.
-- @treturn string "opening", "idle", "transferring", "closing" or "closed"; or
--   nil, err
function Session:stat()
  if self.modem.is_closed then return Error.closed("+QFTPSTAT") end
  local is_another = self.number and self.number ~= self.modem.core:session()
  if is_another or state.is_lost(self) then return "closed" end -- whatever the module has open
  local task = self.modem.core:request(self.timeout * 1000, "+QFTPSTAT")
  local number, err = Call.run(self.modem, task)
  if not number then return nil, err end
  if not states[number] then
    return nil, Error.new { kind = "framing", command = "+QFTPSTAT", detail = "an unknown state" }
  end
  return states[number]
end

--- Logs out (2.18). Done when the module says so, not when it says OK.
-- @treturn boolean true, also where the session is closed already; or nil, err
function Session:close()
  if self:is_over() then return true end
  local ok, err = true, nil
  if self.modem.core:is_session_open() then ok, err = request(self, "+QFTPCLOSE") end
  self.is_closed = not self.modem.core:is_session_open() -- it may not have had its turn
  if self.is_closed then pause.wake_all(self.modem) end -- those of its transfers
  return ok, err
end

Session.__close = Session.close

for name, call in pairs(datacalls) do Session[name] = call end

--- Asks what QFTPCFG is set to (2.1).
-- @tparam[opt] string name of one setting, such as "rsptimeout"
-- @return its value, an integer; without a name a table of all; or nil, err.
--   The account is not among them, as it is a secret
function Session:config(name)
  local settings = core.settings
  if name ~= nil then
    check.argument(1, "config", name, function(value)
      if not settings[value] then return "no such setting" end
    end)
    return self:query_setting(name)
  end
  local all = {}
  for setting in pairs(settings) do
    local value, err = self:query_setting(setting)
    if not value then return nil, err end
    all[setting] = value
  end
  return all
end

--- Asks for one setting. Used by config().
-- @local
function Session:query_setting(name)
  if state.is_closed(self) then return state.closed(self, "+QFTPCFG") end
  local value, err = replies.ask(self.modem, ('+QFTPCFG="%s"'):format(name),
    '^%+QFTPCFG: *"' .. name .. '", *(%d+) *$')
  return tonumber(value), err
end

return Session
