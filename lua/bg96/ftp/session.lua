--- A session with an FTP server: one method for each command of chapter 2 of
-- the manual.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local listing = require "bg96.ftp.listing"
local pause = require "bg96.ftp.pause"
local replies = require "bg96.ftp.replies"
local sink = require "bg96.ftp.sink"
local source = require "bg96.ftp.source"
local staging = require "bg96.ftp.staging"
local transfers = require "bg96.ftp.transfer.transfer"
local ufs = require "bg96.ftp.ufs"

local Session = {}
Session.__index = Session
Session.__name = "bg96.session"

--- Used by modem:login().
-- @param modem that the session belongs to
-- @tparam number timeout of its calls in seconds, with the driver's margin
-- @tparam boolean is_ascii whether servers convert line ends, so that SIZE does not tell how
--   many bytes a transfer brings
-- @tparam[opt] table origin how to log in again: cid (its PDP context), server
--   ("host:port"), reopen (function(modem), which keeps the account to itself), number (of
--   the login, as the core counts them)
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

--- Whether a session is over for good: it or its modem was closed, or another login was made.
-- upload() and download() bring back one that was merely lost.
function Session:is_over()
  local modem = self.modem
  if self.is_closed or modem.is_closed then return true end
  return self.number ~= nil and self.number ~= modem.core:session()
end

local function is_lost(session)
  return session.number ~= nil and not session.modem.core:is_session_open()
end

local function is_closed(session)
  return session:is_over() or is_lost(session)
end

-- What a call on such a session returns.
local function closed(session, command)
  return Error.closed(command, not session:is_over() and "lost" or nil)
end

-- The rule for the first, or another, argument of a command, from the table of
-- the core.
local function name_rule(word, index)
  local argument = core.commands[word].arguments[index or 1]
  return check.text(argument.min, argument.max)
end

-- Runs a command whose arguments are names.
local function request(session, word, ...)
  if is_closed(session) then return closed(session, word) end
  local task = session.modem.core:request(session.timeout * 1000, word, ...)
  return Call.run(session.modem, task)
end

-- A method for a command with one name.
local function method_with_name(method, word)
  local rule = name_rule(word)
  return function(session, name)
    check.argument(1, method, name, rule)
    return request(session, word, name)
  end
end

local change_directory = method_with_name("cwd", "+QFTPCWD")

-- Arguments of cwd() that are kept before PWD is asked.
local MOST_STEPS = 16

--- Makes `path` the current directory (2.3). Returns true; or nil, err.
function Session:cwd(path)
  check.argument(1, "cwd", path, name_rule("+QFTPCWD"))
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
function Session:locate()
  if #self.steps == 0 then return end
  local path = self:pwd()
  local is_usable = path and path:sub(1, 1) == "/" and not name_rule("+QFTPCWD")(path)
  if is_usable then self.folder, self.steps = path, {} end
end

--- A name of the current directory that is the same in another process.
function Session:folder_name()
  if #self.steps == 0 then return self.folder end
  return self.folder .. "//" .. table.concat(self.steps, "//")
end

--- Logs in again with the settings of modem:login(), and goes back to the current directory.
-- Used between two attempts of a transfer.
-- @treturn boolean true; or nil, err
function Session:log_in()
  local ok, err = self.reopen(self.modem)
  if ok then self.number = self.modem.core:session() end
  if ok and self.folder ~= "" then ok, err = change_directory(self, self.folder) end
  for _, path in ipairs(self.steps) do
    if ok then ok, err = change_directory(self, path) end
  end
  if not ok then return nil, err end
  return true
end

--- Asks for the size of a file in bytes (2.7). Returns an integer; or nil, err.
Session.size = method_with_name("size", "+QFTPSIZE")

--- Deletes a file (2.8). Returns true; or nil, err.
Session.del = method_with_name("del", "+QFTPDEL")

local mkdir_rules = { exists_ok = check.type("boolean") }

--- Creates a directory (2.9).
-- @tparam string name
-- @tparam[opt] table options exists_ok (true: a directory that is there already is no error)
-- @treturn boolean true; or nil, err
function Session:mkdir(name, options)
  check.argument(1, "mkdir", name, name_rule("+QFTPMKDIR"))
  local o = check.options("mkdir", options, mkdir_rules, {})
  if is_closed(self) then return closed(self, "+QFTPMKDIR") end
  local task = self.modem.core:make_folder(self.timeout * 1000, name, o.exists_ok == true)
  return Call.run(self.modem, task)
end

--- Deletes a directory (2.10). Returns true; or nil, err.
Session.rmdir = method_with_name("rmdir", "+QFTPRMDIR")

--- Renames a file or directory (2.15).
-- @tparam string old its name
-- @tparam string new what it is to be called
-- @treturn boolean true; or nil, err
function Session:rename(old, new)
  check.argument(1, "rename", old, name_rule("+QFTPRENAME", 1))
  check.argument(2, "rename", new, name_rule("+QFTPRENAME", 2))
  return request(self, "+QFTPRENAME", old, new)
end

