--- Error objects: the second value of a call that has failed.
--
-- Fields: `kind`, `code`, `protocol`, `command`, `message`, `transferred`; see
-- docs/errors.md. `tostring(err)` is one line that a person can act on.

local core = require "bg96.core"
local texts = require "bg96.ftp.texts"

local Error = {}
Error.__index = Error
Error.__name = "bg96.error"

-- What a kind means by itself, and what to do where the tables have no advice.
local kinds = {
  error = {
    "the module answered ERROR without a reason",
    "check that a SIM is inserted and AT+CPIN? says READY",
  },
  timeout = { "no answer in time", "check power, cable and baud rate of the module" },
  reset = { "the module restarted", "activate the PDP context and log in again" },
  pdp = { "the PDP context is not active", "call modem:activate() and log in again" },
  framing = { "bytes that do not fit the protocol", "check baud rate, flow control and cable" },
  ["local"] = { "the caller's source, sink or file failed" },
  verify = { "the finished transfer does not match" },
  deadline = { "the deadline has passed", "allow more time; a later call goes on from here" },
  cancelled = { "the call was given up" },
  closed = { "the modem or session is closed" },
  port = { "the serial port failed" },
}

-- What a reason means, and what to do about it. A reason says more than the kind.
local reasons = {
  ["no carrier"] = {
    "data mode was lost; NO CARRIER", "check signal and PDP context, then log in again",
  },
  ["no turn"] = {
    "its turn did not come", "an earlier call was still running; allow more time",
  },
  lost = { "the session has ended", "log in again; upload() and download() do so by themselves" },
  ["session ended"] = {
    "the module was busy with a lost call, so the session was closed", "log in again",
  },
  ["no echo"] = {
    "the module answers, but does not echo commands, not even after ATE1",
    "connect to a port of the module that echoes: without it, a late answer cannot be told "
      .. "from the next one",
  },
}

-- The text for a number, and what to do about it.
local function look_up(kind, code)
  if kind == "ftp" then return texts.errors[code], texts.advice[code] end
  if kind == "cme" then return texts.cme_errors[code], texts.cme_advice[code] end
  if kind == "port" and code then return core.strerror(code) end
end

-- "Not logged in" -> "not logged in", but "DNS parse failed" stays.
local function in_sentence(text)
  if not text:find("^%u%l") then return text end
  return text:sub(1, 1):lower() .. text:sub(2)
end

--- Makes an error object.
-- @tparam table fields kind (string), and where known reason ("no carrier", "no
--   turn", "no echo", "session ended", "lost"), code (integer), protocol (integer),
--   command (string), detail (string: what the tables do not say), advice (string),
--   transferred (integer, bytes)
-- @treturn table the error object
-- @local
function Error.new(fields)
  local message, advice = look_up(fields.kind, fields.code)
  local detail = fields.detail ~= "" and fields.detail or nil
  detail = detail and core.mask(tostring(detail)) -- a callback may have thrown anything
  local general = reasons[fields.reason] or kinds[fields.kind] or {}
  return setmetatable({
    kind = fields.kind,
    reason = fields.reason,
    code = fields.code,
    protocol = fields.protocol,
    command = fields.command ~= "" and fields.command or nil,
    message = message or detail or general[1] or fields.kind,
    detail = message and message ~= detail and detail or nil,
    advice = fields.advice or advice or general[2],
    transferred = fields.transferred,
  }, Error)
end

function Error:__tostring()
  local parts = {}
  if self.command then parts[1] = self.command .. ": " end
  local is_errno = self.kind == "port" or self.kind == "local"
  if self.code and not is_errno then parts[#parts + 1] = self.code .. " " end
  parts[#parts + 1] = in_sentence(self.message)
  if self.protocol then
    local reply = texts.replies[self.protocol]
    reply = reply and " " .. in_sentence(reply) or ""
    parts[#parts + 1] = (" (FTP %d%s)"):format(self.protocol, reply)
  end
  if self.detail then parts[#parts + 1] = "; " .. self.detail end
  if self.advice then parts[#parts + 1] = ": " .. self.advice end
  return core.escape(table.concat(parts))
end

--- What a call on a closed modem or session returns: nil and an error object.
-- @tparam string command
-- @tparam[opt] string reason "lost": it was not the script that has ended the session
-- @local
function Error.closed(command, reason)
  return nil, Error.new { kind = "closed", command = command, reason = reason }
end

--- Makes an error object of what a task's last step returned.
-- @local
function Error.from_step(kind, code, protocol, command, detail, transferred, reason)
  return Error.new {
    kind = kind, code = code, protocol = protocol,
    command = command, detail = detail, transferred = transferred, reason = reason,
  }
end

return Error
