--- The options of bg96-emulator, read from its command line.
local argparse = require("argparse")
local faults = require("bg96.emulator.faults")
local quirks = require("bg96.emulator.quirks")
local states = require("bg96.emulator.states")

local options = {}

local function names(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function number(low, high)
  return function(text)
    local value = tonumber(text)
    if value and value >= low and value <= high then return value end
    return nil, ("'%s' is not a number from %s to %s"):format(text, low, high)
  end
end

local function whole(low, high)
  local check = number(low, high)
  return function(text)
    local value, message = check(text)
    if value and value % 1 == 0 then return math.floor(value) end
    return nil, message or ("'%s' is not a whole number"):format(text)
  end
end

local function checked(parse)
  return function(text)
    local value, message = parse(text)
    if value then return text end
    return nil, message
  end
end

local function account(text)
  local user, password = text:match("^([^:]+):(.*)$")
  if user then return { user = user, password = password } end
  return nil, "an account is USER:PASSWORD"
end

local function add_line(parser)
  parser:option("--link", "Symbolic link to make to the pty."):argname("PATH")
  parser:option("--baud", "Pace the line at this rate, 8N1; 0 does not pace it.")
    :argname("RATE"):convert(whole(0, 4000000)):default("0")
  parser:option("--chunk", "Write at most this many bytes at a time.")
    :argname("BYTES"):convert(whole(1, 65536))
  parser:option("--latency", "Milliseconds that every answer is late.")
    :argname("MS"):convert(number(0, 600000)):default("0")
  parser:flag("--echo", "Echo commands after boot, as ATE1 does.")
  parser:option("--trace", "Write a readable log of both directions."):argname("FILE")
end

local function add_module(parser)
  parser:option("--state", "State to start in."):choices(names(states.known)):default("idle")
  parser:option("--boot-seconds", "How long a boot takes (state booting: 5, a restart: 2).")
    :argname("SECONDS"):convert(number(0, 600))
  parser:option("--sim", "The SIM card."):choices({ "ready", "pin", "puk", "none" })
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
  parser:option("--quirk", "A habit of some modules; repeatable. Known: "
    .. table.concat(names(quirks.known), ", ") .. ".")
    :argname("NAME"):count("*"):convert(checked(quirks.parse))
  parser:option("--fault", "A fault on demand, KIND[,KEY=VALUE]...; repeatable. Kinds: "
    .. table.concat(names(faults.kinds), ", ") .. ". See docs/emulator.md.")
    :argname("SPEC"):count("*"):convert(checked(faults.parse))
end

local function add_backend(parser)
  parser:option("--backend", "Where files are: on real servers, or in memory.")
    :choices({ "network", "memory" }):default("network")
  parser:option("--account", "An account of the memory backend; any login works without.")
    :argname("USER:PASSWORD"):count("*"):convert(account)
end

--- Makes the parser.
function options.parser()
  local parser = argparse("bg96-emulator", "A Quectel BG96 on a pseudo-terminal."
    .. " Prints the path of the pty when it is ready; ends at SIGTERM or Ctrl-C.")
  add_line(parser)
  add_backend(parser)
  add_module(parser)
  function parser:error(message)
    io.stderr:write(self:get_usage(), "\n\nError: ", message, "\n")
    os.exit(2)
  end
  return parser
end

--- Reads `arguments`. A wrong one ends the program with status 2.
function options.parse(arguments)
  local parser = options.parser()
  local parsed = parser:parse(arguments)
  if parsed.pin and parsed.sim ~= "pin" then parser:error("--pin needs --sim pin") end
  return parsed
end

return options
