--- Transfers that finish: attempt after attempt until the whole file is there, or until it
-- is clear why it will not be. What one attempt does stands in upload.lua and
-- download.lua, what is done between two of them in escalation.lua.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local backoff = require "bg96.ftp.transfer.backoff"
local check = require "bg96.ftp.check"
local deadline = require "bg96.ftp.deadline"
local download = require "bg96.ftp.transfer.download"
local escalation = require "bg96.ftp.transfer.escalation"
local failure = require "bg96.ftp.transfer.failure"
local pause = require "bg96.ftp.pause"
local protect = require "bg96.ftp.protect"
local turn = require "bg96.ftp.transfer.turn"
local upload = require "bg96.ftp.transfer.upload"

local transfers = {}

local Transfer = {}
Transfer.__index = Transfer

--- A rule for check.argument(): the path of a local file.
function transfers.path_rule(value)
  if type(value) ~= "string" then return "string expected, got " .. type(value) end
  if value == "" then return "must not be empty" end
  if value:find("%z") then return "must not hold NUL" end
end

local rules = {
  progress = check.callable, on_retry = check.callable,
  retries = check.integer(0, 1000), deadline = check.seconds,
  atomic = check.type("boolean"), reboot = check.type("boolean"),
  chunk = check.integer(1, 2 ^ 30),
}
local defaults = { retries = 8, atomic = true, reboot = false }

--- The same of what an upload sends: a path, or { data = string }.
function transfers.origin_rule(value)
  if type(value) ~= "table" then return transfers.path_rule(value) end
  for name in pairs(value) do
    if name ~= "data" then return ("unknown field '%s'"):format(tostring(name)) end
  end
  if type(value.data) ~= "string" then return "data: string expected, got " .. type(value.data) end
end

--- Checks the options of a transfer, and that the session can have one.
-- @treturn table the options, with their defaults
function transfers.check(method, session, options)
  local o = check.options(method, options, rules, defaults, 2)
  if session.is_ascii then
    error(("bad argument to '%s' (a session of type \"ascii\" changes sizes: log in with "
      .. "type = \"binary\")"):format(method), 3)
  end
  return o
end

-- --- what attempts tell -------------------------------------------------------

--- `bytes` are safe now. A kilobyte more than ever before is progress: failures are
-- counted anew from here. As a file has an end, so has that.
function Transfer:reached(bytes)
  self.safe = math.max(0, bytes)
  if bytes < self.best + 1024 then return end
  self.best, self.failures = bytes, 0
end

-- Seconds between two reports of progress, of which the first and the last always come.
local TELL_INTERVAL = 0.1

--- Tells the script of progress, which never goes back.
function Transfer:tell(done, total, is_last)
  if not self.options.progress or done <= self.told then return end
  local now = self.session.modem.core:now()
  if self.last_told and now - self.last_told < TELL_INTERVAL and not is_last then return end
  self.told, self.last_told = done, now
  self.options.progress(done, total)
end

--- Longest silence of a payload, in seconds.
function Transfer:patience()
  return self.session.timeout
end

-- --- attempts -----------------------------------------------------------------

local function now(transfer)
  return transfer.session.modem.core:now()
end

-- One attempt: the way back to a working session, where there is none, and the work.
-- Returns true; or nil, err, verdict: "again" or "final" where the kind of the error does
-- not tell.
local function attempt(transfer, last_error)
  local session = transfer.session
  if session:is_over() then return Error.closed(transfer.word) end
  if transfer.failures > 0 or not session.modem.core:is_session_open() then
    local ok, err = transfer.escalation:retry(transfer.failures, last_error)
    if not ok then return nil, err end
  end
  return transfer.work.attempt(transfer)
end

-- Seconds until the next attempt; nil where there will be none.
local function next_delay(transfer, err, verdict, last_error)
  local heals = verdict == "again" or verdict ~= "final" and failure.heals(err)
  if last_error and failure.is_logged_out(last_error) and failure.is_logged_out(err) then
    return nil
  end
  if not heals or transfer.failures > transfer.options.retries then return nil end
  local luck = transfer.session.modem.core:random() / 2 ^ 32
  local delay = backoff.delay(transfer.failures, luck)
  if not transfer.ends_at then return delay end
  local left = transfer.ends_at - now(transfer)
  if left <= 1 then return nil end
  return math.min(delay, left / 2)
end

