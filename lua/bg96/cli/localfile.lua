--- Local files that a user names.

local Error = require "bg96.ftp.error"
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
  local file, message = localfile.open(path)
  if not file then return nil, message end
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
  local mode, message = lfs.attributes(folder, "mode")
  if mode == "directory" then return true end
  return nil, message or folder .. " is not a folder"
end

local function failure(message)
  return nil, Error.new { kind = "local", detail = message }
end

--- Runs fill(file). If it returns a result, the file is moved to `path`; otherwise `path`
-- stays as it was.
-- @tparam string path "-" for standard output
-- @return what fill returned; or nil, err
function localfile.replace(path, fill)
  if path == "-" then return fill(io.stdout) end
  local temporary = path .. ".part"
  local file, message = io.open(temporary, "wb")
  if not file then return failure(message) end
  local result, err = fill(file)
  local ok
  ok, message = file:close()
  if result and ok then ok, message = os.rename(temporary, path) end
  if result and ok then return result end
  os.remove(temporary)
  if not result then return nil, err end
  return failure(message)
end

return localfile
