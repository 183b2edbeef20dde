--- All settings in one table. Each is an option of the command line, a variable of the
-- environment (`server-port` is BG96_SERVER_PORT) and a key of the configuration file; the
-- first of these that gives it counts. Secrets have no option, because other users of the
-- machine can see a command line.

local baudrate = require "bg96.ftp.baudrate"
local core = require "bg96.core"
local kinds = require "bg96.cli.kinds"

local settings = {}

-- Kinds of values: functions that convert a text to a value, or return nil and a message.
-- Completion offers the `choices` of a kind.

local function text(max, complaint)
  return { convert = function(value)
    if value == "" then return nil, "must not be empty" end
    if #value > max then return nil, ("too long: %d bytes, %d at most"):format(#value, max) end
    if core.find_forbidden(value) then
      return nil, "must not hold a quote, a line end or a NUL"
    end
    local problem = complaint and complaint(value)
    if problem then return nil, problem end
    return value
  end }
end

local function whole(min, max)
  return { convert = function(value)
    local number = value:find("^%d+$") and tonumber(value)
    if number and number >= min and number <= max then return number end
    return nil, ("'%s' is not a whole number from %d to %d"):format(value, min, max)
  end }
end

-- A kind, or the word that stands for such a value.
local function or_word(word, kind)
  return { convert = function(value)
    if value == word then return value end
    local result, problem = kind.convert(value)
    if result then return result end
    return nil, ("%s, and not %s"):format(problem, word)
  end }
end

local rate = whole(baudrate.LOWEST, baudrate.HIGHEST)

-- A time, which may be none.
local function duration()
  return { convert = function(value)
    if value == "0" then return 0 end
    return kinds.seconds(value)
  end }
end

local function one_of(...)
  local choices = { ... }
  return { choices = choices, convert = function(value)
    for _, choice in ipairs(choices) do
      if value == choice then return value end
    end
    return nil, ("'%s' is none of %s"):format(value, table.concat(choices, ", "))
  end }
end

local function path()
  return { convert = function(value)
    if value == "" then return nil, "must not be empty" end
    return value
  end }
end

-- The message does not repeat the text, which may hold a password.
local function complain_of_url(value)
  if value:find("[@/]") then return "must be a name or an address alone, without user and path" end
  if value:find("^[^:]+:%d*$") then return "must be without a port, which goes into server-port" end
end

-- The rule of modem:unlock(); it does not repeat the PIN either.
local function pin()
  return { convert = function(value)
    if value:find("^%d%d%d%d%d?%d?%d?%d?$") then return value end
    return nil, "must have 4 to 8 digits"
  end }
end

local range = core.settings

