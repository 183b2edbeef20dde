--- The options of bg96-emulator, read from its command line.
local argparse = require("argparse")
local faults = require("bg96.emulator.faults")
local habits = require("bg96.emulator.habits")
local memory = require("bg96.emulator.memory")
local parse = require("bg96.emulator.parse")
local quirks = require("bg96.emulator.quirks")
local radio = require("bg96.emulator.radio")
local states = require("bg96.emulator.states")
local values = require("bg96.emulator.values")
local version = require("bg96.emulator.version")

local options = {}

--- The baud rate of a module, and of its line where a radio makes a rate necessary.
options.DEFAULT_BAUD = 115200

local names = values.names

local NAME = "bg96-emulator"
local WIDTH = 80 -- columns of --help

local function number(low, high) return values.number(low, high).read end

local function whole(low, high) return values.whole(low, high).read end

-- The text itself, if `read` can read it.
local function checked(read)
  return function(text)
    local value, message = read(text)
    if value then return text end
    return nil, message
  end
end

local function settings(text)
  if parse.line(text) then return text end
  return nil, ("'%s' is not a command line without AT"):format(text)
end

local function refusal(text)
  local word, reply = memory.parse_refusal(text)
  if word then return { word = word, reply = reply } end
  return nil, reply
end

local function account(text)
  local user, password = text:match("^([^:]+):(.*)$")
  if user then return { user = user, password = password } end
  return nil, "an account is USER:PASSWORD"
end

-- A text that is among `choices`.
local function one_of(choices)
  return function(value)
    for _, choice in ipairs(choices) do
      if value == choice then return value end
    end
    return nil, ("'%s' is none of %s"):format(value, table.concat(choices, ","))
  end
end

-- Lets an option be one of `choices`, also where argparse is older than 0.7.
local function choose(option, choices)
  if option.choices then return option:choices(choices) end
  return option:argname("{" .. table.concat(choices, ",") .. "}"):convert(one_of(choices))
end

local function digits(value)
  if value:find("^%d+$") then return value end
  return nil, ("'%s' is not a number"):format(value)
end

local function print_habits(_, _, name)
  io.stdout:write(habits.text(name))
  os.exit(0)
end

local function add_line(parser)
  parser:option("--link", "Symbolic link to make to the pty."):argname("PATH")
  parser:option("--baud", "Pace the line at this rate, 8N1; 0, the default without a radio,"
    .. " does not pace it."):argname("RATE"):convert(whole(0, 4000000))
  parser:flag("--check-baud", "Noise while the host has another baud rate than the line.")
  parser:option("--chunk", "Write at most this many bytes at a time.")
    :argname("BYTES"):convert(whole(1, 65536))
  parser:option("--latency", "Milliseconds that every answer is late.")
    :argname("MS"):convert(number(0, 600000)):default("0")
  parser:flag("--echo", "Echo commands after boot, as ATE1 does.")
  parser:option("--trace", "Write a readable log of both directions."):argname("FILE")
end

local function add_radio(parser)
  choose(parser:option("--radio", "The link to the servers."),
    names(radio.profiles))
  parser:option("--rtt", "Its round trip."):argname("MS"):convert(number(0, 60000))
  parser:option("--uplink", "Its rate to the servers."):argname("BPS")
    :convert(number(1, 1e9))
  parser:option("--downlink", "Its rate from the servers."):argname("BPS")
    :convert(number(1, 1e9))
  parser:option("--buffer", "Bytes that the module takes from the line before it has sent them ("
    .. radio.BUFFER .. ")."):argname("BYTES"):convert(whole(1, 1048576))
end

local function add_module(parser)
  parser:option("--state", "State to start in (idle): "
    .. table.concat(names(states.words), ", ") .. "."):argname("STATE"):default("idle")
    :show_default(false):convert(one_of(names(states.words)))
  parser:option("--settings", "What somebody has typed before, such as V0Q1E1S3=10.")
    :argname("LINE"):convert(settings)
  parser:option("--boot-seconds", "How long a boot takes (state booting: 5, a restart: 2).")
    :argname("SECONDS"):convert(number(0, 600))
  parser:option("--imei", "The number of the module, as AT+CGSN says it."):argname("DIGITS")
    :convert(digits)
  choose(parser:option("--sim", "The SIM card."), { "ready", "pin", "puk", "none" })
    :default("ready")
  parser:option("--pin", "The PIN of --sim pin (1234)."):argname("PIN")
  parser:option("--registration", "Network registration, as AT+CEREG? says it.")
    :argname("N"):convert(whole(0, 5)):default("1")
  parser:option("--rssi", "Signal strength, as AT+CSQ says it.")
    :argname("N"):convert(whole(0, 99)):default("24")
  parser:option("--pdp-seconds", "How long AT+QIACT and AT+QIDEACT take.")
    :argname("SECONDS"):convert(number(0, 150)):default("0.1")
  parser:option("--pdp-contexts", "How many contexts may be active: 4 on Cat M1, 2 on Cat NB1.")
    :argname("N"):convert(whole(1, 16)):default("4")
  parser:flag("--active", "PDP context 1 is active at the start.")
  parser:option("--ufs-space", "Size of the module's flash."):argname("BYTES")
    :convert(whole(0, 2147483648))
  parser:option("--habits", "How a module behaves: a file, or one of "
    .. table.concat(habits.names, ", ") .. "."):argname("FILE"):convert(habits.read)
  choose(parser:option("--print-habits", "Print habits that come with the emulator, and end."),
    habits.names):action(print_habits)
  parser:option("--quirk", "A habit of some modules; repeatable. Known: "
    .. table.concat(names(quirks.words), ", ") .. ".")
    :argname("NAME[=VALUE]"):count("*"):convert(checked(quirks.parse))
  parser:option("--seed", "Seed of what is random, the times of --quirk answer=MIN-MAX.")
    :argname("N"):convert(whole(0, 2147483647)):default("1")
  parser:option("--fault", "A fault on demand, KIND[,KEY=VALUE]...; repeatable. Kinds: "
    .. table.concat(names(faults.words), ", ") .. ". --list explains them.")
    :argname("SPEC"):count("*"):convert(checked(faults.parse))
