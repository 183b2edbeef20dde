--- Transfers between the server and the module's flash (UFS), and through it.
--
-- With a local name other than "COM:" the module moves the file by itself (manual, 2.5
-- and 2.6), and says nothing until the result line. What goes through UFS with QFUPL and
-- QFDWL has a checksum, and no byte of it can reach the command interpreter.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local failure = require "bg96.ftp.transfer.failure"
local token = require "bg96.ftp.token"
local ufs = require "bg96.ftp.ufs"

local staging = {}

-- Bytes a second at least. The module's timeout counts from packet to packet, so a transfer
-- may take longer than that. A tenth of the rate of NB-IoT is the limit.
local SLOWEST_RATE = 300

-- Seconds for a transfer of unknown size.
local LONGEST_TIME = 600

-- Milliseconds that the core counts; a server may tell any size.
local MOST_MS = 4e9

local function mismatch(command, detail)
  return nil, Error.new { kind = "verify", command = command, detail = detail }
end

-- Runs a transfer between the server and a file in UFS, of `size` bytes where that
-- is known.
local function transfer(session, word, name, file, options, size, position)
  if session.modem.is_closed then return Error.closed(word) end
  local timeout = options.timeout or session.timeout
  local longest = timeout + (size and size / SLOWEST_RATE or LONGEST_TIME)
  local task = session.modem.core:stage(timeout * 1000, math.min(longest * 1000, MOST_MS), word,
    name, file.name, position)
  local count, err = Call.run(session.modem, task)
  if count and size and count ~= size and not session.is_ascii then
    return mismatch(word, ("the module has moved %.0f bytes of %.0f"):format(count, size))
  end
  return count, err
end

-- A name that no file of the user's has.
local function temporary_file(modem)
  return ufs.open(modem, "bg96_" .. token(modem.core:random()) .. ".tmp")
end

-- Hands on the results of a call, once the file is gone.
local function remove_then(file, ...)
  file:remove()
  return ...
end

-- Tells the script of progress, between two calls to the modem.
local function report(session, progress, count, size)
  local ok, message = Call.callback(session.modem, progress, count, size)
  if ok then return count end
  return nil, Error.new { kind = "local", command = "+QFTPPUT", detail = tostring(message),
    transferred = count }
end

--- Uploads a file that is in UFS. Progress is told once, at the end: the module says nothing
-- before.
-- @treturn integer bytes; or nil, err
function staging.put_file(session, name, file, options)
  local size, err = file:size()
  if not size then return nil, err end
  local count
  count, err = transfer(session, "+QFTPPUT", name, file, options, size, options.offset)
  if not count or not options.progress then return count, err end
  return report(session, options.progress, count, size)
end

--- Uploads a source through UFS.
-- @treturn integer bytes; or nil, err
function staging.put(session, name, bytes, options)
  local file = temporary_file(session.modem)
  local written, err = file:write(bytes, options.timeout and { timeout = options.timeout })
  if not written then
    err.transferred = 0 -- to the server
    return remove_then(file, nil, err)
  end
  return remove_then(file, staging.put_file(session, name, file, options))
end

-- How many bytes a download brings; nil where that is not known: in ASCII mode servers
-- change bytes on their way, and some servers do not tell a size. Or nil, err.
local function remote_size(session, name, offset)
  if session.is_ascii then return nil end
  local size, err = session:size(name)
  if size and size < offset then
    return mismatch("+QFTPGET", "the offset lies behind the end of the remote file")
  end
  if size then return size - offset end
  return nil, not failure.refuses(err) and err or nil
end

--- Downloads a file into UFS.
-- @treturn integer bytes; or nil, err
function staging.get_file(session, name, file, options)
  local size, err = remote_size(session, name, options.offset)
  if err then return nil, err end
  if size == 0 then return file:write("") end -- at the end of a file servers may answer an error
  file:remove() -- some modules append, some refuse
  return transfer(session, "+QFTPGET", name, file, options, size, options.offset)
end

--- Lists a directory into a file in UFS.
-- @treturn integer bytes; or nil, err
function staging.list_file(session, word, dir, file, options)
  file:remove()
  return transfer(session, word, dir, file, options)
end

-- Reads what a transfer has brought; it must be as many bytes as the module has counted.
local function read_all(file, count, options)
  local value, err = file:read {
    sink = options.sink, progress = options.progress, timeout = options.timeout,
  }
  local size = type(value) == "string" and #value or value
  if value and size ~= count then
    return mismatch("+QFDWL", ("the flash holds %.0f bytes of %.0f"):format(size, count))
  end
  return value, err
end

--- Fetches something through UFS: `fetch(file)` brings it there.
-- @return the bytes, or their number where there is a sink; or nil, err
function staging.fetch(session, options, fetch)
  local file = temporary_file(session.modem)
  local count, err = fetch(file)
  if not count then return remove_then(file, nil, err) end
  return remove_then(file, read_all(file, count, options))
end

return staging
