--- One run of a plan: driver and emulated module in one process, on a virtual clock.
-- Returns the failure and its story.

local faults = require "bg96.emulator.faults"
local checks = require "spec.simulation.operations.checks"
local invariants = require "spec.simulation.invariants"
local operations = require "spec.simulation.operations"
local remote = require "spec.simulation.remote"
local set_stage = require "spec.simulation.stage"
local radio_options = require("bg96.emulator.radio").options
local unpack = table.unpack or unpack -- luacheck: std max

local world = {}
world.__index = world

--- Seconds of a command to the server over the radio, and of so many bytes of payload; 0
-- where there is no radio.
function world:radio_seconds(size)
  if not self.plan.module.radio then return 0, 0 end
  local radio = radio_options(self.plan.module.radio)
  local slowest = math.min(radio.uplink or math.huge, radio.downlink or math.huge)
  -- What is sent ahead, or is still in the buffer, comes in between.
  local ahead = 32768 + radio.buffer
  return 3 * radio.rtt / 1000 + 400 * 8 / slowest, (size + ahead) * 8 / slowest
end

--- Seconds that the radio needs for what the module's buffer holds.
function world:buffer_seconds()
  if not self.plan.module.radio then return 0 end
  local radio = radio_options(self.plan.module.radio)
  return radio.buffer * 8 / (radio.uplink or math.huge)
end

--- Seconds that a command and its answer need on the line.
function world:line_seconds()
  local rate = self.plan.line.baudrate / 10
  return rate > 0 and 120 / rate or 0
end

--- Whether a few commands of one coroutine take the time that another's call has.
function world:is_slow()
  return self.plan.answer + self:radio_seconds(0) > 0.5
end

-- --- faults ------------------------------------------------------------------

-- Where a foreign final result code costs nothing; see spec.simulation.faults.
local function is_told_apart(self, details)
  local is_behind_ok = details.when == "before-result" and not self.module.quirks["bare-failure"]
  if is_behind_ok or details.line == "RING" then return true end
  local is_transfer = details.word == "ANY" or operations.transfer_words[details.word]
  return details.line == "NO CARRIER" and not is_transfer
end

local FREE = { urc = true, chatter = true, ["foreign-result"] = true }

--- Notes that a fault has struck: from now on it may be the reason of a failure.
function world:strike(kind, details)
  if kind == "foreign" and is_told_apart(self, details) then kind = "foreign-result" end
  self.struck[kind] = true
  if not FREE[kind] then self.disturbances = self.disturbances + 1 end
  if not FREE[kind] and kind ~= "stall" then self.can_fall = true end
  -- From here on replies may be those to the command before.
  if kind == "foreign" then self.is_shifted = true end
  if kind == "brownout" then
    for op in pairs(self.running) do op.has_blacked_out = true end
  end
  if kind == "late" then self.delays = self.delays + details.ms / 1000 end
  if self.bench then
    self.story:add(self.bench.now, "   ! fault %s%s", kind, details.text or "")
  end
end

