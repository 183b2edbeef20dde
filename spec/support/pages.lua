--- The tables in docs/, generated from the tables of the code and from the transcripts. A
-- page has a place for each,
--
--   <!-- table: NAME -->
--   <!-- end -->
--
-- which `make docs` fills and a spec checks.

local causes = require "docs.causes"
local core = require "bg96.core"
local forms = require "spec.support.forms"
local server_errors = require "bg96.emulator.errors"
local texts = require "bg96.ftp.texts"
local transcript = require "spec.support.transcript"

local pages = {}

--- The pages with tables in them.
pages.names = { "docs/commands.md", "docs/errors.md" }

local function row(...)
  return "| " .. table.concat({ ... }, " | ") .. " |"
end

local function heading(...)
  return { row(...), "|" .. ("---|"):rep(select("#", ...)) }
end

local function code(text)
  return "`" .. text .. "`"
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- ------------------------------------------------------- calls and commands

-- The method that a line `call ...` of a transcript calls, such as "session:put"; a
-- handle of modem:ufs() is a "file", whatever name the transcript gives it.
local function method_of(call)
  if call:find("modem:ufs%(.-%):%a") then return "file" .. call:match("modem:ufs%(.-%)(:%a+)") end
  local object, name = call:match("([%a_]+):([%a_]+)%(")
  if not object then object, name = call:match("([%a_]+):(%a+) {") end
  if object and call:find("^failing%(") then object, name = call:match("%((%a+):(%a+)") end
  return object and object .. ":" .. name
end

-- Commands that only prove that the module is in command mode say nothing about a call.
local is_housekeeping = { AT = true, ATE0 = true, ATE1 = true, ["AT+CMEE=1"] = true }

local function is_of_call(line)
  return not is_housekeeping[line] and not transcript.is_proof(line)
end

-- The word of a command line: "AT+QFTPSIZE", "ATO".
local function word_of(line)
  return line:match("^AT%+%u+") or line
end

