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

--- Enters the PIN, if there is one.
-- @treturn boolean true; or nil, err
function connection.unlock(modem, s)
  if not s.pin then return true end
  return modem:unlock(s.pin)
end

--- Activates the PDP context.
-- @treturn string its address; or nil, err
function connection.activate(modem, s)
  return modem:activate {
    cid = s.cid, apn = s.apn, user = s["apn-user"], password = s["apn-password"],
    auth = s["apn-auth"], type = s["apn-type"],
  }
end

--- Configures TLS, if it is asked for.
-- @treturn boolean true; or nil, err
function connection.configure_tls(modem, s)
  if s.tls == "no" then return true end
  return modem:tls {
    ctx = s["tls-context"], version = s["tls-version"], verify = s.verify, ca = s.ca,
    cert = s.cert, key = s.key, ignore_time = s["tls-time"] == "ignore",
  }
end

--- Logs in to the server. Nothing else is done for it.
-- @return a session; or nil, err
function connection.open_session(modem, s)
  return modem:login {
    host = s.host, port = s["server-port"], user = s.user, password = s.password,
    tls = s.tls ~= "no" and s.tls, mode = s.mode, type = s.type, timeout = s.timeout, cid = s.cid,
    sslctx = s["tls-context"], data_address = s["data-address"],
  }
end

--- Brings the module online and logs in.
-- @tparam function doing is told of each step before it is taken
-- @return a session; or nil, err
function connection.login(modem, s, doing)
  if s.pin then doing("entering the PIN") end
  local ok, err = connection.unlock(modem, s)
  if ok then
    doing("activating the PDP context")
    ok, err = connection.activate(modem, s)
  end
  if ok and s.tls ~= "no" then
    doing("writing certificates to the module")
    ok, err = connection.configure_tls(modem, s)
  end
  if not ok then return nil, err end
  doing("logging in to " .. s.host)
  return connection.open_session(modem, s)
end

return connection
