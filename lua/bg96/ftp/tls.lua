--- An SSL context of the module (QSSLCFG), for FTPS.

local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local open_file = require "bg96.ftp.openfile"
local ufs = require "bg96.ftp.ufs"

local tls = {}

local versions = { ["1.0"] = 1, ["1.1"] = 2, ["1.2"] = 3, all = 4 }
local levels = { none = 0, server = 1, mutual = 2 }

-- PEM text, or the path of a file that holds it.
local function check_pem(value)
  if type(value) ~= "string" or value == "" then return "PEM text or a path expected" end
end

local rules = {
  ctx = check.integer(0, 5),
  version = check.one_of("1.0", "1.1", "1.2", "all"),
  ciphersuites = check.integer(0, 0xffff),
  verify = check.one_of("server", "mutual", "none"),
  ca = check_pem,
  cert = check_pem,
  key = check_pem,
  sni = check.type("boolean"),
  ignore_time = check.type("boolean"),
}

local defaults = {
  ctx = 0, version = "1.2", ciphersuites = 0xffff, verify = "server", sni = true,
  ignore_time = false,
}

local function require_file(o, name, why)
  if not o[name] then
    error(("bad argument to 'tls' (%s: needed to verify %s)"):format(name, why), 4)
  end
end

--- Checks the options of modem:tls().
function tls.check(options)
  local o = check.options("tls", options, rules, defaults, 2)
  if o.verify ~= "none" then require_file(o, "ca", "the server; or ask for verify = \"none\"") end
  if o.verify == "mutual" then
    require_file(o, "cert", "us")
    require_file(o, "key", "us")
  end
  return o
end

local function read_pem(value)
  if value:find("-----BEGIN", 1, true) then return value end
  local file, message = open_file(value, "rb")
  if not file then return nil, Error.new { kind = "local", detail = message } end
  local text = file:read("*a")
  file:close()
  return text
end

-- Puts a certificate or key into UFS, under a name that belongs to the context.
local function store(modem, o, option, setting)
  if not o[option] then return true end
  local text, err = read_pem(o[option])
  if not text then return nil, err end
  local name = ("bg96_%s_%d.pem"):format(option, o.ctx)
  local written
  written, err = ufs.open(modem, name):write(text)
  if not written then return nil, err end
  return modem:at(('+QSSLCFG="%s",%d,"%s"'):format(setting, o.ctx, name))
end

local function set(modem, o, setting, value)
  return modem:at(('+QSSLCFG="%s",%d,%s'):format(setting, o.ctx, value))
end

local function flag(value)
  return value and 1 or 0
end

--- Configures an SSL context.
-- @tparam table o as tls.check() has returned it
-- @treturn boolean true; or nil, err
function tls.configure(modem, o)
  local verifies = o.verify ~= "none"
  local steps = {
    function() return store(modem, o, "ca", "cacert") end,
    function() return store(modem, o, "cert", "clientcert") end,
    function() return store(modem, o, "key", "clientkey") end,
    function() return set(modem, o, "sslversion", versions[o.version]) end,
    function() return set(modem, o, "ciphersuite", ("0X%04X"):format(o.ciphersuites)) end,
    function() return set(modem, o, "seclevel", levels[o.verify]) end,
    function() return set(modem, o, "checkhost", flag(verifies)) end,
    function() return set(modem, o, "sni", flag(o.sni)) end,
    function() return set(modem, o, "ignorelocaltime", flag(o.ignore_time)) end,
  }
  for _, step in ipairs(steps) do
    local ok, err = step()
    if not ok then return nil, err end
  end
  return true
end

return tls
