--- One attempt of session:download().
--
-- One command fetches all that is missing: each has a data connection of its own. The bytes
-- go to `path .. ".part"` as they come. When the command ends with the module's own count,
-- its bytes are confirmed. Most of what a failed command has brought is good, too.
-- But bytes may have been lost on the serial line, and what a module says of a lost link
-- may be unknown to the core, and have been taken for payload. So the end is cut off, and
-- the bytes before it are fetched once more: if they are the same, the part is right up to
-- there.
--
-- After a restart of the host, only what had been synced counts: the pages behind that may
-- never have reached the disk.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local comparing = require "bg96.ftp.transfer.comparing"
local journal = require "bg96.ftp.transfer.journal"
local localfile = require "bg96.ftp.transfer.localfile"
local partfile = require "bg96.ftp.transfer.partfile"
local failure = require "bg96.ftp.transfer.failure"
local version = require "bg96.ftp.transfer.version"

local download = {}

-- Bytes of a command, for links on which one for the whole file never ends.
local SMALL = 16 * 1024

-- Bytes that are cut off, and bytes that are compared.
local TAIL, OVERLAP = partfile.TAIL, 512

-- Searches for bytes that were lost, before commands become smaller.
local MOST_SEARCHES = 2

-- The part is synced when so many bytes and seconds have passed since the last time.
local SYNC_STEP, SYNC_SECONDS = 64 * 1024, 5

-- --- state --------------------------------------------------------------------

-- What the journal of an earlier process says of the part; nil where that belongs to another
-- file. What may not have reached the disk is cut off.
local function take_over(transfer)
  local old, session, file = journal.load(transfer.journal), transfer.session, transfer.file
  local is_same = old and old.server == session.server
    and old.folder == session:folder_name() and old.name == transfer.name
  if not is_same then return nil end
  local confirmed = tonumber(old.confirmed) or 0
  local synced = tonumber(old.synced) or confirmed
  local is_same_boot = old.boot == transfer.boot and old.boot ~= ""
  if not is_same_boot and (file:size() or 0) > synced then file:truncate(synced) end
  return {
    size = tonumber(old.size) or "unknown", modified = old.modified,
    confirmed = confirmed, synced = synced,
  }
end

--- Locks the part, and looks at what an earlier process has left.
-- @treturn boolean true; or nil, err
function download.prepare(transfer, name, path)
  local mode, err = localfile.destination(path)
  if mode == nil then return nil, err end
  transfer.name, transfer.path, transfer.boot = name, path, localfile.boot_id()
  transfer.part = localfile.beside(path, ".part")
  transfer.journal = localfile.beside(path, ".part.info")
  transfer.chunk = transfer.options.chunk or math.huge
  transfer.lacks_rest = transfer.session.lacks["REST-RETR"]
  transfer.file, err = localfile.open(transfer.part, "own")
  if not transfer.file then return nil, err end
  if mode then transfer.file:chmod(mode) end
  transfer.state = take_over(transfer)
  return true
end

--- Gives back what prepare() has taken. A part without a byte is removed.
function download.finish(transfer)
  local file = transfer.file
  if not file then return end
  if file:size() == 0 and file:is_at(transfer.part) then
    journal.remove(transfer.journal)
    os.remove(transfer.part)
  end
  file:close()
  transfer.file = nil
end

local function save(transfer)
  local state, session = transfer.state, transfer.session
  local file, message, errno = journal.save(transfer.journal, {
    server = session.server, folder = session:folder_name(), name = transfer.name,
    size = state.size, modified = state.modified, confirmed = state.confirmed,
    synced = state.synced, boot = transfer.boot,
  })
  if not file then return nil, localfile.error(transfer.journal, message, errno) end
  file:close() -- the lock of the part serves for both
  return true
end

-- Begins an empty part of the remote file as it is now. The old journal is removed first: it
-- must never stand beside a part of another file.
local function begin_anew(transfer, remote)
  journal.remove(transfer.journal)
  local ok, errno = transfer.file:truncate(0)
  if not ok then return nil, localfile.error(transfer.part, nil, errno) end
  transfer.state = {
    size = remote.size, modified = remote.modified, confirmed = 0, synced = 0,
    is_own = true, -- begun by this call
  }
  transfer.is_spoilt = false
  return save(transfer)
end

local function verify_error(transfer, detail)
  return Error.new { kind = "verify", command = transfer.word, detail = detail,
    advice = "the local file is as it was before; try again" }
end

-- Whether the remote file has become longer. Most files that do are logs: what was there
-- stays, and is what is fetched. prove_growth() sees whether that is so.
local function has_grown(transfer, remote)
  local size = transfer.state.size
  return remote.size ~= "unknown" and size ~= "unknown" and remote.size > size
end

