--- One attempt of session:upload().
--
-- The file goes to a temporary remote name, chunk by chunk; the module confirms each chunk.
-- After a failure nobody knows how much has reached the server. SIZE tells the number of
-- bytes. The last of them are read back and compared: commands may have been taken as
-- payload, and bytes may have been lost on the serial line.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local identity = require "bg96.ftp.identity"
local journal = require "bg96.ftp.transfer.journal"
local localfile = require "bg96.ftp.transfer.localfile"
local failure = require "bg96.ftp.transfer.failure"
local fetch_block = require "bg96.ftp.transfer.block"
local origin = require "bg96.ftp.transfer.origin"
local publishing = require "bg96.ftp.transfer.publishing"
local source = require "bg96.ftp.source"

local upload = {}

-- The size of chunks, as in src/ftp/chunks.h. A failing link takes along one chunk at most. So
-- confirmations may take a 64th of the time, and an eighth of it once an attempt has lost
-- more than a 64th of what it has sent.
local USUAL, LOSSY = { share = 64, least = 8 * 1024 }, { share = 8, least = 1024 }
local MUCH = 64

-- Bytes at the end of the remote file that are compared, and how many of them must be equal
-- to prove their place in the file.
local WINDOW, ANCHOR = 1024, 512

-- The journal is written each time this many more bytes have been confirmed.
local JOURNAL_STEP = 64 * 1024

-- --- state --------------------------------------------------------------------

-- Without a journal an upload cannot be resumed after a crash; nothing else is lost. So an
-- error is ignored: a full disk must not keep the logs that fill it from being sent.
local function save(transfer)
  local state = transfer.state
  state.saved = state.confirmed
  if not transfer.lock then return end
  local fields = {
    server = transfer.session.server, folder = transfer.session:folder_name(), name = transfer.name,
    temporary = state.temporary, size = transfer.total, stamp = transfer.origin.stamp,
    confirmed = state.confirmed, renaming = state.renaming and 1 or 0, module = transfer.module,
    rest = transfer.lacks_rest and 0 or 1,
  }
  for i, name in ipairs(transfer.asides) do fields["aside" .. i] = name end
  local file = journal.save(transfer.journal, fields)
  if not file then return end
  transfer.lock:close()
  transfer.lock = file
end

local function begin_anew(transfer)
  local temporary = transfer.name
  if transfer.options.atomic then temporary = publishing.name_beside(transfer, "part") end
  if not temporary then
    return nil, Error.new { kind = "local", command = transfer.word,
      detail = "the remote name leaves no room for a temporary one in the same folder",
      advice = "use session:cwd() and a shorter name, or atomic = false" }
  end
  transfer.state = {
    temporary = temporary,
    confirmed = 0,        -- bytes that the module has confirmed
    saved = 0,            -- of these, the number in the journal
    is_begun = false,     -- the remote file may exist
    is_stored = false,    -- the module's last result says that the server has all of it
    is_inherited = false, -- an earlier process has begun it
    renaming = false,     -- the rename may have happened
  }
  return true
end

