--- Faults on demand. A fault is a kind, a trigger and details:
--
--   KIND[,key=value]...       such as  drop,bytes=100000,how=carrier
--
-- Triggers: `bytes=N` (after N payload bytes in data mode or to and from UFS,
-- counted from when the fault was set), `seconds=S`, `command=WORD` (when it
-- comes, without AT+; "any" is every command). `times=N` lets it strike N times
-- (1; 0 is without end). `line=` takes all the rest of the text.
local unpack = require("bg96.emulator.compat").unpack

local faults = {}
faults.__index = faults

local actions = {}

--- Kinds and the keys each of them knows besides its trigger.
faults.kinds = {
  silence = { "what" }, late = { "ms" }, result = { "cme", "err", "protocol" },
  urc = { "when", "line" }, byte = { "at", "how" },
  drop = { "how", "close", "code" }, early = { "how", "code" }, close = {}, pdp = { "cid", "how" },
  reset = {}, hang = { "wake" }, unplug = { "back" }, ["ufs-full"] = {},
}

local TRIGGERS = { bytes = true, seconds = true, command = true, times = true }

local function knows(kind, key)
  if TRIGGERS[key] then return true end
  for _, known in ipairs(faults.kinds[kind]) do
    if key == known then return true end
  end
  return false
end

local function read_pairs(fault, text)
  while text ~= "" do
    local key, value, rest = text:match("^,([%w-]+)=([^,]*)(.*)$")
    if not key then return nil, ("cannot read '%s'"):format(text) end
    if key == "line" then value, rest = text:match("^,line=(.*)$"), "" end
    if not knows(fault.kind, key) then
      return nil, ("'%s' has no '%s'"):format(fault.kind, key)
    end
    fault[key], text = tonumber(value) or value, rest
  end
  return fault
end

--- Reads a fault from its text. Gives a table, or nil and a message.
function faults.parse(text)
  local kind, rest = text:match("^([%w-]+)(.*)$")
  if not kind or not faults.kinds[kind] then
    return nil, ("unknown fault '%s'"):format(kind or text)
  end
  local fault, message = read_pairs({ kind = kind }, rest)
  if not fault then return nil, message end
  return faults.check(fault)
end

local COMMAND_ONLY = { silence = true, late = true, result = true }
local ENDINGS = { carrier = true, result = true, silence = true }

--- Completes and checks a fault. Gives it, or nil and a message.
function faults.check(fault)
  if not faults.kinds[fault.kind] then return nil, "unknown fault" end
  if fault.command then
    fault.word = tostring(fault.command):upper():gsub("^AT%f[+]", ""):gsub("^%+", "")
  elseif COMMAND_ONLY[fault.kind] then
    return nil, ("'%s' needs command="):format(fault.kind)
  end
  if fault.kind == "byte" and not fault.at then return nil, "'byte' needs at=" end
  if fault.kind == "urc" and not fault.line then return nil, "'urc' needs line=" end
  if fault.kind ~= "byte" and fault.how and not ENDINGS[fault.how] then
    return nil, ("how=%s is not carrier, result or silence"):format(fault.how)
  end
  fault.times = fault.times or 1
  return fault
end

--- The faults of `module`, none yet.
function faults.new(module)
  return setmetatable({ module = module, list = {}, lost = {} }, faults)
end

local function remove(self, fault)
  for i, each in ipairs(self.list) do
    if each == fault then return table.remove(self.list, i) end
  end
end

-- Counts a strike; the last one takes the fault off the list.
local function strike(self, fault)
  if self.module.options.struck then self.module.options.struck(fault) end
  if fault.times > 0 then
    fault.times = fault.times - 1
    if fault.times == 0 then remove(self, fault) end
  end
  local action = actions[fault.kind]
  if action then action(self.module, fault) end
end

local function arm_timer(self, fault)
  fault.timer = self.module.clock:after(fault.seconds, function()
    local again = fault.times ~= 1
    strike(self, fault)
    if again then arm_timer(self, fault) end
  end)
end