end

local function add_replay(parser)
  parser:option("--replay", "Play a trace of bg96-ftp -v back, in place of a module.")
    :argname("TRACE")
  parser:flag("--tolerant", "Play it also where commands differ, and say where.")
end

local function add_backend(parser)
  choose(parser:option("--backend", "Where files are: on real servers, or in memory."),
    { "network", "memory" }):default("network")
  parser:option("--root", "Fill the memory backend, which this chooses, from a folder.")
    :argname("DIR")
  parser:option("--account", "An account of the memory backend; any login works without.")
    :argname("USER:PASSWORD"):count("*"):convert(account)
  parser:option("--refuse", "An FTP command that the memory backend refuses, and its reply.")
    :argname("WORD=REPLY"):count("*"):convert(refusal)
end

local LISTS = {
  { "Habits", habits.words }, { "Quirks", quirks.words }, { "Faults", faults.words },
  { "States", states.words }, { "Refusals", memory.words },
}

-- What every word means, for --list.
local function list_words()
  for _, list in ipairs(LISTS) do
    io.stdout:write(list[1], ":\n")
    for _, name in ipairs(names(list[2])) do
      io.stdout:write(("  %-18s %s\n"):format(name, list[2][name].text))
    end
  end
  os.exit(0)
end

--- Makes the parser.
function options.parser()
  local parser = argparse(NAME, "A Quectel BG96 on a pseudo-terminal."
    .. " Prints the path of the pty when it is ready; ends at SIGTERM or Ctrl-C.")
    :epilog("See bg96-emulator(1).")
  -- Not all of this is in argparse before 0.7.
  if parser.help_max_width then parser:help_max_width(WIDTH):help_description_margin(31) end
  add_line(parser)
  parser:option("--control", "Make a socket for `bg96-emulator ctl SOCKET"
    .. " counters | fault SPEC`."):argname("SOCKET")
  add_backend(parser)
  add_radio(parser)
  add_module(parser)
  add_replay(parser)
  parser:flag("--version", "Print the version, and end."):action(function()
    print(NAME .. " " .. version)
    os.exit(0)
  end)
  parser:flag("--list", "Say what every quirk, fault, state and refusal does, and end.")
    :action(list_words)
  function parser.error(_, message)
    io.stderr:write(("%s: %s; see %s --help\n"):format(NAME, message, NAME))
    os.exit(2)
  end
  return parser
end

-- The options of the radio as bg96.emulator.radio takes them; nil without a radio.
local function chosen_radio(parsed)
  if not (parsed.radio or parsed.rtt or parsed.uplink or parsed.downlink) then return nil end
  return { profile = parsed.radio, rtt = parsed.rtt, uplink = parsed.uplink,
    downlink = parsed.downlink, buffer = parsed.buffer }
end

--- Reads `arguments`. A wrong one ends the program with status 2.
function options.parse(arguments)
  local parser = options.parser()
  local parsed = parser:parse(arguments)
  if parsed.pin and parsed.sim ~= "pin" then parser:error("--pin needs --sim pin") end
  if parsed.root then parsed.backend = "memory" end
  if #parsed.refuse > 0 and parsed.backend ~= "memory" then
    parser:error("--refuse needs --backend memory")
  end
  parsed.quirk = habits.join(parsed.habits, parsed.quirk)
  if parsed.tolerant and not parsed.replay then parser:error("--tolerant needs --replay") end
  if parsed.replay and parsed.control then parser:error("--control: not with --replay") end
  parsed.radio = chosen_radio(parsed)
  if parsed.buffer and not parsed.radio then parser:error("--buffer needs a radio") end
  parsed.baud = parsed.baud or (parsed.radio and options.DEFAULT_BAUD or 0)
  if parsed.check_baud and parsed.baud == 0 then parser:error("--check-baud needs --baud") end
  return parsed
end

return options
