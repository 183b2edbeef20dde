--- Writes the part of a download, attempt after attempt.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local localfile = require "bg96.ftp.transfer.localfile"

local partfile = {}

--- Bytes at the end of a part that may be link-loss text.
partfile.TAIL = 512

local Writer = {}
Writer.__index = Writer

--- Prepares to write what comes from `start` on. Where a block is given, the first bytes
-- must be equal to it; until that is known, the file stays as it is, as they may be
-- link-loss text, too. The file is opened when there is something to write. The methods
-- throw error objects.
function partfile.open(path, start, block)
  return setmetatable({
    path = path, start = start, position = start,
    block = block, held = block and "" or nil,
  }, Writer)
end

local function open_at(writer, offset)
  local ok, errno = core.truncate(writer.path, offset)
  if not ok then error(localfile.error(writer.path, nil, errno), 0) end
  local file, err = localfile.open(writer.path, "r+b")
  if not file then error(err, 0) end
  file:seek("set", offset)
  writer.file = file
end

local function append(writer, offset, bytes)
  if not writer.file then open_at(writer, offset) end
  local ok, message, errno = writer.file:write(bytes)
  if not ok then error(localfile.error(writer.path, message, errno), 0) end
end

local function judge(writer)
  local block, held = writer.block, writer.held
  if held:sub(1, #block) ~= block then
    error(Error.new { kind = "verify", command = "+QFTPGET",
      detail = "the part that is there does not fit what the server sends" }, 0)
  end
  writer.held = nil
  append(writer, writer.start + #block, held:sub(#block + 1))
end

--- Takes bytes from the server. Afterwards `position` is where they end in the file.
function Writer:write(bytes)
  local offset = self.position
  self.position = offset + #bytes
  if not self.held then return append(self, offset, bytes) end
  self.held = self.held .. bytes
  if #self.held >= #self.block + partfile.TAIL then judge(self) end
end

--- Brings what has come onto the disk, after a command has ended well.
function Writer:confirm()
  if self.held then judge(self) end
  append(self, self.position, "")
  local ok, err = localfile.sync(self.path)
  if not ok then error(err, 0) end
end

--- Closes it.
function Writer:close()
  if self.file then self.file:close() end
end

return partfile
