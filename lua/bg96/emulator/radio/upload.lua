--- An upload over the radio: from the module's buffer to the server, in packets.
--
-- A packet is { bytes =, start =, stop =, arrival = }: when its first byte begins to leave,
-- when its last has left, and when that is at the server. `waiting` are the packets that
-- have not all left, `flying` those that have not arrived, in order, and `unheard` the times
-- at which the server's acknowledgements arrive.
local direction = require("bg96.emulator.radio.direction")

local upload = {}

local PACKET = direction.PACKET
-- Times are sums of floats: less than this is no byte.
local EPSILON = 1e-6
-- The server gets what has arrived so often at most, in seconds.
local DELIVERY = 0.02

-- Bytes of `packet` that have not left at `now`.
local function unsent(packet, now, seconds)
  if now <= packet.start then return #packet.bytes end
  if now >= packet.stop then return 0 end
  return math.min(#packet.bytes, math.ceil((packet.stop - now) / seconds - EPSILON))
end

local function level(operation, now)
  local count = 0
  for _, packet in ipairs(operation.flying) do
    count = count + unsent(packet, now, operation.radio.up.seconds)
  end
  return count
end

local function make_packet(radio, operation, bytes)
  local stop, start = radio.up:send(#bytes, radio.now)
  local flying = operation.flying
  flying[#flying + 1] = { bytes = bytes, start = start, stop = stop, arrival = stop + radio.half }
end

-- Bytes join a packet that has not begun to leave, if nothing else is behind it.
local function join(radio, operation, bytes)
  local last = operation.flying[#operation.flying]
  if not last or last.start < radio.now or radio.up.free_at ~= last.stop then return bytes end
  local count = math.min(#bytes, PACKET - #last.bytes)
  last.bytes = last.bytes .. bytes:sub(1, count)
  last.stop = radio.up:send(count, radio.now)
  last.arrival = last.stop + radio.half
  return bytes:sub(count + 1)
end

local function write(radio, operation, bytes)
  bytes = join(radio, operation, bytes)
  for first = 1, #bytes, PACKET do
    make_packet(radio, operation, bytes:sub(first, first + PACKET - 1))
  end
end

-- What has arrived by `now` is the server's, and soon acknowledged.
local function deliver(radio, operation, now)
  local flying = operation.flying
  while flying[1] and flying[1].arrival <= now do
    local packet = table.remove(flying, 1)
    if not operation.base.done then operation.base:write(packet.bytes) end
    operation.server_at, operation.moved_at = packet.arrival, now
    operation.delivered_at = now
    table.insert(operation.unheard, packet.arrival + radio.half)
  end
  while operation.unheard[1] and operation.unheard[1] <= now do
    table.remove(operation.unheard, 1)
  end
end

local function count_unconfirmed(radio, operation)
  if radio.confirms_when_taken then return 0 end
  local count = #operation.unheard + operation.base:unsent()
  for _, packet in ipairs(operation.flying) do count = count + #packet.bytes end
  return count
end

-- The connection closes behind the last byte.
local function finish(radio, operation)
  local last = operation.flying[#operation.flying]
  operation.finish_at = last and last.arrival or radio.now + radio.half
end

local function end_at_server(operation, now)
  if not operation.finish_at or now < operation.finish_at then return end
  operation.server_at, operation.finish_at = operation.finish_at, nil
  if not operation.base.done then operation.base:finish() end
end

-- When a full buffer has room that is worth a wake-up.
local function next_room(radio, operation, now)
  if radio.buffer - level(operation, now) >= 1 then return nil end
  return now + math.min(PACKET, radio.buffer) * radio.up.seconds
end

-- When something is to be done: the server gets what has arrived, the buffer has room, all
-- has been acknowledged, or the end has come.
local function next_move(radio, operation, now)
  local flying, unheard = operation.flying, operation.unheard
  local last = flying[#flying]
  local times = {
    last and math.max(flying[1].arrival, operation.delivered_at + DELIVERY),
    last and last.arrival + radio.half or unheard[#unheard],
    last and next_room(radio, operation, now),
    operation.finish_at,
  }
  local first
  for i = 1, 4 do
    local time = times[i]
    if time and (not first or time < first) then first = time end
  end
  return first
end

--- Makes `operation` one that can be written to.
function upload.open(radio, operation)
  operation.radio, operation.flying, operation.unheard = radio, {}, {}
  operation.delivered_at = radio.now
  operation.is_lossy, operation.server_at = true, operation.at - radio.half
  function operation.room()
    return math.max(0, radio.buffer - level(operation, radio.now))
  end
  function operation.unsent() return count_unconfirmed(radio, operation) end
  function operation.write(_, bytes) write(radio, operation, bytes) end
  function operation.finish() finish(radio, operation) end
  function operation.is_empty() return true end
  function operation.next_move() return next_move(radio, operation, radio.now) end
  function operation.move(_, now)
    deliver(radio, operation, now)
    end_at_server(operation, now)
  end
  -- What is on its way has gone over the air, but never arrives.
  function operation.abort()
    local count = 0
    for _, packet in ipairs(operation.flying) do
      count = count + #packet.bytes - unsent(packet, radio.now, radio.up.seconds)
    end
    radio.air:payload(count, 0)
    operation.flying = {}
  end
end

return upload
