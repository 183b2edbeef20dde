--- An SSL context of the module (QSSLCFG), for FTPS.

local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local pem = require "bg96.ftp.pem"
local restore = require "bg96.ftp.restore"
local ufs = require "bg96.ftp.ufs"

local tls = {}

local versions = { ["1.0"] = 1, ["1.1"] = 2, ["1.2"] = 3, all = 4 }
local levels = { none = 0, server = 1, mutual = 2 }

-- Kinds of errors by which the module answers, as it should.
local refuses = { cme = true, error = true }

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

-- Puts a certificate or key into UFS, where it stays. Its name tells what is in it, so that it
-- is written once: flash wears out, and the line is slow.
local function store(modem, o, option, setting)
  local text = o[option]
  if not text then return true end
  local name = ("bg96_%s_%s.pem"):format(option, core.hash(text))
  local file = ufs.open(modem, name)
  local size, err = file:size()
  if not size and not refuses[err.kind] then return nil, err end
  if size ~= #text then
    local written
    written, err = file:write(text)
    if not written then return nil, err end
  end
  return modem:at(('+QSSLCFG="%s",%d,"%s"'):format(setting, o.ctx, name))
end

local function set(modem, o, setting, value)
  return modem:at(('+QSSLCFG="%s",%d,%s'):format(setting, o.ctx, value))
end

local function flag(value)
  return value and 1 or 0
end

-- Has the module verify as `o` says. What it verifies comes first, and the order to do so
-- last: a context that was set by half verifies nobody or refuses everybody, and no login uses
-- it.
local function apply(o, modem)
  local verifies = o.verify ~= "none"
  local steps = {
    function() return store(modem, o, "ca", "cacert") end,
    function() return store(modem, o, "cert", "clientcert") end,
    function() return store(modem, o, "key", "clientkey") end,
    function() return set(modem, o, "sslversion", versions[o.version]) end,
    function() return set(modem, o, "ciphersuite", ("0X%04X"):format(o.ciphersuites)) end,
    function() return set(modem, o, "checkhost", flag(verifies)) end,
    function() return set(modem, o, "sni", flag(o.sni)) end,
    function() return set(modem, o, "ignorelocaltime", flag(o.ignore_time)) end,
    function() return set(modem, o, "ignorecertchain", 0) end,
    function() return set(modem, o, "seclevel", levels[o.verify]) end,
  }
  for _, step in ipairs(steps) do
    local ok, err = step()
    if not ok then return nil, err end
  end
  return true
end

-- All contexts by their numbers.
local function setting_name(ctx)
  return "tls " .. ctx
end

--- Configures an SSL context, now and after each restart of the module.
-- @tparam table o as tls.check() has returned it
-- @treturn boolean true; or nil, err
function tls.configure(modem, o)
  local setting = { apply = apply }
  for name, value in pairs(o) do setting[name] = value end
  for _, option in ipairs { "ca", "cert", "key" } do
    local text, err = o[option], nil
    if text then text, err = pem.read(option, text) end
    if err then return nil, err end
    setting[option] = text
  end
  local ok, err = restore.make(modem, setting_name(o.ctx), setting)
  return ok and true, err
end

-- Whether the module verifies as it was told. A loss of power that nobody has noticed, or
-- somebody's own AT+QSSLCFG, shows here.
local function is_as_set(modem, setting)
  local lines, err = modem:at(('+QSSLCFG="seclevel",%d'):format(setting.ctx))
  if not lines then return nil, not refuses[err.kind] and err or nil end
  local level = (lines[1] or ""):match('^%+QSSLCFG: *"seclevel", *%d+, *(%d)$')
  return tonumber(level) == levels[setting.verify]
end

--- Sees, before a login, that a context is set as the script wants it.
-- @tparam integer ctx
-- @treturn integer the epoch in which it is; or nil, err: of kind "local" where modem:tls()
--   was not called for this context
function tls.ensure(modem, ctx)
  local setting = modem.settings[setting_name(ctx)]
  if not setting then
    return nil, Error.new {
      kind = "local", command = "+QFTPOPEN", detail = ("TLS context %d is not set"):format(ctx),
      advice = ("call modem:tls{ ctx = %d, ca = ... } first; nothing was sent to the server")
        :format(ctx),
    }
  end
  local epoch, err = restore.ensure(modem, setting_name(ctx))
  if not epoch then return nil, err end
  local is_set
  is_set, err = is_as_set(modem, setting)
  if err then return nil, err end
  if not is_set then setting.epoch = nil end
  return restore.ensure(modem, setting_name(ctx))
end

return tls
