--- One attempt of session:download().
--
-- The bytes go to `path .. ".part"` as they come. Those of a command that ended
-- with the module's own count are confirmed. What a command that failed has
-- brought is most of it good, too; but its end may be what the module said when it
-- lost the link, and bytes may have been lost on the serial line. So the end is cut
-- off, and the bytes before it are asked for once more: where they are the same,
-- everything stands in its place.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local journal = require "bg96.ftp.journal"
local localfile = require "bg96.ftp.localfile"
local recovery = require "bg96.ftp.recovery"

local download = {}

-- Bytes of a command: each opens a data connection of its own, and throws away
-- what the server has sent beyond it. SMALL is for links on which a command of the
-- usual size never ends.
local PIECE, SMALL = 256 * 1024, 16 * 1024

-- Bytes that are cut off, and bytes that are compared.
local TAIL, OVERLAP = 512, 512

-- --- state --------------------------------------------------------------------

--- Looks at what an earlier process has left.
function download.prepare(transfer, name, path)
  transfer.name, transfer.path = name, path
  transfer.part, transfer.journal = path .. ".part", path .. ".part.info"
  transfer.piece = transfer.options.chunk or PIECE
  local old = journal.load(transfer.journal)
  local session = transfer.session
  if not old or old.server ~= session.server or old.folder ~= session.folder
    or old.name ~= name then
    return
  end
  transfer.state = {
    size = tonumber(old.size), modified = old.modified, confirmed = tonumber(old.confirmed) or 0,
  }
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

-- An empty part, of what the server has now. The old journal goes first: it must
-- never stand beside a part of another file.
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

-- What identifies the state of the remote file: size ("unknown" where the server
-- never tells) and time, "" where it does not tell that; or nil, err.
local function identify(transfer)
  local session, remote = transfer.session, { modified = "" }
  local size, err = session:size(transfer.name)
  if not size and not recovery.is_unsupported(err) then return nil, err end
  remote.size = size or "unknown"
  if transfer.lacks_mdtm then return remote end
  local seconds, text = session:mdtm(transfer.name)
  if seconds then
    remote.modified = text
  elseif recovery.is_refusal(text) or text.kind == "framing" then
    transfer.lacks_mdtm = true
  else
    return nil, text
  end
  return remote
end

local function is_same(transfer, remote)
  local state = transfer.state
  return state and state.size == remote.size and state.modified == remote.modified
end

-- --- where to go on -----------------------------------------------------------

local function part_size(transfer)
  return (core.stat(transfer.part)) or 0
end

-- Where to go on: an offset; and, where the bytes that come first are to be
-- compared with those of the part, the latter. Or nil, err.
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

-- After bytes had to be fetched again, commands become smaller.
local function learn(transfer, start)
  local last = transfer.last_end
  transfer.last_end = nil
  if last and last - start > 4 * (TAIL + OVERLAP) then
    transfer.piece = transfer.lacks_rest and math.huge or math.min(transfer.piece, SMALL)
  end
end

-- --- receiving ----------------------------------------------------------------

local Writer = {}
Writer.__index = Writer

-- Writes to the part from `start` on, once the bytes that come first have turned
-- out to be those of `block`, if there is one. While that is open, the part stays
-- as it is: what comes may be the module's last words, too. The methods throw.
local function new_writer(transfer, start, block)
  return setmetatable({
    path = transfer.part, word = transfer.word, start = start, position = start,
    block = block, held = block and "" or nil,
  }, Writer)
end

local function open_at(writer, offset)
  local ok, errno = core.truncate(writer.path, offset)
  if not ok then error(localfile.error(writer.path, nil, errno), 0) end
  local file, err = localfile.open(writer.path, "r+b")
  if not file then error(err, 0) end
  file:seek("set", offset)
  writer.file = file
end

local function append(writer, offset, bytes)
  if not writer.file then open_at(writer, offset) end
  local ok, message, errno = writer.file:write(bytes)
  if not ok then error(localfile.error(writer.path, message, errno), 0) end
end

