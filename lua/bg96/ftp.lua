--- bg96.ftp: files over FTP and FTPS through a Quectel BG96 module.
--
--   local ftp = require "bg96.ftp"
--   local check = ftp.check
--   local modem = check(ftp.open { port = "/dev/ttyUSB2" })
--   check(modem:activate { apn = "internet" })
--   local session = check(modem:login { host = "ftp.example.com", user = "me", password = "..." })
--   check(session:put("log.txt", io.open("log.txt", "rb")))
--   modem:close()

local Error = require "bg96.ftp.error"
local Modem = require "bg96.ftp.modem"
local baudrate = require "bg96.ftp.baudrate"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local finder = require "bg96.ftp.finder"
local portwait = require "bg96.ftp.portwait"
local run = require "bg96.ftp.run"
local texts = require "bg96.ftp.texts"

local ftp = {
  version = "1.0.0",
  errors = texts.errors,
  replies = texts.replies,
}

--- Runs functions as coroutines side by side over poll(2) until all have ended; an error in one
-- is raised after that.
-- @function run
-- @param ... functions
ftp.run = run.run

--- Raises the error of a call that has failed, as text. (assert() of Lua 5.1 raises an
-- error object as it is, and an uncaught one is shown as a table's address.)
-- @param value what the call has returned
-- @param ... what follows it: the error where `value` is nil or false
-- @return all arguments
function ftp.check(value, ...)
  if not value then error(tostring((...)), 2) end
  return value, ...
end

--- Lets time pass. Inside ftp.run() the other functions go on meanwhile; elsewhere it
-- blocks.
-- @tparam number seconds 0 or more
function ftp.sleep(seconds)
  check.argument(1, "sleep", seconds, check.duration)
  run.sleep(seconds)
end

--- Lists the serial ports of this machine.
-- @treturn table an array of {path=, description=, vid=, pid=, manufacturer=,
--   product=, serial=}; fields that are unknown are nil; or nil, err
function ftp.ports()
  local ports, errno = core.ports()
  if not ports then return nil, Error.new { kind = "port", code = errno } end
  return ports
end

local open_rules = {
  port = check.text(1, 4096),
  baudrate = baudrate.rule_or_auto,
  speed = baudrate.rule,
  flowcontrol = check.one_of("none", "rtscts"),
  wait = check.callable,
  port_wait = check.duration,
  timeout = check.seconds,
  trace = check.callable,
  ids = finder.ids_rule,
  dtr = check.type("boolean"),
}
local open_defaults = {
  required = { port = true },
  baudrate = 115200,
  flowcontrol = "none",
  port_wait = 0,
  timeout = 10,
  wait = run.wait,
}

local port_advice = {
  ENOENT = "check the path; ftp.ports() lists what is there",
  EACCES = "add the user to the group of the device, often dialout",
  EBUSY = "another program has the port open; ModemManager, perhaps?",
}
local errno_names = { [2] = "ENOENT", [13] = "EACCES", [16] = "EBUSY" }

local function port_error(path, errno)
  return Error.new {
    kind = "port", code = errno, detail = path, advice = port_advice[errno_names[errno]],
  }
end

-- An error of the first talk with a module names where that was tried.
local function name_place(err, path, wanted)
  if err.kind == "timeout" and err.command == "AT" then
    return Error.new {
      kind = "timeout", command = "AT",
      detail = ("no answer from %s at %s"):format(path, baudrate.describe(wanted)),
      advice = "check power, cable, baud rate, and that this is the module's AT port",
    }
  end
  return err
end

local function open_port(path, options, timeout)
  local handle, errno = core.open(path, baudrate.first(options.baudrate), options.flowcontrol)
  if not handle then return nil, port_error(path, errno) end
  local modem = Modem.new(handle, { wait = options.wait, timeout = timeout, trace = options.trace })
  modem.path = path -- which of them it was, where the port is "auto"
  local ok, err = baudrate.bring_up(modem, options.baudrate, options.speed)
  if ok and options.flowcontrol == "rtscts" then ok, err = modem:use_flowcontrol() end
  if ok and options.dtr then ok, err = modem:use_dtr() end
  if not ok then
    modem:close()
    return nil, name_place(err, path, options.baudrate)
  end
  modem.time_limit = options.timeout
  return modem
end

--- Opens the module on a serial port and brings it to a known state.
-- @tparam table options port (a path, or "auto" for the first AT port that
--   answers among the USB serial ports of known modules), baudrate (115200; "auto"
--   looks for the module at the usual rates), speed (bits a second that the module is
--   raised to by AT+IPR, after each restart as well; where that does not work it stays at
--   `baudrate`, as modem:info().baudrate tells), port_wait (0: seconds to wait for a port
--   that is locked or not there yet),
--   flowcontrol ("none", "rtscts"), wait (function(fd, events, timeout); see
--   bg96.wait), timeout (10: seconds for ordinary commands and for opening),
--   trace (function(direction, text)), ids (for "auto": an array of "vid:pid" in
--   hexadecimal, "*" for any; { "2c7c:*" } unless given), dtr (true: the DTR line
--   is wired; it then suspends downloads, which takes less time than "+++")
-- @return a modem; or nil, err
function ftp.open(options)
  local o = check.options("open", options, open_rules, open_defaults)
  local quick = o.baudrate == "auto" and baudrate.SEARCH_TIME or nil
  return portwait.open(o.wait, o.port_wait, function()
    if o.port ~= "auto" then return open_port(o.port, o, o.timeout) end
    return finder.open_first(o.ids, o.timeout, function(path, timeout)
      return open_port(path, o, timeout)
    end, quick)
  end)
end

return ftp
