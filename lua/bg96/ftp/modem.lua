--- The modem: everything between ftp.open() and modem:close() that is not a
-- session.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local baudrate = require "bg96.ftp.baudrate"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local deadline = require "bg96.ftp.deadline"
local diagnosis = require "bg96.ftp.diagnosis"
local identity = require "bg96.ftp.identity"
local login = require "bg96.ftp.login"
local pause = require "bg96.ftp.pause"
local power = require "bg96.ftp.power"
local replies = require "bg96.ftp.replies"
local tls = require "bg96.ftp.tls"
local ufs = require "bg96.ftp.ufs"

local Modem = {}
Modem.__index = Modem
Modem.__name = "bg96.modem"

--- Wraps an open core. Used by ftp.open().
-- @local
function Modem.new(handle, options)
  local modem = setmetatable({
    core = handle,
    wait = options.wait,
    time_limit = options.timeout,
    trace = options.trace,
    subscriptions = {},
    calls = setmetatable({}, { __mode = "kv" }), -- by the coroutines that make them
    deadlines = setmetatable({}, { __mode = "k" }), -- by coroutines, too; see deadline.lua
    pauses = setmetatable({}, { __mode = "k" }), -- what wakes them; see pause.lua
    settings = {}, -- by name: what is set again after a restart; see restore.lua
    activations = {}, -- by cid: functions that activate the context with its last settings
  }, Modem)
  handle:trace(options.trace ~= nil)
  return modem
end

function Modem:__tostring()
  return ("bg96.modem (%s)"):format(self.is_closed and "closed" or "open")
end

-- Makes a task with the core's method `kind` and runs it.
local function run(modem, command, handlers, kind, timeout, ...)
  if modem.is_closed then return Error.closed(command) end
  return Call.run(modem, modem.core[kind](modem.core, timeout * 1000, ...), handlers)
end

--- Brings a module of unknown state to a known one. Used by ftp.open().
-- @local
function Modem:clean_up()
  return run(self, "AT", nil, "clean_up", self.time_limit)
end

--- Has the module watch RTS, and this side CTS (AT+IFC), now and after each restart. Used by
-- ftp.open().
-- @local
function Modem:use_flowcontrol()
  local lines, err = self:at("+IFC=2,2")
  if not lines then return nil, err end
  self.core:keep_flowcontrol()
  return true
end

--- Has DTR, in place of "+++", suspend downloads (AT&D1; manual, 1.2). Used by
-- ftp.open().
-- @local
function Modem:use_dtr()
  local ok, errno = self.core:use_dtr()
  if not ok then
    return nil, Error.new { kind = "port", code = errno, detail = "this port has no DTR line" }
  end
  return self:at("&D1")
end

local at_rules = { timeout = check.seconds, interrupt = check.type("boolean") }

