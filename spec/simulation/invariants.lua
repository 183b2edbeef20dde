--- What must hold in every run, whatever the faults, and what nobody can promise on a
-- serial line without a checksum:
--
-- * A download has a length and a trailer: a byte lost or doubled in it is found. A
--   flipped one is not, nor one lost and another doubled; via = "ufs" finds them.
-- * An upload has a length: a byte lost is found. One doubled is not, because the module
--   then has all its bytes one too early; nor a flipped one. via = "ufs" finds them.
-- * A spoilt byte may turn a reply into another one (+QFTPSIZE: 0,100 into
--   +QFTPSIZE: 0,10), and a command into another one. Then the value of the running
--   call is not checked; after a spoilt command, no file is.

local emulator_trace = require "bg96.emulator.trace"
local faults = require "spec.simulation.faults"
local operations = require "spec.simulation.operations"
local payload = require "spec.simulation.payload"

local invariants = {}

-- --- how a call ended --------------------------------------------------------

local function holds(list, value)
  for _, each in ipairs(list or {}) do
    if each == value then return true end
  end
  return false
end

local function is_allowed(world, op, kind)
  local is_listing = operations[op.name].is_listing and not op.via
  for fault in pairs(world.struck) do
    if holds(faults.kinds[fault], kind) then return true end
    if is_listing and holds(faults.listing_kinds[fault], kind) then return true end
  end
  return false
end

-- A call behind those of other coroutines may time out while it waits for its turn or, if
-- the one before it has failed, for the channel to be clean.
local function waited_too_long(world, err)
  if #world.plan.workers == 1 or err.kind ~= "timeout" then return false end
  return next(world.struck) ~= nil or tostring(err):find("its turn did not come", 1, true) ~= nil
end

local function judge_failure(world, op, context, err)
  if type(err) ~= "table" or not err.kind then return "failed without an error object" end
  local text = tostring(err)
  for _, secret in ipairs(world.secrets) do
    if text:find(secret, 1, true) then return "a secret in an error: " .. text end
  end
  if op.must_fail and op.must_fail.kind == err.kind
    and (not op.must_fail.code or op.must_fail.code == err.code) then return nil end
  if not is_allowed(world, op, err.kind) and not waited_too_long(world, err) then
    return ("failed of kind %s where nothing explains it: %s"):format(err.kind, text)
  end
  local check = operations[op.name].check_failure
  if check and op.was_called and not world.is_tainted then return check(context, op, err) end
end

local function is_value_sure(world, op)
  if world.is_tainted then return false end
  for _, wound in ipairs(op.wounds) do
    if wound.way == "down" and not wound.is_payload then return false end
  end
  return true
end

local function judge_value(world, op, context, value)
  if value == nil or value == false then
    return "returned " .. tostring(value) .. " without an error"
  end
  if not is_value_sure(world, op) then return nil end
  if op.must_fail then return "worked where it should have failed of kind " .. op.must_fail.kind end
  return operations[op.name].check(context, op, value)
end

-- The most bytes that `op` can transfer: its own content, or that of any file.
local function largest_size(world, op)
  if op.content then return op.content.size end
  local size = world.plan.big.size
  for _, worker in ipairs(world.plan.workers) do
    for _, other in ipairs(worker) do
      size = math.max(size, other.content and other.content.size or 0)
    end
  end
  return size
end

-- Time for commands, their results, a resync and the queue.
local function seconds_for(world, op)
  local operation = operations[op.name]
  if operation.seconds then return operation.seconds(op) end
  local size = largest_size(world, op)
  local rate = world.plan.line.baudrate / 10
  local transfer = rate > 0 and 2 * size / rate or 0
  -- Of what the module transfers by itself nothing is heard: as long as the slowest link
  -- takes, or ten minutes if the size is unknown (a listing, or no SIZE).
  if op.via then transfer = transfer + 600 + size / 300 end
  return 260 + transfer + size / 1000
end

-- If nothing went wrong, no call may time out.
local function seconds_undisturbed(world, op)
  local rate = world.plan.line.baudrate / 10
  local size = largest_size(world, op)
  local transfer = rate > 0 and 3 * size / rate or 0
  local commands = op.name == "reboot" and 30 or 12
  return transfer + commands * (3 * world.plan.module.latency + world.plan.delay + 0.2) + 8
    + 3 * world.plan.module.pdp_seconds
