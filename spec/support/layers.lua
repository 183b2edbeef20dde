-- Checks that each layer of src/ includes only itself and the layers below it, that the files
-- of a folder include each other in no circle, that the core has no system calls and no Lua,
-- and that driver and emulator share no code. Prints each offence as `file:line: what` and
-- exits 1.
--
--   lua layers.lua [ROOT]

-- What a layer may include besides itself. Core and port do not know each other; src/lua
-- joins them. The programs' modules use only Lua and the system.
local may_include = {
  port = {},
  at = {},
  modem = { at = true },
  ftp = { at = true, modem = true },
  lua = { at = true, modem = true, ftp = true, port = true },
  cli = {},
  emulator = {},
}

local sans_io = { at = true, modem = true, ftp = true }
local knows_lua = { lua = true, cli = true, emulator = true }

-- Headers without system calls, allocation or a clock.
local pure_headers = {
  ["assert.h"] = true, ["ctype.h"] = true, ["errno.h"] = true, ["inttypes.h"] = true,
  ["limits.h"] = true, ["stdarg.h"] = true, ["stdbool.h"] = true, ["stddef.h"] = true,
  ["stdint.h"] = true, ["string.h"] = true,
}

local lua_headers = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true }

local offences = 0

local function report(where, what)
  offences = offences + 1
  print(("%s: %s"):format(where, what))
end

-- --- C -------------------------------------------------------------------

-- A header that only its own folder may include.
local function is_private(header)
  return header == "internal" or header:find("_private$") ~= nil
end

local function check_own_include(layer, name)
  local target, header = name:match("^(%w+)/([%w_]+)%.h$")
  if not target then
    return "includes go by the path below src/"
  elseif target ~= layer and not may_include[layer][target] then
    return ("%s may not know %s"):format(layer, target)
  elseif target ~= layer and is_private(header) then
    return ("private to src/%s"):format(target)
  end
end

local function check_system_include(layer, name)
  if lua_headers[name] then return not knows_lua[layer] and "Lua belongs in src/lua" end
  return sans_io[layer] and not pure_headers[name] and layer .. " is sans I/O"
end

-- The includes inside a folder, where x.c and x.h are one file, x: uses[x] is a set of names.
local Circles = {}
Circles.__index = Circles

-- Everything that `name` needs, directly or not, as a set.
function Circles:reach(name, found)
  found = found or {}
  for other in pairs(self.uses[name] or {}) do
    if not found[other] then
      found[other] = true
      self:reach(other, found)
    end
  end
  return found
end

-- The files that need `name` and are needed by it, sorted; nil if it is in no circle.
function Circles:find(name)
  local members = {}
  local needs = self:reach(name)
  if not needs[name] then return nil end
  for other in pairs(needs) do
    if self:reach(other)[name] then members[#members + 1] = other end
  end
  table.sort(members)
  return members
end

-- Reports each circle once, at the first of its members.
function Circles:report(folder)
  local names = {}
  for name in pairs(self.uses) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local members = self:find(name)
    if members and members[1] == name then
      report(folder, "a circle of files: " .. table.concat(members, ", "))
    end
  end
end

-- The circles of each layer's folder.
local circles = {}
for layer in pairs(may_include) do circles[layer] = setmetatable({ uses = {} }, Circles) end

local function note_use(layer, name, included)
  local target, other = included:match("^(%w+)/([%w_]+)%.h$")
  if target ~= layer or other == name then return end
  local uses = circles[layer].uses
  uses[name] = uses[name] or {}
  uses[name][other] = true
end

local function check_c_line(layer, line, name)
  local quote, included = line:match('^%s*#%s*include%s*([<"])([^>"]+)[>"]')
  if not quote then return nil end
  note_use(layer, name, included)
  local check = quote == '"' and check_own_include or check_system_include
  local offence = check(layer, included)
  return offence and ("%s (%s)"):format(offence, included)
end

-- --- Lua -----------------------------------------------------------------

-- The format of a file that goes from one to the other is all that both may know.
local SHARED = "bg96.habits"

-- The emulator is an independent reading of the manual, and the library does not know the
-- programs that use it.
local function check_lua_line(part, line)
  local name = line:match("require%s*%(?%s*[\"'](bg96%.[%w_.]+)[\"']")
  if not name then return nil end
  local of_emulator = name:find("^bg96%.emulator")
  if name == SHARED then
    return nil
  elseif part == "shared" then
    return "what driver and emulator share needs nothing (" .. name .. ")"
  elseif part == "emulator" and not of_emulator then
    return "the emulator shares no code with the driver (" .. name .. ")"
  elseif part ~= "emulator" and of_emulator then
    return "the driver does not know the emulator (" .. name .. ")"
  elseif part == "driver" and name:find("^bg96%.cli") then
    return "the library does not know the command line (" .. name .. ")"
  end
end

local programs = { cli = true, emulator = true }

-- --- all files -----------------------------------------------------------

local function check_file(path, check, part)
  local number, name = 0, path:match("([%w_]+)%.%w+$")
  for line in io.lines(path) do
    number = number + 1
    local offence = check(part, line, name)
    if offence then report(("%s:%d"):format(path, number), offence) end
  end
end

-- Paths below `folder`, sorted.
local function find_files(folder, pattern)
  local paths = {}
  local pipe = assert(io.popen(("find '%s' -name '%s' 2>/dev/null | sort"):format(folder, pattern)))
  for path in pipe:lines() do paths[#paths + 1] = path end
  pipe:close()
  return paths
end

local root = arg[1] or "."
local checked = 0

for _, path in ipairs(find_files(root .. "/src", "*.[ch]")) do
  local layer = path:sub(#root + 2):match("^src/(%w+)/[%w_]+%.[ch]$")
  checked = checked + 1
  if may_include[layer] then
    check_file(path, check_c_line, layer)
  else
    report(path, "belongs to no layer")
  end
end

for _, layer in ipairs { "at", "cli", "emulator", "ftp", "lua", "modem", "port" } do
  circles[layer]:report(root .. "/src/" .. layer)
end

for _, path in ipairs(find_files(root .. "/lua/bg96", "*.lua")) do
  local folder = path:sub(#root + 2):match("^lua/bg96/(%w+)")
  local part = path:find("lua/bg96/habits%.lua$") and "shared"
    or programs[folder] and folder or "driver"
  checked = checked + 1
  check_file(path, check_lua_line, part)
end

print(("layers: %d files, %d offences"):format(checked, offences))
os.exit(offences == 0 and checked > 0 and 0 or 1)
