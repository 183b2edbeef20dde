--- Throwaway certificates for specs of FTPS.
local altname = require("openssl.x509.altname")
local name = require("openssl.x509.name")
local pkey = require("openssl.pkey")
local x509 = require("openssl.x509")

local certificates = {}

local DAY = 86400
local serial = 0

local function subject(common_name)
  return name.new():add("CN", common_name)
end

local function make(common_name, first, last)
  local key = pkey.new({ type = "EC", curve = "prime256v1" })
  local certificate = x509.new()
  serial = serial + 1
  certificate:setVersion(3)
  certificate:setSerial(serial)
  certificate:setSubject(subject(common_name))
  certificate:setLifetime(first, last)
  certificate:setPublicKey(key)
  return certificate, key
end

local function pem(key, certificate)
  return { key = key:toPEM("private"), certificate = certificate:toPEM() }
end

--- An authority: `certificate` as PEM, and `sign(host, first, last)`, which returns key and
-- certificate of a server as PEM, valid between these times.
function certificates.authority(common_name)
  local now = os.time()
  local certificate, key = make(common_name, now - DAY, now + DAY)
  certificate:setIssuer(subject(common_name))
  certificate:setBasicConstraints({ CA = true })
  certificate:sign(key, "sha256")
  local self = pem(key, certificate)
  function self.sign(host, first, last)
    local server, server_key = make(host, first or now - DAY / 2, last or now + DAY / 2)
    server:setIssuer(subject(common_name))
    server:setSubjectAlt(altname.new():add("DNS", host))
    server:sign(key, "sha256")
    return pem(server_key, server)
  end
  return self
end

return certificates
