--- Logging in to an FTP(S) server (manual, 1.1, steps 2 and 3).

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local Session = require "bg96.ftp.session"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local identity = require "bg96.ftp.identity"
local tls = require "bg96.ftp.tls"

local login = {}

-- What the driver waits longer than the module's own timeout, so that the module's 609 comes first.
local TIMEOUT_MARGIN = 5

local settings = core.settings
local rules = {
  host = check.text(1, core.commands["+QFTPOPEN"].arguments[1].max),
  port = check.integer(1, 65535),
  user = check.text(0, 255),
  password = check.text(0, 255),
  tls = check.one_of(false, "implicit", "explicit"),
  mode = check.one_of("passive", "active"),
  type = check.one_of("binary", "ascii"),
  timeout = check.integer(settings.rsptimeout.min, settings.rsptimeout.max),
  cid = check.integer(settings.contextid.min, settings.contextid.max),
  sslctx = check.integer(settings.sslctxid.min, settings.sslctxid.max),
  data_address = check.one_of("control", "server"),
}
local defaults = {
  required = { host = true },
  user = "anonymous",
  password = "",
  tls = false,
  mode = "passive",
  type = "binary",
  timeout = 90,
  cid = 1,
  sslctx = 0,
  data_address = "control",
}
local ssl_types = { [false] = 0, implicit = 1, explicit = 2 }

-- The options as settings of QFTPCFG (manual, 2.1).
local function ftp_settings(o)
  return {
    contextid = o.cid,
    filetype = o.type == "ascii" and 1 or 0,
    transmode = o.mode == "passive" and 1 or 0,
    rsptimeout = o.timeout,
    ssltype = ssl_types[o.tls],
    sslctxid = o.sslctx,
    data_address = o.data_address == "control" and 1 or 0,
  }
end

--- Checks the options of modem:login().
function login.check(options)
  local o = check.options("login", options, rules, defaults, 2)
  if o.tls and o.mode == "active" then
    error("bad argument to 'login' (mode: the module has no active mode with TLS)", 3)
  end
  o.port = o.port or (o.tls == "implicit" and 990 or 21)
  return o
end

--- Logs in, with options that were checked.
-- @return a session; or nil, err
function login.run(modem, o)
  local timeout = o.timeout + TIMEOUT_MARGIN
  local function log_in()
    if modem.is_closed then return Error.closed("+QFTPOPEN") end
    local epoch
    local family, err = identity.family(modem, timeout)
    if family and o.tls then epoch, err = tls.ensure(modem, o.sslctx) end
    if err then return nil, err end
    local longest = math.max(timeout, (family.open or 0) + TIMEOUT_MARGIN)
    return Call.run(modem, modem.core:login(longest * 1000, ftp_settings(o), o.host, o.port,
      o.user, o.password, epoch))
  end
  local ok, err = log_in()
  if not ok then return nil, err end
  return Session.new(modem, timeout, o.type == "ascii", {
    cid = o.cid, server = ("%s:%d"):format(o.host, o.port), reopen = log_in,
    number = modem.core:session(),
  })
end

return login