--- Asks when a file was last changed (2.14).
-- @tparam string name
-- @treturn integer seconds since 1970, in UTC; or nil, err
-- @treturn string the server's own text, YYYYMMDDHHMMSS[.NNN]
function Session:mdtm(name)
  check.argument(1, "mdtm", name, name_rule("+QFTPMDTM"))
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
  if is_another or is_lost(self) then return "closed" end -- whatever the module has open
  local task = self.modem.core:request(self.timeout * 1000, "+QFTPSTAT")
  local state, err = Call.run(self.modem, task)
  if not state then return nil, err end
  if not states[state] then
    return nil, Error.new { kind = "framing", command = "+QFTPSTAT", detail = "an unknown state" }
  end
  return states[state]
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

-- --- transfers -------------------------------------------------------------

-- Sizes that Lua's numbers hold exactly, on every Lua.
local position = check.integer(0, 2 ^ 53)

local function source_rule(value)
  if ufs.is_file(value) then return end
  return source.rule(value)
end

local function sink_rule(value)
  if ufs.is_file(value) then return end
  return sink.rule(value)
end

local put_rules = {
  offset = position, length = position, progress = check.callable, timeout = check.seconds,
  via = check.one_of("ufs"),
}
local get_rules = {
  offset = position, length = position, progress = check.callable, timeout = check.seconds,
  via = check.one_of("ufs"), sink = sink_rule,
}
local list_rules = {
  progress = check.callable, timeout = check.seconds, via = check.one_of("ufs"), sink = sink_rule,
}
local transfer_defaults = { offset = 0 }

-- The module takes no length for what goes to or from its flash (2.5, 2.6).
local function refuse_length(method, o, file)
  if o.length and (o.via or ufs.is_file(file)) then
    error(("bad argument to '%s' (length: not possible with UFS)"):format(method), 3)
  end
end

-- Every error of a transfer tells how much has got through.
local function tell_transferred(value, err)
  if value == nil then err.transferred = err.transferred or 0 end
  return value, err
end

-- Confirmations may take one part in so many of the time of a put, and a chunk has so many
-- bytes at least, where a larger one has not lost any. Of what a lost link takes along nothing
-- can be sent again.
local SHARE, LEAST = 512, 128 * 1024

-- Uploads from a source, in chunks.
local function send(session, name, bytes, o)
  local next_block, total = source.open(bytes, o.length)
  local report = sink.progress(session.modem, o.progress)
  local silence = (o.timeout or session.timeout) * 1000
  local task = session.modem.core:upload(silence, silence, name, o.offset, SHARE, LEAST,
    source.MOST, not session.is_ascii)
  return Call.run(session.modem, task, {
    want = function(count, running) running:give(next_block(count)) end,
    progress = function(running) report(running:progress(), total) end,
    done = function(count)
      report(count, total, true)
      return count
    end,
  })
end

local function put(session, name, bytes, o)
  if is_closed(session) then return closed(session, "+QFTPPUT") end
  if ufs.is_file(bytes) then return staging.put_file(session, name, bytes, o) end
  if o.via then return staging.put(session, name, bytes, o) end
  return send(session, name, bytes, o)
end

