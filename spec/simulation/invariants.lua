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

-- A module that leaves data mode on request says OK wherever the payload stands then. Words
-- of the payload just before that OK may be the module's as well: the length shows only
-- later that they were not, and the download fails. The same goes for a link that pauses
-- behind such words, or a slow radio. A line of the payload may then be missing in what was
-- handed out.
local function was_stopped_at_words(world, op)
  local kind = op.name == "get" and op.file == "big" and world.plan.big.kind
  local was_stopped = op.was_interrupted or world.struck.stall or world.plan.module.radio
  return was_stopped and (kind == "signs" or kind == "trailers")
end

-- The same words where a link or a module falls silent: they are the last that is heard of the
-- payload, and look as if the module had said why, or that it has sent all.
local WORD_KINDS = {
  signs = { reset = true, pdp = true, cme = true, ftp = true }, trailers = { verify = true },
}
local SILENCING = { "drop", "early", "close", "pdp", "reset", "hang", "brownout", "power",
  "silence" }

local function has_fallen_silent(world)
  for _, fault in ipairs(SILENCING) do
    if world.struck[fault] then return true end
  end
  return false
end

-- The content that `op` fetches, as far as it may look like words.
local function fetched(world, op)
  if op.name == "ufs" then return op.content end
  return op.name == "get" and op.file == "big" and world.plan.big or nil
end

local function ends_at_words(world, op, kind)
  local content = fetched(world, op)
  local kinds = content and WORD_KINDS[content.kind]
  return kinds and kinds[kind] and has_fallen_silent(world)
end

-- A module that has restarted echoes what it gets: a line of an upload may be its result.
local function is_echoed_result(world, op, kind)
  return kind == "verify" and op.name == "put" and has_fallen_silent(world)
    and op.content.kind == "trailers"
end

-- Where ATO is refused, a download that was interrupted needs REST.
local function needs_rest(world, op, kind)
  local refuse = world.server.refuse
  return kind == "ftp" and op.name == "get" and world.module.quirks["ato-refused"] ~= nil
    and (refuse.REST or refuse["REST-RETR"]) ~= nil
end

-- A SIM that is not ready when the module has booted is told by the module.
local function is_sim_missing(world, err)
  return world.module.quirks["slow-sim"] ~= nil and (err.code == 10 or err.code == 14)
end

-- A call behind those of other coroutines may wait longer than it has time, for its
-- turn or, where the one before it has failed, for the channel to be clean.
local function waited_too_long(world, err)
  if #world.plan.workers == 1 or err.kind ~= "timeout" then return false end
  return next(world.struck) ~= nil or world:is_slow()
    or tostring(err):find("its turn did not come", 1, true) ~= nil
end

-- A call needs a few answers, and as many again where the channel is not clean: one whose
-- time is too short for that fails, and costs nobody else anything.
local ANSWERS = 14

local function has_too_little_time(world, op, err)
  if err.kind ~= "timeout" then return false end
  local seconds = op.timeout or world.plan.timeout
  if not op.timeout and not operations[op.name].is_plain then return false end
  if op.timeout and op.timeout < 10 and world.was_hasty then return true end
  local answer = world.plan.answer + 2 * world.plan.module.latency + world:line_seconds()
  return seconds < ANSWERS * answer
end

-- A module that confirms what it has taken sends on when a script waits for the result.
local function drains_for_long(world, op, err)
  return err.kind == "timeout" and op.name == "put"
    and world:buffer_seconds() > world.plan.login_timeout
end

-- A fault may end the session, or leave the module busy, which the next call finds.
local function has_lost_session(world, err)
  local is_reason = err.reason == "session ended" or err.reason == "lost"
  return is_reason and next(world.struck) ~= nil
end

local function judge_failure(world, op, context, err)
  if type(err) ~= "table" or not err.kind then return "failed without an error object" end
  local text = tostring(err)
  for _, secret in ipairs(world.secrets) do
    if text:find(secret, 1, true) then return "a secret in an error: " .. text end
  end
  if op.must_fail and op.must_fail.kind == err.kind
    and (not op.must_fail.code or op.must_fail.code == err.code) then return nil end
  local is_explained = is_allowed(world, op, err.kind) or waited_too_long(world, err)
    or has_too_little_time(world, op, err) or needs_rest(world, op, err.kind)
    or was_stopped_at_words(world, op) or ends_at_words(world, op, err.kind)
    or is_sim_missing(world, err) or has_lost_session(world, err)
    or drains_for_long(world, op, err) or is_echoed_result(world, op, err.kind)
  if op.timeout and err.kind == "timeout" then world.was_hasty = true end
  if not is_explained then
    return ("failed of kind %s where nothing explains it: %s"):format(err.kind, text)
  end
  local check = operations[op.name].check_failure
  local is_sure = not world.is_tainted and not was_stopped_at_words(world, op)
  if check and op.was_called and is_sure then return check(context, op, err) end
end

