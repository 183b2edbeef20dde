--- A radio between the module and its servers: a backend (bg96.emulator.backend) in front
-- of another one, which it makes slow and far.
--
-- The other backend answers at once, and notes what has gone over the network for each
-- operation (bg96.emulator.air). From that follows how long the operation takes: a round
-- trip for each command and each connection, two for TLS, and each byte its time. Each
-- direction has a rate, which everything that runs shares. An upload passes through the
-- module's buffer. What the model leaves out: losses on the air, the slow start of TCP, and
-- the headers of TCP, IP and TLS.
local backend = require("bg96.emulator.backend")
local direction = require("bg96.emulator.radio.direction")
local download = require("bg96.emulator.radio.download")
local upload = require("bg96.emulator.radio.upload")

local radio = {}
radio.__index = radio

--- Radios by name: round trip in milliseconds, bits a second up and down.
radio.profiles = {
  ["lte-m"] = { rtt = 150, uplink = 300000, downlink = 300000 },
  gprs = { rtt = 700, uplink = 40000, downlink = 60000 },
  ["nb-iot"] = { rtt = 1600, uplink = 20000, downlink = 25000 },
}

--- Bytes of an upload that the module takes from the line before they are sent.
radio.BUFFER = 4096

local TLS_ROUND_TRIPS = 2

--- Completes the options of a radio: the name of a profile, or a table with `profile`,
-- `rtt` (milliseconds), `uplink`, `downlink` (bits a second, without limit if left out) and
-- `buffer` (bytes).
function radio.options(given)
  if type(given) == "string" then given = { profile = given } end
  local profile = radio.profiles[given.profile] or {}
  if given.profile and not radio.profiles[given.profile] then
    error(("unknown radio '%s'"):format(tostring(given.profile)), 3)
  end
  return {
    rtt = given.rtt or profile.rtt or 0, uplink = given.uplink or profile.uplink,
    downlink = given.downlink or profile.downlink, buffer = given.buffer or radio.BUFFER,
  }
end

--- A radio with the options `given` in front of the backend `base`. `confirms` is the quirk
-- of that name.
function radio.new(base, given, confirms)
  local options = radio.options(given)
  local self = setmetatable({
    base = base, air = base.air, half = options.rtt / 2000, rtt = options.rtt / 1000,
    buffer = options.buffer, confirms_when_taken = confirms == "taken", options = options, now = 0,
  }, radio)
  self:reset()
  return self
end

--- A link that is made anew has nothing on its way.
function radio:reset()
  self.up = direction.new(self.options.uplink)
  self.down = direction.new(self.options.downlink)
  self.queue = {}
end

-- ------------------------------------------------------------ what it costs

local prices = {}

function prices.connect(self, _, at) return at + self.rtt end

function prices.tls(self, _, at) return at + TLS_ROUND_TRIPS * self.rtt end

-- The server speaks when it has heard that the connection stands.
function prices.greeting(self, step, at)
  return self.down:send(step.down, at + self.half) + self.half
end

function prices.command(self, step, at)
  local heard = self.up:send(step.up, at) + self.half
  return self.down:send(step.down, heard) + self.half
end

-- The server speaks when it has had the last byte, or sent it.
function prices.reply(self, step, at, operation)
  return self.down:send(step.down, operation.server_at or at) + self.half
end

-- Lets the steps of `operation` pass. Returns whether all that are known have passed.
local function advance(self, operation)
  local steps = operation.base.steps
  while true do
    if operation.step_end then
      if operation.step_end > self.now then return false end
      operation.at, operation.step_end = operation.step_end, nil
    end
    local step = steps[operation.passed + 1]
    if not step then
      operation.is_idle = true
      return true
    end
    -- The server takes its time, too.
    if operation.is_idle then operation.at = math.max(operation.at, self.now) end
    operation.is_idle = false
    operation.passed = operation.passed + 1
    operation.step_end = prices[step.kind](self, step, operation.at, operation)
  end
end

-- -------------------------------------------------------------- operations

local transfers = {
  store = upload, retrieve = download, list = download, nlst = download, mlsd = download,
}

local function begin(self, operation)
  operation.base = self.base:start(operation.request)
  operation.at, operation.passed, operation.is_idle = self.now, 0, true
end

-- Data connections open at a moment of the module's; the server was there before.
local function open(self, operation)
  operation.opened = true
  transfers[operation.request.verb].open(self, operation)
end

local function end_operation(operation)
  local base = operation.base
  backend.finish(operation, base.code, base.protocol, base.value)
end

-- Lets the operation at the head of the queue go on. Returns whether it has ended.
local function proceed(self, operation)
  if operation.cancelled then return true end
  if not operation.base then begin(self, operation) end
  if operation.opened then operation:move(self.now) end
  if not advance(self, operation) then return false end
  if operation.base.opened and not operation.opened then
    open(self, operation)
    operation:move(self.now)
    if not advance(self, operation) then return false end
  end
  local empty = not operation.opened or operation:is_empty()
  if operation.base.done and empty then end_operation(operation) end
  return operation.done
end

--- Begins an operation behind those that have not ended: a control connection takes one
-- command after the other.
function radio:start(request)
  local operation = backend.operation({ request = request })
  function operation.cancel(op)
    op.cancelled = true
    if op.abort then op:abort() end
    if op.base then op.base:cancel() end
  end
  self.queue[#self.queue + 1] = operation
  return operation
end

function radio:poll(now)
  self.now = now
  self.base:poll(now)
  while self.queue[1] and proceed(self, self.queue[1]) do
    table.remove(self.queue, 1)
    self.base:poll(now)
  end
end

--- The earliest of the times that are given; nil for those that are not.
local function earliest(...)
  local first
  for i = 1, select("#", ...) do
    local time = select(i, ...)
    if time and (not first or time < first) then first = time end
  end
  return first
end

function radio:deadline()
  local operation = self.queue[1]
  local moves = operation and operation.opened and operation:next_move()
  return earliest(self.base:deadline(), operation and operation.step_end, moves)
end

function radio:lost()
  return self.base:lost()
end

function radio:drop()
  if self.queue[1] and self.queue[1].abort then self.queue[1]:abort() end
  self:reset()
  self.base:drop()
end

return radio