-- Whether the part belongs to the remote file as it is now.
local function is_same(transfer, remote)
  local state = transfer.state
  if not state then return false end
  if state.is_own and has_grown(transfer, remote) then return true end
  if state.modified ~= remote.modified then return false end
  if remote.size == state.size then return true end
  return remote.size == "unknown" and remote.modified ~= ""
end

-- Whether the remote file has changed since the attempt began.
local function has_changed(transfer, remote)
  local state = transfer.state
  local are_sizes_known = remote.size ~= "unknown" and state.size ~= "unknown"
  if are_sizes_known and remote.size ~= state.size then return true end
  return remote.modified ~= "" and state.modified ~= "" and remote.modified ~= state.modified
end

-- --- where to go on -----------------------------------------------------------

local function part_size(transfer)
  return (transfer.file:size()) or 0
end

-- Cuts off what is not right of a part that does not fit the remote file. Returns true; or
-- nil, err.
local function cut_spoilt(transfer)
  if not transfer.is_spoilt then return true end
  local right, err = comparing.find_right(transfer, transfer.state.confirmed, part_size(transfer))
  if not right then return nil, err end
  transfer.file:truncate(right)
  transfer.is_spoilt, transfer.searches = false, (transfer.searches or 0) + 1
  -- Smaller commands help only a line on which that happens again and again.
  if transfer.searches <= MOST_SEARCHES then transfer.last_end = nil end
  return true
end

-- Where to go on: an offset, and the bytes of the part with which the first bytes from there
-- are to be compared; without them nothing is compared. Or nil, err. Bytes that nobody has
-- confirmed are kept only if those before their end are found again, and prove their place.
local function find_start(transfer)
  local state = transfer.state
  state.confirmed = math.min(state.confirmed, part_size(transfer))
  local ok, why = cut_spoilt(transfer)
  if not ok then return nil, why end
  local size = part_size(transfer)
  state.synced = math.min(state.synced, size)
  local from = size - TAIL - OVERLAP
  if from > state.confirmed then
    local block, err = localfile.read(transfer.file, transfer.part, from, OVERLAP)
    if not block then return nil, err end
    if not localfile.repeats(block) then return from, block end
  end
  from = math.max(0, state.confirmed - OVERLAP)
  if from == state.confirmed then return 0 end
  local block, err = localfile.read(transfer.file, transfer.part, from, state.confirmed - from)
  if not block then return nil, err end
  return from, block
end

-- Makes commands smaller where many bytes have to be fetched again.
local function learn(transfer, start)
  local last = transfer.last_end
  transfer.last_end = nil
  if last and last - start > 4 * (TAIL + OVERLAP) then
    transfer.chunk = transfer.lacks_rest and math.huge or math.min(transfer.chunk, SMALL)
  end
end

-- --- receiving ----------------------------------------------------------------

local function now(transfer)
  return transfer.session.modem.core:now()
end

local function note(transfer, writer, before)
  transfer.sent = transfer.sent + writer.position - before
  transfer:tell(writer.position, transfer.total)
end

-- Puts what has come onto the disk now and then, and into the journal that it is there.
local function keep(transfer, writer)
  local state = transfer.state
  if writer.written - state.synced < SYNC_STEP then return end
  if now(transfer) - (transfer.synced_at or transfer.started) < SYNC_SECONDS then return end
  writer:sync()
  state.synced, transfer.synced_at = writer.written, now(transfer)
  local ok, err = save(transfer)
  if not ok then error(err, 0) end
end

-- Kinds of errors that the module's words stand for, silence before the end of the payload
-- behind them.
local is_told = { error = true, ftp = true, cme = true, pdp = true, reset = true, verify = true }

-- Runs one command; `length` is nil for the whole file, of a size that nobody knows. What
-- has ended the last command may have been payload, of a server that pauses there.
local function fetch(transfer, writer, length)
  local session = transfer.session
  local silence_ms = transfer:patience() * 1000
  local task = session.modem.core:download(silence_ms, silence_ms, "+QFTPGET", transfer.name,
    writer.position, length, length and "known", transfer.told_at)
  local ok, err = Call.run(session.modem, task, {
    data = function(bytes)
      local before = writer.position
      writer:write(bytes)
      note(transfer, writer, before)
      keep(transfer, writer)
    end,
    done = function()
      writer:confirm()
      return true
    end,
  })
  if not ok and is_told[err.kind] then transfer.told_at = writer.position end
  return ok, err
end

local function confirm(transfer, position)
  local state = transfer.state
  state.confirmed, state.synced, transfer.synced_at = position, position, now(transfer)
  transfer:reached(position)
  return save(transfer)
end

-- Keeps what is good of the bytes that a failed command has brought. Where the bytes before
-- the last confirmed one are not those of the server, nothing is.
local function give_up(transfer, writer, err)
  local state = transfer.state
  transfer.last_end = writer.position
  if writer.is_refuted and writer.start < state.confirmed then
    state.confirmed = 0
    save(transfer)
    transfer.file:truncate(0)
  else
    transfer.is_spoilt = err.kind == "verify" or err.kind == "framing"
  end
  if not transfer.is_spoilt then transfer:reached(part_size(transfer) - TAIL) end