end

local function judge_time(world, op, taken)
  local limit = seconds_for(world, op)
  if not next(world.struck) and #world.plan.workers == 1 and world.disturbances == 0 then
    limit = math.min(limit, seconds_undisturbed(world, op))
  end
  if taken > limit then return ("took %.1f s of %.1f s"):format(taken, limit) end
end

--- What is wrong with the end of a call, or nil.
function invariants.of_call(world, op, context, value, err, taken)
  local problem
  if err ~= nil and value == nil then
    problem = judge_failure(world, op, context, err)
  else
    problem = judge_value(world, op, context, value)
  end
  return problem or judge_time(world, op, taken)
end

-- --- after the run -----------------------------------------------------------

local function find_secret(world)
  for _, event in ipairs(world.trace) do
    for _, secret in ipairs(world.secrets) do
      if event.text:find(secret, 1, true) then return "a secret in the trace: " .. event.text end
    end
  end
end

local function word_of(command)
  local text = command:sub(3)
  return text:match("^%+%w+") or text
end

-- Every command that the driver sends belongs to a call.
local function find_unasked_in_trace(world)
  for _, event in ipairs(world.trace) do
    local is_command = event.direction == ">" and event.text:find("^AT")
    if is_command and not world.words[word_of(event.text)] then
      return "the driver sent a command that no call needs: " .. event.text
    end
  end
end

-- Which parts of payloads ran as commands: for each payload from where to where.
local function note_bait(spans, id, place, length)
  local span = spans[id] or { from = place, to = place + length }
  span.from, span.to = math.min(span.from, place), math.max(span.to, place + length)
  spans[id] = span
end

-- The command lines that the module has run and the driver has not sent, in order.
local function unasked(world)
  local sent = {}
  for _, event in ipairs(world.trace) do
    if event.direction == ">" and event.text:find("^AT") then sent[#sent + 1] = event.text end
  end
  local lines, at = {}, 1
  for _, command in ipairs(world.module:commands()) do
    local masked, place = emulator_trace.mask(command), at
    while place <= #sent and sent[place] ~= masked do place = place + 1 end
    if place <= #sent then
      at = place + 1
    else
      lines[#lines + 1] = command
    end
  end
  return lines
end

-- What can be on its way when the module leaves data mode early: the last 1 KiB written, and
-- what the line carries until the driver reads of it.
local function fall_limit(world)
  local rate = world.plan.line.baudrate / 10
  local delay = world.plan.module.latency + world.delays
  if rate == 0 then return delay > 0 and math.huge or 1024 end
  return 1024 + (delay + 0.01) * rate + 64 * (world.disturbances + 1)
end

local function find_unasked(world)
  local spans, strange = {}, 0
  for _, command in ipairs(unasked(world)) do
    local id, place = payload.bait(command)
    if id then
      note_bait(spans, id, place, #command)
      if world.staged[id] and not world.open_to_harm[id] and not world.struck.wound
        and not world.struck.reset and not world.struck.hang then
        return "a line of a file staged in UFS has run: " .. command
      end
    elseif not (world.plan.module.state == "half-line" and command:find('^AT%+QFTPSIZE="half'))
      -- Left by a probe.
      and not (world.struck.stall and command:find("^A?T?%+?%+?%+?ATQ?0?V?1?E?1?[S0-9=]*$")) then
      strange = strange + 1
      world.last_strange = command
    end
  end
  local limit = fall_limit(world)
  for id, span in pairs(spans) do
    if not world.can_fall then return ("a line of payload %d has run"):format(id) end
    if span.to - span.from > limit then
      return ("%d bytes of payload %d have run as commands"):format(span.to - span.from, id)
    end
  end
  if strange > 0 and not world.can_fall then
    return "a command ran that nobody has sent: " .. world.last_strange
  end
end

--- What is wrong at the end of a run, or nil.
function invariants.of_run(world)
  if world.modem.core:queue_length() ~= 0 then return "the queue is not empty" end
  return find_secret(world) or find_unasked_in_trace(world) or find_unasked(world)
end

return invariants