-- Goes on with what an earlier process has left of the same upload. Where the local file has
-- changed since, or was on its way to another name or through another module, which may still
-- write to the remote file, only notes what is to be cleaned up.
local function take_over(transfer)
  local old = transfer.lock and journal.read(transfer.lock)
  local session = transfer.session
  local is_here = old and old.server == session.server and old.folder == session:folder_name()
    and old.name and old.temporary
  if not is_here then return end
  while old["aside" .. #transfer.asides + 1] do
    transfer.asides[#transfer.asides + 1] = old["aside" .. #transfer.asides + 1]
  end
  transfer.asides_name = old.name
  local was_atomic = old.temporary ~= old.name
  local is_same = old.name == transfer.name and tonumber(old.size) == transfer.total
    and old.stamp == transfer.origin.stamp and was_atomic == transfer.options.atomic
  if not is_same or old.module ~= transfer.module or old.module == "" then
    transfer.stale = was_atomic and old.temporary or nil
    return
  end
  local confirmed = tonumber(old.confirmed) or 0
  transfer.lacks_rest = transfer.lacks_rest or old.rest == "0"
  transfer.state = {
    temporary = old.temporary, confirmed = confirmed, saved = confirmed,
    is_begun = true, is_stored = false, is_inherited = true,
    renaming = old.renaming == "1",
  }
end

-- Locks the journal. Where there can be none, in a folder that cannot be written to, there is
-- no lock either: the temporary names of two processes differ all the same.
local function lock(transfer)
  local path = transfer.origin.path
  if not path then return true end
  local err
  transfer.journal = localfile.beside(path, ".upload")
  transfer.lock, err = localfile.open(transfer.journal, "own")
  if transfer.lock then transfer.module = identity.imei(transfer.session.modem) end
  if transfer.lock or not localfile.is_in_use(err) then return true end
  return nil, err
end

--- Looks at what is to be sent and at what an earlier process has left.
-- @param what a path, or { data = string }
-- @tparam string name of the remote file
-- @treturn boolean true; or nil, err
function upload.prepare(transfer, what, name)
  local ok, err
  transfer.origin, err = origin.open(what)
  if not transfer.origin then return nil, err end
  transfer.name, transfer.total = name, transfer.origin.size
  transfer.asides, transfer.asides_name = {}, name
  transfer.save = save
  transfer.rule = USUAL
  transfer.lacks_rest = transfer.session.lacks["REST-STOR"]
  ok, err = lock(transfer)
  if not ok then return nil, err end
  take_over(transfer)
  if transfer.state then return true end
  return begin_anew(transfer)
end

local function forget_journal(transfer)
  local file = transfer.lock
  if not file then return end
  if file:is_at(transfer.journal) then journal.remove(transfer.journal) end
  file:close()
  transfer.lock = nil
end

--- Gives back what prepare() has taken. The journal of an upload of which nothing has reached
-- the server is removed.
function upload.finish(transfer)
  if transfer.origin then transfer.origin:close() end
  if transfer.lock and transfer.lock:size() == 0 then forget_journal(transfer) end
  if transfer.lock then transfer.lock:close() end
  transfer.lock = nil
end

-- --- where to go on -----------------------------------------------------------

local function verify_error(transfer, detail)
  return Error.new { kind = "verify", command = transfer.word, detail = detail,
    advice = "nothing stands under the final name; try again" }
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
  local theirs, err = fetch_block(transfer.session, state.temporary, from, size - from)
  local known = math.min(size, state.confirmed)
  if not theirs then
    if failure.refuses(err) then return known end
    return nil, err
  end
  local ours
  ours, err = transfer.origin:read(from, #theirs)
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
  if lost * MUCH > last.sent and lost > LOSSY.least then transfer.rule = LOSSY end
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
    ok, err = publishing.remove(transfer, state.temporary)
    return ok and 0, err
  end
  if size <= state.confirmed and not state.is_inherited then return size end
  if size == 0 then return 0 end
  return compare_end(transfer, size)
end

-- --- sending ------------------------------------------------------------------

local function confirm(transfer, position)
  local state = transfer.state
  state.confirmed = position
  transfer:reached(position)
  if position - state.saved >= JOURNAL_STEP then save(transfer) end
end

-- Sends the file from `start` to its end.
local function send(transfer, start)
  local session, total = transfer.session, transfer.total
  local silence_ms = transfer:patience() * 1000
  local run, position, counted = { start = start, sent = 0 }, start, 0
  local rule, most = transfer.rule, transfer.options.chunk or source.MOST
  local task = session.modem.core:upload(silence_ms, silence_ms, transfer.state.temporary, start,
    rule.share, rule.least, most, true)
  local function note(sent, in_vain)
    local all = sent + in_vain
    transfer.sent = transfer.sent + math.max(0, all - counted)
    counted, run.sent = math.max(counted, all), math.max(run.sent, sent)
    transfer:tell(start + sent, total)
  end
  transfer.last_run = run
  return Call.run(session.modem, task, {
    want = function(wanted, running)
      if position > start then confirm(transfer, position) end
      local count = math.min(wanted, total - position)
      local bytes, err = transfer.origin:read(position, count)
      if not bytes then error(err, 0) end
      position = position + count
      running:give(bytes, 1, count, position == total)
    end,
    progress = function(running) note(running:progress()) end,
    done = function()
      note(task:progress())
      confirm(transfer, position)
      transfer.state.is_stored = true
      return true
    end,
  })
end

-- What to do about a command that was refused before a byte was taken: with an offset, the
-- server has no REST, and gets the whole file in each attempt. Without one, it may not let us
-- write over what the last attempt has left. Returns a verdict, or nil.
local function judge_refusal(transfer, start)
  local state = transfer.state
  if start > 0 then
    transfer.lacks_rest, transfer.session.lacks["REST-STOR"] = true, true
    save(transfer)
    return "again"
  end
  local is_left_over = transfer.options.atomic and state.is_retried
  if not is_left_over or transfer.never_writes_over then return nil end
  transfer.never_writes_over = true
  return "again"
end

local function send_from(transfer, start)
  local state = transfer.state
  local is_first = not state.is_begun
  state.confirmed, state.is_begun, state.is_retried = start, true, not is_first
  if is_first then save(transfer) end
  if start > 0 then transfer.resumed = start end
  local ok, err
  if start == 0 and state.is_retried and transfer.never_writes_over then
    ok, err = publishing.remove(transfer, state.temporary)
    if not ok then return nil, err end
  end
  ok, err = send(transfer, start)
  if ok then return true end
  local is_untouched = transfer.last_run.sent == 0
  local verdict
  if is_untouched and failure.refuses_offset(err) then verdict = judge_refusal(transfer, start) end
  return nil, err, verdict
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
  ok, err = publishing.remove(transfer, transfer.state.temporary)
  if not ok then return nil, err end
  local is_second = transfer.lacks_rest
  transfer.lacks_rest = true
  transfer.state.confirmed, transfer.state.is_stored = 0, false
  return nil, verify_error(transfer, ("%.0f bytes were sent, on the server: %s"):format(
    transfer.total, tostring(size))), is_second and "final" or nil
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
  local ok, err = transfer.origin:check()
  if not ok then
    publishing.remove(transfer, transfer.state.temporary)
    publishing.put_back(transfer)
    forget_journal(transfer)
    return nil, err
  end
  if transfer.options.atomic then
    ok, err = publishing.publish(transfer)
    if not ok then return nil, err end
  end
  forget_journal(transfer)
  return true
end

-- Removes what an earlier process has sent of another version of the file, or to another
-- name, and puts the old file back that it has left aside.
local function remove_stale(transfer)
  local ok, err
  if not transfer.state.is_begun then
    ok, err = publishing.put_back(transfer)
    if not ok and err then return nil, err end
    ok, err = publishing.forget_other_asides(transfer)
    if not ok then return nil, err end
  end
  if not transfer.stale then return true end
  ok, err = publishing.remove(transfer, transfer.stale)
  if not ok and failure.heals(err) then return nil, err end
  transfer.stale = nil
  return true
end

--- One attempt.
-- @treturn boolean true; or nil, err, verdict (see attempt() in transfer.lua)
function upload.attempt(transfer)
  local ok, err = transfer.origin:check()
  if ok then ok, err = remove_stale(transfer) end
  if not ok then return nil, err end
  ok, err = is_published(transfer)
  if ok == nil then return nil, err end
  if ok then
    ok, err = publishing.remove_asides(transfer)
    if ok then forget_journal(transfer) end
    return ok, err
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