local function make_report(transfer)
  return {
    bytes = transfer.total, sent = transfer.sent, attempts = transfer.attempts,
    seconds = now(transfer) - transfer.started, resumed = transfer.resumed,
  }
end

-- Calls a function of the script between two calls to the modem. One that throws ends the
-- transfer, as a sink would.
local function call_back(transfer, fn, ...)
  local ok, message = Call.callback(transfer.session.modem, fn, ...)
  if ok then return true end
  return nil, Error.new { kind = "local", command = transfer.word, detail = tostring(message) }
end

local function succeed(transfer)
  local ok, err = call_back(transfer, function()
    transfer:tell(transfer.total, transfer.total, true)
  end)
  if not ok then return nil, err end
  return make_report(transfer)
end

-- Why a transfer ends. Where the link has failed, and nothing has come through since, that
-- failure is the reason, and not the deadline that has passed meanwhile.
local function find_reason(transfer, err, last_error)
  if err.kind ~= "deadline" or transfer.failures == 0 then return err end
  return failure.is_link_well(last_error) and err or last_error
end

-- Tells the script of a failure, and waits before the next attempt.
local function back_off(transfer, err, delay)
  local session, on_retry = transfer.session, transfer.options.on_retry
  local ok, why = true, nil
  if on_retry then ok, why = call_back(transfer, on_retry, err, transfer.attempts, delay) end
  if not ok then return nil, why end
  return pause.wait(session.modem, delay, session)
end

local function run(transfer)
  local last_error
  while true do
    transfer.attempts = transfer.attempts + 1
    local ok, err, verdict = attempt(transfer, last_error)
    if ok then return succeed(transfer) end
    if err.kind == "deadline" then return nil, find_reason(transfer, err, last_error) end
    transfer.failures = transfer.failures + 1
    local delay = next_delay(transfer, err, verdict, last_error)
    if not delay then return nil, err end
    last_error = err
    ok, err = back_off(transfer, err, delay)
    if not ok then return nil, find_reason(transfer, err, last_error) end
  end
end

local function prepare_and_run(transfer, ...)
  deadline.set(transfer.session.modem, transfer.ends_at)
  transfer.session:locate()
  local ok, err = transfer.work.prepare(transfer, ...)
  if not ok then return nil, err end
  return run(transfer)
end

-- --- from the session -----------------------------------------------------------

local function new(session, work, word, options)
  local started = session.modem.core:now()
  local ends_at = options.deadline and started + options.deadline
  return setmetatable({
    session = session,
    options = options,
    work = work, -- upload or download: prepare(), attempt() and finish()
    word = word,
    escalation = escalation.new(session, options.reboot, ends_at),
    started = started,
    ends_at = ends_at,
    attempts = 0,
    failures = 0, -- in a row, without progress
    safe = 0,     -- bytes that need not be sent again
    best = 0,     -- most bytes that have been safe
    told = -1,    -- progress
    sent = 0,     -- payload bytes of all attempts
    resumed = 0,  -- offset at which the last resumption began
  }, Transfer)
end

-- The report of a transfer; or nil, err.
local function conclude(transfer, ok, report, err)
  if ok and report then return report end
  err = ok and err or report
  if getmetatable(err) ~= Error then
    err = Error.new { kind = "local", command = transfer.word, detail = tostring(err) }
  end
  if err.kind ~= "local" then err.command = err.command or transfer.word end
  err.transferred, err.attempts = transfer.safe, transfer.attempts
  return nil, err
end

-- Gives back what a transfer has taken, however it has ended. What follows is what protect()
-- has returned.
local function leave(transfer, held, ...)
  deadline.set(transfer.session.modem, nil)
  transfer.work.finish(transfer)
  held:release()
  return conclude(transfer, ...)
end

-- Runs a transfer when its turn has come.
local function start(transfer, ...)
  local modem = transfer.session.modem
  local refusal = Call.refusal(modem, transfer.word)
  if refusal then return conclude(transfer, true, nil, refusal) end
  local held = turn.queue(modem, transfer.ends_at)
  return leave(transfer, held, protect(turn.run, modem, held, prepare_and_run, transfer, ...))
end

--- See session:upload(); arguments are checked.
function transfers.upload(session, what, name, options)
  return start(new(session, upload, "+QFTPPUT", options), what, name)
end

--- See session:download(); arguments are checked.
function transfers.download(session, name, path, options)
  return start(new(session, download, "+QFTPGET", options), name, path)
end

return transfers
