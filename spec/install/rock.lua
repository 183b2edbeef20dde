-- `luarocks test`: the specs on the virtual clock, with the Lua that LuaRocks is set to. What
-- they need is not fetched: busted, lua-cqueues and the others of `make deps-test`.
--
--   lua spec/install/rock.lua [SPEC...]

local SPECS = { "spec/at", "spec/modem", "spec/ftp" }

local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

if not pcall(require, "busted") then
  io.stderr:write("The specs need busted; `make deps-test` installs it on Debian.\n")
  os.exit(1)
end
local command = ("make run-specs LUA='%s' BUSTED_OPTIONS='--exclude-tags=simulation,timing %s'")
  :format(interpreter(), table.concat(#arg > 0 and arg or SPECS, " "))
local status = os.execute(command)
os.exit((status == true or status == 0) and 0 or 1)
