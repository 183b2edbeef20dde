--- Fills the server in memory from a folder (--root).
local folder = {}

local function read(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local content = file:read("*a")
  file:close()
  return content
end

-- Copies what is in `path` to `there` on the server. Links to folders are not followed.
local function copy(lfs, backend, path, there)
  for name in lfs.dir(path) do
    local from, to = path .. "/" .. name, there .. "/" .. name
    local kind = name ~= "." and name ~= ".." and lfs.symlinkattributes(from, "mode")
    local ok, message = true, nil
    if kind == "directory" then
      backend:make_folder(to)
      ok, message = copy(lfs, backend, from, to)
    elseif kind and lfs.attributes(from, "mode") == "file" then
      local content
      content, message = read(from)
      ok = content ~= nil
      if ok then backend:put(to, content) end
    end
    if not ok then return nil, message end
  end
  return true
end

--- Copies the files and folders in `path` to the root of the backend. Returns true, or nil and
-- a message.
function folder.fill(backend, path)
  local found, lfs = pcall(require, "lfs")
  if not found then
    return nil, "--root needs the Lua module lfs (Debian: lua-filesystem, LuaRocks: luafilesystem)"
  end
  if lfs.attributes(path, "mode") ~= "directory" then return nil, path .. " is no folder" end
  return copy(lfs, backend, path, "")
end

return folder
