--- PDP contexts: QICSGP, QIACT, QIDEACT and QIDNSCFG of the TCP(IP) manual.
local arguments = require("bg96.emulator.arguments")
local unpack = require("bg96.emulator.compat").unpack

local text, integer, optional = arguments.text, arguments.integer, arguments.optional

local pdp = { words = {} }
local words = pdp.words
pdp.__index = pdp

-- At most this many contexts are active at a time under LTE Cat M1, two under
-- Cat NB1 (4.2 of the FTP manual).
local ACTIVE_MAX = 4

--- `options.pdp_seconds`: how long activation takes (0); `options.pdp_fails`:
-- activations that fail before one works; `options.pdp_contexts`: how many may be
-- active at a time (4).
function pdp.new(options)
  local self = setmetatable({ options = options, contexts = {} }, pdp)
  self.failures = options.pdp_fails or 0
  self:reset()
  return self
end

--- As after boot: the settings stay, nothing is active.
function pdp:reset()
  for id = 1, 16 do
    local context = self.contexts[id]
      or { type = 1, apn = "", user = "", password = "", auth = 0 }
    context.active = false
    self.contexts[id] = context
  end
end

function pdp:is_active(id)
  return self.contexts[id].active
end

local function active_count(self)
  local count = 0
  for _, context in ipairs(self.contexts) do count = count + (context.active and 1 or 0) end
  return count
end

--- The network takes the context `id` away.
function pdp:lose(id)
  self.contexts[id].active = false
end

local function address(id)
  return ("10.7.157.%d"):format(id)
end

local function configure(module, id, type, apn, user, password, auth)
  local context = module.pdp.contexts[id]
  if not type then
    module:reply(('+QICSGP: %d,"%s","%s","%s",%d'):format(context.type, context.apn,
      context.user, module:shown_password(context.password), context.auth))
    return true
  end
  if context.active then return false end
  context.type, context.apn = type, apn or ""
  context.user, context.password, context.auth = user or "", password or "", auth or 0
end

words["+QICSGP"] = {
  test = "+QICSGP: (1-16),(1-3),<APN>,<username>,<password>,(0-3)",
  kinds = { integer(1, 16), optional(integer(1, 3)), optional(text(100)), optional(text(127)),
    optional(text(127)), optional(integer(0, 3)) },
  write = configure,
}

local function activate(module, id)
  local self = module.pdp
  local context = self.contexts[id]
  local most = self.options.pdp_contexts or ACTIVE_MAX
  if context.active or active_count(self) >= most then return false end
  if not module.cell.attached then return false, 30 end
  module:after(self.options.pdp_seconds or 0, function()
    if self.failures > 0 then
      self.failures = self.failures - 1
      return module.interpreter:complete(false)
    end
    context.active = true
    module.interpreter:complete(true)
  end)
  return "wait"
end

words["+QIACT"] = {
  test = "+QIACT: (1-16)", kinds = { integer(1, 16) }, needs_sim = true,
  read = function(module)
    local lines = {}
    for id, context in ipairs(module.pdp.contexts) do
      if context.active then
        lines[#lines + 1] = ('+QIACT: %d,1,%d,"%s"'):format(id, context.type, address(id))
      end
    end
    if #lines > 0 then module:reply(unpack(lines)) end
  end,
  write = activate,
}

words["+QIDEACT"] = {
  test = "+QIDEACT: (1-16)", kinds = { integer(1, 16) }, needs_sim = true,
  write = function(module, id)
    module:after(module.pdp.options.pdp_seconds or 0, function()
      module:lose_context(id, { code = 605, how = "carrier" })
      module.interpreter:complete(true)
    end)
    return "wait"
  end,
}

-- The name servers of an active context.
words["+QIDNSCFG"] = {
  test = "+QIDNSCFG: (1-16)", kinds = { integer(1, 16) }, needs_sim = true,
  write = function(module, id)
    if not module.pdp:is_active(id) then return false end
    module:reply(('+QIDNSCFG: %d,"10.7.0.53","10.7.1.53"'):format(id))
    return true
  end,
}

-- QoS of a context (step 1 of 1.1 of the FTP manual): only stored and shown.
local function quality_of_service(word)
  words[word] = {
    test = word .. ': "IP",(0-3),(0-4),(0-5),(0-9),(0-18,31)',
    read = function(module)
      local lines = {}
      for id, context in ipairs(module.pdp.contexts) do
        if context[word] then lines[#lines + 1] = ("%s: %d,%s"):format(word, id, context[word]) end
      end
      if #lines > 0 then module:reply(unpack(lines)) end
    end,
    write = function(module, line)
      local id, values = line:match("^%s*(%d+)%s*,?([%d,]*)$")
      local context = id and module.pdp.contexts[tonumber(id)]
      if not context then return false, 50 end
      context[word] = values ~= "" and values or nil
    end,
  }
end

for _, word in ipairs { "+CGQREQ", "+CGQMIN", "+CGEQREQ", "+CGEQMIN" } do
  quality_of_service(word)
end

return pdp
