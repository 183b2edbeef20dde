--- A test bench: the driver and a peer, emulated or scripted, in one process on a virtual
-- clock, without descriptors or real time. Every run of a test is the same.
--
-- A peer has feed(bytes, now), take(now, max) -> bytes, and deadline() -> time or nil, all
-- times in seconds. It may also have room(now), how many bytes it accepts, and arrival(),
-- when it will accept some.

local core = require "bg96.core"
local Modem = require "bg96.ftp.modem"

local unpack = table.unpack or unpack -- luacheck: std max

local Bench = {}
Bench.__index = Bench

-- A test that takes more virtual time hangs; one with more rounds at one moment spins.
local TIME_LIMIT = 24 * 3600
local ROUND_LIMIT = 200000

--- Puts a driver and `peer` together.
-- @tparam table options peer; baudrate (for the driver's guards); read_size
--   (bytes that the driver gets at once); write_room (bytes that its port takes
--   at once); timeout (of the modem); seed; trace (a function in place of the
--   bench's own list); overrun (called with the number of bytes that were lost because
--   the driver did not read; the default raises an error)
function Bench.new(options)
  local bench = setmetatable({
    peer = options.peer,
    now = 0,
    read_size = options.read_size or 4096,
    trace = {},
    overrun = options.overrun or function(lost)
      error(("the driver does not read: %d bytes are lost"):format(lost))
    end,
  }, Bench)
  local handle
  handle, bench.port = core.loopback(options.write_room or 4096, options.baudrate or 0,
    options.seed or 1)
  bench.modem = Modem.new(handle, {
    wait = coroutine.yield,
    timeout = options.timeout or 10,
    trace = options.trace or function(direction, text)
      table.insert(bench.trace, direction .. " " .. text)
    end,
  })
  return bench
end

-- Bytes of the driver that the peer accepts now.
local function take_written(self)
  local most = math.min(self.port:pending(), 4096)
  if most > 0 and self.peer.room then most = math.min(most, self.peer:room(self.now)) end
  return most > 0 and self.port:take(most) or ""
end

-- Moves bytes in both directions; true when the driver got something to do.
function Bench:move()
  if self.on_dtr and self.port:dtr() ~= self.dtr then
    self.dtr = self.port:dtr()
    self.on_dtr(self.dtr, self.now)
  end
  local set_rate = self.peer.set_host_baudrate
  if set_rate and self.port:baudrate() > 0 then set_rate(self.peer, self.port:baudrate()) end
  local written = take_written(self)
  if #written > 0 then self.peer:feed(written, self.now) end
  local arrived = self.peer:take(self.now, self.read_size)
  local lost = #arrived - self.port:give(arrived)
  if lost > 0 then self.overrun(lost) end
  return #written > 0 or #arrived > 0
end

-- Whether a job is in a pause that watches the port.
local function is_pausing(self, job)
  for watch in pairs(self.modem.pauses) do
    if watch:descriptor() == job.fd then return true end
  end
  return false
end

-- The loopback has no descriptor: new input wakes those who wait for the modem.
local function is_ready(self, job, moved)
  if moved and (job.fd == self.modem:pollfd() or is_pausing(self, job)) then return true end
  return job.fd and job.fd >= 0 and core.poll({ job.fd }, { job.events }, 0)[1]
end

local function pack(...)
  return { n = select("#", ...), ... }
end

local function resume(self, job, ...)
  local results = pack(coroutine.resume(job.thread, ...))
  local message = results[2]
  if not results[1] then
    error(type(message) == "string" and debug.traceback(job.thread, message) or message, 0)
  end
  if coroutine.status(job.thread) == "dead" then
    job.ended, job.results = true, results
  else
    job.fd, job.events = results[2], results[3]
    job.deadline = results[4] and self.now + results[4]
  end
end

local function all_ended(jobs)
  for _, job in ipairs(jobs) do
    if not job.ended then return false end
  end
  return true
end

-- Resumes every job that can run; true if any did.
local function round(self, jobs)
  local moved, busy = self:move(), false
  for _, job in ipairs(jobs) do
    if not job.ended and is_ready(self, job, moved) then
      resume(self, job, true)
      busy = true
    elseif not job.ended and job.deadline and self.now >= job.deadline then
      resume(self, job, nil, "timeout")
      busy = true
    end
  end
  return moved or busy
end

local function advance(self, jobs)
  local next_time = self.peer:deadline()
  local arrival = self.port:pending() > 0 and self.peer.arrival and self.peer:arrival()
  if arrival and (not next_time or arrival < next_time) then next_time = arrival end
  for _, job in ipairs(jobs) do
    local deadline = not job.ended and job.deadline
    if deadline and (not next_time or deadline < next_time) then next_time = deadline end
  end
  assert(next_time, "everybody waits for ever")
  self.now = math.max(next_time, self.now + 1e-6)
  assert(self.now < TIME_LIMIT, "this takes more than a day")
  self.port:set_time(self.now)
end

--- Pauses a function that run() has started.
function Bench.sleep(seconds)
  coroutine.yield(-1, nil, seconds)
end

--- Runs functions side by side, each with the modem as its argument, until all have ended.
-- Returns what the first returned.
function Bench:run(...)
  local jobs = {}
  for i = 1, select("#", ...) do
    jobs[i] = { thread = coroutine.create((select(i, ...))) }
    resume(self, jobs[i], self.modem)
  end
  local rounds = 0
  while not all_ended(jobs) do
    rounds = rounds + 1
    assert(rounds < ROUND_LIMIT, "somebody spins")
    if not round(self, jobs) then
      advance(self, jobs)
      rounds = 0
    end
  end
  return unpack(jobs[1].results, 2, jobs[1].results.n)
end

return Bench
