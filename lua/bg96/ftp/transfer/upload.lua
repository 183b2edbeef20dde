--- One attempt of session:upload().
--
-- The file goes to a temporary remote name, chunk by chunk; the module confirms each chunk.
-- After a failure nobody knows how much has reached the server. SIZE tells the number of
-- bytes. The last of them are read back and compared: commands may have been taken as
-- payload, and bytes may have been lost on the serial line.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local journal = require "bg96.ftp.transfer.journal"
local localfile = require "bg96.ftp.transfer.localfile"
local failure = require "bg96.ftp.transfer.failure"
local token = require "bg96.ftp.token"

local upload = {}

-- Bytes of a chunk. A failing link loses one chunk at most, so a chunk is a 64th of what has
-- gone well in this attempt, within bounds. The lower bound is SMALL once an attempt has
-- lost much.
local SMALL, CHUNK, LARGE, GROWTH = 1024, 8 * 1024, 64 * 1024, 64

-- Bytes at the end of the remote file that are compared, and how many of them must be equal
-- to prove their place in the file.
local WINDOW, ANCHOR = 1024, 512

-- The journal is written each time this many more bytes have been confirmed.
local JOURNAL_STEP = 64 * 1024

local NAME_SIZE = core.commands["+QFTPPUT"].arguments[1].max

-- --- state --------------------------------------------------------------------

