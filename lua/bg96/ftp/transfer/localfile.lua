--- Local files of transfers that finish, with errors that name the file.

local Error = require "bg96.ftp.error"
local abandoned = require "bg96.ftp.transfer.abandoned"
local core = require "bg96.core"
local open_file = require "bg96.ftp.openfile"
local token = require "bg96.ftp.token"

local localfile = {}

-- Numbers of Linux.
local EPERM, EAGAIN, EINVAL, EISDIR, ELOOP = 1, 11, 22, 21, 40

--- Bytes of a name in a folder, on every file system in use.
localfile.NAME_SIZE = 255

-- What stands at a path and is no file.
local odd_texts = { [EINVAL] = "is no regular file", [EISDIR] = "is a folder" }

-- The same of a file that has to be of our own.
local own_texts = {
  [EPERM] = "is not a regular file of this user with one name only, so it is not touched: "
    .. "remove it",
  [ELOOP] = "is a symbolic link, which is not followed: remove it",
  [EAGAIN] = "is in use by another transfer of the same local file",
}

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

-- --- names --------------------------------------------------------------------

-- Whether a byte goes on with a character of UTF-8.
local function is_continuation(byte)
  return byte ~= nil and byte >= 0x80 and byte < 0xc0
end

--- The first bytes of `text`, `most` at most; no character of UTF-8 is cut in two.
function localfile.cut(text, most)
  if #text <= most then return text end
  local last = most
  while last > 0 and most - last < 4 and is_continuation(text:byte(last + 1)) do
    last = last - 1
  end
  if is_continuation(text:byte(last + 1)) then last = most end -- another encoding
  return text:sub(1, last)
end

-- A number for a text, the same on every Lua.
local function hash(text)
  local value = 0
  for i = 1, #text do value = (value * 257 + text:byte(i)) % 4294967291 end
  return value
end

-- Bytes of the longest suffix of a file beside another one.
local SUFFIX_SIZE = #".part.info.new"

--- The path of a file beside `path`. A name that is too long for a suffix is cut, and a
-- number stands for the rest of it.
function localfile.beside(path, suffix)
  local folder, base = path:match("^(.*/)([^/]*)$")
  folder, base = folder or "", base or path
  if #base + SUFFIX_SIZE > localfile.NAME_SIZE then
    local number = "~" .. token(hash(base))
    base = localfile.cut(base, localfile.NAME_SIZE - SUFFIX_SIZE - #number) .. number
  end
  return folder .. base .. suffix
end

-- --- opening ------------------------------------------------------------------

--- Asks for size, stamp and mode of a file. The stamp changes when the file is written to
-- or replaced.
-- @treturn integer bytes; or nil, err
-- @treturn string stamp
-- @treturn integer mode
function localfile.look(path)
  local size, stamp, mode = core.stat(path)
  if size then return size, stamp, mode end
  return nil, localfile.error(path, odd_texts[stamp], stamp)
end

--- Opens a file; see core.open_file() for `how`.
-- @return the file; or nil, err
function localfile.open(path, how)
  local file, errno = core.open_file(path, how)
  if not file and errno == EAGAIN then
    abandoned.collect() -- one of them may have it
    file, errno = core.open_file(path, how)
  end
  if file then return file end
  return nil, localfile.error(path, how ~= "read" and own_texts[errno] or odd_texts[errno], errno)
end

--- Whether an error of open() says that somebody else uses the file.
function localfile.is_in_use(err)
  return err.code == EAGAIN
end

--- Looks at what stands where a file is to go: nothing, or a regular file.
-- @treturn integer its mode, false where there is none; or nil, err
function localfile.destination(path)
  local size, errno, mode = core.stat(path)
  if size then return mode end
  local ENOENT = 2
  if errno == ENOENT then return false end
  return nil, localfile.error(path, odd_texts[errno], errno)
end

-- --- reading and writing ----------------------------------------------------------

--- Reads `count` bytes of `file` from `offset`; all of them, or nil, err.
function localfile.read(file, path, offset, count)
  local bytes, errno = file:read(offset, count)
  if bytes and #bytes == count then return bytes end
  return nil, localfile.error(path,
    bytes and "is shorter than it was when the transfer began" or nil, errno)
end

-- EINVAL: this file system cannot sync.
local function check_synced(path, ok, errno)
  if ok or errno == EINVAL then return true end
  return nil, localfile.error(path, nil, errno)
end

--- Brings what was written to a file onto the disk.
-- @treturn boolean true; or nil, err
function localfile.sync(file, path)
  return check_synced(path, file:sync())
end

--- Brings the name of a file onto the disk.
-- @treturn boolean true; or nil, err
function localfile.sync_name(path)
  return check_synced(path, core.sync(path:match("^(.*/)[^/]*$") or "."))
end

--- What names this start of the machine; "" where nothing does. What was written before
-- another start, and not synced, may never have reached the disk.
function localfile.boot_id()
  local file = open_file("/proc/sys/kernel/random/boot_id", "rb")
  if not file then return "" end
  local id = file:read("*l")
  file:close()
  return id or ""
end

-- --- comparing --------------------------------------------------------------------

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