local function check_command(value)
  local problem = check.line(value)
  if problem then return problem end
  if #value > core.command_size then
    return ("too long: %d bytes, %d at most"):format(#value, core.command_size)
  end
end

--- Runs any AT command.
-- @tparam string command without "AT", such as "+CSQ"
-- @tparam[opt] table options timeout (seconds, the modem's unless given), interrupt
--   (true: in the middle of another coroutine's download, which leaves data mode
--   for it and goes on afterwards)
-- @treturn table its reply lines, without the final result code; or nil, err, whose field
--   `lines` has those that came before the failure, without secrets
function Modem:at(command, options)
  check.argument(1, "at", command, check_command)
  options = check.options("at", options, at_rules, { timeout = self.time_limit })
  if self.is_closed then return Error.closed(command:match("^%+%w+") or "AT") end
  local lines = {}
  local task = self.core:command(command, options.timeout * 1000, options.interrupt)
  local ok, err = Call.run(self, task, {
    line = function(text) lines[#lines + 1] = text end,
  })
  if ok then return lines end
  for i, line in ipairs(lines) do lines[i] = core.mask(line) end
  err.lines = lines[1] and lines or nil
  return nil, err
end

--- Subscribes to unsolicited lines. They come while a call on this modem runs,
-- or from modem:poll().
-- @tparam string prefix what the lines begin with, such as "+QIURC"
-- @tparam function fn gets the whole line; must not call the modem or yield
-- @treturn function takes the subscription back
function Modem:on(prefix, fn)
  check.argument(1, "on", prefix, check.text(1, 23))
  check.argument(2, "on", fn, check.callable)
  local subscription = { prefix = prefix, fn = fn }
  local function take_back() self:remove(subscription) end
  table.insert(self.subscriptions, subscription)
  if not self.core:subscribe(prefix) then -- last: nothing after it can throw
    table.remove(self.subscriptions)
    error("bad argument #1 to 'on' (16 different prefixes are subscribed to already)", 2)
  end
  return take_back
end

--- Takes a subscription back. Used by the function that modem:on() returns.
-- @local
function Modem:remove(subscription)
  local is_used = false
  subscription.is_taken_back = true
  for i = #self.subscriptions, 1, -1 do
    local other = self.subscriptions[i]
    if other == subscription then
      table.remove(self.subscriptions, i)
    elseif other.prefix == subscription.prefix then
      is_used = true
    end
  end
  if not is_used then self.core:unsubscribe(subscription.prefix) end
end

--- Hands out the unsolicited lines that have come while no call was running;
-- never blocks. For foreign loops, after modem:pollfd() became readable.
-- @treturn boolean true
function Modem:poll()
  while not self.is_closed do
    local event, a, b = self.core:poll()
    if event == "urc" then
      Call.deliver(self, a)
    elseif event == "trace" then
      Call.trace(self, a, b)
    else
      break
    end
  end
  return true
end

--- Asks who the module is.
-- @treturn table manufacturer, model, revision, imei, family (strings; the family is what the
--   driver takes the module for), baudrate (of the line, an integer); or nil, err
function Modem:info()
  local info, err = identity.ask(self)
  if not info then return nil, err end
  info.baudrate = self.core:baudrate()
  return info
end

--- Has the module and the port run at another baud rate (AT+IPR). An echo proves that the
-- module has come along; where it has not, both stay at the rate that they had. The rate is
-- set again after each restart of the module, and closing the modem takes it back.
-- @tparam integer rate bits a second
-- @treturn boolean true; or nil, err
function Modem:set_baudrate(rate)
  check.argument(1, "set_baudrate", rate, baudrate.rule)
  return baudrate.set(self, rate)
end

--- Asks for the signal (AT+CSQ).
-- @treturn table rssi (0 to 31, 99 unknown), ber (0 to 7, 99 unknown), dbm
--   (integer; nil where unknown); or nil, err
function Modem:signal()
  local rssi, ber = replies.ask(self, "+CSQ", "^%+CSQ: *(%d+), *(%d+) *$")
  if not rssi then return nil, ber end
  rssi, ber = tonumber(rssi), tonumber(ber)
  return { rssi = rssi, ber = ber, dbm = rssi <= 31 and 2 * rssi - 113 or nil }
end

local pdp_text = check.text(0, core.pdp_text_size)
local pdp_types = { ipv4 = 1, ipv6 = 2, ipv4v6 = 3 }
local pdp_auths = { none = 0, pap = 1, chap = 2 }
local activate_rules = {
  cid = check.integer(1, 16),
  apn = pdp_text,
  user = pdp_text,
  password = pdp_text,
  auth = check.one_of("none", "pap", "chap"),
  type = check.one_of("ipv4", "ipv6", "ipv4v6"),
}
local activate_defaults = { cid = 1, user = "", password = "", auth = "none", type = "ipv4" }

--- Configures and activates a PDP context (manual, 1.1, step 1). Does nothing
-- when it is active with these settings already.
-- @tparam table options cid (1 to 16, default 1), apn, user, password, auth
--   ("none", "pap", "chap"), type ("ipv4", "ipv6", "ipv4v6"). Without apn the
--   settings that the module has are used
-- @treturn string the address of the context; or nil, err
function Modem:activate(options)
  local o = check.options("activate", options, activate_rules, activate_defaults)
  local function activate_once(modem)
    local timeout = math.max(modem.time_limit, 150) -- the network's, as for AT+QIACT
    local ok, err = power.ensure_unlocked(modem)
    if not ok then return nil, err end
    if not o.apn then return run(modem, "+QIACT", nil, "activate", timeout, o.cid) end
    return run(modem, "+QIACT", nil, "activate", timeout, o.cid, pdp_types[o.type],
      pdp_auths[o.auth], o.apn, o.user, o.password)
  end
  -- That the card is locked again may show in the middle.
  local function activate(modem)
    local epoch = modem.core:epoch()
    local address, err = activate_once(modem)
    local is_locked = not address and modem.settings.pin and modem.core:epoch() ~= epoch
    if is_locked and not modem.is_closed then return activate_once(modem) end
    return address, err
  end
  self.activations[o.cid] = activate
  return activate(self)
end

--- Deactivates a PDP context (manual, 1.1, step 7).
-- @tparam[opt=1] integer cid
-- @treturn boolean true, also where it was not active; or nil, err
function Modem:deactivate(cid)
  cid = cid or 1
  check.argument(1, "deactivate", cid, check.integer(1, 16))
  return run(self, "+QIDEACT", nil, "deactivate", math.max(self.time_limit, 40), cid)
end

--- Lists the PDP contexts that the module names.
-- @treturn table an array of {cid=, active=, type=, address=}; or nil, err
function Modem:contexts()
  return run(self, "+QIACT", nil, "contexts", self.time_limit)
end

--- Configures TLS for FTPS (QSSLCFG). Certificates and keys are put into UFS.
-- @tparam table options ctx (0 to 5, default 0; the sslctx of a login), version
--   ("1.0", "1.1", "1.2" unless said otherwise, "all"), ciphersuites (0 to 0xffff,
--   which is all of them and the default), verify ("server" unless said
--   otherwise, "mutual", "none"), ca, cert, key (PEM text or a path), sni (true),
--   ignore_time (false: certificates must be valid by the module's clock)
-- @treturn boolean true; or nil, err
function Modem:tls(options)
  local o = tls.check(options)
  if self.is_closed then return Error.closed("+QSSLCFG") end
  return tls.configure(self, o)
end

--- A file in the module's flash.
-- @tparam string name of 1 to 60 bytes
-- @return a handle with write(source[, options]), read([options]), size() and
--   remove(); nothing is asked of the module yet
function Modem:ufs(name)
  check.argument(1, "ufs", name, ufs.name_rule)
  return ufs.open(self, name)
end

--- Lists the files in the module's flash.
-- @tparam[opt="*"] string pattern
-- @treturn table an array of {name=, size=}; or nil, err
function Modem:files(pattern)
  pattern = pattern or "*"
  check.argument(1, "files", pattern, check.text(1, 60))
  return ufs.list(self, pattern)
end

--- Asks how much room the module's flash has.
-- @treturn table {free=, total=} in bytes; or nil, err
function Modem:space()
  return ufs.space(self)
end

--- Enters the SIM's PIN if it is asked for; once, as three wrong ones block the card.
-- @tparam string pin 4 to 8 digits
-- @treturn boolean true, also where no PIN is needed; or nil, err
function Modem:unlock(pin)
  check.argument(1, "unlock", pin, power.pin_rule)
  return power.unlock(self, pin)
end

--- Restarts the module; returns when it answers again and its card is ready, which it waits 10 s
-- for. Sessions and contexts are gone then. A module on USB may take its port along: kind
-- "port"; open it again.
-- @treturn boolean true; or nil, err
function Modem:reboot()
  return power.reboot(self)
end

--- Goes through chapter 4 of the manual: SIM, signal, registration, attach, PDP
-- settings and state, DNS.
-- @tparam[opt=1] integer cid the PDP context
-- @treturn table an array of {name=, ok=, detail=, advice=}
function Modem:diagnose(cid)
  cid = cid or 1
  check.argument(1, "diagnose", cid, check.integer(1, 16))
  return diagnosis.run(self, cid)
end

--- Logs in to an FTP(S) server (manual, 1.1, steps 2 and 3).
-- @tparam table options host, port (21, or 990 with implicit TLS), user,
--   password, tls (false, "implicit", "explicit"), mode ("passive", "active"),
--   type ("binary", "ascii"), timeout (20 to 180 seconds), cid (1 to 16), sslctx
--   (0 to 5), data_address ("control", "server")
-- @return a session; or nil, err
function Modem:login(options)
  return login.run(self, login.check(options))
end

-- Seconds that logging out may take, with all that has to be done before it.
local CLOSE_TIMEOUT = 10

-- Works inside a callback and past a deadline, whose marks it takes away.
local function log_out(modem)
  modem.calls = setmetatable({}, { __mode = "kv" })
  modem.deadlines = setmetatable({}, { __mode = "k" })
  if not modem.core:is_session_open() then return end
  deadline.set(modem, modem.core:now() + CLOSE_TIMEOUT)
  Call.run(modem, modem.core:request(CLOSE_TIMEOUT * 1000, "+QFTPCLOSE"))
end

--- Ends the calls of other coroutines with kind "closed", logs out if a session is
-- open, bounded in time, and gives the port back. A second one takes over from the first,
-- whose coroutine may never run again.
-- @treturn boolean true
function Modem:close()
  local closing = {}
  self.is_closed, self.closing = true, closing
  if self.core:is_closed() then return true end
  self.core:end_calls()
  pause.wake_all(self)
  log_out(self)
  if self.closing == closing then
    baudrate.give_back(self)
    self.core:close()
  end
  return true
end

Modem.__close = Modem.close

--- The descriptor for foreign loops (cqueues' protocol).
function Modem:pollfd()
  return self.core:descriptor()
end

--- What to wait for on it: "r" or "rw".
function Modem:events()
  local _, events = self.core:wants()
  return events
end

--- Seconds to wait at most; nil for no limit.
function Modem:timeout()
  local _, _, timeout = self.core:wants()
  return timeout
end

return Modem