-- A name in the folder of the final one that no other file has.
local function temporary_name(transfer, name)
  local suffix = "." .. token(transfer.session.modem.core:random()) .. ".part"
  local folder, base = name:match("^(.*/)([^/]*)$")
  folder, base = folder or "", base or name
  return folder .. base:sub(1, math.max(0, NAME_SIZE - #folder - #suffix)) .. suffix
end

-- Without a journal an upload cannot be resumed after a crash; nothing else is lost. So an
-- error is ignored: a full disk must not keep the logs that fill it from being sent.
local function save(transfer)
  local state = transfer.state
  state.saved = state.confirmed
  journal.save(transfer.journal, {
    server = transfer.session.server, folder = transfer.session.folder, name = transfer.name,
    temporary = state.temporary, size = transfer.total, stamp = transfer.stamp,
    confirmed = state.confirmed, renaming = state.renaming and 1 or 0,
  })
end

local function begin_anew(transfer)
  local is_atomic = transfer.options.atomic
  transfer.state = {
    temporary = is_atomic and temporary_name(transfer, transfer.name) or transfer.name,
    confirmed = 0,        -- bytes that the module has confirmed
    saved = 0,            -- of these, the number in the journal
    is_begun = false,     -- the remote file may exist
    is_stored = false,    -- the module's last result says that the server has all of it
    is_inherited = false, -- an earlier process has begun it
    renaming = false,     -- the rename may have happened
  }
end

-- Goes on with what an earlier process has left of the same upload. Where the local file has
-- changed since, only notes the name of the remote file that is to be removed.
local function take_over(transfer)
  local old = journal.load(transfer.journal)
  local session = transfer.session
  local is_same = old and old.server == session.server and old.folder == session.folder
    and old.name == transfer.name and old.temporary
  if not is_same then return end
  local was_atomic = old.temporary ~= old.name
  if tonumber(old.size) ~= transfer.total or old.stamp ~= transfer.stamp
    or was_atomic ~= transfer.options.atomic then
    transfer.stale = was_atomic and old.temporary or nil
    return
  end
  local confirmed = tonumber(old.confirmed) or 0
  transfer.state = {
    temporary = old.temporary, confirmed = confirmed, saved = confirmed,
    is_begun = true, is_stored = false, is_inherited = true,
    renaming = old.renaming == "1",
  }
end

--- Looks at the local file and at what an earlier process has left.
-- @treturn boolean true; or nil, err
function upload.prepare(transfer, path, name)
  local size, stamp = localfile.look(path)
  if not size then return nil, stamp end
  transfer.path, transfer.name, transfer.journal = path, name, path .. ".upload"
  transfer.total, transfer.stamp = size, stamp
  transfer.chunk_floor = math.min(transfer.options.chunk or CHUNK, CHUNK)
  take_over(transfer)
  if not transfer.state then begin_anew(transfer) end
  return true
end

-- --- where to go on -----------------------------------------------------------

local function verify_error(transfer, detail)
  return Error.new { kind = "verify", command = transfer.word, detail = detail,
    advice = "nothing stands under the final name; try again" }
end

-- Checks that the local file has not changed.
local function check_source(transfer)
  local size, stamp = localfile.look(transfer.path)
  if not size then return nil, stamp end
  if size == transfer.total and stamp == transfer.stamp then return true end
  return nil, localfile.error(transfer.path,
    "was changed while it was sent; send a copy, or a file that nobody writes to any more")
end

-- Removes a remote file, if it is there.
local function remove(transfer, name)
  local ok, err = transfer.session:del(name)
  if ok or (err.kind == "ftp" and err.protocol == 550) then return true end
  return nil, err
end

-- The size of a remote file; "missing" where the server says that there is none (some say so
-- of every file); "unknown" where it does not tell; or nil, err.
local function remote_size(transfer, name)
  if transfer.lacks_size then return "unknown" end
  local size, err = transfer.session:size(name)
  if size then return size end
  if not failure.refuses(err) then return nil, err end
  transfer.lacks_size = failure.is_unsupported(err)
  return failure.is_missing(err) and "missing" or "unknown"
end

-- Reads the end of the remote file and compares it with ours. Returns how many bytes from the
-- start are the same; or nil, err.
local function compare_end(transfer, size)
  local state, from = transfer.state, math.max(0, size - WINDOW)
  local theirs, err = transfer.session:get(state.temporary, { offset = from, length = size - from })
  local known = math.min(size, state.confirmed)
  if not theirs then
    if failure.refuses(err) then return known end
    return nil, err
  end
  local ours
  ours, err = localfile.read_at(transfer.path, from, #theirs)
  if not ours then return nil, err end
  local same = localfile.common_length(theirs, ours)
  state.is_inherited = false
  if from + same < known then return 0 end -- somebody else has written to it
  local is_proof = from == 0 or same >= ANCHOR and not localfile.repeats(ours:sub(1, same))
  return is_proof and from + same or known
end

-- Corrects the counts of the last attempt, now that it is known what has arrived. The chunk
-- size follows what it has sent in vain.
local function learn(transfer, start)
  local last = transfer.last_run
  transfer.last_run = nil
  if not last then return end
  local lost = last.start + last.sent - start
  transfer.sent = transfer.sent + math.max(0, -lost)
  if lost * GROWTH > last.sent and lost > SMALL then
    transfer.chunk_floor = math.min(transfer.chunk_floor, SMALL)
  end
end

-- Where to go on: an offset; or nil, err.
local function find_start(transfer)
  local state = transfer.state
  if not state.is_begun then return 0 end
  local size, err = remote_size(transfer, state.temporary)
  if not size then return nil, err end
  local is_told = type(size) == "number"
  if state.is_stored and (not is_told or size == transfer.total) then return transfer.total end
  if not is_told or transfer.lacks_rest then return 0 end
  if size > transfer.total then
    -- Writing into a longer file does not make it shorter.
    local ok
    ok, err = remove(transfer, state.temporary)
    return ok and 0, err
  end
  if size <= state.confirmed and not state.is_inherited then return size end
  if size == 0 then return 0 end
  return compare_end(transfer, size)
end

-- --- sending ------------------------------------------------------------------

local function chunk_size(transfer, done, start)
  local most = transfer.options.chunk or LARGE
  local earned = math.floor((done - start) / GROWTH)
  return math.max(transfer.chunk_floor, math.min(most, earned))
end

local function confirm(transfer, position)
  local state = transfer.state
  state.confirmed = position
  transfer:reached(position)
  if position - state.saved >= JOURNAL_STEP then save(transfer) end
end

-- Sends the file from `start` to its end.
local function send(transfer, file, start)
  local session, total = transfer.session, transfer.total
  local silence_ms = transfer:patience() * 1000
  local run, position = { start = start, sent = 0 }, start
  local task = session.modem.core:upload(silence_ms, silence_ms, transfer.state.temporary, start)
  local function note(sent)
    if sent <= run.sent then return end
    transfer.sent = transfer.sent + sent - run.sent
    run.sent = sent
    transfer:tell(start + sent, total)
  end
  transfer.last_run = run
  return Call.run(session.modem, task, {
    want = function(_, running)
      if position > start then confirm(transfer, position) end
      local count = math.min(chunk_size(transfer, position, start), total - position)
      local bytes, err = localfile.read(file, transfer.path, position, count)
      if not bytes then error(err, 0) end
      position = position + count
      running:give(bytes, 1, count, position == total)
    end,
    progress = function(running) note(running:progress()) end,
    done = function(count)
      note(count)
      confirm(transfer, position)
      transfer.state.is_stored = true
      return true
    end,
  })
end

-- A server that refuses an offset before it has taken a byte has no REST: it gets the whole
-- file in each attempt.
local function send_from(transfer, start)
  local state = transfer.state
  local file, err = localfile.open(transfer.path, "rb")
  if not file then return nil, err end
  local is_first = not state.is_begun
  state.confirmed, state.is_begun = start, true
  if is_first then save(transfer) end
  if start > 0 then transfer.resumed = start end
  local ok
  ok, err = send(transfer, file, start)
  file:close()
  if ok then return true end
  local is_untouched = transfer.last_run.sent == 0
  if start > 0 and is_untouched and failure.refuses_offset(err) then
    transfer.lacks_rest = true
    return nil, err, "again"
  end
  return nil, err
end

-- --- the end ------------------------------------------------------------------

-- Compares the sizes. A server that tells no size of a file that it has just stored tells
-- none at all. Where the sizes differ, the whole file is sent once more.
local function check_size(transfer)
  local size, err = remote_size(transfer, transfer.state.temporary)
  if not size then return nil, err end
  local is_unknown = size == "unknown" or size == "missing" and transfer.state.is_stored
  if is_unknown or size == transfer.total then return true end
  local ok
  ok, err = remove(transfer, transfer.state.temporary)
  if not ok then return nil, err end
  local is_second = transfer.lacks_rest
  transfer.lacks_rest = true
  transfer.state.confirmed, transfer.state.is_stored = 0, false
  return nil, verify_error(transfer, ("%.0f bytes were sent, on the server: %s"):format(
    transfer.total, tostring(size))), is_second and "final" or nil
end

local function rename(transfer)
  return transfer.session:rename(transfer.state.temporary, transfer.name)
end

-- For servers that do not rename over an existing file. Between DELE and RNTO there is
-- no file under the name.
local function replace(transfer, refusal)
  local size, err = transfer.session:size(transfer.name)
  if not size then
    if failure.heals(err) then return nil, err end
    return nil, refusal
  end
  local ok
  ok, err = remove(transfer, transfer.name)
  if not ok then return nil, err end
  return rename(transfer)
end

local function publish(transfer)
  local state = transfer.state
  state.renaming = true
  save(transfer)
  local ok, err = rename(transfer)
  if ok then return true end
  if failure.is_unsupported(err) then
    err.advice = "the server cannot rename: use atomic = false"
    return nil, err
  end
  if failure.refuses(err) then state.renaming = false end
  if not failure.is_permanent(err) then return nil, err end
  return replace(transfer, err)
end

-- Whether an earlier rename, whose result was lost, has worked: then the temporary name is
-- gone and the final one has our size. Returns true or false; or nil, err. Where the server
-- does not tell, the file may be under either name, and it is sent once more.
local function is_published(transfer)
  local state = transfer.state
  if not state.renaming then return false end
  local size, err = remote_size(transfer, state.temporary)
  if not size then return nil, err end
  if type(size) == "number" then return false end
  if size == "missing" then size, err = remote_size(transfer, transfer.name) end
  if not size then return nil, err end
  state.is_stored = false
  return size == transfer.total
end

local function finish(transfer)
  local ok, err = check_source(transfer)
  if not ok then
    remove(transfer, transfer.state.temporary)
    journal.remove(transfer.journal)
    return nil, err
  end
  if transfer.options.atomic then
    ok, err = publish(transfer)
    if not ok then return nil, err end
  end
  journal.remove(transfer.journal)
  return true
end

-- Removes what an earlier process has sent of another version of the file.
local function remove_stale(transfer)
  if not transfer.stale then return true end
  local ok, err = remove(transfer, transfer.stale)
  if not ok and failure.heals(err) then return nil, err end
  transfer.stale = nil
  return true
end

--- One attempt.
-- @treturn boolean true; or nil, err, verdict (see attempt() in transfer.lua)
function upload.attempt(transfer)
  local ok, err = check_source(transfer)
  if ok then ok, err = remove_stale(transfer) end
  if not ok then return nil, err end
  ok, err = is_published(transfer)
  if ok == nil then return nil, err end
  if ok then
    journal.remove(transfer.journal)
    return true
  end
  local start
  start, err = find_start(transfer)
  if not start then return nil, err end
  learn(transfer, start)
  transfer:reached(start)
  local verdict
  if start < transfer.total or transfer.total == 0 then
    ok, err, verdict = send_from(transfer, start)
    if not ok then return nil, err, verdict end
  end
  ok, err, verdict = check_size(transfer)
  if not ok then return nil, err, verdict end
  return finish(transfer)
end

return upload
