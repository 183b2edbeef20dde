--- Faults on demand: reads them, and decides when they strike. The kinds are in
-- bg96.emulator.faultkinds. A fault is a kind, a trigger and details:
--
--   KIND[,key=value]...       such as  drop,bytes=100000,how=carrier
--
-- Triggers: `bytes=N` (after N payload bytes of FTP transfers, counted from when the
-- fault was set), `seconds=S`, `command=WORD` (when it comes, without AT+; "any" is
-- every command); at once without any. `times=N` lets it strike N times (1; 0 is
-- without end). `line=` takes all the rest of the text.
local unpack = require("bg96.emulator.compat").unpack
local values = require("bg96.emulator.values")

local faults = {}
faults.__index = faults

--- The kinds of faults by name.
faults.words = require("bg96.emulator.faultkinds")

local TRIGGERS = {
  bytes = values.whole(0), seconds = values.number(0), command = values.text,
  times = values.whole(0),
}

-- ----------------------------------------------------------------- reading

local function read_pairs(fault, text)
  while text ~= "" do
    local key, value, rest = text:match("^,([%w-]+)=([^,]*)(.*)$")
    if not key then return nil, ("cannot read '%s'"):format(text) end
    if key == "line" then value, rest = text:match("^,line=(.*)$"), "" end
    fault[key], text = value, rest
  end
  return fault
end

--- Reads a fault from its text. Returns a table, or nil and a message.
function faults.parse(text)
  local kind, rest = text:match("^([%w-]+)(.*)$")
  local fault, message = read_pairs({ kind = kind or text }, rest or "")
  if not fault then return nil, message end
  return faults.check(fault)
end

local function read_values(fault, keys)
  for key, given in pairs(fault) do
    local kind = TRIGGERS[key] or (keys and keys[key])
    if kind then
      local value, message = kind.read(tostring(given))
      if value == nil then return nil, ("%s: %s"):format(key, message) end
      fault[key] = value
    elseif key ~= "kind" and key ~= "word" then
      return nil, ("'%s' has no '%s'"):format(fault.kind, key)
    end
  end
  return fault
end

--- Completes and checks a fault. Returns it, or nil and a message.
function faults.check(fault)
  local kind = faults.words[fault.kind]
  if not kind then return nil, ("unknown fault '%s'"):format(tostring(fault.kind)) end
  local read, message = read_values(fault, kind.keys)
  if not read then return nil, message end
  if not (fault.bytes or fault.seconds) then fault.command = fault.command or kind.command end
  for _, key in ipairs(kind.needs or {}) do
    if fault[key] == nil then return nil, ("'%s' needs %s="):format(fault.kind, key) end
  end
  if fault.command then
    fault.word = fault.command:upper():gsub("^AT%f[+]", ""):gsub("^%+", "")
  end
  fault.times = fault.times or 1
  return fault
end

-- ----------------------------------------------------------------- setting

--- The faults of `module`, none yet.
function faults.new(module)
  return setmetatable({ module = module, list = {}, lost = {}, timers = {} }, faults)
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
end

local function act(self, fault)
  strike(self, fault)
  local action = faults.words[fault.kind].act
  if action then action(self.module, fault) end
end

local function arm_timer(self, fault)
  fault.timer = self.module.clock:after(fault.seconds, function()
    local again = fault.times ~= 1
    act(self, fault)
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
  if fault.kind == "byte" then return act(self, fault) end
  self.list[#self.list + 1] = fault
  if fault.bytes then
    fault.left = fault.bytes
    if fault.left <= 0 then act(self, fault) end
  elseif fault.seconds then
    arm_timer(self, fault)
  elseif not fault.command then
    act(self, fault)
  end
end

--- Takes all faults back.
function faults:clear()
  for _, fault in ipairs(self.list) do self.module.clock:cancel(fault.timer) end
  for timer in pairs(self.timers) do self.module.clock:cancel(timer) end
  self.list, self.lost, self.timers = {}, {}, {}
end

--- Runs `action()` in `seconds`, unless the faults are taken back before.
function faults:later(seconds, action)
  local timer
  timer = self.module.clock:after(seconds, function()
    self.timers[timer] = nil
    action()
  end)
  self.timers[timer] = true
end

-- -------------------------------------------------------------- by payload

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
    act(self, fault)
  end
end

-- -------------------------------------------------------------- by command

local function is_about(fault, word)
  return fault.word and (fault.word == "ANY" or fault.word == (word:gsub("^%+", "")))
end

--- Says the lines that belong to this place of the command `word`; the places are
-- those of `when=`.
function faults:say(place, word)
  for _, fault in ipairs({ unpack(self.list) }) do
    if faults.words[fault.kind].is_spoken and (fault.when or "before") == place
      and is_about(fault, word) then
      act(self, fault)
    end
  end
end

--- Before a command is carried out. Returns true and its verdict if a fault has taken
-- its place.
function faults:before(command)
  self:say("before", command.word)
  for _, fault in ipairs({ unpack(self.list) }) do
    local kind = faults.words[fault.kind]
    if not kind.is_spoken and is_about(fault, command.word) then
      if not kind.intercept then
        act(self, fault)
        return true, "none"
      end
      strike(self, fault)
      local handled, verdict, detail = kind.intercept(self.module, fault, command)
      if handled then return true, verdict, detail end
    end
  end
  return false
end

--- The next result of the command `word` is to be lost.
function faults:lose_result(word)
  self.lost[word] = (self.lost[word] or 0) + 1
end

--- Whether the result of the command `word` is to be lost.
function faults:loses_result(word)
  if not self.lost[word] then return false end
  self.lost[word] = self.lost[word] > 1 and self.lost[word] - 1 or nil
  return true
end

return faults
