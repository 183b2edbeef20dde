--- TLS contexts of the network backend, from what AT+QSSLCFG says.
local pkey = require("openssl.pkey")
local ssl_context = require("openssl.ssl.context")
local store = require("openssl.x509.store")
local verify_param = require("openssl.x509.verify_param")
local x509 = require("openssl.x509")

local tls = {}

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

local function check_server(context, client, host)
  context:setVerify(ssl_context.VERIFY_PEER)
  local parameters = verify_param.new()
  if client.check_host and host then
    if host:find("^[%d.]+$") or host:find(":", 1, true) then
      parameters:setIPAddr(host)
    else
      parameters:setHost(host)
    end
  end
  if not client.check_time then parameters:setTime(0) end
  context:setParam(parameters)
end

local function build(client, host)
  local context = ssl_context.new(PROTOCOLS[client.version], false)
  if client.level > 0 then
    if not client.ca then error("no CA certificate") end
    add_authorities(context, client.ca)
    check_server(context, client, host)
  end
  if client.level > 1 then
    context:setCertificate(x509.new(client.certificate))
    context:setPrivateKey(pkey.new(client.key))
  end
  return context
end

--- A context for `client` (see ssl:client) and the server `host`, or nil and a
-- message where a certificate or key is missing or not to be read.
function tls.context(client, host)
  local built, result = pcall(build, client, host)
  if built then return result end
  return nil, result
end

return tls
