--- Starts bg96-emulator, or says which Lua module of others is missing.

-- The modules, and the packages they are in.
local needed = {
  { "bg96.emulator.pty", "make build, or install bg96-emulator" },
  { "cqueues", "Debian: lua-cqueues, LuaRocks: cqueues" },
  { "argparse", "Debian: lua-argparse, LuaRocks: argparse" },
}

return function(arguments)
  for _, item in ipairs(needed) do
    local name, where = item[1], item[2]
    local found, message = pcall(require, name)
    local is_missing = tostring(message):find("module '" .. name .. "' not found", 1, true)
    if not found and is_missing then
      message = ("the Lua module %s is missing (%s)"):format(name, where)
    end
    if not found then
      io.stderr:write("bg96-emulator: ", (tostring(message):gsub("%s+", " ")), "\n")
      return 1
    end
  end
  return require("bg96.emulator.main")(arguments)
end