--- Groups of settings, in the order of --help. A setting has name, kind and help, and may
-- have short (an option), argname, default and secret.
settings.groups = {
  { title = "The module", {
    name = "port", short = "-p", argname = "PORT", kind = path(), default = "auto",
    help = "Serial port of the module; auto takes the first USB port that answers.",
  }, {
    name = "wait-port", argname = "TIME", kind = duration(), default = 0,
    help = "Wait so long for a port that is locked, or not there yet: seconds, or 10m, 2h.",
  }, {
    name = "baudrate", argname = "RATE", kind = or_word("auto", rate), default = 115200,
    help = "Baud rate of the module; auto looks for it.",
  }, {
    name = "speed", argname = "RATE", kind = rate,
    help = "Raise the baud rate to this while the program runs.",
  }, {
    name = "flowcontrol", kind = one_of("none", "rtscts"), default = "none",
    help = "Flow control of the port.",
  }, {
    name = "pin", kind = pin(), secret = true, help = "PIN of the SIM card.",
  } },
  { title = "The network", {
    name = "apn", argname = "NAME", kind = text(core.pdp_text_size),
    help = "Access point; without it the module's own settings are used.",
  }, {
    name = "apn-user", argname = "NAME", kind = text(core.pdp_text_size),
    help = "Account at the access point.",
  }, {
    name = "apn-password", kind = text(core.pdp_text_size), secret = true,
    help = "Its password.",
  }, {
    name = "apn-auth", kind = one_of("none", "pap", "chap"), default = "none",
    help = "How the account is checked.",
  }, {
    name = "apn-type", kind = one_of("ipv4", "ipv6", "ipv4v6"), default = "ipv4",
    help = "Protocol of the PDP context.",
  }, {
    name = "cid", argname = "N", kind = whole(range.contextid.min, range.contextid.max),
    default = 1,
    help = "Number of the PDP context.",
  } },
  { title = "The FTP server", {
    name = "host", argname = "HOST",
    kind = text(core.commands["+QFTPOPEN"].arguments[1].max, complain_of_url),
    help = "Name or address of the server.",
  }, {
    name = "server-port", argname = "N", kind = whole(1, 65535),
    help = "Its port: 21, or 990 with implicit TLS, unless given.",
  }, {
    name = "user", short = "-u", argname = "NAME", kind = text(255), default = "anonymous",
    help = "Account at the server.",
  }, {
    name = "password", kind = text(255), secret = true, default = "", help = "Its password.",
  }, {
    name = "mode", kind = one_of("passive", "active"), default = "passive",
    help = "Who opens data connections.",
  }, {
    name = "type", kind = one_of("binary", "ascii"), default = "binary",
    help = "Whether servers may change line ends.",
  }, {
    name = "data-address", kind = one_of("control", "server"), default = "control",
    help = "Where data connections go: to the address of the control connection, or to the one "
      .. "that the server names.",
  }, {
    name = "timeout", argname = "SECONDS",
    kind = whole(range.rsptimeout.min, range.rsptimeout.max), default = 90,
    help = "Longest silence of the server.",
  } },
  { title = "FTPS", {
    name = "tls", kind = one_of("no", "implicit", "explicit"), default = "no", help = "TLS.",
  }, {
    name = "verify", kind = one_of("server", "mutual", "none"), default = "server",
    help = "Whose certificates are checked.",
  }, {
    name = "ca", argname = "FILE", kind = path(), help = "Certificates of the authority, PEM.",
  }, {
    name = "cert", argname = "FILE", kind = path(), help = "Our certificate, PEM.",
  }, {
    name = "key", argname = "FILE", kind = path(), help = "Its key, PEM.",
  }, {
    name = "tls-version", kind = one_of("1.0", "1.1", "1.2", "all"), default = "1.2",
    help = "Version of TLS.",
  }, {
    name = "tls-context", argname = "N", kind = whole(range.sslctxid.min, range.sslctxid.max),
    default = 0, help = "Number of the module's SSL context.",
  }, {
    name = "tls-time", kind = one_of("check", "ignore"), default = "check",
    help = "Whether certificates must be valid by the module's clock.",
  } },
}

--- All settings by their names.
settings.by_name = {}
for _, group in ipairs(settings.groups) do
  for _, setting in ipairs(group) do settings.by_name[setting.name] = setting end
end

--- The variable of the environment for a setting.
function settings.variable(name)
  return "BG96_" .. name:upper():gsub("-", "_")
end

-- A message does not repeat the text of a secret.
local function convert(setting, value, place)
  local result, problem = setting.kind.convert(value)
  if result ~= nil then return result end
  return nil, ("%s: %s"):format(place, problem)
end

-- Rules for combinations of settings. The library checks them too, but only after the module
-- has been opened.
local function find_contradiction(s)
  if s.tls ~= "no" and s.mode == "active" then
    return "the module has no active mode with TLS: leave out mode, or tls"
  elseif s.tls ~= "no" and s.verify ~= "none" and not s.ca then
    return "TLS needs ca = FILE to verify the server (or verify = none)"
  elseif s.tls ~= "no" and s.verify == "mutual" and not (s.cert and s.key) then
    return "mutual verification needs cert = FILE and key = FILE"
  end
end

-- One setting: its value, or nil and what is wrong; and where it is from.
local function resolve_one(name, setting, options, getenv, entry)
  local variable = settings.variable(name)
  local exported = getenv(variable) or "" -- an empty variable counts as not given
  if options[name] ~= nil then return options[name], "--" .. name end
  local value, problem
  if exported ~= "" then
    value, problem = convert(setting, exported, variable)
    return value, value ~= nil and variable or problem
  elseif entry then
    value, problem = convert(setting, entry.text, entry.place)
    return value, value ~= nil and entry.file or problem
  end
  return setting.default, "default"
end

--- Puts options, environment and configuration together.
-- @tparam table options values by the names of settings, converted already
-- @tparam function getenv as os.getenv
-- @tparam table configuration name -> {text=, place=, file=}, as config.read() gives it
-- @treturn table values by names, with defaults; or nil, what is wrong
-- @treturn nil
-- @treturn table where each is from, by names: "--user", "BG96_USER", "PATH:LINE", "default"
function settings.resolve(options, getenv, configuration)
  local values, sources = {}, {}
  for name, setting in pairs(settings.by_name) do
    local value, source = resolve_one(name, setting, options, getenv, configuration[name])
    if value == nil and source ~= "default" then return nil, source end
    values[name], sources[name] = value, source
  end
  local problem = find_contradiction(values)
  if problem then return nil, problem end
  return values, nil, sources
end

return settings