--- Sets a fault: a text as above, or the table that `parse` makes of one.
function faults:set(fault)
  local message
  if type(fault) == "string" then
    fault, message = faults.parse(fault)
  else
    fault, message = faults.check(fault)
  end
  if not fault then error(message, 2) end
  if fault.kind == "byte" then
    return self.module.output:wound(fault.at, fault.how or "garbled")
  end
  self.list[#self.list + 1] = fault
  if fault.bytes then
    fault.left = fault.bytes
    if fault.left <= 0 then strike(self, fault) end
  elseif fault.seconds then
    arm_timer(self, fault)
  elseif not fault.command then
    strike(self, fault)
  end
end

--- Takes all faults back.
function faults:clear()
  for _, fault in ipairs(self.list) do self.module.clock:cancel(fault.timer) end
  self.list, self.lost = {}, {}
end

-- ------------------------------------------------------------- by payload

--- How many payload bytes may go before the next fault strikes.
function faults:allowance()
  local least = math.huge
  for _, fault in ipairs(self.list) do
    if fault.left and fault.left < least then least = fault.left end
  end
  return least
end

--- `count` payload bytes have gone through.
function faults:payload(count)
  local struck = {}
  for _, fault in ipairs(self.list) do
    if fault.left then
      fault.left = fault.left - count
      if fault.left <= 0 then struck[#struck + 1] = fault end
    end
  end
  for _, fault in ipairs(struck) do
    fault.left = fault.bytes
    strike(self, fault)
  end
end

-- ------------------------------------------------------------- by command

local function matches(fault, command)
  return fault.word and (fault.word == "ANY" or fault.word == command.word:gsub("^%+", ""))
end

-- What a fault makes of a command: whether that was all, and the outcome.
local interceptions = {
  silence = function(self, fault, command)
    if fault.what == "result" then
      self.lost[command.word] = (self.lost[command.word] or 0) + 1
      return false
    end
    return true, "none"
  end,
  late = function(self, fault)
    self.module.output:hold((fault.ms or 1000) / 1000)
    return false
  end,
  result = function(self, fault, command)
    if fault.cme then return true, false, fault.cme end
    if not fault.err then return true, false end
    return true, true, function()
      self.module.session:result(command.word, fault.err, fault.protocol or 0)
    end
  end,
  urc = function(self, fault)
    if (fault.when or "before") == "before" then self.module:urc(fault.line) end
    return false
  end,
}

--- Before a command is carried out. Gives true and the outcome where a fault
-- has taken its place.
function faults:before(command)
  for _, fault in ipairs({ unpack(self.list) }) do
    local later = fault.kind == "urc" and (fault.when or "before") ~= "before"
    if not later and matches(fault, command) then
      local intercept = interceptions[fault.kind]
      strike(self, fault)
      if not intercept then return true, "none" end
      local handled, verdict, detail = intercept(self, fault, command)
      if handled then return true, verdict, detail end
    end
  end
  return false
end

local function say(self, command, when)
  for _, fault in ipairs({ unpack(self.list) }) do
    if fault.kind == "urc" and fault.when == when and matches(fault, command) then
      strike(self, fault)
      self.module:urc(fault.line)
    end
  end
end

--- Between what a command answers and its final.
function faults:inside(command)
  say(self, command, "inside")
end

--- Behind the final.
function faults:after(command)
  say(self, command, "after")
end

--- Whether the result of the command `word` is to be lost.
function faults:loses_result(word)
  if not self.lost[word] then return false end
  self.lost[word] = self.lost[word] > 1 and self.lost[word] - 1 or nil
  return true
end

-- --------------------------------------------------------------- what happens

function actions.drop(module, fault)
  module.session:cut({ how = fault.how or "carrier", code = fault.code or 605,
    close = fault.close == "yes" })
end

-- The data connection alone is lost; the session stays.
function actions.early(module, fault)
  local transfer = module.session.transfer
  if transfer then transfer:cut({ how = fault.how or "result", code = fault.code or 605 }) end
end

function actions.close(module)
  module.session:cut({ how = "result", code = 606, close = true })
end

function actions.pdp(module, fault)
  local id = fault.cid or 1
  module:lose_context(id, { how = fault.how or "carrier", code = 605 })
  module:unsolicited(('+QIURC: "pdpdeact",%d'):format(id))
end

function actions.reset(module) module:crash() end

function actions.hang(module, fault) module:hang(fault.wake) end

function actions.unplug(module, fault) module:unplug(fault.back) end

actions["ufs-full"] = function(module) module.ufs.space = 0 end

-- Those with a command= speak in `before`, `inside` and `after`.
function actions.urc(module, fault)
  if not fault.command then module:unsolicited(fault.line) end
end

return faults
