--- The serial line of a simulation, between the driver's port and the module's UART. By
-- the plan it splits, delays and spoils what it carries.
--
-- A wound is { way = "up"|"down", at = N, how = "lost"|"doubled"|"garbled", shift = }:
-- the N-th byte from when it was set. "up" is towards the module.

local Line = {}
Line.__index = Line

-- An unpaced line takes no more than this at a time: what the driver can have on the way,
-- since it reads its input between writes.
local WINDOW = 1024

--- `uart` of the emulator; `options`: splits (true: chunks of any size), paced;
-- `random`; `struck(wound, is_payload)` is told when a wound strikes.
function Line.new(uart, options)
  return setmetatable({
    uart = uart, module = uart.module, random = options.random, splits = options.splits,
    paced = options.paced, struck = options.struck, wounds = { up = {}, down = {} },
    count = { up = 0, down = 0 }, stalls = { up = {}, down = {} }, payload_marks = {},
  }, Line)
end

--- Sets a wound; see above.
function Line:wound(wound)
  local list = self.wounds[wound.way]
  list[#list + 1] = { place = self.count[wound.way] + wound.at, what = wound }
end

--- Nothing goes `way` between the times `from` and `to`.
function Line:stall(way, from, to)
  table.insert(self.stalls[way], { from = from, to = to })
end

--- The port fails at `time`: `fail()` is called, and nothing goes any way then.
function Line:break_at(time, fail)
  self.breaks_at, self.fail = time, fail
end

-- A driver that waits is woken by a hang-up: by a byte that it cannot read.
local function broken(self, now)
  if not self.breaks_at or now < self.breaks_at then return nil end
  if not self.fail then return "" end
  self.fail()
  self.fail = nil
  return "\0"
end

--- Ends the faults of the line.
function Line:heal()
  self.breaks_at = nil
  self.wounds, self.stalls = { up = {}, down = {} }, { up = {}, down = {} }
end

-- When the present stall of `way` ends, or nil.
local function stalled_until(self, way, now)
  for _, stall in ipairs(self.stalls[way]) do
    if now >= stall.from and now < stall.to then return stall.to end
  end
end

local function spoil(wound, byte)
  if wound.how == "lost" then return "" end
  if wound.how == "doubled" then return byte .. byte end
  return string.char((byte:byte() + wound.shift) % 256)
end

-- The bytes as they arrive; `is_payload(i)` says whether the i-th is payload.
local function carry(self, way, bytes, is_payload)
  local before = self.count[way]
  self.count[way] = before + #bytes
  local list = self.wounds[way]
  for index = #list, 1, -1 do
    local wound, place = list[index].what, list[index].place - before
    if place >= 1 and place <= #bytes then
      table.remove(list, index)
      self.struck(wound, is_payload(place))
      bytes = bytes:sub(1, place - 1) .. spoil(wound, bytes:sub(place, place))
        .. bytes:sub(place + 1)
    end
  end
  return bytes
end

local function split(self, most)
  if not self.splits or most <= 1 then return most end
  return self.random:integer(1, math.min(most, self.random:choice { 2, 16, 300, 4096 }))
end

function Line:room(now)
  if self.breaks_at and now >= self.breaks_at then return 0 end
  if stalled_until(self, "up", now) then
    self.uart:held()
    return 0
  end
  local room = self.uart:room(now)
  if self.paced then return room end
  -- The driver has had time to read what the module sent.
  local is_heard = self.module:waiting() == 0 or stalled_until(self, "down", now)
  return is_heard and math.min(room, WINDOW) or 0
end

function Line:feed(bytes, now)
  local is_payload = self.module.data ~= nil
  bytes = carry(self, "up", bytes, function() return is_payload end)
  if #bytes > 0 then self.uart:feed(bytes, now) end
end

--- To be called with each event of the module's trace: it shows which bytes are payload.
function Line:note(event)
  if event.direction == ">" then
    table.insert(self.payload_marks, { count = #event.bytes, payload = event.payload })
  end
end

local function marked_payload(marks, place)
  for _, mark in ipairs(marks) do
    place = place - mark.count
    if place <= 0 then return mark.payload end
  end
  return false
end

function Line:take(now, max)
  local last = broken(self, now)
  if last then return last end
  if stalled_until(self, "down", now) then
    self.module:tick(now)
    self.uart:stalled(now)
    return ""
  end
  self.payload_marks = {}
  local bytes = self.uart:take(now, split(self, max))
  local marks = self.payload_marks
  return carry(self, "down", bytes, function(place) return marked_payload(marks, place) end)
end

function Line:deadline()
  if self.breaks_at and not self.fail then return nil end
  local held = stalled_until(self, "down", self.module.clock.now)
  local first = held and math.min(held, self.module:deadline() or held) or self.uart:deadline()
  if not self.breaks_at then return first end
  return math.min(self.breaks_at, first or self.breaks_at)
end

function Line:arrival()
  if self.breaks_at and not self.fail then return nil end
  return stalled_until(self, "up", self.module.clock.now) or self.uart:arrival()
end

return Line
