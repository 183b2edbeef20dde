--- Habits files: how one module behaves, as plain text for people and programs. A survey
-- writes such a file, the emulator behaves as it says.
--
--   local parsed, message = habits.parse(text, "bg95.txt")
--   parsed.habits["slow-close"]          -- "5": texts by name; "yes" where there is no value
--   parsed.measured["rate.up.115200"]    -- "11320 B/s"
--   parsed.not_understood                -- array of the texts behind "not understood:"
--
--   habits.format { habits = { model = "BG95-M3", ["pwd-quoted"] = "yes" },
--     measured = { guard = "900 ms" }, not_understood = { 'pwd: +QFTPPWD: 0,<...>' },
--     exchanges = { { name = "pwd", lines = { "> AT+QFTPPWD", "<", "< OK" } } } }
--
-- The file:
--
--   # bg96 habits 1            the first line, always
--   # any comment
--   model = BG95-M3            a habit: its name and its value
--   pwd-quoted = yes           a habit without a value
--
--   [measured]
--   answer.local.median = 14 ms
--   not understood: pwd: ...   as many as there are
--
--   [exchanges]                for people: everything from here on is left out by parse()
--   ## pwd
--   > AT+QFTPPWD
--
-- Which habits there are, and their values, is not known here: `check` of parse() says it.
local habits = {}

local HEADER = "# bg96 habits "
local VERSION = "1"
local NAME = "^%w[%w._%-]*$"
local NOT_UNDERSTOOD = "not understood:"

-- What stands first in a file; the other habits follow in the order of their names.
local FIRST = { "manufacturer", "model", "firmware", "revision" }

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

-- ----------------------------------------------------------------- reading

local function take_pair(target, line, check)
  local name, value = line:match("^([^=]-)%s*=%s*(.*)$")
  if not name then return nil, ("'%s' is not NAME = VALUE"):format(line) end
  if not name:find(NAME) then return nil, ("'%s' is not a name"):format(name) end
  if value == "" then return nil, ("'%s' has no value"):format(name) end
  if target[name] ~= nil then return nil, ("'%s' is there twice"):format(name) end
  if check then
    local ok, message = check(name, value)
    if not ok then return nil, message end
  end
  target[name] = value
  return true
end

-- What a line means in each part of a file.
local parts = {}

function parts.habits(parsed, line, check)
  return take_pair(parsed.habits, line, check)
end

function parts.measured(parsed, line)
  if line:sub(1, #NOT_UNDERSTOOD) == NOT_UNDERSTOOD then
    table.insert(parsed.not_understood, trim(line:sub(#NOT_UNDERSTOOD + 1)))
    return true
  end
  return take_pair(parsed.measured, line)
end

-- The parts that have a heading, in the order in which they may come.
local headings = { measured = 1, exchanges = 2 }

local function next_part(part, heading)
  local place = headings[heading]
  if not place then return nil, ("[%s] is no part of a habits file"):format(heading) end
  if place <= (headings[part] or 0) then
    return nil, ("[%s] is at the wrong place"):format(heading)
  end
  return heading
end

local function check_header(line)
  local version = line and line:match("^" .. HEADER .. "(.*)$")
  if not version then
    return nil, ("not a habits file: its first line is not '%s%s'"):format(HEADER, VERSION)
  elseif version ~= VERSION then
    return nil, ("habits of version '%s', of which only %s is known"):format(version, VERSION)
  end
  return true
end

-- Takes one line of `part`. Returns the part that the next line belongs to.
local function take_line(parsed, part, line, check)
  if line == "" or line:sub(1, 1) == "#" then return part end
  local heading = line:match("^%[(.*)%]$")
  if heading then return next_part(part, heading) end
  local ok, message = parts[part](parsed, line, check)
  if not ok then return nil, message end
  return part
end

-- Lines without what ends them, be it LF or CR LF; the last one need not end.
local function each_line(text)
  return (text:gsub("\r\n", "\n") .. "\n"):gmatch("([^\n]*)\n")
end

--- Reads the text of a habits file.
-- @tparam string text
-- @tparam[opt] string name of the file, for messages
-- @tparam[opt] function check gets name and value of each habit; returns true, or nil and what
--   is wrong with them
-- @treturn table habits and measured (texts by name), and not_understood (an array of texts); or
--   nil and a message that begins `NAME:LINE: `
function habits.parse(text, name, check)
  local parsed = { habits = {}, measured = {}, not_understood = {} }
  local number, part = 0, "habits"
  local function wrong(message)
    return nil, ("%s:%d: %s"):format(name or "habits", number, message)
  end
  local ok, message
  for raw in each_line(text) do
    number = number + 1
    local line = trim(raw)
    if line:find("[%z\1-\8\11-\31\127]") then return wrong("a control character") end
    if number == 1 then
      ok, message = check_header(line)
      if not ok then return wrong(message) end
    end
    part, message = take_line(parsed, part, line, check)
    if not part then return wrong(message) end
    if part == "exchanges" then break end
  end
  return parsed
end

--- Reads the habits file at `path`; see parse.
function habits.load(path, check)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text
  text, message = file:read("*a")
  file:close()
  if not text then return nil, ("%s: %s"):format(path, message or "cannot be read") end
  return habits.parse(text, path, check)
end

-- ----------------------------------------------------------------- writing

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The names of a set of habits as a file has them.
local function in_order(set)
  local rest, names = {}, {}
  for name in pairs(set) do rest[name] = true end
  for _, name in ipairs(FIRST) do
    if rest[name] then names[#names + 1] = name end
    rest[name] = nil
  end
  for _, name in ipairs(sorted(rest)) do names[#names + 1] = name end
  return names
end

-- The text of a value: true is "yes". What would not be read back as it is raises an error.
local function shown(name, value)
  local text = value == true and "yes" or tostring(value)
  if not name:find(NAME) or text == "" or text ~= trim(text) or text:find("%c") then
    error(("bad argument #1 to 'format' (%s = %s)"):format(name, text), 4)
  end
  return text
end

local function add_pairs(lines, names, set)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("%s = %s"):format(name, shown(name, set[name]))
  end
end

local function add_heading(lines, heading)
  lines[#lines + 1] = ""
  lines[#lines + 1] = "[" .. heading .. "]"
end

local function add_measured(lines, measured, not_understood)
  if not next(measured) and not next(not_understood) then return end
  add_heading(lines, "measured")
  add_pairs(lines, sorted(measured), measured)
  for _, text in ipairs(not_understood) do
    lines[#lines + 1] = NOT_UNDERSTOOD .. " " .. text:gsub("%c", " ")
  end
end

local function add_exchanges(lines, exchanges)
  if #exchanges == 0 then return end
  add_heading(lines, "exchanges")
  for _, exchange in ipairs(exchanges) do
    lines[#lines + 1] = "## " .. exchange.name
    for _, line in ipairs(exchange.lines) do lines[#lines + 1] = line end
  end
end

--- The text of a habits file.
-- @tparam table content each field may be left out: comments (an array of lines), habits and
--   measured (values by name: text, number, or true for "yes"), not_understood (an array of
--   texts), exchanges (an array of { name =, lines = })
function habits.format(content)
  local lines = { HEADER .. VERSION }
  for _, comment in ipairs(content.comments or {}) do lines[#lines + 1] = "# " .. comment end
  local set = content.habits or {}
  add_pairs(lines, in_order(set), set)
  add_measured(lines, content.measured or {}, content.not_understood or {})
  add_exchanges(lines, content.exchanges or {})
  return table.concat(lines, "\n") .. "\n"
end

return habits
