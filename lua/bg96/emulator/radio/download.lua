--- A download over the radio: the server sends ahead of what the module has read, a window
-- at most, in packets. The module gets a packet when its last byte has arrived.
local direction = require("bg96.emulator.radio.direction")

local download = {}

local PACKET = direction.PACKET
-- What a server sends ahead: at least, more where the round trip needs it, and at most.
local WINDOW, WINDOW_MAX = 16384, 1048576

local function window(radio)
  local seconds = radio.down.seconds
  local needed = seconds > 0 and math.ceil(2 * radio.rtt / seconds) or WINDOW_MAX
  return math.min(WINDOW_MAX, math.max(WINDOW, needed))
end

-- The server sends as long as its window allows.
local function pull(radio, operation)
  local base = operation.base
  operation.server_at = math.max(operation.server_at, radio.now - radio.half)
  while not base.done do
    local count = math.min(PACKET, (base:ready()))
    -- A window is opened by whole packets.
    if count < 1 or operation.window < count then return end
    local bytes = base:read(count)
    if bytes == "" then return end
    operation.window = operation.window - #bytes
    local left = radio.down:send(#bytes, operation.server_at)
    table.insert(operation.flying, { bytes = bytes, arrival = left + radio.half })
  end
end

local function receive(operation, now)
  while operation.flying[1] and operation.flying[1].arrival <= now do
    local packet = table.remove(operation.flying, 1)
    table.insert(operation.arrived, packet)
    operation.count = operation.count + #packet.bytes
  end
end

local function read(radio, operation, max)
  local packet = operation.arrived[1]
  if not packet then return "" end
  local bytes = packet.bytes:sub(1, max)
  packet.bytes = packet.bytes:sub(#bytes + 1)
  if packet.bytes == "" then table.remove(operation.arrived, 1) end
  operation.count, operation.window = operation.count - #bytes, operation.window + #bytes
  operation.server_at = math.max(operation.server_at, radio.now + radio.half)
  return bytes
end

--- Makes `operation` one that can be read.
function download.open(radio, operation)
  operation.flying, operation.arrived, operation.count = {}, {}, 0
  -- Behind its reply, the server has begun to send.
  operation.window, operation.server_at = window(radio), operation.at - radio.half
  function operation.ready()
    local packet = operation.arrived[1]
    return operation.count, packet and packet.arrival
  end
  function operation.read(_, max) return read(radio, operation, max) end
  function operation.is_empty()
    return operation.is_stopped or operation.count == 0 and #operation.flying == 0
  end
  function operation.next_move()
    return operation.flying[1] and operation.flying[1].arrival
  end
  function operation.move(_, now)
    if not operation.is_stopped then pull(radio, operation) end
    receive(operation, now)
  end
  -- The server hears of it half a round trip later; what it has sent is on the air.
  function operation.stop()
    operation.is_stopped = true
    if not operation.base.done then
      operation.server_at = radio.now + radio.half
      operation.base:stop()
    end
  end
end

return download
