--- Files in the module's own flash (UFS).

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local replies = require "bg96.ftp.replies"
local sink = require "bg96.ftp.sink"
local source = require "bg96.ftp.source"

local ufs = {}

local File = {}
File.__index = File
File.__name = "bg96.ufs_file"

--- A rule for check.argument(): a name in UFS. A colon would name another drive.
-- @local
function ufs.name_rule(value)
  local problem = check.text(1, 60)(value)
  if problem then return problem end
  if value:find(":", 1, true) then return "must not hold a colon" end
end

--- True for a handle that modem:ufs() has made.
-- @local
function ufs.is_file(value)
  return getmetatable(value) == File
end

--- A handle for a file; nothing is asked of the module yet.
-- @local
function ufs.open(modem, name)
  return setmetatable({ modem = modem, name = name }, File)
end

local transfer_rules = { progress = check.callable, timeout = check.seconds, sink = sink.rule }
local write_rules = { timeout = check.seconds }
-- The module has 60 s of its own (MODULE_TIMEOUT_S in src/modem/ufs.c), and then says how
-- many bytes have arrived.
local TRANSFER_DEFAULTS = { timeout = 65 }

-- Bytes of a file that no module has room for.
local TOO_LONG = 64 * 1024 * 1024

-- All of a source as one string: QFUPL must be told the length before the first byte, and
-- the flash is small.
local function collect(bytes)
  local next_block, total = source.open(bytes)
  local blocks, size, is_last = {}, 0, false
  while not is_last do
    if math.max(size, total or 0) > TOO_LONG then error("too long for the module's flash", 0) end
    local text, first, last
    text, first, last, is_last = next_block(source.MOST)
    blocks[#blocks + 1] = text:sub(first, last)
    size = size + #blocks[#blocks]
  end
  return table.concat(blocks)
end

-- Every error of a transfer tells how much has got through: of a file that was not written
-- whole, nothing.
local function tell_transferred(value, err)
  if value == nil then err.transferred = err.transferred or 0 end
  return value, err
end

local function write(file, bytes, timeout)
  if file.modem.is_closed then return Error.closed("+QFUPL") end
  local ok, text = Call.callback(file.modem, collect, bytes)
  if not ok then
    return nil, Error.new { kind = "local", command = "+QFUPL", detail = tostring(text) }
  end
  if file.modem.is_closed then return Error.closed("+QFUPL") end
  local task = file.modem.core:write_file(timeout * 1000, timeout * 1000, file.name, text)
  return Call.run(file.modem, task)
end

--- Writes the file, in place of what is there; its checksum is verified.
-- @param bytes a string, a file handle, or an ltn12 source
-- @tparam[opt] table options timeout (longest silence, in seconds)
-- @treturn integer bytes written; or nil, err
function File:write(bytes, options)
  check.argument(1, "write", bytes, source.rule)
  local o = check.options("write", options, write_rules, TRANSFER_DEFAULTS)
  return tell_transferred(write(self, bytes, o.timeout))
end

--- Reads the file; its checksum is verified.
-- @tparam[opt] table options sink (a file handle or an ltn12 sink), progress
--   (function(done, total)), timeout (longest silence, in seconds)
-- @return the bytes as a string, or their number where there is a sink; or nil, err
function File:read(options)
  local o = check.options("read", options, transfer_rules, TRANSFER_DEFAULTS)
  if self.modem.is_closed then return tell_transferred(Error.closed("+QFDWL")) end
  local milliseconds = o.timeout * 1000
  local task = self.modem.core:read_file(milliseconds, milliseconds, self.name)
  return tell_transferred(sink.fill(self.modem, task, o))
end

--- Asks for the size.
-- @treturn integer bytes; or nil, err
function File:size()
  local files, err = ufs.list(self.modem, self.name)
  if not files then return nil, err end
  for _, file in ipairs(files) do
    if file.name == self.name then return file.size end
  end
  return nil, Error.new { kind = "cme", code = 405, command = "+QFLST" }
end

--- Deletes the file.
-- @treturn boolean true; or nil, err
function File:remove()
  local lines, err = self.modem:at(('+QFDEL="%s"'):format(self.name))
  if not lines then return nil, err end
  return true
end

--- Lists files. Some modules answer an error where there is none; that is an empty list.
-- @param modem
-- @tparam string pattern "*" for all
-- @treturn table an array of {name=, size=}; or nil, err
-- @local
function ufs.list(modem, pattern)
  local lines, err = modem:at(('+QFLST="%s"'):format(pattern))
  if not lines then
    if err.kind == "cme" and err.code == 405 then return {} end
    return nil, err
  end
  local files = {}
  for _, line in ipairs(lines) do
    local name, size = core.read_file_entry(line)
    if name then files[#files + 1] = { name = name, size = size } end
  end
  return files
end

--- Asks for the room in the flash.
-- @treturn table {free=, total=} in bytes; or nil, err
-- @local
function ufs.space(modem)
  local free, total = replies.ask(modem, '+QFLDS="UFS"', "^%+QFLDS: *(%d+), *(%d+) *$")
  if not free then return nil, total end
  return { free = core.read_size(free), total = core.read_size(total) }
end

return ufs
