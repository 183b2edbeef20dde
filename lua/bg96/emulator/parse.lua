--- Takes a command line apart: `AT` and then any number of commands.
local parse = {}

-- Where the arguments of an extended command end: at the next semicolon
-- outside quotes.
local function end_of_arguments(text, at)
  local quoted = false
  for i = at, #text do
    local char = text:sub(i, i)
    if char == '"' then
      quoted = not quoted
    elseif char == ";" and not quoted then
      return i - 1
    end
  end
  return #text
end

local function extended(text, at)
  local word, stop = text:match("^(%+%w+)%s*()", at)
  if not word then return nil end
  local command = { word = word:upper() }
  local last = end_of_arguments(text, stop)
  local rest = text:sub(stop, last)
  if rest == "" then
    command.form = "exec"
  elseif rest:match("^%?%s*$") then
    command.form = "read"
  elseif rest:match("^=%s*%?%s*$") then
    command.form = "test"
  elseif rest:sub(1, 1) == "=" then
    command.form, command.arguments = "write", rest:sub(2)
  else
    return nil
  end
  if text:sub(last + 1, last + 1) == ";" then last = last + 1 end
  return command, last + 1
end

local function basic(text, at)
  local word, number, stop = text:match("^(&?%a)%s*(%d*)()", at)
  if not word then return nil end
  word = word:upper()
  if word == "S" then
    local register, form, value, after = text:match("^%a(%d+)([?=])(%d*)()", at)
    if not register then return nil end
    return { word = "S" .. register, form = form == "?" and "read" or "write",
      arguments = value }, after
  end
  return { word = word, form = "exec", number = tonumber(number) or 0 }, stop
end

--- Commands of a line without its `AT`: an array of {word=, form=, arguments=,
-- number=}, empty for a bare AT, or nil if the line cannot be read.
function parse.line(text)
  local commands, at = {}, text:match("^%s*()")
  while at <= #text do
    local reader = text:sub(at, at) == "+" and extended or basic
    local command, after = reader(text, at)
    if not command then return nil end
    commands[#commands + 1] = command
    at = text:match("^%s*()", after)
  end
  return commands
end

return parse
