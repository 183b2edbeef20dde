--- The FTP session: its state (AT+QFTPSTAT), the operation that it is busy with, and
-- the results that come behind OK.
local errors = require("bg96.emulator.errors")
local settings = require("bg96.emulator.settings")

local session = {}
session.__index = session

--- States as AT+QFTPSTAT numbers them (2.17).
session.OPENING, session.IDLE, session.TRANSFERRING = 0, 1, 2
session.CLOSING, session.CLOSED = 3, 4

--- A closed session of `module`.
function session.new(module)
  local self = setmetatable({ module = module }, session)
  self:reset()
  return self
end

--- As after boot: closed, with the settings of 2.1 at their defaults.
function session:reset()
  self.open = session.CLOSED
  self.operation, self.transfer, self.kept, self.length = nil, nil, nil, 0
  self.delayed = nil -- the result of a login or a close that comes late
  self.stuck = false -- some modules refuse everything after a refused data connection
  self.backend = self.module.backend
  self.settings = settings.defaults()
end

--- The number that AT+QFTPSTAT reports.
function session:state()
  if self.transfer then return session.TRANSFERRING end
  return self.open
end

--- The code with which a command that talks to the server is refused, or nil.
function session:refusal()
  if self.open == session.CLOSED then return 606 end
  if self.open ~= session.IDLE or self.operation or self.transfer or self.stuck then return 603 end
end

local function say_result(self, word, code, detail, is_alone)
  local module = self.module
  local shown = tostring(code)
  if module.quirks["text-errors"] and code ~= 0 and module.interpreter.cmee == 2 then
    shown = errors.text(code)
  end
  if module.quirks["size-without-err"] and word == "+QFTPSIZE" and code == 0 then
    module:result_line(("%s: %s"):format(word, detail))
  else
    module:result_line(("%s: %s,%s"):format(word, shown, detail), is_alone)
  end
end

--- Says the result of a command: `+WORD: code,detail`; `is_alone` where no OK is before it.
function session:result(word, code, detail, is_alone)
  local faults = self.module.faults
  if faults:loses_result(word) then return end
  faults:say("before-result", word)
  say_result(self, word, code, detail, is_alone)
  faults:say("after-result", word)
end

-- A store that was kept open by <beof> 0 ends before anything else begins.
local function begin(self, pending)
  if self.kept then
    pending.ending, self.kept = self.kept, nil
    pending.ending:finish()
  else
    pending.active = self.backend:start(pending.request)
  end
end

--- Starts `request` for the command `word`; `report(operation)` is called when
-- it has ended, also by the timeout of AT+QFTPCFG="rsptimeout".
function session:perform(word, request, report)
  local pending = { word = word, request = request, report = report }
  self.operation = pending
  begin(self, pending)
  pending.timer = self.module:after(self.settings.rsptimeout, function()
    self.operation = nil
    if pending.active then pending.active:cancel() end
    report({ code = 609, protocol = 0 })
  end)
end

--- The usual report: the code, and the server's reply or `show(value)`.
function session:reporter(word, show)
  return function(operation)
    if operation.code == 0 then
      self:result(word, 0, show and show(operation.value) or 0)
    else
      self:result(word, operation.code, operation.protocol)
    end
  end
end

local function poll_operation(self)
  local pending = self.operation
  if not pending then return false end
  if pending.ending then
    if not pending.ending.done then return false end
    pending.ending = nil
    pending.active = self.backend:start(pending.request)
    return true
  end
  if not pending.active.done then return false end
  self.operation = nil
  self.module.clock:cancel(pending.timer)
  pending.report(pending.active)
  return true
end

-- The control connection has died by itself.
local function poll_connection(self)
  local standing = self.open == session.IDLE or self.open == session.TRANSFERRING
  if not standing or self.operation or not self.backend:lost() then return false end
  self:cut({ code = 606, how = "result", close = true })
  return true
end

--- Follows the backend. Returns whether anything has changed.
function session:poll()
  if poll_operation(self) then return true end
  if self.transfer and self.transfer:poll() then return true end
  return poll_connection(self)
end

-- Calls `action` after `seconds`, or at once. If the link is lost meanwhile, it is called then,
-- with the loss.
local function delay(self, seconds, action)
  if not seconds then return action() end
  local delayed = { action = action }
  delayed.timer = self.module:after(seconds, function()
    self.delayed = nil
    action()
  end)
  self.delayed = delayed
end

local function flush_delayed(self, loss)
  local delayed = self.delayed
  if not delayed then return end
  self.delayed = nil
  self.module.clock:cancel(delayed.timer)
  delayed.action(loss)
end

--- A login has ended: `report(operation)` says so, with the quirk `slow-open` later.
function session:end_open(operation, report)
  delay(self, self.module.quirks["slow-open"], function(loss)
    if loss then operation = { code = loss.code or 605, protocol = 0 } end
    self.open = operation.code == 0 and session.IDLE or session.CLOSED
    report(operation)
  end)
end

-- The result of AT+QFTPCLOSE.
local function end_close(self, operation)
  delay(self, self.module.quirks["slow-close"], function()
    self.open = session.CLOSED
    self:result("+QFTPCLOSE", operation.code, operation.code == 0 and 0 or operation.protocol)
  end)
end

--- Both connections to the server are lost. `loss`: `code` (605 if left out) and
-- `protocol` (0) for the results of what was running; `how` a transfer in data mode
-- ends (see transfer:cut); `close` whether an unsolicited +QFTPCLOSE follows.
function session:cut(loss)
  local pending, transfer, kept = self.operation, self.transfer, self.kept
  self.operation, self.transfer, self.kept = nil, nil, nil
  self.open = session.CLOSED
  if kept then kept:cancel() end
  if pending then
    self.module.clock:cancel(pending.timer)
    if pending.active then pending.active:cancel() end
    pending.report({ code = loss.code or 605, protocol = 0 })
    self.open = session.CLOSED
  end
  flush_delayed(self, loss)
  if transfer then transfer:cut(loss) end
  self.backend:drop()
  if loss.close then say_result(self, "+QFTPCLOSE", 606, 0, true) end -- of no command
end

--- A command has come too early (the quirk `early-command`).
function session:break_off()
  if self.open == session.CLOSED then return end
  self:cut({ how = "none" })
  self.module.interpreter:final("NO CARRIER")
end

--- AT+QFTPCLOSE. Returns the code with which it is refused, or nil.
function session:close()
  if self.open == session.CLOSED then return 606 end
  if self.open ~= session.IDLE or self.operation then return 603 end
  if self.transfer then
    self.transfer:abandon()
    self.transfer = nil
  end
  self.open = session.CLOSING
  self:perform("+QFTPCLOSE", { verb = "close" }, function(operation)
    end_close(self, operation)
  end)
end

return session