end

-- Fetches what is missing, command by command. The first command brings the bytes that are
-- compared. Returns true; or nil, err, and whether the failed command had an offset and
-- brought nothing.
local function fetch_rest(transfer, start, block)
  local writer = partfile.open(transfer.file, transfer.part, start, block)
  local least = block and #block or 1
  local ok, err, is_untouched = true, nil, false
  while ok and writer.position < transfer.total do
    local from = writer.position
    local length = math.min(math.max(transfer.chunk, least), transfer.total - from)
    least = 1
    ok, err = fetch(transfer, writer, length)
    if ok and writer.position < from + length then
      ok, err = nil, verify_error(transfer, "the remote file has become shorter")
    end
    if ok then
      ok, err = confirm(transfer, writer.position)
    else
      is_untouched = from > 0 and writer.position == from
      give_up(transfer, writer, err)
    end
  end
  return ok, err, is_untouched
end

-- From a server without SIZE each attempt fetches the whole file, and the module's own count
-- says whether that was all.
local function fetch_all(transfer)
  local writer = partfile.open(transfer.file, transfer.part, 0)
  local ok, err = fetch(transfer, writer, nil)
  if ok then transfer.total = writer.position end
  return ok, err
end

-- --- the end ------------------------------------------------------------------

-- What was at the destination has kept its mode.
local function publish(transfer)
  local file = transfer.file
  local mode, err = localfile.destination(transfer.path)
  if mode == nil then return nil, err end
  if mode then file:chmod(mode) end
  local ok, message, errno
  ok, err = localfile.sync(file, transfer.part)
  if not ok then return nil, err end
  if not file:is_at(transfer.part) then
    return nil, localfile.error(transfer.part, "was replaced while it was written")
  end
  ok, message, errno = os.rename(transfer.part, transfer.path)
  if not ok then return nil, localfile.error(transfer.path, message, errno) end
  journal.remove(transfer.journal)
  file:close()
  transfer.file = nil
  return localfile.sync_name(transfer.path)
end

-- Whether the time of the remote file tells that it is the same as at the start. Returns
-- true, false; or nil, err.
local function has_same_time(transfer)
  local before = transfer.state.modified
  if before == "" then return false end
  local modified, err = version.ask_time(transfer)
  return modified and modified == before, err
end

-- Checks that what has been fetched is what was there when the transfer began: by its time;
-- by its size, where the server tells no time. A file that never stays the same ends the
-- transfer, however much of it comes each time.
local function check_end(transfer)
  local is_same_time, err = has_same_time(transfer)
  if is_same_time then return true end
  if is_same_time == nil then return nil, err end
  local remote
  remote, err = version.ask(transfer)
  if not remote then return nil, err end
  if not has_changed(transfer, remote) then return true end
  local is_prefix = false
  if has_grown(transfer, remote) then is_prefix, err = comparing.prove_growth(transfer) end
  if is_prefix then return true end
  if is_prefix == nil then return nil, err end
  transfer.changes = (transfer.changes or 0) + 1
  transfer.state = nil -- the next attempt begins anew
  return nil, verify_error(transfer, "the remote file was changed while it was fetched"),
    transfer.changes > transfer.options.retries and "final" or nil
end

-- From a server that refuses an offset each attempt fetches the whole file, with one command.
local function fetch_known(transfer)
  local start, block = 0, nil
  if transfer.lacks_rest then
    transfer.chunk = math.huge
  else
    start, block = find_start(transfer)
  end
  if not start then return nil, block end
  learn(transfer, start)
  transfer:reached(start)
  if start > 0 then transfer.resumed = start end
  local ok, err, is_untouched = fetch_rest(transfer, start, block)
  if ok then return true end
  if not is_untouched or not failure.refuses_offset(err) then return nil, err end
  transfer.lacks_rest, transfer.session.lacks["REST-RETR"] = true, true
  transfer.state.confirmed = 0 -- or the next process would go on where this one starts again
  save(transfer)
  return nil, err, "again"
end

--- One attempt.
-- @treturn boolean true; or nil, err, verdict (see attempt() in transfer.lua)
function download.attempt(transfer)
  local remote, err = version.ask(transfer)
  if not remote then return nil, err end
  local ok, verdict
  if not is_same(transfer, remote) then
    ok, err = begin_anew(transfer, remote)
    if not ok then return nil, err end
  end
  if transfer.state.size == "unknown" then
    ok, err = fetch_all(transfer)
  else
    transfer.total = transfer.state.size
    ok, err, verdict = fetch_known(transfer)
  end
  if ok then ok, err, verdict = check_end(transfer) end
  if not ok then return nil, err, verdict end
  return publish(transfer)
end

return download
