--- Writes the part of a download, attempt after attempt.

local Error = require "bg96.ftp.error"
local localfile = require "bg96.ftp.transfer.localfile"

local partfile = {}

--- Bytes at the end of a part that may be link-loss text.
partfile.TAIL = 512

local Writer = {}
Writer.__index = Writer

--- Prepares to write what comes from `start` on. Where a block is given, the first bytes
-- must be equal to it; until that is known, the file stays as it is, as they may be
-- link-loss text, too. The methods throw error objects.
-- @param file of localfile.open()
function partfile.open(file, path, start, block)
  return setmetatable({
    file = file, path = path, start = start, position = start,
    written = start, -- where the bytes end that are in the file
    block = block, held = block and "" or nil,
  }, Writer)
end

local function check(writer, ok, errno)
  if not ok then error(localfile.error(writer.path, nil, errno), 0) end
end

local function append(writer, offset, bytes)
  if not writer.is_begun then
    check(writer, writer.file:truncate(offset))
    writer.is_begun = true
  end
  check(writer, writer.file:write(offset, bytes))
  writer.written = offset + #bytes
end

local function judge(writer)
  local block, held = writer.block, writer.held
  if held:sub(1, #block) ~= block then
    writer.is_refuted = true
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

--- Brings what has been written onto the disk.
function Writer:sync()
  local ok, err = localfile.sync(self.file, self.path)
  if not ok then error(err, 0) end
end

--- The same after a command has ended well.
function Writer:confirm()
  if self.held then judge(self) end
  append(self, self.position, "")
  self:sync()
end

return partfile
