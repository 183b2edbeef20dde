--- The serial line between host and module: a wrapper around a core that lets
-- bytes through as fast as a baud rate does, 8N1, each way. Sans I/O as well:
--
--   local line = uart.new(module, { baudrate = 921600, quantum = 64 })
--   line:room(now) -> count           bytes that may be read from the host now
--   line:feed(bytes, now)             those bytes, at most as many
--   line:take(now[, max]) -> bytes    bytes that have gone through to the host
--   line:deadline() -> time or nil    when to call again
--
-- Towards the host a byte departs when the one before it has gone, but not
-- before it was there: waking up late catches up, idle time earns nothing.
-- From the host the line is held to be busy for as long as every read finds as
-- much as it may take, or what it missed comes within the grace (a pty hands
-- bytes on a moment late).
local uart = {}
uart.__index = uart

-- Start bit, eight data bits, stop bit.
local BITS = 10
local EPSILON = 1e-9

--- `options.baudrate`: bits a second, nil or 0 for no limit;
-- `options.quantum`: bytes that are worth waking up for (64); `options.grace`:
-- seconds for which the host may pause and the line is busy all the same (0).
function uart.new(module, options)
  local baudrate = options.baudrate
  return setmetatable({
    module = module, rate = baudrate and baudrate > 0 and baudrate / BITS or nil,
    quantum = options.quantum or 64, grace = options.grace or 0, free_at = -math.huge,
  }, uart)
end

-- -------------------------------------------------------------- to the host

local function departure(self, since)
  return math.max(self.free_at, since)
end

--- The next bytes for the host, at most `max`, "" when there are none yet.
function uart:take(now, max)
  local most = max or math.huge
  if not self.rate then return self.module:take(now, max) end
  local chunks, total = {}, 0
  repeat
    local count, since = self.module:pending(now)
    if count == 0 then break end
    local start = departure(self, since)
    local due = math.floor((now - start) * self.rate + EPSILON)
    local allowed = math.max(0, math.min(due, count, most - total))
    local bytes = allowed > 0 and self.module:take(now, allowed) or ""
    self.free_at = start + allowed / self.rate
    chunks[#chunks + 1], total = bytes, total + allowed
  until allowed < count
  return table.concat(chunks)
end

--- The host did not take what it was given until `now`: nothing to catch up.
function uart:stalled(now)
  self.free_at = math.max(self.free_at, now)
end

-- ------------------------------------------------------------ from the host

--- How many bytes from the host may have come through by `now`. The first call
-- on an idle line, to be made when the host has sent something, starts it.
function uart:room(now)
  local free = self.module:room(now)
  if not self.rate then return free end
  local idle = self.paused_at and now - self.paused_at >= self.grace
  if free == 0 or idle then self.received_at, self.paused_at = nil, nil end
  if free == 0 then return 0 end
  self.received_at = self.received_at or now
  return math.min(free, math.floor((now - self.received_at) * self.rate + EPSILON))
end

--- When the line will have brought something that is worth reading, or nil
-- where it is idle. (A core without room is not asked again before it moves.)
function uart:arrival()
  return self.received_at and self.received_at + self.quantum / self.rate
end

--- Bytes from the host; fewer than there was room for means that the host has
-- paused, and if that lasts the time is not made good.
function uart:feed(bytes, now)
  if self.rate and self.received_at then
    local allowed = math.floor((now - self.received_at) * self.rate + EPSILON)
    self.paused_at = #bytes < allowed and (self.paused_at or now) or nil
    self.received_at = self.received_at + #bytes / self.rate
  end
  self.module:feed(bytes, now)
end

--- The host is held up: it gets no time for what it could not send.
function uart:held()
  self.received_at, self.paused_at = nil, nil
end

-- ------------------------------------------------------------------ waiting

--- When `take` will give something or the core wants to be ticked, or nil.
function uart:deadline()
  local first = self.module:deadline()
  local count, since = self.module:waiting()
  if count > 0 then
    local wanted = self.rate and math.min(count, self.quantum) / self.rate or 0
    local time = departure(self, since) + wanted
    if not first or time < first then first = time end
  end
  return first
end

return uart
