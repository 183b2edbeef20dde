--- The emulator behind a pty, on the real clock: moves bytes between the pty
-- and the serial line of the module, and sleeps when there is nothing to do.
local cqueues = require("cqueues")
local condition = require("cqueues.condition")
local signal = require("cqueues.signal")
local link = require("bg96.emulator.link")
local pty = require("bg96.emulator.pty")
local uart = require("bg96.emulator.uart")

local server = {}
server.__index = server

local READ_MAX = 16384
-- Before a chunk goes out, the host must have read the last one. In its first TURNS
-- turns a chunk checks that LOOKS times; after that it checks once and sleeps, from
-- NAP to LONGEST_NAP seconds, as a host that has stopped reading may not come back.
local LOOKS, TURNS, NAP, LONGEST_NAP = 1000, 20, 0.001, 0.05
-- Seconds by which a pty may delay the host's bytes.
local GRACE = 0.002
-- Seconds within which written bytes have reached the other end of a pty.
local PASSAGE = 0.005
-- How many chunks make a turn.
local CHUNKS = 256

--- `loop`: the cqueues controller. `options`: `baudrate`, `chunk` (bytes a
-- write at most), `link` (path of a symbolic link to the pty), `checks_baud` (true: the
-- host's baud rate has to be that of the line).
function server.new(loop, options)
  return setmetatable({
    loop = loop, options = options, woken = condition.new(),
    output = "", turns = 0, written_at = -math.huge,
  }, server)
end

--- Wakes the server when a backend has made progress; may be called from any coroutine.
function server:wake()
  self.woken:signal()
end

-- ------------------------------------------------------------ pty and link

--- Opens the pty and makes the link. Returns the path, or nil and a message.
function server:open()
  local master, path, slave = pty.open()
  if not master then return nil, "cannot open a pty: " .. path end
  self.master, self.slave, self.path = master, slave, path
  if not self.options.link then return path end
  local made, message = link.make(self.options.link, path)
  if not made then
    self:close()
    return nil, message
  end
  self.linked = true
  return path
end

--- Closes the pty and removes the link.
function server:close()
  if self.linked then link.remove(self.options.link, self.path) end
  if self.master then
    cqueues.cancel(self.master)
    pty.close(self.master)
    pty.close(self.slave)
  end
  self.linked, self.master, self.slave = false, nil, nil
end

-- ------------------------------------------------------------------- bytes

-- What the host has set on its end of the line.
local function follow_host(self)
  local baudrate, has_flow = pty.settings(self.slave)
  self.module:set_host_flow(has_flow)
  if self.options.checks_baud then self.line:set_host_baudrate(baudrate) end
end

local function read_host(self, now)
  if not self.readable then return end
  follow_host(self)
  local room = self.line:room(now)
  if room < 1 then return end
  local bytes = pty.read(self.master, math.min(room, READ_MAX))
  self.line:feed(bytes or "", now)
  self.readable = bytes ~= nil and #bytes == math.min(room, READ_MAX)
end

-- Whether the host has read the last chunk (--chunk). Written bytes reach the other
-- end of the pty a moment later. An empty end therefore counts only if bytes were seen
-- there before, or if it has stayed empty for longer than that moment.
local function host_has_read(self)
  for _ = 1, self.turns < TURNS and LOOKS or 1 do
    if pty.queued(self.slave) > 0 then
      self.arrived = true
    elseif self.arrived or cqueues.monotime() - self.written_at > PASSAGE then
      self.turns = 0
      return true
    end
  end
  self.turns = self.turns + 1
  return false
end

local function write_chunk(self, size)
  local chunk = size < #self.output and self.output:sub(1, size) or self.output
  local count = pty.write(self.master, chunk)
  if count then
    self.output, self.arrived = self.output:sub(count + 1), false
    self.written_at = cqueues.monotime()
    self.drained = self.output == ""
  else
    self.blocked = true
  end
end

local function write_host(self, now)
  if self.blocked then return end
  if self.output == "" then self.output = self.line:take(now, READ_MAX) end
  local chunk = self.options.chunk
  local left = CHUNKS
  while self.output ~= "" and not self.blocked and left > 0 do
    if chunk and not host_has_read(self) then return end
    write_chunk(self, chunk or READ_MAX)
    left = left - 1
  end
end

-- ----------------------------------------------------------------- waiting

local function timeout(self, now)
  -- While output was pending, the core was not asked for more and wake-ups were
  -- ignored: ask it again at once.
  if self.drained then
    self.drained = false
    return 0
  end
  if self.output ~= "" and not self.blocked then
    return self.turns < TURNS and 0 or math.min(NAP * 2 ^ (self.turns - TURNS), LONGEST_NAP)
  end
  local first = self.line:deadline()
  if self.blocked then first = self.module:deadline() end
  local arrival = self.readable and self.line:arrival()
  if self.readable and not self.line.rate and self.line:room(now) > 0 then return 0 end
  if arrival and (not first or arrival < first) then first = arrival end
  return first and math.max(0, first - now)
end

local function wait(self)
  local events = (self.readable and "" or "r") .. (self.blocked and "w" or "")
  local host = events ~= "" and { pollfd = self.master, events = events } or nil
  local seconds = timeout(self, cqueues.monotime())
  local ready = { cqueues.poll(self.signals, self.woken, host or self.woken, seconds) }
  for _, object in ipairs(ready) do
    if object == self.signals and self.signals:wait(0) then self.stopping = true end
    if object == host then
      self.readable = true
      if self.blocked then
        self.blocked = false
        self.line:stalled(cqueues.monotime())
      end
    end
  end
end

local function replug(self)
  local back = self.module.unplugged.back
  self:close()
  if not back then
    self.stopping = true
    return
  end
  cqueues.poll(self.signals, back)
  if self.signals:wait(0) or not self:open() then
    self.stopping = true
    return
  end
  self.output, self.blocked, self.readable = "", false, false
  self.module:tick(cqueues.monotime())
  self.module:plug()
end

--- Serves the module until SIGTERM, SIGINT or a fault `unplug` without `back`.
function server:run(module)
  self.module = module
  self.line = uart.new(module, { baudrate = self.options.baudrate, grace = GRACE })
  while not self.stopping do
    local now = cqueues.monotime()
    read_host(self, now)
    write_host(self, now)
    if module.unplugged then
      replug(self)
    else
      wait(self)
    end
  end
end

--- Catches the signals that end the emulator; to be called before `run`.
function server:catch_signals()
  signal.ignore(signal.SIGPIPE)
  signal.block(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
  self.signals = signal.listen(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
end

return server
