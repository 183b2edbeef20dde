--- Data connections of the network backend, passive and active (RFC 959, RFC
-- 2428). Everything here waits, inside a coroutine of cqueues.
local socket = require("cqueues.socket")
local control = require("bg96.emulator.network.control")
local tlsclose = require("bg96.emulator.tlsclose")

local data = {}
data.__index = data

-- The port, and the address that the server gives, from the reply to PASV.
local function parse_pasv(text)
  local a, b, c, d, high, low = text:match("(%d+),(%d+),(%d+),(%d+),(%d+),(%d+)")
  if not a then return nil end
  return tonumber(high) * 256 + tonumber(low), ("%d.%d.%d.%d"):format(a, b, c, d)
end

local function passive_address(connection, trust_server)
  local host = connection:addresses()
  if host:find(":", 1, true) then
    local code, text = connection:ask("EPSV")
    local port = code == 229 and text:match("%(%p%p%p(%d+)%p%)")
    return port and host, tonumber(port), code
  end
  local code, text = connection:ask("PASV")
  local port, address
  if code == 227 then port, address = parse_pasv(text) end
  return port and (trust_server and address or host), port, code
end

local function open_passive(connection, options)
  local host, port, code = passive_address(connection, options.trust_server_address)
  if not host then return nil, code end
  local raw = control.dial(host, port, options.name)
  if not raw:connect(options.timeout) then
    raw:close()
    return nil, 0
  end
  connection.note { kind = "connect", data = true }
  return setmetatable({ socket = raw, note = connection.note }, data)
end

local function port_command(connection, address, port)
  if address:find(":", 1, true) then
    return connection:ask("EPRT", ("|2|%s|%d|"):format(address, port))
  end
  local commas = address:gsub("%.", ",")
  return connection:ask("PORT", ("%s,%d,%d"):format(commas, math.floor(port / 256), port % 256))
end

local function open_active(connection)
  local _, here = connection:addresses()
  local listener = control.tame(socket.listen({ host = here, port = 0 }))
  listener:listen()
  local _, address, port = listener:localname()
  local code = port_command(connection, address, port)
  if code ~= 200 then
    listener:close()
    return nil, code
  end
  return setmetatable({ listener = listener, note = connection.note }, data)
end

--- Prepares a data connection. `options`: `passive`, `trust_server_address`,
-- `timeout` in seconds, `name` as for control.dial. Returns it, or nil and the
-- server's reply code: nil if the control connection is lost, 0 if the
-- server was not reached.
function data.open(connection, options)
  if options.passive then return open_passive(connection, options) end
  return open_active(connection)
end

--- Completes the connection, after the server's 150. Returns whether that worked.
function data:establish(tls, timeout)
  if self.listener then
    local raw = self.listener:accept(timeout)
    self.listener:close()
    self.listener = nil
    if not raw then return nil end
    self.note { kind = "connect", data = true }
    self.socket = control.tame(raw)
  end
  if not tls then return true end
  self.note { kind = "tls" }
  return tls:start(self.socket, timeout)
end

--- Cuts the connection; a coroutine that waits for it goes on with nothing.
function data:cut()
  if self.socket then self.socket:shutdown("rw") end
end

--- Closes the connection, over TLS with a close_notify: without it, a server takes an
-- upload for one that was cut.
function data:close()
  if self.listener then self.listener:close() end
  local ssl = self.socket and self.socket:checktls()
  if ssl then tlsclose.notify(ssl) end
  if self.socket then self.socket:close() end
  self.listener, self.socket = nil, nil
end

return data
