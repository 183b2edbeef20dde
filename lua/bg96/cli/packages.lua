--- The Lua modules of others that the program needs, and the packages they are in.

local packages = {}

local needed = {
  { "bg96.core", "make build, or install bg96" },
  { "argparse", "Debian: lua-argparse, OpenWrt: lua-argparse, LuaRocks: argparse" },
  { "lfs", "Debian: lua-filesystem, OpenWrt: luafilesystem, LuaRocks: luafilesystem" },
}

--- Looks for what is missing.
-- @treturn string a sentence that names the first; nil where all is there
function packages.find_missing()
  for _, item in ipairs(needed) do
    local name, where = item[1], item[2]
    local ok, message = pcall(require, name)
    if not ok and tostring(message):find("module '" .. name .. "' not found", 1, true) then
      return ("the Lua module %s is missing (%s)"):format(name, where)
    elseif not ok then
      return (tostring(message):gsub("%s+", " "))
    end
  end
end

return packages
