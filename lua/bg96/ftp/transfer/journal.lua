--- What a transfer must remember if its process dies: a small text file beside the local
-- file. It is replaced as a whole, so that there is never half of one.
--
--   bg96.ftp journal 1
--   confirmed=131072
--   ...
--   end

local core = require "bg96.core"
local open_file = require "bg96.ftp.openfile"

local journal = {}

local HEADER, FOOTER = "bg96.ftp journal 1", "end"

local function text_of(value)
  return type(value) == "number" and ("%.0f"):format(value) or tostring(value)
end

--- Reads a journal.
-- @tparam string path
-- @treturn table its fields as strings; or nil where there is no complete journal
function journal.load(path)
  local file = open_file(path, "rb")
  if not file then return nil end
  local fields, line = {}, file:read("*l")
  local is_ours, is_whole = line == HEADER, false
  while is_ours and line and not is_whole do
    line = file:read("*l")
    local name, value = (line or ""):match("^([%w_]+)=(.*)$")
    if name then fields[name] = value end
    is_whole = line == FOOTER
  end
  file:close()
  return is_whole and fields or nil
end

--- Writes a journal, onto the disk.
-- @tparam string path
-- @tparam table fields strings without line ends, numbers and true by names of
--   letters
-- @treturn boolean true; or nil, message, errno
function journal.save(path, fields)
  local fresh = path .. ".new"
  local file, message, errno = open_file(fresh, "wb")
  if not file then return nil, message, errno end
  local lines = { HEADER }
  for name, value in pairs(fields) do lines[#lines + 1] = name .. "=" .. text_of(value) end
  lines[#lines + 1] = FOOTER .. "\n"
  local ok
  ok, message, errno = file:write(table.concat(lines, "\n"))
  local closed, close_message, close_errno = file:close()
  if ok and not closed then ok, message, errno = nil, close_message, close_errno end
  if ok then
    core.sync(fresh)
    ok, message, errno = os.rename(fresh, path)
  end
  if not ok then os.remove(fresh) end
  return ok, message, errno
end

--- Removes a journal, if it is there.
function journal.remove(path)
  os.remove(path)
end

return journal
