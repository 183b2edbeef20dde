--- The configuration file: lines of `key = value`; empty lines and lines that
-- begin with # are left out. A value reaches to the end of its line; blanks
-- around it do not count, unless it stands in double quotes.

local lfs = require "lfs"
local settings = require "bg96.cli.settings"

local config = {}

local FILE_NAME = "bg96-ftp.conf"

-- An empty variable counts as not given.
local function given(getenv, name)
  local value = getenv(name)
  return value ~= "" and value or nil
end

-- Where a file is looked for that nobody named.
local function usual_paths(getenv)
  local paths = {}
  local home = given(getenv, "HOME")
  local folder = given(getenv, "XDG_CONFIG_HOME") or home and home .. "/.config"
  if folder then paths[1] = folder .. "/" .. FILE_NAME end
  paths[#paths + 1] = "/etc/" .. FILE_NAME
  return paths
end

-- The file to read; nil where there is none.
local function find(path, getenv)
  path = path or given(getenv, "BG96_CONFIG")
  if path then return path end
  for _, usual in ipairs(usual_paths(getenv)) do
    if lfs.attributes(usual, "mode") == "file" then return usual end
  end
end

local function parse_line(line)
  local key, text = line:match("^%s*([%w-]+)%s*=%s*(.-)%s*$")
  if not key then return nil end
  return key, text:match('^"(.*)"$') or text
end

local function parse(file, path)
  local entries, number = {}, 0
  for line in file:lines() do
    number = number + 1
    local place = ("%s:%d"):format(path, number)
    if not line:find("^%s*#") and line:find("%S") then
      local key, text = parse_line(line)
      if not key then return nil, place .. ": not of the form key = value" end
      if not settings.by_name[key] then
        return nil, ("%s: there is no setting '%s'; see bg96-ftp(1)"):format(place, key)
      end
      if entries[key] then return nil, ("%s: %s is set twice"):format(place, key) end
      entries[key] = { text = text, place = ("%s: %s"):format(place, key), file = place }
    end
  end
  return entries
end

-- A secret must not be readable by others.
local function check_permissions(entries, path)
  local permissions = lfs.attributes(path, "permissions") or ""
  if permissions:sub(7, 7) ~= "r" then return true end
  for name in pairs(entries) do
    if settings.by_name[name].secret then
      return nil, ("%s holds the %s and others may read it: chmod o= %s"):format(path,
        name == "pin" and "PIN" or "password", path)
    end
  end
  return true
end

--- Reads the configuration.
-- @tparam[opt] string path of the file; BG96_CONFIG and then the usual places
--   where it is nil
-- @tparam function getenv as os.getenv
-- @treturn table name -> {text=, place= (for a complaint), file= (path and line)}; empty where
--   there is no file; or nil, what is wrong
function config.read(path, getenv)
  path = find(path, getenv)
  if not path then return {} end
  local file, message = io.open(path, "r")
  if not file then return nil, message end
  if lfs.attributes(path, "mode") == "directory" then
    file:close()
    return nil, path .. " is a directory"
  end
  local entries, problem = parse(file, path)
  file:close()
  if not entries then return nil, problem end
  local ok
  ok, problem = check_permissions(entries, path)
  return ok and entries, problem
end

return config
