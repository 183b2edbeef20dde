--- The methods of a session that open a data connection: put and get, upload and download,
-- and the listings.
-- @submodule bg96.ftp.session

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local listing = require "bg96.ftp.listing"
local sink = require "bg96.ftp.sink"
local source = require "bg96.ftp.source"
local staging = require "bg96.ftp.staging"
local state = require "bg96.ftp.sessionstate"
local transfers = require "bg96.ftp.transfer.transfer"
local ufs = require "bg96.ftp.ufs"

local calls = {}

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
  if state.is_closed(session) then return state.closed(session, "+QFTPPUT") end
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
-- @function Session:put
function calls:put(name, bytes, options, ...)
  check.argument(1, "put", name, state.name_rule(self, "+QFTPPUT"))
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
-- @function Session:upload
function calls:upload(path, name, options)
  check.argument(1, "upload", path, transfers.origin_rule)
  check.argument(2, "upload", name, state.name_rule(self, "+QFTPPUT"))
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
-- @function Session:download
function calls:download(name, path, options)
  check.argument(1, "download", name, state.name_rule(self, "+QFTPGET"))
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
  if state.is_closed(session) then return state.closed(session, "+QFTPGET") end
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
-- @function Session:get
function calls:get(name, options)
  check.argument(1, "get", name, state.name_rule(self, "+QFTPGET"))
  local o = check.options("get", options, get_rules, transfer_defaults)
  refuse_length("get", o, o.sink)
  return tell_transferred(get(self, name, o))
end

-- A listing as text, or its number of bytes where there is a sink.
local function fetch_list(session, word, dir, o)
  if state.is_closed(session) then return state.closed(session, word) end
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
  check.argument(1, method, dir, state.name_rule(session, word), 2)
  local o = check.options(method, options, list_rules, {}, 2)
  return tell_transferred(fetch_list(session, word, dir, o))
end

--- Lists a directory as the server writes it for people (2.11).
-- @tparam[opt="."] string dir; may be left out before options, too
-- @tparam[opt] table options sink, progress, timeout, via as for get()
-- @return the text, or its number of bytes where there is a sink; or nil, err
-- @function Session:list
function calls:list(dir, options)
  local text, err = list(self, "list", "+QFTPLIST", dir, options)
  return text, err
end

--- Lists the names in a directory (2.12).
-- @tparam[opt="."] string dir; may be left out before options, too
-- @tparam[opt] table options sink, progress, timeout, via as for get()
-- @treturn table an array of names, which are data, not paths; with a sink the
--   number of bytes; or nil, err
-- @function Session:nlst
function calls:nlst(dir, options)
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
-- @function Session:mlsd
function calls:mlsd(dir, options)
  local text, err = list(self, "mlsd", "+QFTPMLSD", dir, options)
  if type(text) ~= "string" then return text, err end
  return listing.entries(text)
end

return calls
