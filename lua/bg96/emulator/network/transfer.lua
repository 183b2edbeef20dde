--- Payload between a data connection and the module: bounded buffers, so that
-- neither a fast server nor a fast line fills the memory.
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local backend = require("bg96.emulator.backend")
local errors = require("bg96.emulator.errors")
local unpack = require("bg96.emulator.compat").unpack

local transfer = {}

local BUFFER = 65536
local CHUNK = 16384

-- The outcome of the server's last reply; none means that the connection is lost.
local function outcome(reply)
  if not reply then return 606, 0 end
  if reply < 400 then return 0, reply end
  return errors.from_reply(reply), reply
end

-- ------------------------------------------------------------- downloads

local function end_download(operation)
  if operation.final and (operation.buffered == 0 or operation.stopped) then
    backend.finish(operation, unpack(operation.final))
  end
end

--- Makes `operation` one that can be read; `data` is its connection. `hooks`: `wake()`, and
-- `air`, which counts the payload.
function transfer.prepare_download(operation, data, hooks)
  operation.chunks, operation.buffered, operation.moved = {}, 0, condition.new()
  function operation:ready()
    return self.buffered, self.since
  end
  function operation:read(max)
    local chunk = self.chunks[1]
    if not chunk then return "" end
    local bytes = chunk:sub(1, max)
    hooks.air:payload(0, #bytes)
    self.buffered = self.buffered - #bytes
    if #bytes == #chunk then
      table.remove(self.chunks, 1)
      self.moved:signal()
    else
      self.chunks[1] = chunk:sub(#bytes + 1)
    end
    end_download(self)
    return bytes
  end
  function operation:stop()
    self.stopped = true
    data:cut()
    self.moved:signal()
    end_download(self)
  end
  function operation:cancel()
    self.cancelled = true
    self:stop()
  end
  operation.wake = hooks.wake
end

local function store(operation, bytes)
  if operation.buffered == 0 then operation.since = cqueues.monotime() end
  operation.chunks[#operation.chunks + 1] = bytes
  operation.buffered = operation.buffered + #bytes
  operation.wake()
end

--- Reads until the server closes or `stop` is called, then waits for the server's
-- reply.
function transfer.download(operation, data, control)
  while not operation.stopped do
    local bytes = data.socket:read(-CHUNK)
    if not bytes then break end
    if not operation.stopped then store(operation, bytes) end
    while operation.buffered >= BUFFER and not operation.stopped do operation.moved:wait() end
  end
  data:close()
  local hear = operation.stopped and control.reply_to_cut or control.reply
  operation.final = { outcome(hear(control)) }
  end_download(operation)
end

-- --------------------------------------------------------------- uploads

--- The same for one that can be written to.
function transfer.prepare_upload(operation, data, hooks)
  operation.chunks, operation.buffered, operation.moved = {}, 0, condition.new()
  function operation:room() return math.max(0, BUFFER - self.buffered) end
  function operation:unsent() return self.buffered end
  function operation:write(bytes)
    if bytes == "" then return end
    hooks.air:payload(#bytes, 0)
    self.chunks[#self.chunks + 1] = bytes
    self.buffered = self.buffered + #bytes
    self.moved:signal()
  end
  function operation:finish()
    self.finished = true
    self.moved:signal()
  end
  function operation:cancel()
    self.cancelled, self.finished = true, true
    data:cut()
    self.moved:signal()
  end
  operation.wake = hooks.wake
end

local function send_chunks(operation, data)
  local chunks = operation.chunks
  operation.chunks = {}
  local bytes = table.concat(chunks)
  local sent = data.socket:write(bytes) and data.socket:flush()
  operation.buffered = operation.buffered - #bytes
  operation.wake()
  return sent
end

-- Waits for payload or for the server to say that it has had enough.
local function server_speaks(operation, control)
  return cqueues.poll(operation.moved, control.readable) == control.readable
end

--- Sends until `finish`, then closes and waits for the server's reply.
function transfer.upload(operation, data, control)
  local complete, early = false, false
  while not complete and not early do
    if #operation.chunks > 0 then
      early = not send_chunks(operation, data)
    elseif operation.finished then
      complete = true
    else
      early = server_speaks(operation, control)
    end
  end
  data:close()
  local code, reply = outcome(control:reply())
  -- A server that is content with half a file has lost the other half.
  if code == 0 and not complete then code = 607 end
  operation.buffered = 0
  backend.finish(operation, code, reply)
end

return transfer
