--- One attempt of session:download().
--
-- The bytes go to `path .. ".part"` as they come. When a command ends with the module's own
-- count, its bytes are confirmed. Most of what a failed command has brought is good, too.
-- But bytes may have been lost on the serial line, and what a module says of a lost link
-- may be unknown to the core, and have been taken for payload. So the end is cut off, and
-- the bytes before it are fetched once more: if they are the same, the part is right up to
-- there.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local journal = require "bg96.ftp.transfer.journal"
local localfile = require "bg96.ftp.transfer.localfile"
local partfile = require "bg96.ftp.transfer.partfile"
local failure = require "bg96.ftp.transfer.failure"

local download = {}

-- Bytes of a command. Each command opens a data connection of its own, and what the server
-- has sent beyond it is lost. SMALL is for links on which a command of the usual size
-- never ends.
local CHUNK, SMALL = 256 * 1024, 16 * 1024

-- Bytes that are cut off, and bytes that are compared.
local TAIL, OVERLAP = partfile.TAIL, 512

-- --- state --------------------------------------------------------------------

--- Looks at what an earlier process has left.
function download.prepare(transfer, name, path)
  transfer.name, transfer.path = name, path
  transfer.part, transfer.journal = path .. ".part", path .. ".part.info"
  transfer.chunk = transfer.options.chunk or CHUNK
  local old = journal.load(transfer.journal)
  local session = transfer.session
  local is_same = old and old.server == session.server and old.folder == session.folder
    and old.name == name and core.stat(transfer.part)
  if is_same then
    transfer.state = {
      size = tonumber(old.size) or "unknown", modified = old.modified,
      confirmed = tonumber(old.confirmed) or 0,
    }
  end
  return true
end

local function save(transfer)
  local state, session = transfer.state, transfer.session
  local ok, message, errno = journal.save(transfer.journal, {
    server = session.server, folder = session.folder, name = transfer.name, size = state.size,
    modified = state.modified, confirmed = state.confirmed,
  })
  if not ok then return nil, localfile.error(transfer.journal, message, errno) end
  return true
end

-- Begins an empty part of the remote file as it is now. The old journal is removed first: it
-- must never stand beside a part of another file.
local function begin_anew(transfer, remote)
  journal.remove(transfer.journal)
  local file, err = localfile.open(transfer.part, "wb")
  if not file then return nil, err end
  file:close()
  transfer.state = { size = remote.size, modified = remote.modified, confirmed = 0 }
  return save(transfer)
end

local function verify_error(transfer, detail)
  return Error.new { kind = "verify", command = transfer.word, detail = detail,
    advice = "the local file is as it was before; try again" }
end

-- Asks what identifies the version of the remote file: its size ("unknown" where the server
-- does not tell) and its time ("" where it does not tell). Or nil, err. Whether there is
-- such a file, the transfer itself tells.
local function identify(transfer)
  local session, remote = transfer.session, { size = "unknown", modified = "" }
  if not transfer.lacks_size then
    local size, err = session:size(transfer.name)
    if not size and not failure.refuses(err) then return nil, err end
    remote.size = size or remote.size
    transfer.lacks_size = not size and failure.is_unsupported(err)
  end
  if transfer.lacks_mdtm then return remote end
  local seconds, text = session:mdtm(transfer.name)
  if seconds then
    remote.modified = text
  elseif failure.refuses(text) or text.kind == "framing" then
    transfer.lacks_mdtm = true
  else
    return nil, text
  end
  return remote
end

-- Whether the part belongs to the remote file as it is now.
local function is_same(transfer, remote)
  local state = transfer.state
  if not state or state.modified ~= remote.modified then return false end
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
  return (core.stat(transfer.part)) or 0
end

-- Where to go on: an offset, and the bytes of the part with which the first bytes from there
-- are to be compared; without them nothing is compared. Or nil, err.
local function find_start(transfer)
  local state = transfer.state
  local size = part_size(transfer)
  state.confirmed = math.min(state.confirmed, size)
  local from = size - TAIL - OVERLAP
  if from <= state.confirmed then return state.confirmed end
  local block, err = localfile.read_at(transfer.part, from, OVERLAP)
  if not block then return nil, err end
  if localfile.repeats(block) then return state.confirmed end
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

local function note(transfer, writer, before)
  transfer.sent = transfer.sent + writer.position - before
  transfer:tell(writer.position, transfer.total)
end

-- Kinds of errors that the module's words stand for, silence before the end of the payload
-- behind them.
local is_told = { error = true, ftp = true, cme = true, pdp = true, reset = true }

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
  transfer.state.confirmed = position
  transfer:reached(position)
  return save(transfer)
end

-- Keeps what is good of the bytes that a failed command has brought.
local function give_up(transfer, writer, err)
  transfer.last_end = writer.position
  if err.kind == "verify" or err.kind == "framing" then
    core.truncate(transfer.part, transfer.state.confirmed)
  end
  transfer:reached(part_size(transfer) - TAIL)
end

-- Fetches what is missing, command by command. The first command brings the bytes that are
-- compared. Returns true; or nil, err, and whether the failed command had an offset and
-- brought nothing.
local function fetch_rest(transfer, start, block)
  local writer = partfile.open(transfer.part, start, block)
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
  writer:close()
  return ok, err, is_untouched
end

-- From a server without SIZE each attempt fetches the whole file, and the module's own count
-- says whether that was all. An empty part is removed: there may be no such file.
local function fetch_all(transfer)
  local writer = partfile.open(transfer.part, 0)
  local ok, err = fetch(transfer, writer, nil)
  writer:close()
  if ok then
    transfer.total = writer.position
  elseif part_size(transfer) == 0 then
    os.remove(transfer.part)
    journal.remove(transfer.journal)
    transfer.state = nil
  end
  return ok, err
end

-- --- the end ------------------------------------------------------------------

local function publish(transfer)
  local ok, err = localfile.sync(transfer.part)
  if not ok then return nil, err end
  local message, errno
  ok, message, errno = os.rename(transfer.part, transfer.path)
  if not ok then return nil, localfile.error(transfer.path, message, errno) end
  journal.remove(transfer.journal)
  return localfile.sync(transfer.path)
end

-- Checks that the remote file has not changed since the transfer began.
local function check_end(transfer)
  local remote, err = identify(transfer)
  if not remote then return nil, err end
  if not has_changed(transfer, remote) then return true end
  return nil, verify_error(transfer, "the remote file was changed while it was fetched")
end

-- From a server that refuses an offset each attempt fetches the whole file, with one command.
local function fetch_known(transfer)
  local start, block = 0, nil
  if not transfer.lacks_rest then start, block = find_start(transfer) end
  if not start then return nil, block end
  learn(transfer, start)
  transfer:reached(start)
  if start > 0 then transfer.resumed = start end
  local ok, err, is_untouched = fetch_rest(transfer, start, block)
  if ok then return true end
  if not is_untouched or not failure.refuses_offset(err) then return nil, err end
  transfer.lacks_rest, transfer.chunk = true, math.huge
  transfer.state.confirmed = 0 -- or the next process would go on where this one starts again
  save(transfer)
  return nil, err, "again"
end

--- One attempt.
-- @treturn boolean true; or nil, err, verdict (see attempt() in transfer.lua)
function download.attempt(transfer)
  local remote, err = identify(transfer)
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
  if ok then ok, err = check_end(transfer) end
  if not ok then return nil, err, verdict end
  return publish(transfer)
end

return download