local function insert_once(list, value)
  for _, known in ipairs(list) do
    if known == value then return end
  end
  list[#list + 1] = value
end

-- Visits everything that the driver sends in transcripts: visit(method, line, accepted).
local function each_command(visit)
  for _, played in ipairs(transcript.all("driver")) do
    for _, command in ipairs(played:commands()) do
      local method = command.call and method_of(command.call)
      if method and is_of_call(command.line) then visit(method, command.line, command.accepted) end
    end
  end
end

-- Methods that send a form, the one that is named after it first.
local function methods_of_forms()
  local found = {}
  each_command(function(method, line, accepted)
    local form = accepted and forms.classify(line)
    if form then
      found[form] = found[form] or {}
      insert_once(found[form], method)
    end
  end)
  return found
end

local function is_named_after(method, word)
  return word:lower():find(method:match(":([%a_]+)$"), 1, true) ~= nil
end

local function show_methods(methods, word)
  table.sort(methods, function(a, b)
    local a_first, b_first = is_named_after(a, word), is_named_after(b, word)
    if a_first ~= b_first then return a_first end
    return a < b
  end)
  local shown = {}
  for _, method in ipairs(methods) do
    local is_general = method == "modem:at" and #methods > 1
    if not is_general then shown[#shown + 1] = code(method .. "()") end
  end
  return table.concat(shown, ", ")
end

local tables = {}

function tables.commands()
  local found, lines = methods_of_forms(), heading("manual", "AT command", "Lua", "")
  for _, form in ipairs(forms.all()) do
    local methods = found[form.syntax] or found[form.complete] or {}
    local note = not found[form.syntax] and "the driver gives the optional arguments as well" or ""
    lines[#lines + 1] = row("2." .. core.commands[form.word].number, code(form.syntax),
      show_methods(methods, form.word), note)
  end
  return lines
end

local results = {
  none = "none: OK is the whole answer", status = "`0,0`", number = "`0,` and a number",
  text = "`0,` and a text, in quotes or not",
}

function tables.results()
  local lines = heading("AT command", "result line after OK", "CONNECT comes with `\"COM:\"`")
  for _, word in ipairs(forms.words) do
    local command = core.commands[word]
    local result = results[command.result]
    if command.result_before_ok then result = result .. "; may come before OK" end
    lines[#lines + 1] = row(code("AT" .. word), result, command.connects and "yes" or "")
  end
  return lines
end

-- A greater limit comes from the representation of numbers, not from the manual.
local LARGEST = 2 ^ 53

local function range(argument)
  if argument.kind == "string" then
    return ("string of %d to %d bytes"):format(argument.min, argument.max)
  end
  if argument.max >= LARGEST then return ("integer from %d on"):format(argument.min) end
  return ("integer, %d to %d"):format(argument.min, argument.max)
end

local function when(argument)
  local notes = {}
  if argument.with_previous then
    notes[1] = "comes with the one before it"
  elseif argument.optional then
    notes[1] = "optional"
  end
  if argument.port_only then notes[#notes + 1] = 'only with `"COM:"`' end
  return table.concat(notes, "; ")
end

function tables.arguments()
  local lines = heading("AT command", "argument", "what it takes", "")
  for _, word in ipairs(forms.words) do
    for _, argument in ipairs(core.commands[word].arguments) do
      lines[#lines + 1] = row(code("AT" .. word), code("<" .. argument.name .. ">"),
        range(argument), when(argument))
    end
  end
  return lines
end

-- The options of a login for these settings.
local setting_options = {
  contextid = "`cid`", data_address = '`data_address`: `"server"` 0, `"control"` 1',
  filetype = '`type`: `"binary"` 0, `"ascii"` 1', rsptimeout = "`timeout`, in seconds",
  sslctxid = "`sslctx`", ssltype = '`tls`: `false` 0, `"implicit"` 1, `"explicit"` 2',
  transmode = '`mode`: `"active"` 0, `"passive"` 1',
}

function tables.settings()
  local lines = heading("setting", "values", "option of `modem:login()`")
  local account = core.commands["+QFTPCWD"].arguments[1].max
  lines[#lines + 1] = row(code("account"), ("two strings of at most %d bytes"):format(account),
    "`user`, `password`")
  for _, name in ipairs(sorted_keys(core.settings)) do
    local setting = core.settings[name]
    lines[#lines + 1] = row(code(name), ("%d to %d"):format(setting.min, setting.max),
      (assert(setting_options[name], "no option of login() is known for " .. name)))
  end
  return lines
end

--- What the calls of the library send, by the transcripts.
-- @treturn table arrays of words ("AT+QFTPSIZE") by methods ("session:get")
function pages.calls()
  local found = {}
  each_command(function(method, line)
    found[method] = found[method] or {}
    insert_once(found[method], word_of(line))
  end)
  found["modem:at"] = nil
  return found
end

function tables.calls()
  local found, lines = pages.calls(), heading("Lua", "AT commands")
  for _, method in ipairs(sorted_keys(found)) do
    local words = {}
    for i, word in ipairs(found[method]) do words[i] = code(word) end
    lines[#lines + 1] = row(code(method .. "()"), table.concat(words, " "))
  end
  return lines
end

-- ------------------------------------------------------------------- errors

function tables.errors()
  local lines = heading("`err.code`", "`err.message`", "cause", "what to do")
  for _, number in ipairs(sorted_keys(texts.errors)) do
    lines[#lines + 1] = row(tostring(number), texts.errors[number], causes.errors[number] or "",
      texts.advice[number] or "")
  end
  return lines
end

function tables.replies()
  local lines = heading("`err.protocol`", "text", "cause", "usually with", "what to do")
  for _, number in ipairs(sorted_keys(texts.replies)) do
    local of_module = server_errors.from_reply(number)
    lines[#lines + 1] = row(tostring(number), texts.replies[number], causes.replies[number] or "",
      tostring(of_module), texts.advice[of_module])
  end
  return lines
end

function tables.cme()
  local lines = heading("`err.code`", "`err.message`", "what to do")
  for _, number in ipairs(sorted_keys(texts.cme_errors)) do
    lines[#lines + 1] = row(tostring(number), texts.cme_errors[number],
      texts.cme_advice[number] or "")
  end
  return lines
end

-- -------------------------------------------------------------------- pages

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- A page as it should be.
-- @treturn string its text with all tables made anew
-- @treturn string what it is now
function pages.make(path)
  local text = read_file(path)
  local made = text:gsub("(<!%-%- table: (%a+) %-%->\n).-(<!%-%- end %-%->)",
    function(first, name, last)
      local make = assert(tables[name], path .. ": no table is called " .. name)
      return first .. "\n" .. table.concat(make(), "\n") .. "\n\n" .. last
    end)
  return made, text
end

--- Writes all pages anew.
function pages.write()
  for _, path in ipairs(pages.names) do
    local made, text = pages.make(path)
    if made ~= text then
      local file = assert(io.open(path, "wb"))
      file:write(made)
      file:close()
      print(path)
    end
  end
end

return pages
