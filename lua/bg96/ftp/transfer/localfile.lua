--- Local files of transfers that finish, with errors that name the file.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local open_file = require "bg96.ftp.openfile"

local localfile = {}

--- An error of kind "local" about `path`.
-- @tparam string path
-- @tparam[opt] string message of the system; the text for `errno` otherwise
-- @tparam[opt] integer errno
function localfile.error(path, message, errno)
  message = message or core.strerror(errno)
  local prefix = path .. ": "
  if message:sub(1, #prefix) ~= prefix then message = prefix .. message end
  return Error.new { kind = "local", code = errno, detail = message }
end

--- Asks for size and stamp of a file. The stamp changes when the file is written to or
-- replaced.
-- @treturn integer bytes; or nil, err
-- @treturn string stamp
function localfile.look(path)
  local size, stamp = core.stat(path)
  if not size then return nil, localfile.error(path, nil, stamp) end
  return size, stamp
end

--- Opens a file without a buffer: what is written survives the process.
-- @treturn file or nil, err
function localfile.open(path, mode)
  local file, message, errno = open_file(path, mode)
  if not file then return nil, localfile.error(path, message, errno) end
  file:setvbuf("no")
  return file
end

--- Reads `count` bytes of `file` from `offset`; all of them, or nil, err.
function localfile.read(file, path, offset, count)
  local ok, message, errno = file:seek("set", offset)
  local bytes = ok and "" or nil
  while bytes and #bytes < count do
    local more
    more, message, errno = file:read(count - #bytes)
    bytes = more and bytes .. more
  end
  if bytes then return bytes end
  return nil, localfile.error(path, message or "is shorter than it was when the transfer began",
    errno)
end

--- The same of the file at `path`.
function localfile.read_at(path, offset, count)
  local file, err = localfile.open(path, "rb")
  if not file then return nil, err end
  local bytes
  bytes, err = localfile.read(file, path, offset, count)
  file:close()
  return bytes, err
end

--- Brings a file, and its name in its folder, onto the disk.
-- @treturn boolean true; or nil, err
function localfile.sync(path)
  local ok, errno = core.sync(path)
  if ok then ok, errno = core.sync(path:match("^(.*/)[^/]*$") or ".") end
  -- EINVAL: this file system cannot sync.
  local EINVAL = 22
  if not ok and errno ~= EINVAL then return nil, localfile.error(path, nil, errno) end
  return true
end

--- How many bytes two strings have in common at their beginning.
function localfile.common_length(a, b)
  if a == b then return #a end
  local count = math.min(#a, #b)
  for i = 1, count do
    if a:byte(i) ~= b:byte(i) then return i - 1 end
  end
  return count
end

--- Whether a block repeats itself, so that an equal one does not prove its place in a file.
function localfile.repeats(block)
  local half = math.floor(#block / 2)
  return block:find(block:sub(1, half), 2, true) ~= nil
end

return localfile
