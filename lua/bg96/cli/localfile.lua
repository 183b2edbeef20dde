--- Local files that a user names.

local files = require "bg96.ftp.transfer.localfile"
local lfs = require "lfs"

local localfile = {}

--- The last part of a path; nil if there is none.
function localfile.base(path)
  local name = path:match("[^/]+$")
  if name ~= "-" and name ~= "." and name ~= ".." then return name end
end

--- Opens a file to send.
-- @tparam string path "-" for standard input
-- @return a file handle; or nil, message
function localfile.open(path)
  if path == "-" then return io.stdin end
  if lfs.attributes(path, "mode") == "directory" then return nil, path .. " is a folder" end
  return io.open(path, "rb")
end

--- Checks before a transfer whether there is a file to send.
-- @treturn boolean true; or nil, message
function localfile.can_read(path)
  local file, err = files.open(path, "read")
  if not file then return nil, tostring(err) end
  file:close()
  return true
end

--- The local path for something whose remote name is `name`.
-- @tparam[opt] string path a file, a folder to put it into, "-" for standard output
function localfile.destination(path, name)
  if path and path ~= "" and path ~= "-" and lfs.attributes(path, "mode") == "directory" then
    return path:gsub("/+$", "") .. "/" .. (localfile.base(name) or name)
  end
  return path or localfile.base(name)
end

--- Checks before a transfer whether the file can be created.
-- @treturn boolean true; or nil, message
function localfile.can_create(path)
  local folder = path:match("^(.*)/[^/]*$")
  folder = folder == "" and "/" or folder or "."
  local kind, message = lfs.attributes(folder, "mode")
  if kind ~= "directory" then return nil, message or folder .. " is not a folder" end
  local mode, err = files.destination(path)
  if mode == nil then return nil, tostring(err) end
  return true
end

-- An ltn12 sink that writes to a file of the library.
local function sink_of(file, path)
  local position = 0
  return function(bytes)
    if not bytes then return 1 end
    local ok, errno = file:write(position, bytes)
    if not ok then return nil, files.error(path, nil, errno).message end
    position = position + #bytes
    return 1
  end
end

-- Opens an empty part. It has the mode of what stands at its destination.
local function open_part(part, path)
  local mode, err = files.destination(path)
  if mode == nil then return nil, err end
  local file, ok, errno
  file, err = files.open(part, "own")
  if not file then return nil, err end
  if mode then file:chmod(mode) end
  ok, errno = file:truncate(0)
  if ok then return file end
  return nil, files.error(part, nil, errno)
end

-- Moves a complete part to its place.
local function publish(file, part, path)
  local ok, err = files.sync(file, part)
  if not ok then return nil, err end
  local is_moved, message, errno = os.rename(part, path)
  if not is_moved then return nil, files.error(path, message, errno) end
  return files.sync_name(path)
end

--- Runs fill(sink). If it returns a result, the file is moved to `path`; otherwise `path`
-- stays as it was.
-- @tparam string path "-" for standard output
-- @return what fill returned; or nil, err
function localfile.replace(path, fill)
  if path == "-" then return fill(io.stdout) end
  local part = files.beside(path, ".part")
  local file, err = open_part(part, path)
  if not file then return nil, err end
  local result, ok
  result, err = fill(sink_of(file, part))
  if result then ok, err = publish(file, part, path) end
  if not ok and file:is_at(part) then os.remove(part) end
  file:close()
  if ok then return result end
  return nil, err
end

return localfile
