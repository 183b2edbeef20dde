--- TLS contexts of the network backend, from what AT+QSSLCFG says.
local pkey = require("openssl.pkey")
local ssl_context = require("openssl.ssl.context")
local store = require("openssl.x509.store")
local verify_param = require("openssl.x509.verify_param")
local x509 = require("openssl.x509")

local tls = {}
tls.__index = tls

-- "sslversion". The module ends at TLS 1.2, libraries no longer know SSL 3.0:
-- 0 gets what 4, all of them, gets.
local PROTOCOLS = {
  [0] = "TLSv1_2", [1] = "TLSv1", [2] = "TLSv1_1", [3] = "TLSv1_2", [4] = "TLSv1_2",
}

local function add_authorities(context, pem)
  local authorities = store.new()
  for certificate in pem:gmatch("%-%-%-%-%-BEGIN CERT.-END CERTIFICATE%-%-%-%-%-") do
    authorities:add(x509.new(certificate))
  end
  context:setStore(authorities)
end

-- OpenSSL's results for a certificate that is not yet valid or has expired.
local TIME_ONLY = { [0] = true, [9] = true, [10] = true }

local function check_server(context, client, host)
  -- OpenSSL cannot be told from here to ignore the clock. The handshake then succeeds
  -- in any case, and its verify result is checked afterwards.
  context:setVerify(client.check_time and ssl_context.VERIFY_PEER or ssl_context.VERIFY_NONE)
  local parameters = verify_param.new()
  if client.check_host then
    local is_address = host:find("^[%d.]+$") or host:find(":", 1, true)
    parameters[is_address and "setIP" or "setHost"](parameters, host)
  end
  context:setParam(parameters)
end

local function build(client, host)
  local context = ssl_context.new(PROTOCOLS[client.version], false)
  if client.level > 0 then
    add_authorities(context, assert(client.ca, "no CA certificate"))
    check_server(context, client, host)
  end
  if client.level > 1 then
    context:setCertificate(x509.new(assert(client.certificate, "no client certificate")))
    context:setPrivateKey(pkey.new(assert(client.key, "no client key")))
  end
  return context
end

--- What TLS needs for `client` (see ssl:client) and the server `host`, or nil and
-- a message if a certificate or key is missing or cannot be read.
function tls.new(client, host)
  local built, context = pcall(build, client, host)
  if not built then return nil, context end
  return setmetatable({ context = context, name = client.sni and host or false,
    checks_afterwards = client.level > 0 and not client.check_time }, tls)
end

--- Starts TLS on a connected socket. Returns whether that worked and the server can be
-- trusted.
function tls:start(socket, timeout)
  if not socket:starttls(self.context, timeout) then return false end
  return not self.checks_afterwards or TIME_ONLY[socket:checktls():getVerifyResult()] == true
end

return tls