function world:strike_wound(wound, is_payload)
  self:strike("wound", { text = (": a byte %s, %s, %s"):format(wound.how,
    wound.way == "up" and "to the module" or "to the driver",
    is_payload and "payload" or "of a command or reply") })
  for op in pairs(self.running) do
    op.wounds[#op.wounds + 1] = { way = wound.way, how = wound.how, is_payload = is_payload }
  end
  if wound.way == "up" and not is_payload then self.is_tainted = true end
end

local function set_fault(self, fault)
  local now = self.bench.now
  if fault.set then
    self.module:fault(assert(faults.parse(fault.set)))
  elseif fault.wound then
    self.line:wound(fault.wound)
  elseif fault.stall then
    self.line:stall(fault.stall, now + fault.after, now + fault.after + fault.seconds)
    self.struck.stall = true
    self.disturbances = self.disturbances + 1
    self.delays = self.delays + fault.seconds
  elseif fault.port then
    self.line:break_at(now + fault.after, function()
      self.is_broken = true
      self:strike("port", { text = (": errno %d"):format(fault.port) })
      self.bench.port:fail(fault.port)
    end)
  end
end

-- --- a session ---------------------------------------------------------------

local context = {}
context.__index = context

function context:activate()
  return self.modem:activate { apn = "internet", user = "me",
    password = remote.access_password, auth = "chap" }
end

-- Logs out; a CLOSE that did not get its turn leaves the session open.
function world:leave()
  local session = self.session
  if #self.plan.workers > 1 then self.struck.ended = true end
  session:close()
  if session.is_closed and self.session == session then self.session = nil end
end

-- After a failure a script checks what is left, and starts again if nothing is.
local function revive(self, own)
  if self.session and self.is_suspect then
    local state = self.session:stat()
    if state ~= "idle" and self.session then self:leave() end
  end
  self.is_suspect = false
  if self.session then return self.session end
  local address, err = own:activate()
  if not address then return nil, err end
  local session
  session, err = self.modem:login {
    host = remote.host, user = remote.user, password = remote.password,
    timeout = self.plan.login_timeout,
  }
  self.session = session
  return session, err
end

-- The session that all workers share; one of them at a time restores it.
local function ensure_session(self, own)
  while self.is_reviving do self.bench.sleep(0.05) end
  self.is_reviving = true
  local session, err = revive(self, own)
  self.is_reviving = false
  if not session then self.is_suspect = true end
  return session, err
end

-- --- calls -------------------------------------------------------------------

local function call(self, own, op)
  local operation = operations[op.name]
  if not operation.is_plain then
    local session, err = ensure_session(self, own)
    if not session then return nil, err, self.bench.now end
    own.session = session
  end
  op.was_called = true
  local kind, code
  if operation.expected then kind, code = operation.expected(own, op) end
  op.must_fail = kind and { kind = kind, code = code }
  local started = self.bench.now
  local value, err = operation.run(own, op)
  return value, err, started
end

--- An operation in words.
function world.describe(op)
  local parts = { op.name }
  local names = { "command", "file", "folder", "via", "offset", "length", "source", "timeout",
    "interrupt", "joins", "when", "line" }
  for _, name in ipairs(names) do
    if op[name] ~= nil then parts[#parts + 1] = ("%s=%s"):format(name, tostring(op[name])) end
  end
  if op.content then
    parts[#parts + 1] = ("%d bytes of %s"):format(op.content.size, op.content.kind)
  end
  return table.concat(parts, " ")
end

local function note_harm(self, op)
  if not op.content then return end
  local set = (op.via or operations[op.name].carries_payload) and self.staged or self.open_to_harm
  set[op.content.id] = true
end

local function fail(what, op)
  error(setmetatable({ what = what, call = op and world.describe(op) }, { __tostring = function(e)
    return (e.call and e.call .. ": " or "") .. e.what
  end }), 0)
end

-- Whether anything has struck that may have cost something.
local function has_harm(self)
  for kind in pairs(self.struck) do
    if not FREE[kind] then return true end
  end
  return self.was_hasty or false
end

-- Waits until data mode has begun, or nobody else works any more.
local function await_payload(self)
  while not self.module.data and self.working > 1 do self.bench.sleep(0.01) end
end

local function perform(self, own, op)
  op.wounds = {}
  if op.joins then await_payload(self) end
  if op.pause then self.bench.sleep(op.pause) end
  for _, fault in ipairs(op.faults) do set_fault(self, fault) end
  note_harm(self, op)
  if operations[op.name].ends_session and own.is_shared then self.struck.ended = true end
  self.story:add(self.bench.now, "-- worker %d calls %s", own.number, world.describe(op))
  for other in pairs(self.running) do other.was_interrupted = op.interrupt end
  self.running[op] = true
  local value, err, started = call(self, own, op)
  self.running[op] = nil
  local taken = self.bench.now - started
  self.story:add(self.bench.now, "-- worker %d: %s %s", own.number, op.name,
    value ~= nil and "worked" or "failed: " .. tostring(err))
  if value == nil then self.is_suspect = true end
  -- Another worker may have logged in again already.
  if operations[op.name].ends_session and not self.modem.core:is_session_open() then
    self.session = nil
  end
  own.has_faults = has_harm(self)
  local problem = invariants.of_call(self, op, own, value, err, taken)
  if problem then fail(problem, op) end
end

local function new_context(self, number)
  return setmetatable({
    number = number, modem = self.modem, server = self.server, bench = self.bench,
    root = ("/w%d"):format(number), is_shared = #self.plan.workers > 1, is_slow = self:is_slow(),
    login_timeout = self.plan.login_timeout, has_faults = false,
    module = self.module, heard = self.heard, struck = self.struck,
  }, context)
end

local function work(self, number)
  local own = new_context(self, number)
  for _, op in ipairs(self.plan.workers[number]) do
    perform(self, own, op)
  end
  self.working = self.working - 1
end

-- Lines of a payload that may have run as commands, each of which the module answers: those of
-- the window of an upload, and what follows until the first answer.
local WINDOW, SHORT_LINE, FEWEST = 1024, 20, 60

local function fallen_lines(self)
  local bytes = WINDOW + self.plan.answer * self.plan.line.baudrate / 10
  return math.max(FEWEST, bytes / SHORT_LINE)
end

-- Tries of a script whose `timeout` is short for the module that it has.
local function tries(self)
  local plan = self.plan
  local is_booting = plan.module.state == "booting" and 10 or 0
  local answers = 25 + (self.can_fall and fallen_lines(self) or 0)
  local seconds = answers * plan.answer + 20 * plan.module.latency + is_booting
  if plan.module.settings then seconds = 3 * seconds + 3 end
  return math.max(1, math.ceil(seconds / plan.timeout))
end

-- `f()` until it works; what it does fails for want of time alone.
local function insist(self, f)
  local value, err
  for _ = 1, tries(self) do
    value, err = f()
    if value or err.kind ~= "timeout" then break end
  end
  return value, err
end

local function open(self)
  local ok, err = insist(self, function() return self.modem:clean_up() end)
  if ok and self.plan.dtr then
    ok, err = insist(self, function() return self.modem:use_dtr() end)
  end
  if ok and self.plan.flow then
    ok, err = insist(self, function() return self.modem:use_flowcontrol() end)
  end
  if not ok then fail("opening failed: " .. tostring(err)) end
end

-- --- when the faults have stopped --------------------------------------------

local LAST_WORDS = "+++\r\nOK\r\n\r\n+QFTPGET: 0,5\r\nAT+CFUN=1,1\rlast words"

local function check_plain_call(self)
  local lines, err = insist(self, function() return self.modem:at("+CSQ") end)
  if not lines then fail("the modem is not usable afterwards: " .. tostring(err)) end
  -- A byte of payload too many, which no count shows, stands before the echo.
  if (#lines ~= 1 and not self.struck.wound)
    or not checks.is_reply(lines[#lines], "+CSQ: 24,0") then
    fail("afterwards AT+CSQ is answered " .. table.concat(lines, " / "))
  end
end

local function check_round_trip(self)
  local own = new_context(self, 1)
  self.is_suspect = true
  local session, err = ensure_session(self, own)
  if not session then fail("no login afterwards: " .. tostring(err)) end
  local count
  count, err = session:put("/after", LAST_WORDS)
  if not count then fail("no put afterwards: " .. tostring(err)) end
  if self.server:get("/after") ~= LAST_WORDS then fail("another file afterwards") end
  local data
  data, err = session:get("/after")
  if data ~= LAST_WORDS then fail("no get afterwards: " .. tostring(err or data)) end
end

-- Waits for what is still to come: late answers, and the end of a boot.
local SETTLING = 45

local function check_afterwards(self)
  if self.is_broken then return end
  self.line:heal()
  self.module.faults:clear()
  if self.plan.module.radio then self.module.backend.buffer = math.huge end
  local struck = self.struck
  if struck.late or struck.hang or struck.reset or struck.power then self.bench.sleep(SETTLING) end
  if self.module.quirks["slow-sim"] then self.bench.sleep(1) end
  self.story:add(self.bench.now, "-- the faults have stopped")
  if self.is_shifted then self.modem.core:distrust() end
  check_plain_call(self)
  check_round_trip(self)
end

local function run(self)
  self.bench:run(function() open(self) end)
  local workers = {}
  self.working = #self.plan.workers
  for i = 1, #self.plan.workers do workers[i] = function() work(self, i) end end
  self.bench:run(unpack(workers))
  self.bench:run(function() check_afterwards(self) end)
  local problem = invariants.of_run(self)
  if problem then fail(problem) end
end

-- Changes the last byte of every downloaded file, to show that the simulation finds it.
local function spoil_downloads(server)
  local start = server.start
  function server.start(self, request)
    local operation = start(self, request)
    if request.verb ~= "retrieve" then return operation end
    return setmetatable({}, {
      __newindex = operation,
      __index = function(_, name)
        if name ~= "read" then return operation[name] end
        return function(_, max)
          local bytes = operation.read(operation, max)
          return bytes:sub(1, -2) .. (bytes ~= "" and string.char(255 - bytes:byte(-1)) or "")
        end
      end,
    })
  end
end

--- Runs a plan.
-- @tparam[opt] table options for specs of the simulation itself: always_tell (gives
--   the story of a good run as well), spoils_downloads
-- @treturn table nil if all is well; else what (text), and story
function world.run(plan, options)
  local self = set_stage(world, plan)
  if options and options.spoils_downloads then spoil_downloads(self.server) end
  local ok, failure = pcall(run, self)
  self.modem.core:close()
  if ok and not (options and options.always_tell) then return nil end
  return { what = tostring(failure), story = self.story, trace = self.trace }
end

return world
