--- Transfers between the server and the module's flash (UFS), and through it.
--
-- With a local name other than "COM:" the module moves the file by itself
-- (manual, 2.5 and 2.6); nothing is heard of it until the result line. What goes
-- through UFS with QFUPL and QFDWL has a checksum, and no byte of it can ever
-- reach the command interpreter.

local Call = require "bg96.ftp.call"
local ufs = require "bg96.ftp.ufs"

local staging = {}

-- The module's timeout counts from packet to packet, so a transfer may take
-- longer than that; but not longer than at this many bytes a second, a tenth of
-- what NB-IoT brings.
local SLOWEST_RATE = 300

-- For a listing, whose size nobody knows.
local LISTING_TIME = 600

-- Runs a transfer between the server and a file in UFS.
local function transfer(session, word, name, file, timeout, extra, position)
  local task = session.modem.core:stage(timeout * 1000, (timeout + extra) * 1000, word, name,
    file.name, position)
  return Call.run(session.modem, task)
end

-- A name that no file of the user's has.
local function temporary_file(modem)
  return ufs.open(modem, ("bg96_%08x.tmp"):format(modem.core:random()))
end

-- Hands on the results of a call, once the file is gone.
local function remove_then(file, ...)
  file:remove()
  return ...
end

--- Uploads a file that is in UFS.
-- @treturn integer bytes; or nil, err
function staging.put_file(session, name, file, options)
  local size, err = file:size()
  if not size then return nil, err end
  local timeout = options.timeout or session.timeout
  return transfer(session, "+QFTPPUT", name, file, timeout, size / SLOWEST_RATE, options.offset)
end

--- Uploads a source through UFS.
-- @treturn integer bytes; or nil, err
function staging.put(session, name, bytes, options)
  local file = temporary_file(session.modem)
  local written, err = file:write(bytes, options.timeout and { timeout = options.timeout })
  if not written then return remove_then(file, nil, err) end
  return remove_then(file, staging.put_file(session, name, file, options))
end

--- Downloads a file into UFS.
-- @treturn integer bytes; or nil, err
function staging.get_file(session, name, file, options)
  local size, err = session:size(name)
  if not size then return nil, err end
  file:remove() -- some modules append, some refuse
  local timeout = options.timeout or session.timeout
  return transfer(session, "+QFTPGET", name, file, timeout, size / SLOWEST_RATE, options.offset)
end

--- Lists a directory into a file in UFS.
-- @treturn integer bytes; or nil, err
function staging.list_file(session, word, dir, file, options)
  file:remove()
  return transfer(session, word, dir, file, options.timeout or session.timeout, LISTING_TIME)
end

--- Fetches something through UFS: `fetch(file)` brings it there.
-- @return the bytes, or their number where there is a sink; or nil, err
function staging.fetch(session, options, fetch)
  local file = temporary_file(session.modem)
  local count, err = fetch(file)
  if not count then return remove_then(file, nil, err) end
  return remove_then(file, file:read {
    sink = options.sink, progress = options.progress, timeout = options.timeout,
  })
end

return staging
