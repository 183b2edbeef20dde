--- What a transfer must remember if its process dies: a small text file beside the local
-- file. It is replaced as a whole, so that there is never half of one.
--
--   bg96.ftp journal 1
--   confirmed=131072
--   ...
--   end

local core = require "bg96.core"

local journal = {}

local HEADER, FOOTER = "bg96.ftp journal 1", "end"

-- Bytes at most: names, folder and server are the longest of what it holds.
local MOST = 16384

local function text_of(value)
  return type(value) == "number" and ("%.0f"):format(value) or tostring(value)
end

--- Reads the journal in an open file.
-- @treturn table its fields as strings; or nil where there is no complete journal
function journal.read(file)
  local text = file:read(0, MOST) or ""
  local body = text:match("^" .. HEADER .. "\n(.*)$")
  if not body then return nil end
  local fields = {}
  for line in body:gmatch("([^\n]*)\n") do
    if line == FOOTER then return fields end
    local name, value = line:match("^([%w_]+)=(.*)$")
    if name then fields[name] = value end
  end
end

--- Reads a journal, if there is a file of our own at `path`.
-- @treturn table its fields as strings; or nil where there is no complete journal
function journal.load(path)
  local file = core.open_file(path, "look")
  local fields = file and journal.read(file)
  if file then file:close() end
  return fields
end

local function write(file, fields)
  local lines = { HEADER }
  for name, value in pairs(fields) do lines[#lines + 1] = name .. "=" .. text_of(value) end
  lines[#lines + 1] = FOOTER .. "\n"
  local ok, errno = file:write(0, table.concat(lines, "\n"))
  if ok then file:sync() end
  return ok, errno
end

--- Writes a journal, onto the disk.
-- @tparam string path
-- @tparam table fields strings without line ends, numbers and true by names of
--   letters
-- @return the file, which is locked until it is closed; or nil, message, errno
function journal.save(path, fields)
  local fresh = path .. ".new"
  local file, errno = core.open_file(fresh, "fresh")
  if not file then return nil, core.strerror(errno), errno end
  local ok, message
  ok, errno = write(file, fields)
  if ok then
    ok, message, errno = os.rename(fresh, path)
  else
    message = core.strerror(errno)
  end
  if ok then return file end
  os.remove(fresh)
  file:close()
  return nil, message, errno
end

--- Removes a journal, if it is there.
function journal.remove(path)
  os.remove(path)
end

return journal