--- Uploads a file (2.5), in chunks whose arrival the module confirms.
-- @tparam string name of the remote file
-- @param bytes a string, a file handle, an ltn12 source, or a file in UFS; or nil and the
--   message in the place of the options, as a failed io.open() gives them
-- @tparam[opt] table options offset (where in the remote file to begin), length
--   (bytes to take from the source, exactly), progress (function(done, total);
--   total is nil where the source does not tell), timeout (longest silence, in
--   seconds), via = "ufs" (staged in the module's flash, with a checksum)
-- @treturn integer bytes sent and confirmed; or nil, err
function Session:put(name, bytes, options, ...)
  check.argument(1, "put", name, name_rule("+QFTPPUT"))
  if bytes == nil and type(options) == "string" then
    local errno = ...
    return tell_transferred(nil, Error.new {
      kind = "local", command = "+QFTPPUT", detail = options,
      code = type(errno) == "number" and errno or nil,
    })
  end
  check.argument(2, "put", bytes, source_rule)
  local o = check.options("put", options, put_rules, transfer_defaults)
  refuse_length("put", o, bytes)
  return tell_transferred(put(self, name, bytes, o))
end

--- Uploads a file so that it arrives whole, whatever the link does. See
-- docs/transfers.md.
-- @param path of the local file, or { data = string }, which is sent in its place
-- @tparam string name of the remote file
-- @tparam[opt] table options progress (function(done, total)), retries (8: in a
--   row, without progress), deadline (seconds for everything), atomic (true: under
--   a temporary remote name, then renamed), reboot (false: whether the module may
--   be restarted), chunk (bytes between two confirmations at most), on_retry
--   (function(err, attempt, delay))
-- @treturn table {bytes=, sent=, attempts=, seconds=, resumed=}; or nil, err
function Session:upload(path, name, options)
  check.argument(1, "upload", path, transfers.origin_rule)
  check.argument(2, "upload", name, name_rule("+QFTPPUT"))
  local o = transfers.check("upload", self, options)
  if self:is_over() then return tell_transferred(Error.closed("+QFTPPUT")) end
  return transfers.upload(self, path, name, o)
end

--- Downloads a file so that it arrives whole, whatever the link does. See
-- docs/transfers.md.
-- @tparam string name of the remote file
-- @tparam string path of the local file, which is replaced when all is there
-- @tparam[opt] table options as for upload(); atomic has no meaning here
-- @treturn table {bytes=, sent=, attempts=, seconds=, resumed=}; or nil, err
function Session:download(name, path, options)
  check.argument(1, "download", name, name_rule("+QFTPGET"))
  check.argument(2, "download", path, transfers.path_rule)
  local o = transfers.check("download", self, options)
  if self:is_over() then return tell_transferred(Error.closed("+QFTPGET")) end
  return transfers.download(self, name, path, o)
end

-- Runs a download task into a sink.
local function receive(session, options, word, ...)
  local silence = (options.timeout or session.timeout) * 1000
  local task = session.modem.core:download(silence, silence, word, ...)
  return sink.fill(session.modem, task, options)
end

local function get(session, name, o)
  if is_closed(session) then return closed(session, "+QFTPGET") end
  if ufs.is_file(o.sink) then return staging.get_file(session, name, o.sink, o) end
  if o.via then
    return staging.fetch(session, o, function(file)
      return staging.get_file(session, name, file, o)
    end)
  end
  return receive(session, o, "+QFTPGET", name, o.offset, o.length,
    not session.is_ascii and "ask" or nil)
end

--- Downloads a file (2.6): exactly as many bytes as SIZE says.
-- @tparam string name of the remote file
-- @tparam[opt] table options sink (a file handle, an ltn12 sink or a file in UFS;
--   without one the bytes are returned), offset, length (bytes at most), progress
--   (function(done, total); total is nil in ASCII mode and on a server without
--   SIZE), timeout (longest silence, in seconds), via = "ufs" (staged in the
--   module's flash, with a checksum)
-- @return the bytes as a string, or their number where there is a sink; or nil, err
function Session:get(name, options)
  check.argument(1, "get", name, name_rule("+QFTPGET"))
  local o = check.options("get", options, get_rules, transfer_defaults)
  refuse_length("get", o, o.sink)
  return tell_transferred(get(self, name, o))
end

-- A listing as text, or its number of bytes where there is a sink.
local function fetch_list(session, word, dir, o)
  if is_closed(session) then return closed(session, word) end
  if ufs.is_file(o.sink) then return staging.list_file(session, word, dir, o.sink, o) end
  if o.via then
    return staging.fetch(session, o, function(file)
      return staging.list_file(session, word, dir, file, o)
    end)
  end
  return receive(session, o, word, dir)
end

local function list(session, method, word, dir, options)
  if type(dir) == "table" and options == nil then dir, options = nil, dir end
  if dir == nil then dir = "." end
  check.argument(1, method, dir, name_rule(word), 2)
  local o = check.options(method, options, list_rules, {}, 2)
  return tell_transferred(fetch_list(session, word, dir, o))
end

--- Lists a directory as the server writes it for people (2.11).
-- @tparam[opt="."] string dir; may be left out before options, too
-- @tparam[opt] table options sink, progress, timeout, via as for get()
-- @return the text, or its number of bytes where there is a sink; or nil, err
function Session:list(dir, options)
  local text, err = list(self, "list", "+QFTPLIST", dir, options)
  return text, err
end

--- Lists the names in a directory (2.12).
-- @tparam[opt="."] string dir; may be left out before options, too
-- @tparam[opt] table options sink, progress, timeout, via as for get()
-- @treturn table an array of names, which are data, not paths; with a sink the
--   number of bytes; or nil, err
function Session:nlst(dir, options)
  local text, err = list(self, "nlst", "+QFTPNLST", dir, options)
  if type(text) ~= "string" then return text, err end
  return listing.names(text)
end

--- Lists a directory with its facts (2.13, RFC 3659).
-- @tparam[opt="."] string dir; may be left out before options, too
-- @tparam[opt] table options sink, progress, timeout, via as for get()
-- @treturn table an array of {name=, type=, size=, modify=, facts={}}: type is in
--   lower case ("file", "dir", "cdir", "pdir"), size in bytes, modify in seconds
--   since 1970 (each nil where the server does not tell), facts the raw strings
--   by lower-case names; with a sink the number of bytes; or nil, err
function Session:mlsd(dir, options)
  local text, err = list(self, "mlsd", "+QFTPMLSD", dir, options)
  if type(text) ~= "string" then return text, err end
  return listing.entries(text)
end

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
function Session:query_setting(name)
  if is_closed(self) then return closed(self, "+QFTPCFG") end
  local value, err = replies.ask(self.modem, ('+QFTPCFG="%s"'):format(name),
    '^%+QFTPCFG: *"' .. name .. '", *(%d+) *$')
  return tonumber(value), err
end

return Session
