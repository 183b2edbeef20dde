--- The serial line of a survey: bytes and their times, without a driver between.
--
-- The dialogue of a survey needs an object with these methods; specs have one of their own,
-- with an emulated module on a clock that they set.
--
--   line:now() -> seconds
--   line.baudrate
--   line:read(timeout[, max]) -> bytes, "" if none have come in `timeout` seconds
--   line:rest(seconds)                lets time pass
--   line:write(bytes)                 waits until all are accepted
--   line:set_baudrate(rate) -> whether the port has that rate now
--   line:close()
--
-- What fails on the port ends the survey.

local Error = require "bg96.ftp.error"
local Stop = require "bg96.survey.stop"
local core = require "bg96.core"
local outside = require "bg96.ftp.outside"

local Line = {}
Line.__index = Line

-- Seconds in which a port has to take bytes, and between two looks at what is unsent.
local PATIENCE, LOOK = 30, 0.005
local READ_MAX = 4096 -- bytes that the port gives at a time
-- Seconds for which unsent bytes are waited for: some drivers never say that none are left.
local DRAIN = 2

--- Opens a port.
-- @tparam table options port (a path), baudrate, flowcontrol, and wait (see bg96.wait)
-- @return a line; or nil, err
function Line.open(options)
  local port, errno = core.raw_port(options.port, options.baudrate, options.flowcontrol)
  if not port then
    return nil, Error.new { kind = "port", code = errno, detail = options.port }
  end
  return setmetatable({ port = port, wait = options.wait, baudrate = options.baudrate }, Line)
end

function Line:now() -- luacheck: no self
  return core.now()
end

local function wait(self, events, timeout)
  return outside.call(self.wait, self.port:descriptor(), events, timeout)
end

local function fail(errno)
  Stop.throw("the port is lost: " .. core.strerror(errno), true)
end

function Line:read(timeout, max)
  local ends_at = self:now() + timeout
  repeat
    local bytes, errno = self.port:read(math.min(max or READ_MAX, READ_MAX))
    if not bytes then fail(errno) end
    if bytes ~= "" then return bytes end
    local left = ends_at - self:now()
    if left > 0 then wait(self, "r", left) end
  until left <= 0
  return ""
end

function Line:rest(seconds)
  outside.call(self.wait, -1, nil, seconds)
end

-- Until the bytes have left the host, so that a silence that follows is one on the line.
local function drain(self)
  local ends_at = self:now() + DRAIN
  while (self.port:unsent() or 0) > 0 and self:now() < ends_at do
    self:rest(LOOK)
  end
end

function Line:write(bytes)
  local ends_at = self:now() + PATIENCE
  while bytes ~= "" do
    local count, errno = self.port:write(bytes)
    if not count then fail(errno) end
    bytes = bytes:sub(count + 1)
    if bytes ~= "" then
      if self:now() > ends_at then Stop.throw("the port takes no bytes") end
      wait(self, "w", 1)
    end
  end
  drain(self)
end

function Line:set_baudrate(rate)
  if not self.port:set_baudrate(rate) then return false end
  self.baudrate = rate
  return true
end

function Line:close()
  self.port:close()
end

return Line
