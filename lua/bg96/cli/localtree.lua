--- Local folders: what is in them, without what the library keeps beside a file while it is
-- transferred.

local core = require "bg96.core"
local lfs = require "lfs"

local localtree = {}

-- A journal beside a file, or a part of one. Names that are too long for these endings are cut.
local endings = { "%.upload$", "%.upload%.new$", "%.part$", "%.part%.info$", "%.part%.info%.new$" }

local HEADER = "bg96.ftp journal "

local function is_journal(path)
  local file = io.open(path, "rb")
  local text = file and file:read(#HEADER) or ""
  if file then file:close() end
  return text == HEADER
end

local EAGAIN = 11

-- A transfer that has just begun has locked the file, and written nothing to it.
local function is_in_use(path)
  local file, errno = core.open_file(path, "own")
  if file then file:close() end
  return errno == EAGAIN
end

-- Whether an empty file is a transfer's: of one that runs, or of one that was killed, whose file
-- is still there.
local function is_begun(path, ending)
  if lfs.attributes(path, "size") ~= 0 then return false end
  return lfs.attributes((path:gsub(ending, "")), "mode") ~= nil or is_in_use(path)
end

--- Whether a name in a folder is one that the library has made: the journal of an upload or a
-- download, or the part of a file that has a journal.
function localtree.is_private(folder, name)
  for _, ending in ipairs(endings) do
    if name:find(ending) then
      local path = folder .. "/" .. name
      return is_begun(path, ending) or is_journal(path) or is_journal(path .. ".info")
    end
  end
  return false
end

--- The names in a folder, in order, but for those of the library.
-- @treturn table an array of names; or nil, message
function localtree.names(folder)
  local ok, iterate, state = pcall(lfs.dir, folder)
  if not ok then return nil, (tostring(iterate):gsub("^cannot open ", "")) end
  local names = {}
  for name in iterate, state do
    if name ~= "." and name ~= ".." and not localtree.is_private(folder, name) then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- Calls visit(path, remote, kind) for all that is in a folder, folders before what they hold.
-- A symbolic link to a folder is not followed.
-- @tparam string folder
-- @tparam string remote the name of the folder on the server
-- @tparam function visit kind is "file", "directory" or another one of lfs
-- @treturn boolean true; or nil, message
function localtree.walk(folder, remote, visit)
  local names, message = localtree.names(folder)
  if not names then return nil, message end
  for _, name in ipairs(names) do
    local path, there = folder .. "/" .. name, remote .. "/" .. name
    local kind = lfs.attributes(path, "mode")
    if kind == "directory" and lfs.symlinkattributes(path, "mode") == "link" then kind = "link" end
    visit(path, there, kind or "nothing")
    if kind == "directory" then
      local ok
      ok, message = localtree.walk(path, there, visit)
      if not ok then return nil, message end
    end
  end
  return true
end

return localtree
