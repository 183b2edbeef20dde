--- SSL contexts: AT+QSSLCFG of the SSL manual.
local arguments = require("bg96.emulator.arguments")

local integer, text = arguments.integer, arguments.text

local ssl = { words = {} }
local words = ssl.words
ssl.__index = ssl

-- A cipher suite is a number; 0xFFFF stands for all of them.
local ciphersuite = { check = function(token)
  local hex = token.value:match("^0[xX](%x%x?%x?%x?)$")
  return hex and "0X" .. ("%4s"):format(hex:upper()):gsub(" ", "0")
end }

--- Every setting of AT+QSSLCFG: the `kinds` of its values and its `default`.
ssl.settings = {
  sslversion = { kinds = { integer(0, 4) }, default = 4 },
  ciphersuite = { kinds = { ciphersuite }, default = "0XFFFF" },
  cacert = { kinds = { text(64) }, default = "" },
  clientcert = { kinds = { text(64) }, default = "" },
  clientkey = { kinds = { text(64) }, default = "" },
  seclevel = { kinds = { integer(0, 2) }, default = 0 },
  sni = { kinds = { integer(0, 1) }, default = 0 },
  checkhost = { kinds = { integer(0, 1) }, default = 0 },
  ignorecertchainissue = { kinds = { integer(0, 1) }, default = 0 },
  ignorelocaltime = { kinds = { integer(0, 1) }, default = 1 },
  negotiatetime = { kinds = { integer(10, 300) }, default = 300 },
}

-- Short names that modules accept as well.
local aliases = { ignorecertchain = "ignorecertchainissue" }

--- The contexts 0 to 5 of `module`, at their defaults.
function ssl.new(module)
  local self = setmetatable({ module = module, contexts = {} }, ssl)
  for id = 0, 5 do
    self.contexts[id] = {}
    for name, option in pairs(ssl.settings) do self.contexts[id][name] = option.default end
  end
  return self
end

-- The content of a UFS file that an option names; nil without a name, false
-- if there is no such file.
local function file(self, name)
  if name == "" then return nil end
  return self.module.ufs:content((name:gsub("^UFS:", ""))) or false
end

--- What the backend needs for TLS: `type` is the value of "ssltype".
function ssl:client(id, type)
  local context = self.contexts[id]
  return {
    mode = type == 1 and "implicit" or "explicit",
    level = context.seclevel, version = context.sslversion, cipher = context.ciphersuite,
    ca = file(self, context.cacert), certificate = file(self, context.clientcert),
    key = file(self, context.clientkey), sni = context.sni == 1,
    check_host = context.checkhost == 1, check_time = context.ignorelocaltime == 0,
    timeout = context.negotiatetime,
  }
end

local function show(name, id, value)
  local shown = type(value) == "number" and tostring(value)
    or (name == "ciphersuite" and value) or ('"%s"'):format(value)
  return ('+QSSLCFG: "%s",%d,%s'):format(name, id, shown)
end

local function configure(module, line)
  local tokens = arguments.split(line)
  local name = tokens and tokens[1].quoted and tokens[1].value:lower()
  name = aliases[name] or name
  local option = name and ssl.settings[name]
  if not option then return false, 50 end
  local values = arguments.check({ integer(0, 5), arguments.optional(option.kinds[1]) }, tokens, 2)
  if not values then return false, 50 end
  local context = module.ssl.contexts[values[1]]
  if values[2] == nil then
    module:reply(show(tokens[1].value, values[1], context[name]))
  else
    context[name] = values[2]
  end
end

words["+QSSLCFG"] = {
  test = {
    '+QSSLCFG: "sslversion",(0-5),(0-4)', '+QSSLCFG: "ciphersuite",(0-5),<list of ciphersuites>',
    '+QSSLCFG: "cacert",(0-5),<cacertpath>', '+QSSLCFG: "clientcert",(0-5),<clientcertpath>',
    '+QSSLCFG: "clientkey",(0-5),<clientkeypath>', '+QSSLCFG: "seclevel",(0-5),(0-2)',
    '+QSSLCFG: "sni",(0-5),(0,1)', '+QSSLCFG: "checkhost",(0-5),(0,1)',
    '+QSSLCFG: "ignorecertchainissue",(0-5),(0,1)', '+QSSLCFG: "ignorelocaltime",(0-5),(0,1)',
    '+QSSLCFG: "negotiatetime",(0-5),(10-300)',
  },
  write = configure,
}

return ssl
