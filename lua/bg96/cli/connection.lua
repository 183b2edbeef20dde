--- Opens the module and logs in, by the settings.

local ftp = require "bg96.ftp"

local connection = {}

--- Opens the module.
-- @tparam table s settings, as settings.resolve() gives them
-- @tparam function wait for ftp.open()
-- @tparam[opt] function trace for ftp.open()
-- @return a modem; or nil, err
function connection.open(s, wait, trace)
  return ftp.open {
    port = s.port, port_wait = s["wait-port"], baudrate = s.baudrate, speed = s.speed,
    flowcontrol = s.flowcontrol, wait = wait, trace = trace,
  }
end

local function activate(modem, s)
  return modem:activate {
    cid = s.cid, apn = s.apn, user = s["apn-user"], password = s["apn-password"],
    auth = s["apn-auth"], type = s["apn-type"],
  }
end

local function configure_tls(modem, s)
  return modem:tls {
    ctx = s["tls-context"], version = s["tls-version"], verify = s.verify, ca = s.ca,
    cert = s.cert, key = s.key, ignore_time = s["tls-time"] == "ignore",
  }
end

-- Does what a login needs, as far as the settings ask for it.
local function prepare(modem, s)
  local ok, err = true, nil
  if s.pin then ok, err = modem:unlock(s.pin) end
  if ok then ok, err = activate(modem, s) end
  if ok and s.tls ~= "no" then ok, err = configure_tls(modem, s) end
  return ok, err
end

--- Brings the module online and logs in.
-- @return a session; or nil, err
function connection.login(modem, s)
  local ok, err = prepare(modem, s)
  if not ok then return nil, err end
  return modem:login {
    host = s.host, port = s["server-port"], user = s.user, password = s.password,
    tls = s.tls ~= "no" and s.tls, mode = s.mode, type = s.type, timeout = s.timeout, cid = s.cid,
    sslctx = s["tls-context"], data_address = s["data-address"],
  }
end

return connection