local function judge(writer)
  local block, held = writer.block, writer.held
  if held:sub(1, #block) ~= block then
    error(verify_error(writer, "the part that is there does not fit what the server sends"), 0)
  end
  writer.held = nil
  append(writer, writer.start + #block, held:sub(#block + 1))
end

function Writer:write(bytes)
  local offset = self.position
  self.position = offset + #bytes
  if not self.held then return append(self, offset, bytes) end
  self.held = self.held .. bytes
  if #self.held >= #self.block + TAIL then judge(self) end
end

-- A command has ended well: all of its bytes were there.
function Writer:confirm()
  if self.held then judge(self) end
  append(self, self.position, "")
  local ok, err = localfile.sync(self.path)
  if not ok then error(err, 0) end
end

function Writer:close()
  if self.file then self.file:close() end
end

-- What a module says when it leaves data mode because the link is gone.
local function is_farewell(text)
  return text == "\r\nNO CARRIER\r\n" or text:find("^\r\nOK\r\n\r\n%+QFTPGET: ") ~= nil
end

-- After a failure QFTPLEN may know how many of the bytes were payload. It is
-- believed where the others are words of the module's.
local function settle(transfer, start, position)
  local count = transfer.session:len()
  local heard = position - start
  if not count or count > heard or heard - count > TAIL then return end
  local length = math.min(heard, TAIL)
  local bytes = localfile.read_at(transfer.part, position - length, length)
  if not bytes then return end
  local words = bytes:sub(length - (heard - count) + 1)
  local ends_in_words = bytes:find("\r\nNO CARRIER\r\n$") or bytes:find("%+QFTPGET: %d+,%d+\r\n$")
  if words == "" and ends_in_words or words ~= "" and not is_farewell(words) then return end
  transfer.state.confirmed = start + count
  core.truncate(transfer.part, start + count)
end

local function note(transfer, writer, before)
  transfer.sent = transfer.sent + writer.position - before
  transfer:tell(writer.position, transfer.total)
end

-- Runs one command; `length` is nil for all there is.
local function fetch(transfer, writer, length)
  local session = transfer.session
  local silence_ms = transfer:patience() * 1000
  local task = session.modem.core:download(silence_ms, silence_ms, "+QFTPGET", transfer.name,
    writer.position, length, true)
  return Call.run(session.modem, task, {
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
end

local function confirm(transfer, position)
  transfer.state.confirmed = position
  transfer:reached(position)
  return save(transfer)
end

-- What a failed command has left behind.
local function give_up(transfer, start, writer, err)
  transfer.last_end = writer.position
  if writer.file and err.kind ~= "local" and err.kind ~= "reset" then
    settle(transfer, start, writer.position)
  end
  if err.kind == "verify" or err.kind == "framing" then
    core.truncate(transfer.part, transfer.state.confirmed)
  end
  transfer:reached(part_size(transfer) - TAIL)
end

-- Fetches what is missing, command after command.
local function fetch_rest(transfer, start, block)
  local writer = new_writer(transfer, start, block)
  local ok, err = true, nil
  while ok and writer.position < transfer.total do
    local from = writer.position
    ok, err = fetch(transfer, writer, math.min(transfer.piece, transfer.total - from))
    if ok then
      ok, err = confirm(transfer, writer.position)
    else
      give_up(transfer, from, writer, err)
    end
  end
  writer:close()
  return ok, err
end

-- From a server without SIZE everything is fetched each time, and the module's own
-- count says whether it was all.
local function fetch_all(transfer)
  local writer = new_writer(transfer, 0)
  local ok, err = fetch(transfer, writer, nil)
  writer:close()
  if ok then transfer.total = writer.position end
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
  transfer:tell(transfer.total, transfer.total)
  return localfile.sync(transfer.path)
end

-- The remote file must be what it was when the transfer began.
local function check_end(transfer)
  local remote, err = identify(transfer)
  if not remote then return nil, err end
  if is_same(transfer, remote) then return true end
  return nil, verify_error(transfer, "the remote file was changed while it was fetched")
end

-- From a server without REST everything is fetched each time, with one command.
local function fetch_known(transfer)
  local start, block = 0, nil
  if not transfer.lacks_rest then start, block = find_start(transfer) end
  if not start then return nil, block end
  learn(transfer, start)
  transfer:reached(start)
  if start > 0 then transfer.resumed = start end
  local ok, err = fetch_rest(transfer, start, block)
  if ok then return true end
  if transfer.lacks_rest or not recovery.is_unsupported(err) then return nil, err end
  transfer.lacks_rest, transfer.piece = true, math.huge
  return nil, err, "again"
end

--- One attempt.
-- @treturn boolean true; or nil, err, verdict (see transfers.lua)
function download.attempt(transfer)
  local remote, err = identify(transfer)
  if not remote then return nil, err end
  local ok, verdict
  if not is_same(transfer, remote) then
    ok, err = begin_anew(transfer, remote)
    if not ok then return nil, err end
  end
  if remote.size == "unknown" then
    ok, err = fetch_all(transfer)
  else
    transfer.total = remote.size
    ok, err, verdict = fetch_known(transfer)
  end
  if ok then ok, err = check_end(transfer) end
  if not ok then return nil, err, verdict end
  return publish(transfer)
end

return download
