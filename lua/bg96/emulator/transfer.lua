--- One transfer of QFTPPUT, QFTPGET or a listing: between the server and the
-- COM port (then in data mode) or a file in UFS (then in the background).
local transfer = {}
transfer.__index = transfer

local CHUNK = 16384

--- Begins a transfer of `session`. `plan`: `word`; `request` for the backend,
-- or `operation` to go on with a store that was kept open; `upload`; `limit`
-- in bytes or nil; `keep` for <beof> 0; `file`, the name in UFS, or nil for COM.
function transfer.start(session, plan)
  local module = session.module
  local self = setmetatable({
    session = session, module = module, word = plan.word, upload = plan.upload,
    limit = plan.limit, keep = plan.keep, file = plan.file, name = plan.request.name,
    offset = plan.request.offset or 0, count = 0, state = "opening", active = module.clock.now,
  }, transfer)
  self.operation = plan.operation or session.backend:start(plan.request)
  session.transfer, session.length = self, 0
  self:watch()
  return self
end

-- When payload has moved last.
local function last_move(self)
  return math.max(self.active, self.operation.moved_at or self.active)
end

--- Watches <timeout> of 2.1: until CONNECT, then between two packets.
function transfer:watch()
  local timeout = self.session.settings.rsptimeout
  self.timer = self.module:after(last_move(self) + timeout - self.module.clock.now, function()
    if self.module.clock.now - last_move(self) < timeout - 1e-6 then return self:watch() end
    self.operation:cancel()
    self:finish(609, 0)
  end)
end

function transfer:unwatch()
  self.module.clock:cancel(self.timer)
end

function transfer:in_data_mode()
  return self.module.data ~= nil and self.module.data == self.data
end

function transfer:left()
  return self.limit and self.limit - self.count
end

local function counted(self, count)
  self.count = self.count + count
  self.active = self.module.clock.now
  self.session.length = self.count
  self.module.faults:payload(count)
end

-- ------------------------------------------------------------ in data mode

