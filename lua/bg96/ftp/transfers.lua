--- Transfers that finish: attempt after attempt until the whole file is there,
-- or until it is clear why it will not be. What one attempt does is the matter of
-- upload.lua and download.lua; what is done between two of them, of recovery.lua.

local Error = require "bg96.ftp.error"
local backoff = require "bg96.ftp.backoff"
local check = require "bg96.ftp.check"
local deadline = require "bg96.ftp.deadline"
local download = require "bg96.ftp.download"
local protect = require "bg96.ftp.protect"
local recovery = require "bg96.ftp.recovery"
local turn = require "bg96.ftp.turn"
local upload = require "bg96.ftp.upload"

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

--- Checks what only the caller can have got wrong.
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

--- `bytes` are safe now. A kilobyte more than ever before is progress: failures
-- are counted anew from here. As a file has an end, so has that.
function Transfer:reached(bytes)
  if bytes < self.best + 1024 then return end
  self.best, self.failures = bytes, 0
end

--- Tells the caller of progress, which never goes back.
function Transfer:tell(done, total)
  if not self.options.progress or done <= self.told then return end
  self.told = done
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

-- One attempt: the way back to a working session, where there is none, and the
-- work. Returns true; or nil, err, verdict: "again" or "final" where the kind of
-- the error does not tell.
local function attempt(transfer, last_error)
  local session = transfer.session
  if session.is_closed or session.modem.is_closed then return Error.closed(transfer.word) end
  if transfer.failures > 0 or not session.modem.core:is_session_open() then
    local ok, err = transfer.ladder:climb(transfer.failures, last_error)
    if not ok then return nil, err end
  end
  return transfer.work(transfer)
end

-- Seconds until the next attempt; nil where there will be none.
local function next_delay(transfer, err, verdict)
  local heals = verdict == "again" or verdict ~= "final" and recovery.heals(err)
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

local function fail(transfer, err)
  err.transferred = transfer.best
  err.attempts = transfer.attempts
  return nil, err
end

-- A function of the caller's that throws ends the transfer, as a sink would.
local function call_on_retry(transfer, err, delay)
  local on_retry = transfer.options.on_retry
  if not on_retry then return true end
  local ok, message = protect(on_retry, err, transfer.attempts, delay)
  if ok then return true end
  return nil, Error.new { kind = "local", command = transfer.word, detail = tostring(message) }
end

local function run(session, transfer)
  local err
  while true do
    transfer.attempts = transfer.attempts + 1
    local ok, why, verdict = attempt(transfer, err)
    if ok then return make_report(transfer) end
    err = why
    transfer.failures = transfer.failures + 1
    local delay = next_delay(transfer, err, verdict)
    if not delay then return fail(transfer, err) end
    ok, why = call_on_retry(transfer, err, delay)
    if not ok then return fail(transfer, why) end
    recovery.pause(session, delay)
  end
end

local function new(session, work, word, options)
  local modem = session.modem
  local started = modem.core:now()
  local ends_at = options.deadline and started + options.deadline
  local bounded = deadline.wrap(session, ends_at)
  return setmetatable({
    session = bounded, -- the caller's, with the deadline
    options = options,
    work = work,
    word = word,
    ladder = recovery.new(bounded, modem, options.reboot, ends_at),
    started = started,
    ends_at = ends_at,
    attempts = 0,
    failures = 0, -- in a row, without progress
    best = 0,     -- bytes that have ever been safe
    told = -1,    -- progress
    sent = 0,     -- payload bytes of all attempts
    resumed = 0,  -- offset at which the last resumption began
  }, Transfer)
end

-- Prepares and runs a transfer when its turn has come.
local function take_turn(session, transfer, prepare, ...)
  local ticket, err = turn.take(session.modem, transfer.word, transfer.ends_at)
  if not ticket then return fail(transfer, err) end
  local report
  report, err = prepare(transfer, ...)
  if report then report, err = run(session, transfer) end
  turn.give(session.modem, ticket)
  return report, err
end

--- See session:upload(); arguments are checked.
function transfers.upload(session, path, name, options)
  local transfer = new(session, upload.attempt, "+QFTPPUT", options)
  return take_turn(session, transfer, upload.prepare, path, name)
end

--- See session:download(); arguments are checked.
function transfers.download(session, name, path, options)
  local transfer = new(session, download.attempt, "+QFTPGET", options)
  return take_turn(session, transfer, download.prepare, name, path)
end

return transfers
