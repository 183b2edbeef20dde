--- Remote folders, as `get -r` copies them. Names that a server lists are data: one that is not
-- a plain name becomes no local path.

local failure = require "bg96.ftp.transfer.failure"

local remotetree = {}

--- What is wrong with a name that a server has listed, as the name of a local file.
-- @treturn string; nil where nothing is
function remotetree.complain(name)
  if name == "" or name == "." or name == ".." or name:find("[/%c]") or name:find('"', 1, true) then
    return "is no plain name, so no local file is made of it"
  end
end

-- Some servers list the folder itself, the one above, and links.
local is_kind = { file = "file", dir = "directory" }

local function entries_of_mlsd(session, folder)
  local listed, err = session:mlsd(folder)
  if not listed then return nil, err end
  local entries = {}
  for _, entry in ipairs(listed) do
    local kind = is_kind[entry.type]
    if kind then entries[#entries + 1] = { name = entry.name, kind = kind } end
  end
  return entries
end

--- Whether a name is a folder, which is what can be entered. The session is back in `home`
-- afterwards.
-- @treturn boolean; or nil, err
function remotetree.is_folder(session, home, path)
  local ok, err = session:cwd(path)
  if not ok then
    if failure.refuses(err) then return false end
    return nil, err
  end
  ok, err = session:cwd(home)
  if not ok then return nil, err end
  return true
end

-- Without MLSD, which not every server has, a folder is what can be entered.
local function entries_of_nlst(session, folder)
  local names, err = session:nlst(folder)
  if not names then return nil, err end
  local home
  home, err = session:pwd()
  if not home then return nil, err end
  local entries = {}
  for _, listed in ipairs(names) do
    local name = listed:match("[^/]+$") or listed -- some servers list paths
    local is_dir
    is_dir, err = remotetree.is_folder(session, home, folder .. "/" .. name)
    if is_dir == nil then return nil, err end
    entries[#entries + 1] = { name = name, kind = is_dir and "directory" or "file" }
  end
  return entries
end

--- What is in a remote folder.
-- @treturn table an array of { name =, kind = "file" or "directory" }; or nil, err
function remotetree.entries(session, folder)
  local entries, err = entries_of_mlsd(session, folder)
  if not entries and failure.is_unsupported(err) then return entries_of_nlst(session, folder) end
  return entries, err
end

return remotetree
