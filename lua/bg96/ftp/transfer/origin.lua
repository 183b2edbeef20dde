--- What an upload sends: a local file, or a string. It stays the same while it is sent, or
-- check() says that it has not.

local localfile = require "bg96.ftp.transfer.localfile"

local origin = {}

-- --- a string -------------------------------------------------------------------

local Text = {}
Text.__index = Text

function Text:read(offset, count)
  return self.text:sub(offset + 1, offset + count)
end

function Text.check() return true end

function Text.close() end

-- --- a file ---------------------------------------------------------------------

local File = {}
File.__index = File

--- Reads `count` bytes from `offset`; all of them, or nil, err.
function File:read(offset, count)
  return localfile.read(self.file, self.path, offset, count)
end

--- Checks that it is the same as it was when it was opened.
function File:check()
  local size, stamp = localfile.look(self.path)
  if not size then return nil, stamp end
  if size == self.size and stamp == self.stamp then return true end
  return nil, localfile.error(self.path,
    "was changed while it was sent; send a copy, or a file that nobody writes to any more")
end

function File:close()
  self.file:close()
end

-- Bytes at most of a file that does not tell its size.
local UNSIZED = 4 * 1024 * 1024

-- Files of /proc have a size of 0, whatever can be read from them, and other content with each
-- reading. Such a file is read once.
local function read_unsized(file, path)
  local text, errno = file:read(0, UNSIZED + 1)
  if not text then return nil, localfile.error(path, nil, errno) end
  if #text > UNSIZED then return nil, localfile.error(path, "does not tell its size") end
  return text
end

local function open_file(path)
  local file, err = localfile.open(path, "read")
  if not file then return nil, err end
  local size, stamp = localfile.look(path)
  if not size then return nil, stamp end
  if size == 0 then
    local text
    text, err = read_unsized(file, path)
    if not text then return nil, err end
    if text ~= "" then
      file:close()
      return setmetatable({ size = #text, text = text }, Text)
    end
  end
  return setmetatable({ size = size, stamp = stamp, path = path, file = file }, File)
end

--- Opens what is to be sent.
-- @param what the path of a file, or { data = string }
-- @return a table with `size`, `path` and `stamp` where the content can be told again by
--   another process, read(offset, count), check() and close(); or nil, err
function origin.open(what)
  if type(what) == "string" then return open_file(what) end
  return setmetatable({ size = #what.data, text = what.data }, Text)
end

return origin