local function is_value_sure(world, op)
  if world.is_tainted then return false end
  -- Somebody else's final result code has ended the command before: its own answer counts
  -- for the next one. Only a result line, a checksum or a proof has a name.
  if world.is_shifted and (operations[op.name].is_plain or op.name == "config") then
    return false
  end
  -- Lines of a payload may have been the answer to a command in the middle of it.
  if op.interrupt and world.plan.big.kind == "trailers" then return false end
  -- A module that has lost its power meanwhile answers OK to what it has forgotten.
  if op.has_blacked_out and operations[op.name].is_plain then return false end
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
  if operation.seconds then return operation.seconds(op, world.plan.timeout) end
  local size = largest_size(world, op)
  local rate = world.plan.line.baudrate / 10
  local transfer = rate > 0 and 2 * size / rate or 0
  -- Of what the module transfers by itself nothing is heard: as long as the slowest link
  -- takes, or ten minutes if the size is unknown (a listing, or no SIZE).
  if op.via then transfer = transfer + 600 + size / 300 end
  local command, payload_seconds = world:radio_seconds(size)
  local air = 30 * command + 3 * payload_seconds
  -- A chunk that was lost is overdue first; then comes a resync.
  local losses = world.overruns * (world.plan.login_timeout + 12 + 12 * world.plan.answer)
  return 260 + transfer + size / 1000 + 60 * world.plan.answer + air + losses
end

-- If nothing went wrong, no call may time out.
local function seconds_undisturbed(world, op)
  local rate = world.plan.line.baudrate / 10
  local size = largest_size(world, op)
  local transfer = rate > 0 and 3 * size / rate or 0
  local commands = op.name == "reboot" and 30 or 12
  local module, answer = world.plan.module, world.plan.answer
  local air, payload_seconds = world:radio_seconds(size)
  local command = 3 * module.latency + world.plan.delay + answer + 0.2 + air
  -- How slow a module is shows only when it has not answered in time.
  local lesson = answer > 0 and 8 or 0
  return transfer + payload_seconds + commands * command + 8 + lesson + 3 * module.pdp_seconds
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
  return text:match("^%+%w+") or text:match("^E0%+%w+") or text
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

-- The command lines that the driver has sent: of its search for S3, each that a control
-- character ends.
local function sent_commands(world)
  local sent = {}
  for _, event in ipairs(world.trace) do
    if event.direction == ">" and event.text:find("^AT") then
      for line in (event.text:gsub("\\x%x%x", "\r") .. "\r"):gmatch("([^\r]+)\r") do
        sent[#sent + 1] = line
      end
    end
  end
  return sent
end

-- A command whose call ran out of time before all of it had gone out: the probe of the resync
-- stands behind what has.
local function is_cut_command(world, command)
  return world.was_hasty and command:find(".AT$") ~= nil
end

-- The command lines that the module has run and the driver has not sent, in order.
local function unasked(world)
  local sent = sent_commands(world)
  local lines, at = {}, 1
  for _, command in ipairs(world.module:commands()) do
    local masked, place = emulator_trace.mask(command), at
    if is_cut_command(world, command) then masked = command end -- and its mask is another's
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
-- what the line carries until the driver reads of it. Where data mode ends without a word, that
-- is the answer to the first line which runs as a command.
local function fall_limit(world)
  local rate = world.plan.line.baudrate / 10
  local delay = world.plan.module.latency + world.delays + world.plan.answer
  if rate == 0 then return delay > 0 and math.huge or 1024 end
  return 1024 + (delay + 0.01) * rate + 64 * (world.disturbances + 1)
end

-- What a module makes of a resync, above all of the search for its S3, while commands end
-- with another character or lose some to another backspace.
local function is_search(world, command)
  if command:upper() == "ATQ0V1E1S4=10S5=8" then return true end -- behind the search
  local rest, count = command:gsub("%c", ""):gsub("ATS3=13", "")
  rest = rest:gsub('%+QFLST="%x+"', "")
  return (count > 0 or world.plan.module.settings ~= nil) and rest:find("^[ATS3=1+QV0E45]*$") ~= nil
end

-- A module that restarts in the middle of QFUPL has the rest of it run as commands, as has
-- one whose CONNECT was spoilt, or whose flash is full by then.
local function has_lost_data_mode(world)
  local struck = world.struck
  return struck.wound or struck.reset or struck.hang or struck.brownout or struck.power
    or struck["ufs-full"]
end

local function find_unasked(world)
  local spans, strange = {}, 0
  for _, command in ipairs(unasked(world)) do
    local id, place = payload.bait(command)
    if id then
      note_bait(spans, id, place, #command)
      if world.staged[id] and not world.open_to_harm[id] and not has_lost_data_mode(world) then
        return "a line of a file staged in UFS has run: " .. command
      end
    elseif not is_search(world, command) and not is_cut_command(world, command)
      and not (world.plan.module.state == "half-line" and command:find('^AT%+QFTPSIZE="half'))
      -- What a probe left.
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

-- Each line that the module says by itself reaches its subscribers once, in order. Only
-- what a module has said that restarted, or what may have been payload, does not.
local HARMLESS = { urc = true, chatter = true, ["foreign-result"] = true, foreign = true }

local function find_unheard(world)
  for fault in pairs(world.struck) do
    if not HARMLESS[fault] then return nil end
  end
  if world.was_hasty then return nil end
  local said, heard = table.concat(world.said, " / "), table.concat(world.heard, " / ")
  if said ~= heard then return ("unsolicited lines: %q said, %q heard"):format(said, heard) end
end

--- What is wrong at the end of a run, or nil.
function invariants.of_run(world)
  if world.modem.core:queue_length() ~= 0 then return "the queue is not empty" end
  return find_secret(world) or find_unasked_in_trace(world) or find_unasked(world)
    or find_unheard(world)
end

return invariants
