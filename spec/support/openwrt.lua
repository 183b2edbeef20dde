--- Makes Lua 5.1 refuse what OpenWrt's refuses.
--
-- OpenWrt builds Lua 5.1 with the LNUM patch and integers of 32 bits: string.format takes
-- for %d, %i, %u, %o, %x, %X and %c only numbers that are whole and fit. And its argparse
-- is 0.6.0 up to release 24.10: what came with 0.7 is taken away here.
--
--   LUA_INIT=@spec/support/openwrt.lua lua5.1 ...

local LARGEST = 2 ^ 31 - 1

local format = string.format

local function check_integer(index, value)
  local number = tonumber(value)
  if number and (number % 1 ~= 0 or number > LARGEST or number < -LARGEST - 1) then
    error(format("bad argument #%d to 'format' (32-bit integer expected, got %.14g)",
      index, number), 3)
  end
end

function string.format(pattern, ...) -- luacheck: ignore 122
  local index, at = 1, 1
  while type(pattern) == "string" do
    local directive, stop = pattern:match("%%[-+ #0]*%d*%.?%d*(.)()", at)
    if not directive then break end
    if directive ~= "%" then index = index + 1 end
    if directive:find("[diuoxXc]") then check_integer(index, (select(index - 1, ...))) end
    at = stop
  end
  return format(pattern, ...)
end

-- Methods of 0.7 that 0.6.0 lacks, by the classes that have them.
local NEWER = {
  option = { "choices", "hidden_name" },
  argument = { "choices" },
  command = { "hidden_name", "summary", "add_help_command", "add_complete",
    "add_complete_command", "get_bash_complete", "get_fish_complete", "get_zsh_complete" },
  parser = { "add_help_command", "add_complete", "add_complete_command",
    "get_bash_complete", "get_fish_complete", "get_zsh_complete" },
}

-- A method is in the class, or in one that it is made from.
local function remove(instance, method)
  local class = getmetatable(instance).__index
  while type(class) == "table" do
    class[method] = nil
    class = getmetatable(class) and getmetatable(class).__index
  end
end

local function remove_newer(argparse)
  local parser = argparse("name")
  local instances = {
    parser = parser, option = parser:option("--option"), command = parser:command("command"),
    argument = parser:argument("argument"),
  }
  for class, methods in pairs(NEWER) do
    for _, method in ipairs(methods) do remove(instances[class], method) end
  end
  return argparse
end

-- Loaded once it is asked for: LUA_INIT runs before LUA_PATH means anything to a script.
package.preload.argparse = function(name)
  package.preload.argparse = nil
  for _, loader in ipairs(package.loaders or package.searchers) do -- luacheck: ignore 143
    local load = loader(name)
    if type(load) == "function" then return remove_newer(load(name)) end
  end
  error("module 'argparse' not found")
end
