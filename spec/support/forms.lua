--- The forms of the eighteen commands of chapter 2 of the manual, from the driver's table
-- (src/ftp/commands.c): test, query, write and execution, with and without the optional
-- arguments. Also finds the form of a command line.

local core = require "bg96.core"

local forms = {}

local words = {}
for word in pairs(core.commands) do words[#words + 1] = word end
table.sort(words, function(a, b) return core.commands[a].number < core.commands[b].number end)

--- The words of the commands, in the manual's order.
forms.words = words

local function bracketed(name)
  return "<" .. name .. ">"
end

-- The possible numbers of arguments: one for each optional argument that may end the line.
local function counts_of(arguments)
  local counts = {}
  for count = 0, #arguments do
    local next_argument = arguments[count + 1]
    local may_end = not next_argument or next_argument.optional
    if may_end and not (next_argument and next_argument.with_previous) then
      counts[#counts + 1] = count
    end
  end
  return counts
end

local function has_local_name(arguments, count)
  return arguments[2] ~= nil and arguments[2].name == "local_name" and count >= 2
end

-- The write form with the first `count` arguments; `place` is "COM:" or a name in UFS.
local function syntax(word, arguments, count, place)
  local parts = {}
  for i = 1, count do parts[i] = bracketed(arguments[i].name) end
  if place then parts[2] = place end
  return "AT" .. word .. "=" .. table.concat(parts, ",")
end

local function add(list, word, kind, text, complete)
  list[#list + 1] = { word = word, kind = kind, syntax = text, complete = complete }
end

local function uses_port_only(arguments, count)
  for i = 1, count do
    if arguments[i].port_only then return true end
  end
  return false
end

-- If the driver writes out defaults of the module, the complete form is in `complete`.
local function add_writes(list, word, arguments)
  local counts = counts_of(arguments)
  local places = arguments[2] and arguments[2].name == "local_name" and { '"COM:"', "<local_name>" }
    or { false }
  for _, place in ipairs(places) do
    local possible = {}
    for _, count in ipairs(counts) do
      local fits = count > 0 and (place ~= "<local_name>"
        or (has_local_name(arguments, count) and not uses_port_only(arguments, count)))
      if fits then possible[#possible + 1] = count end
    end
    local full = possible[#possible]
    for _, count in ipairs(possible) do
      local shown = has_local_name(arguments, count) and place or nil
      local complete = count < full and syntax(word, arguments, full, place or nil) or nil
      add(list, word, "write", syntax(word, arguments, count, shown), complete)
    end
  end
end

local function settings()
  local names = {}
  for name in pairs(core.settings) do names[#names + 1] = name end
  table.sort(names)
  table.insert(names, 1, "account")
  return names
end

local function add_settings(list, word)
  for _, name in ipairs(settings()) do
    local query = ('AT%s="%s"'):format(word, name)
    add(list, word, "query", query)
    add(list, word, "write",
      query .. (name == "account" and ",<username>,<password>" or ",<" .. name .. ">"))
  end
end

--- All forms, in the manual's order.
-- @treturn table an array of {word=, kind=, syntax=, complete=}: kind is "test",
--   "query", "write" or "execution"; complete is the syntax of the form in which nothing
--   is left out
function forms.all()
  local list = {}
  for _, word in ipairs(words) do
    local arguments = core.commands[word].arguments
    add(list, word, "test", "AT" .. word .. "=?")
    if core.commands[word].result == "none" then
      add_settings(list, word)
    elseif #arguments == 0 then
      add(list, word, "execution", "AT" .. word)
    else
      add_writes(list, word, arguments)
    end
  end
  return list
end

-- Arguments of a command line: strings with their quotes.
local function split(text)
  local values, at = {}, 1
  while at <= #text + 1 do
    local value, stop = text:match('^%s*("[^"]*")%s*()', at)
    if not value then value, stop = text:match("^%s*([^,]*)()", at) end
    values[#values + 1] = value
    at = stop + 1
  end
  return values
end

local function classify_write(word, values)
  local command = core.commands[word]
  if command.result == "none" then
    local query = ("AT%s=%s"):format(word, values[1])
    if #values == 1 then return query end
    if values[1] == '"account"' then return query .. ",<username>,<password>" end
    return ("%s,<%s>"):format(query, values[1]:gsub('"', ""))
  end
  local place
  if has_local_name(command.arguments, #values) then
    place = values[2] == '"COM:"' and values[2] or "<local_name>"
  end
  if #values > #command.arguments then return nil end
  return syntax(word, command.arguments, #values, place)
end

--- The syntax of the form of `line` ("AT+QFTPSIZE=..."); nil if it is not one of the
-- eighteen commands.
function forms.classify(line)
  local word, rest = line:match("^AT(%+QFTP%u+)%s*(.-)\r?$")
  if not word or not core.commands[word] then return nil end
  if rest == "" or rest == "=?" then return "AT" .. word .. rest end
  local text = rest:match("^=(.*)$")
  return text and classify_write(word, split(text))
end

return forms
