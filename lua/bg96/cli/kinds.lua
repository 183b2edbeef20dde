--- Kinds of arguments that commands share: functions for argparse that convert a text to a
-- value, or return nil and a message.

local check = require "bg96.ftp.check"
local core = require "bg96.core"
local format = require "bg96.cli.format"
local ufs = require "bg96.ftp.ufs"

local kinds = {}

local LONGEST = 60

--- A text as messages quote it, without its middle where it is long.
function kinds.shorten(text)
  return format.width(text) > LONGEST and format.fit(text, LONGEST) or text
end

-- Makes a kind from a rule of the library.
local function from_rule(rule)
  return function(value)
    local problem = rule(value)
    if not problem then return value end
    if value == "" then return nil, "a name " .. problem end
    return nil, ("'%s': %s"):format(kinds.shorten(value), problem)
  end
end

--- What is wrong with remote names in a command of chapter 2: a function that returns a text, or
-- nil for a name that the module accepts.
function kinds.remote_rule(word, index)
  local argument = core.commands[word].arguments[index or 1]
  return check.text(argument.min, argument.max)
end

--- A remote name that the module accepts in a command of chapter 2.
function kinds.remote(word, index)
  return from_rule(kinds.remote_rule(word, index))
end

--- The name of a file in the module's flash.
kinds.flash = from_rule(ufs.name_rule)

--- A kind whose messages name the option, or the argument, that is wrong.
function kinds.named(name, kind)
  return function(value)
    local result, problem = kind(value)
    if result ~= nil then return result end
    return nil, ("%s: %s"):format(name, problem)
  end
end

--- The path of a local file; "-" is one as well.
function kinds.path(value)
  if value == "" then return nil, "must not be empty" end
  return value
end

--- An AT command without its AT, which users may write and the library adds.
function kinds.at_command(value)
  if value == "" then return nil, "an AT command must not be empty" end
  if value:find("%c") then return nil, "an AT command is one line, without control characters" end
  local text = value:gsub("^[Aa][Tt]", "", 1)
  if #text <= core.command_size then return text end
  return nil, ("an AT command has %d bytes at most"):format(core.command_size)
end

--- A number of seconds: 90, 1.5, or 10m, 2h.
function kinds.seconds(value)
  local units = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400 }
  local number, unit = value:match("^(%d+%.?%d*)([smhd]?)$")
  local seconds = number and tonumber(number) * units[unit]
  if seconds and not check.seconds(seconds) then return seconds end
  return nil, ("'%s' is not a time: give seconds, or a number with m, h or d"):format(value)
end

--- A whole number from `min` to `max`.
function kinds.count(min, max)
  return function(value)
    local number = value:find("^%d+$") and tonumber(value)
    if number and number >= min and number <= max then return number end
    return nil, ("'%s' is not a whole number from %d to %d"):format(value, min, max)
  end
end

return kinds
