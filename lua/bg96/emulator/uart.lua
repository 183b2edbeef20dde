--- The serial line between host and module: wraps a core and lets bytes through at a
-- baud rate, 8N1, in each direction. It does no input or output either:
--
--   local line = uart.new(module, { baudrate = 921600, quantum = 64 })
--   line:room(now) -> count           bytes that may be read from the host now
--   line:feed(bytes, now)             at most that many bytes
--   line:take(now[, max]) -> bytes    bytes that have reached the host
--   line:deadline() -> time or nil    when to call again
--   line:set_host_baudrate(rate)      of the host's end; nil, and to begin with: the module's
--
-- The module's end follows AT+IPR. While the two ends have different rates, what either
-- sends is noise to the other.
--
-- Towards the host, a byte leaves when the byte before it has gone, but not before it
-- was available. A late call therefore catches up, and idle time earns nothing. From
-- the host, the line counts as busy while every read finds all that it may take. A pty
-- passes bytes on with a delay, so a pause within the grace still counts as busy.
local uart = {}
uart.__index = uart

-- Start bit, eight data bits, stop bit.
local BITS = 10
local EPSILON = 1e-9

--- `options.baudrate`: bits a second, nil or 0 for no limit;
-- `options.quantum`: bytes that are worth waking up for (64); `options.grace`:
-- seconds of pause after which the line still counts as busy (0).
function uart.new(module, options)
  local baudrate = options.baudrate
  return setmetatable({
    module = module, baudrate = baudrate, noise = 1,
    first = { line = baudrate, module = module.baudrate },
    rate = baudrate and baudrate > 0 and baudrate / BITS or nil,
    quantum = options.quantum or 64, grace = options.grace or 0, free_at = -math.huge,
  }, uart)
end

-- ---------------------------------------------------------------- the rates

-- A module's own rate is that of the line only once AT+IPR has changed it: a line may be
-- made slower or faster than its module believes.
local function follow(self)
  if not self.rate then return end
  local own = self.module.baudrate
  self.baudrate = own == self.first.module and self.first.line or own
  self.rate = self.baudrate / BITS
end

--- The rate of the host's end; nil where it is always that of the module.
function uart:set_host_baudrate(rate)
  self.host_baudrate = rate
end

local function is_mismatched(self)
  return self.rate and self.host_baudrate and self.host_baudrate ~= self.baudrate
end

-- What bytes look like at another rate: any bytes, the same ones in each run.
local function carry(self, bytes)
  if bytes == "" or not is_mismatched(self) then return bytes end
  return (bytes:gsub(".", function()
    self.noise = self.noise * 16807 % 2147483647
    return string.char(math.floor(self.noise / 256) % 256)
  end))
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
    follow(self)
    if count == 0 then break end
    local start = departure(self, since)
    local due = math.floor((now - start) * self.rate + EPSILON)
    local allowed = math.max(0, math.min(due, count, most - total))
    local bytes = allowed > 0 and self.module:take(now, allowed) or ""
    self.free_at = start + allowed / self.rate
    chunks[#chunks + 1], total = carry(self, bytes), total + allowed
  until allowed < count
  return table.concat(chunks)
end

--- The host has not read until `now`: there is nothing to catch up on.
function uart:stalled(now)
  self.free_at = math.max(self.free_at, now)
end

-- ------------------------------------------------------------ from the host

--- How many bytes from the host may have come through by `now`. On an idle line, the
-- first call starts the clock: make it when the host has sent something.
function uart:room(now)
  local free = self.module:room(now)
  follow(self)
  if not self.rate then return free end
  local idle = self.paused_at and now - self.paused_at >= self.grace
  if free == 0 or idle then self.received_at, self.paused_at = nil, nil end
  if free == 0 then return 0 end
  self.received_at = self.received_at or now
  return math.min(free, math.floor((now - self.received_at) * self.rate + EPSILON))
end

--- When there will be enough to be worth reading, or nil if the line is idle. (A core
-- without room is asked again only after it has made progress.)
function uart:arrival()
  return self.received_at and self.received_at + self.quantum / self.rate
end

--- Bytes from the host. Fewer than there was room for mean that the host has paused;
-- time of a pause longer than the grace is lost.
function uart:feed(bytes, now)
  if self.rate and self.received_at then
    local allowed = math.floor((now - self.received_at) * self.rate + EPSILON)
    self.paused_at = #bytes < allowed and (self.paused_at or now) or nil
    self.received_at = self.received_at + #bytes / self.rate
  end
  self.module:feed(carry(self, bytes), now)
end

--- The host is held up: the time in which it could not send is lost.
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
