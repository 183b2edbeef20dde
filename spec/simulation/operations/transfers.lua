--- put and get: uploads and downloads.

local checks = require "spec.simulation.operations.checks"
local payload = require "spec.simulation.payload"
local target = require "spec.simulation.operations.target"

local transfers = {}

local function source_of(context, op, data)
  if op.source == "string" then return data end
  if op.source == "file" then
    local file = assert(io.tmpfile())
    file:write(data)
    file:seek("set", 0)
    return file
  end
  local at = 0
  return function()
    if at >= #data then return nil end
    if op.source == "slow" then context.bench.sleep(0.4) end
    local chunk = data:sub(at + 1, at + math.max(1, math.floor(#data / 3)))
    at = at + #chunk
    return chunk
  end
end

-- The expected file: a server that accepts STOR at an offset keeps the rest.
local function stored(before, offset, data)
  if offset == 0 then return data end
  local head = before:sub(1, offset)
  head = head .. ("\0"):rep(offset - #head)
  return head .. data .. before:sub(#head + #data + 1)
end
transfers.put = { words = { "+QFTPPUT", "+QFUPL", "+QFDEL", "+QFLST", "+QFOPEN", "+QFCLOSE" } }

function transfers.put.expected(context, op)
  local needs_rest = (op.offset or 0) > 0
  if needs_rest and target.refuses(context, "REST", "REST-STOR") then return "ftp" end
end

function transfers.put.run(context, op)
  local data = payload.make(op.content)
  op.wanted = stored(target.content(context, op) or "", op.offset or 0, data)
  return context.session:put(target.path(context, op), source_of(context, op, data),
    { via = op.via, offset = op.offset })
end

function transfers.put.check(context, op, value)
  if value ~= op.content.size then return ("%s bytes confirmed"):format(tostring(value)) end
  local there = target.content(context, op)
  if there == op.wanted then return nil end
  -- Without a checksum nothing shows a byte that was flipped on its way to the module, or
  -- doubled: then the module has all its bytes one too early.
  local is_spoilt = checks.is_spoilt(op, "up", "garbled") or checks.is_spoilt(op, "up", "doubled")
  local is_hidden = op.via == nil or (there and checks.are_alike(there, op.wanted))
  if is_spoilt and is_hidden then return nil end
  return "the file on the server is another"
end

-- The confirmed bytes are there, however the call ended; unless the module confirms what it
-- has only taken.
function transfers.put.check_failure(context, op, err)
  if context.module.quirks.confirms == "taken" then return nil end
  local there = target.content(context, op) or ""
  if op.via or checks.is_spoilt(op, "up") or (err.transferred or 0) == 0 then return nil end
  local last = (op.offset or 0) + err.transferred
  if there:sub(1, last) == op.wanted:sub(1, last) then return nil end
  return ("%d bytes were confirmed that are not there"):format(err.transferred)
end

transfers.get = {
  words = { "+QFTPSIZE", "+QFTPGET", "+QFTPLEN", "O", "+QFDEL", "+QFLST", "+QFDWL" },
}

function transfers.get.expected(context, op)
  local there = target.content(context, op)
  local offset, has_size = op.offset or 0, not context.server.refuse.SIZE
  local needs_rest = offset > 0 and target.refuses(context, "REST", "REST-RETR")
  if not there then
    if needs_rest then return "ftp" end
    return "ftp", 627
  end
  if offset > #there then return has_size and "verify" or "ftp" end
  -- Nothing is asked for where a size shows that there is nothing to fetch.
  if needs_rest and not (has_size and (offset == #there or op.length == 0)) then return "ftp" end
end

function transfers.get.run(context, op)
  local chunks = {}
  op.chunks = chunks
  local there = target.content(context, op) or ""
  local first = (op.offset or 0) + 1
  op.wanted = there:sub(first, op.length and first + op.length - 1 or #there)
  return context.session:get(target.path(context, op), {
    via = op.via, offset = op.offset, length = op.length,
    sink = op.sink and function(chunk)
      chunks[#chunks + 1] = chunk
      return true
    end or nil,
  })
end

-- Whether the bytes differ only by single flipped bytes.
local function differs_by_flips(op, got, wanted, needs_get)
  local flips, differences = 0, 0
  for _, wound in ipairs(op.wounds) do
    if wound.way == "down" and wound.is_payload then
      flips = flips + 1
      -- One byte lost and another doubled cancel out: nothing shows it. Nor does a trailer
      -- count what came before an interruption, where ATO does not go on behind it.
      if wound.how ~= "garbled" then
        return #got == #wanted and (#op.wounds > 1 or (op.was_interrupted and needs_get))
      end
    end
  end
  for i = 1, #wanted do
    if got:byte(i) ~= wanted:byte(i) then differences = differences + 1 end
  end
  return #got == #wanted and differences <= flips
end

function transfers.get.check(context, op, value)
  local got = op.sink and table.concat(op.chunks) or value
  if op.sink and value ~= #got then
    return ("%s bytes reported, %d came"):format(tostring(value), #got)
  end
  if got == op.wanted then return nil end
  local needs_get = context.module.quirks["ato-refused"] ~= nil
  if op.via == nil and differs_by_flips(op, got, op.wanted, needs_get) then return nil end
  return ("%d bytes that differ from the file's %d"):format(#got, #op.wanted)
end

-- Another program's final result code between a payload and the words of its end cannot be told
-- from payload.
local FOREIGN_MAX = #"\r\n+CME ERROR: 603\r\n"

function transfers.get.check_failure(context, op)
  local got = table.concat(op.chunks)
  if checks.is_spoilt(op, "down") then return nil end
  local doubtful = context.struck["foreign-result"] and FOREIGN_MAX or 0
  local sure = got:sub(1, math.max(0, #got - doubtful))
  if sure ~= op.wanted:sub(1, #sure) then return "bytes were handed out that the file has not" end
end

return transfers
