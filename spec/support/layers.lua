-- Checks that each layer of src/ includes only itself and what lies below it,
-- that the core stays free of system calls and of Lua, and that driver and
-- emulator share no code. Prints each offence as `file:line: what` and exits 1.
--
--   lua layers.lua [ROOT]

-- What a layer may include besides itself. The port is no part of the core's
-- world: only src/lua brings the two together.
local may_include = {
  port = {},
  at = {},
  modem = { at = true },
  ftp = { at = true, modem = true },
  lua = { at = true, modem = true, ftp = true, port = true },
}

local sans_io = { at = true, modem = true, ftp = true }

-- Headers that bring neither system calls nor allocation nor a clock.
local pure_headers = {
  ["assert.h"] = true, ["ctype.h"] = true, ["errno.h"] = true, ["inttypes.h"] = true,
  ["limits.h"] = true, ["stdarg.h"] = true, ["stdbool.h"] = true, ["stddef.h"] = true,
  ["stdint.h"] = true, ["string.h"] = true,
}

local lua_headers = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true }

local function check_include(layer, name)
  local target = name:match("^(%w+)/[%w_]+%.h$")
  if lua_headers[name] then
    return layer ~= "lua" and "Lua belongs in src/lua"
  elseif target and may_include[target] then
    local allowed = target == layer or may_include[layer][target]
    return not allowed and ("%s may not know %s"):format(layer, target)
  elseif name:find("..", 1, true) then
    return "includes go by the path below src/"
  end
  return sans_io[layer] and not pure_headers[name] and layer .. " is sans I/O"
end

local function check_c_line(layer, line)
  local name = line:match('^%s*#%s*include%s*[<"]([^>"]+)[>"]')
  local offence = name and check_include(layer, name)
  return offence and ("%s (%s)"):format(offence, name)
end

-- The emulator is a reading of the manual of its own, and the library does not
-- know the programs that are built upon it.
local function check_lua_line(part, line)
  local name = line:match("require%s*%(?%s*[\"'](bg96%.[%w_.]+)[\"']")
  if not name then return nil end
  local of_emulator = name:find("^bg96%.emulator") or name == "bg96.pty" or name == "bg96.tlsclose"
  if part == "emulator" and not of_emulator then
    return "the emulator shares no code with the driver (" .. name .. ")"
  elseif part ~= "emulator" and of_emulator then
    return "the driver does not know the emulator (" .. name .. ")"
  elseif part == "driver" and name:find("^bg96%.cli") then
    return "the library does not know the command line (" .. name .. ")"
  end
end

local programs = { cli = true, emulator = true }

local offences = 0

local function check_file(path, check, part)
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    local offence = check(part, line)
    if offence then
      offences = offences + 1
      print(("%s:%d: %s"):format(path, number, offence))
    end
  end
end

-- Paths below `folder`, in order. They are our own: nothing to quote but spaces.
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
    offences = offences + 1
    print(path .. ": belongs to no layer")
  end
end

for _, path in ipairs(find_files(root .. "/lua/bg96", "*.lua")) do
  local folder = path:sub(#root + 2):match("^lua/bg96/(%w+)")
  checked = checked + 1
  check_file(path, check_lua_line, programs[folder] and folder or "driver")
end

print(("layers: %d files, %d offences"):format(checked, offences))
os.exit(offences == 0 and checked > 0 and 0 or 1)