-- A download is a source of payload for the output.
local function source(self)
  local operation = self.operation
  return {
    ready = function()
      local count, since = operation:ready()
      return math.min(count, self:left() or math.huge), since
    end,
    read = function(max)
      max = math.min(max, self:left() or max, self.module.faults:allowance())
      local bytes = operation:read(max)
      if self:left() == #bytes then operation:stop() end
      counted(self, #bytes)
      return bytes
    end,
  }
end

-- Takes payload of an upload, up to its length or to where a fault strikes. What finds
-- the buffer full is lost without a word, and then the rest is waited for.
local function accept(self, bytes)
  local count = math.min(#bytes, self:left() or #bytes, self.module.faults:allowance())
  local taken = self.operation.is_lossy and math.min(count, self.operation:room()) or count
  if taken > 0 then
    self.operation:write(bytes:sub(1, taken))
    counted(self, taken)
  end
  if taken < count then self.module:lose(count - taken) end
  if self:left() == 0 and self:in_data_mode() then self:complete_upload() end
  return count
end

--- How many bytes of an upload the host may send now. A module that cannot hold the host
-- up gets whatever it sends.
function transfer:room()
  if self.operation.is_lossy and not self.module:holds_host() then return math.huge end
  return self.operation:room()
end

function transfer:enter_data_mode()
  local upload = self.upload
  self.data = self.module:enter_data {
    accept = function(bytes) return upload and accept(self, bytes) or #bytes end,
    remaining = function() return upload and self:left() end,
    escaped = function() self:escape() end,
    room = function() return upload and self:room() or math.huge end,
  }
  if not upload then self.module.output:attach(source(self)) end
end

--- `+++` or DTR. It completes an upload (2.5); a download waits for ATO, unless the
-- quirk `ato-refused` ends it.
function transfer:escape()
  if self.upload then return self:complete_upload() end
  self.module:leave_data("OK")
  if self.module.quirks["ato-refused"] then
    self:abandon()
    self.session.transfer = nil
  else
    self.state = "suspended"
  end
end

--- ATO. Returns false if no transfer is suspended.
function transfer:resume()
  if self.state ~= "suspended" then return false end
  self.state, self.active = "running", self.module.clock.now
  self.module.interpreter:connect()
  self:enter_data_mode()
  return true
end

--- All bytes are here: OK at once, the result when the server has them.
function transfer:complete_upload()
  self.state = "ending"
  if self:in_data_mode() then self.module:leave_data("OK") end
  if not self.keep then self.operation:finish() end
end

-- ------------------------------------------------------------------ in UFS

local function fill_file(self)
  local bytes = self.operation:read(math.min(CHUNK, self.module.faults:allowance()))
  if bytes == "" then return false end
  if not self.module.ufs:append(self.file, bytes) then
    self.operation:cancel()
    self:finish(613, 0)
  else
    counted(self, #bytes)
  end
  return true
end

local function send_file(self)
  local content = self.module.ufs:content(self.file)
  if not content then -- it has been deleted meanwhile
    self.operation:cancel()
    self:finish(613, 0)
    return true
  end
  local size = math.min(CHUNK, self.operation:room(), self.module.faults:allowance())
  local bytes = content:sub(self.count + 1, self.count + size)
  self.operation:write(bytes)
  counted(self, #bytes)
  if self.count == #content and self.session.transfer == self then self:complete_upload() end
  return #bytes > 0 or self.state == "ending"
end

-- ------------------------------------------------------------- how it goes on

local function begin(self)
  self.state, self.active = "running", self.module.clock.now
  if self.file then
    if not self.upload then self.module.ufs:put(self.file, "") end
    return
  end
  self.module.interpreter:connect()
  self:enter_data_mode()
  if self:left() == 0 then
    if self.upload then self:complete_upload() else self.operation:stop() end
  end
end

-- The transfer has failed before CONNECT: an error in its place, or OK and a result.
local function refuse(self, code, protocol)
  local quirks = self.module.quirks
  local synchronous = quirks["sync-errors"] or (quirks["sync-615"] and code == 615)
  if self.file or not synchronous then return self:finish(code, protocol) end
  self:unwatch()
  self.session.transfer = nil
  self.session.stuck = code == 615 and quirks["sync-615"]
  self.module.interpreter:complete(false, code)
end

-- With the quirk get-at-end, whether a download that has been opened is at the end of its file;
-- nil while that is not known.
local function is_at_end(self)
  local asked = self.module.quirks["get-at-end"] == "refused" and self.word == "+QFTPGET"
  if not asked or self.offset == 0 or self.operation:ready() > 0 then return false end
  if self.operation.done then return self.operation.code == 0 end
end

-- Returns whether anything has changed.
local function open(self)
  local at_end = is_at_end(self)
  if at_end == nil then return false end
  if at_end then refuse(self, 627, 550) else begin(self) end
  return true
end

--- Ends the transfer: leaves data mode if it is in it, then says the result.
function transfer:finish(code, detail)
  self:unwatch()
  if self.session.transfer == self then self.session.transfer = nil end
  local function report(is_alone) self.session:result(self.word, code, detail, is_alone) end
  if self:in_data_mode() then
    self.module:leave_data("OK")
  elseif self.state == "opening" and not self.file then
    if self.module.quirks["bare-failure"] then
      report(true)
      return self.module.interpreter:drop_line()
    end
    return self.module.interpreter:complete(true, function() report() end)
  end
  report()
end

local function kept_open(self)
  if not (self.state == "ending" and self.keep) or self.operation:unsent() > 0 then return false end
  self.session.kept = self.operation
  self.session.kept_name, self.session.kept_at = self.name, self.offset + self.count
  self:finish(0, self.count)
  return true
end

--- Follows the backend. Returns whether anything has changed.
function transfer:poll()
  local operation = self.operation
  if self.state == "opening" and operation.opened then
    return open(self)
  elseif operation.done and self.state == "opening" then
    refuse(self, operation.code, operation.protocol)
  elseif operation.done then
    local stopped = not self.upload and self:left() == 0
    if operation.code == 0 or stopped then
      self:finish(0, self.count)
    else
      self:finish(operation.code, operation.protocol)
    end
  elseif kept_open(self) then
    return true
  elseif self.file and self.state == "running" then
    return (self.upload and send_file or fill_file)(self)
  else
    return false
  end
  return true
end

--- Cancels the transfer and says nothing, for AT+QFTPCLOSE.
function transfer:abandon()
  self:unwatch()
  self.operation:cancel()
  if self:in_data_mode() then self.module:leave_data() end
end

-- The link is lost and the module has not noticed: payload vanishes and nothing comes,
-- until `+++` or the timeout ends data mode.
local function stay_dead(self)
  self.module.output:attach(nil)
  local data
  local function leave(report)
    if self.module.data ~= data then return end
    self.module:leave_data("OK")
    if report then self.session:result(self.word, 609, 0) end
  end
  data = self.module:enter_data {
    accept = function(bytes) return #bytes end,
    escaped = function() leave(false) end,
  }
  self.module:after(self.session.settings.rsptimeout, function() leave(true) end)
end

-- How data mode ends when the link is lost: the final result code, and whether the
-- result follows. "silence" does not end it.
local endings = {
  carrier = { final = "NO CARRIER" },
  result = { final = "OK", has_result = true },
  bare = { has_result = true },
  none = {},
}

--- The link under the transfer is lost; see `cut` of the session. `loss.how`:
-- "carrier" (NO CARRIER), "result" (OK and the result), "bare" (the result alone),
-- "none" (data mode ends without a word) or "silence" (data mode goes on, but nothing
-- comes and payload vanishes).
function transfer:cut(loss)
  self:unwatch()
  self.operation:cancel()
  if self.session.transfer == self then self.session.transfer = nil end
  local has_result = loss.how ~= "silence" and loss.how ~= "none"
  if self:in_data_mode() then
    if loss.how == "silence" then return stay_dead(self) end
    self.module:leave_data(endings[loss.how].final)
    has_result = endings[loss.how].has_result
  elseif self.state == "opening" and not self.file then
    return self.module.interpreter:complete(false, loss.code or 605)
  end
  if not has_result then return end
  self.session:result(self.word, loss.code or 605, loss.protocol or 0, loss.how == "bare")
end

return transfer
