--- The command line, read with argparse.

local argparse = require "argparse"
local commands = require "bg96.cli.commands"
local core = require "bg96.core"
local json = require "bg96.cli.json"
local kinds = require "bg96.cli.kinds"
local settings = require "bg96.cli.settings"
local status = require "bg96.cli.status"
local version = require("bg96.ftp").version

local arguments = {}

local unpack = rawget(_G, "unpack") or rawget(table, "unpack") -- Lua 5.1 and later

local NAME = "bg96-ftp"
local WIDTH = 80

local function target_of(name)
  return name:gsub("-", "_")
end

local function add_setting(parser, setting)
  local names = (setting.short and setting.short .. " " or "") .. "--" .. setting.name
  local default = setting.default ~= nil and (" (%s)"):format(tostring(setting.default)) or ""
  local option = parser:option(names, setting.help .. default):target(target_of(setting.name))
  local choices = setting.kind.choices
  if choices and option.choices then -- not before argparse 0.7
    option:choices(choices)
  else
    option:argname(setting.argname or ("{%s}"):format(table.concat(choices, ",")))
      :convert(kinds.named("--" .. setting.name, setting.kind.convert))
  end
  return option
end

local function add_settings(parser)
  for _, group in ipairs(settings.groups) do
    local elements = {}
    for _, setting in ipairs(group) do
      if not setting.secret then elements[#elements + 1] = add_setting(parser, setting) end
    end
    parser:group(group.title, unpack(elements))
  end
end

local function format_examples(examples)
  local lines = { "Examples:" }
  for _, example in ipairs(examples) do
    local line, what = example[1], example[2]
    if not line:find(NAME, 1, true) then line = NAME .. " " .. line end
    lines[#lines + 1] = "   " .. line
    if what ~= "" then lines[#lines + 1] = "      " .. what end
  end
  return table.concat(lines, "\n") .. "\n\nOptions of all commands: bg96-ftp --help"
end

local function add_command(parser, command, level)
  local added = parser:command(command.name, command.summary):help_max_width(WIDTH)
  if parser.is_batch then added:add_help(false) end
  if command.examples then added:epilog(format_examples(command.examples)) end
  if command.arguments then command.arguments(added) end
  if command.commands then
    added:command_target("command" .. level):require_command(true)
    for _, nested in ipairs(command.commands) do add_command(added, nested, level + 1) end
  end
end


local epilog = [[
Settings come from options, then from the environment (--server-port is
BG96_SERVER_PORT), then from the configuration file (server-port = 2121).
Passwords and PIN come from the last two alone. See bg96-ftp(1).

Exit status: 0 done, 1 other failure, 2 wrong usage, 3 refused by the server,
4 the link (try later), 5 module or port, 6 local file, 130 Ctrl-C.

Examples:
   bg96-ftp --host ftp.example.com -u me put today.log
   bg96-ftp -p /dev/ttyUSB2 diagnose]]

local function add_options(parser)
  parser:option("-c --config", "Configuration file (~/.config/bg96-ftp.conf, then "
    .. "/etc/bg96-ftp.conf)."):argname("CONFIG"):target("config_file")
    :convert(kinds.named("--config", kinds.path))
  parser:flag("--json", "Results and errors as JSON.")
  parser:flag("-q --quiet", "Print nothing but errors, and what was asked for.")
  parser:flag("-v --verbose", "Show what goes over the serial line, secrets masked.")
  parser:option("--log", "Append what is done, with times, to a file; or to syslog.")
    :argname("FILE"):convert(kinds.named("--log", kinds.path))
  parser:flag("--version", "Show the version."):action(function()
    print(NAME .. " " .. version)
    os.exit(0)
  end)
end

-- Whether a word is among the arguments, as far as they are options.
local function has_word(argv, wanted)
  for _, word in ipairs(argv) do
    if word == "--" then return false end
    if word == wanted then return true end
  end
  return false
end

-- Says what is wrong with the arguments, and ends the program.
local function refuse(argv, message)
  message = core.escape((message:gsub("%s+", " ")))
  io.stderr:write(("%s: %s\n"):format(NAME, message))
  if has_word(argv, "--json") and json.is_available() then
    print(json.encode { error = { kind = "usage", message = message } })
  end
  os.exit(status.USAGE)
end

--- Makes the parser.
-- @tparam[opt={}] table argv what it is to parse
-- @return a parser of argparse
function arguments.parser(argv)
  local parser = argparse(NAME, "Moves files by FTP and FTPS through a Quectel BG96 module.")
    :epilog(epilog):command_target("command1"):require_command(true)
    :help_max_width(WIDTH):help_description_margin(31)
    :usage("Usage: bg96-ftp [OPTION]... COMMAND ...")
  add_options(parser)
  add_settings(parser)
  for _, command in ipairs(commands) do add_command(parser, command, 2) end
  function parser:error(message)
    local name = self:get_usage():match("^Usage: ([%l%d -]-) *[%[<\n]") or NAME
    refuse(argv or {}, ("%s; see %s --help"):format(message, name))
  end
  return parser
end

-- A secret as an option gets a message of its own instead of "unknown option".
local function refuse_secrets(parser, argv)
  for _, word in ipairs(argv) do
    if word == "--" then return end
    local name = word:match("^%-%-([%l-]+)")
    local setting = name and settings.by_name[name]
    if setting and setting.secret then
      parser:error(("--%s: secrets are not taken from the command line, where others can see"
        .. " them; set %s, or %s = ... in the configuration file"):format(name,
        settings.variable(name), name))
    end
  end
end

local function find(list, name)
  for _, command in ipairs(list) do
    if command.name == name then return command end
  end
end

-- The named command or subcommand.
local function find_command(args)
  local command = find(commands, args.command1)
  if command.commands then return find(command.commands, args.command2) end
  return command
end

-- A command of a batch has a session or a module, and no batch of its own.
local function is_for_batch(command)
  return command.needs ~= nil and not command.has_no_batch
end

local function batch_parser()
  local parser = argparse("batch"):command_target("command1"):require_command(true):add_help(false)
  parser.is_batch = true
  for _, command in ipairs(commands) do
    if command.commands or is_for_batch(command) then add_command(parser, command, 2) end
  end
  return parser
end

--- Reads a line of a batch: a command with its arguments.
-- @tparam table words
-- @treturn table the command's arguments, and the command; or nil, what is wrong
function arguments.parse_line(words)
  arguments.batch = arguments.batch or batch_parser()
  local ok, args = arguments.batch:pparse(words)
  if not ok then return nil, args end
  return args, find_command(args)
end

--- Reads the command line. --help, --version and wrong usage end the program.
-- @tparam table argv as the interpreter's arg
-- @treturn table the command's arguments, config, json, quiet, verbose, log
-- @treturn table the command
-- @treturn table the settings among the options, by their names
function arguments.parse(argv)
  local parser = arguments.parser(argv)
  refuse_secrets(parser, argv)
  local args = parser:parse(argv)
  local options = {}
  for name in pairs(settings.by_name) do options[name] = args[target_of(name)] end
  return args, find_command(args), options
end

return arguments
