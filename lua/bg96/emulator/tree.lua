--- A tree of folders and files in memory, as an FTP server shows one.
-- A node is { kind = "dir", entries = {}, mtime = }, { kind = "file", content = "",
-- mtime = } or { kind = "link", target = PATH, mtime = }; times are seconds since 1970.
local tree = {}
tree.__index = tree

local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

local MODES = { dir = "drwxr-xr-x", file = "-rw-r--r--", link = "lrwxrwxrwx" }

--- An empty tree.
function tree.new(mtime)
  return setmetatable({ root = { kind = "dir", entries = {}, mtime = mtime or 0 } }, tree)
end

--- The absolute form of `path`, seen from the folder `cwd`, without "." and "..".
function tree.resolve(cwd, path)
  local whole = path:sub(1, 1) == "/" and path or cwd .. "/" .. path
  local parts = {}
  for part in whole:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

--- The node at an absolute `path`, or nil.
function tree:node(path)
  local node = self.root
  for part in path:gmatch("[^/]+") do
    node = node.kind == "dir" and node.entries[part]
    if not node then return nil end
  end
  return node
end

local function split(path)
  local parent, name = path:match("^(.*)/([^/]+)$")
  return parent, name
end

--- Puts `node` at an absolute `path`. Returns false if its folder is missing.
function tree:place(path, node)
  local parent, name = split(path)
  local folder = parent and self:node(parent)
  if not folder or folder.kind ~= "dir" then return false end
  folder.entries[name] = node
  return true
end

--- Removes the node at `path` and returns it, or nil.
function tree:remove(path)
  local node = self:node(path)
  local parent, name = split(path)
  if not node or not parent then return nil end
  self:node(parent).entries[name] = nil
  return node
end

--- The names in a folder, in order.
function tree.names(node)
  local names = {}
  for name in pairs(node.entries) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function timestamp(seconds)
  return os.date("!%Y%m%d%H%M%S", seconds)
end

tree.timestamp = timestamp

local function long_line(name, node)
  local when = os.date("!*t", node.mtime)
  return ("%s   1 ftp      ftp      %10d %s %02d %02d:%02d %s%s"):format(
    MODES[node.kind], node.content and #node.content or 0,
    MONTHS[when.month], when.day, when.hour, when.min, name,
    node.target and " -> " .. node.target or "")
end

local function facts_line(name, node)
  local size = node.content and ("size=%d;"):format(#node.content) or ""
  -- What a link leads to is written as some servers do, blanks and all.
  local kind = node.target and "OS.unix=slink:" .. node.target or node.kind
  return ("type=%s;%smodify=%s; %s"):format(kind, size, timestamp(node.mtime), name)
end

local line_of = { list = long_line, mlsd = facts_line, nlst = function(name) return name end }

--- What LIST, NLST or MLSD (`verb` in small letters) say about a node.
function tree.listing(verb, name, node)
  local lines = {}
  if node.kind ~= "dir" then
    lines[1] = line_of[verb](name, node)
  else
    for _, entry in ipairs(tree.names(node)) do
      lines[#lines + 1] = line_of[verb](entry, node.entries[entry])
    end
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\r\n")
end

return tree
