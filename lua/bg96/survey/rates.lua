--- Rates each way by size of chunk, confirmations, and the largest chunk that is taken without
-- loss.

local Stop = require "bg96.survey.stop"
local payload = require "bg96.survey.payload"
local reading = require "bg96.survey.reading"

local SIZES = { 1024, 4096, 16384, 65536, 131072 }
local QUICK_SIZES = { 1024, 4096, 57344 }
local PARTS = { 4096, 32768, 131072 }
local QUICK_PARTS = { 4096, 16384 }
local STEP_TIME, QUICK_STEP_TIME = 40, 12 -- seconds that one chunk may take
local OVERDUE = 10                        -- seconds after which the OK of a chunk is late
local NOTABLE = 0.1                       -- seconds of a round trip that tell something
local FOLLOWING = 4096                    -- bytes of the chunk behind the first one

-- Ends a chunk of which bytes were lost, and counts what was taken.
local function count_taken(s, exchange)
  s.d:pause(s.guard)
  s.d:keep(">", "+++")
  s.d.line:write("+++")
  exchange.timed_out, s.d.is_dirty = false, false
  s.d:collect(exchange, s.place:patience())
  return reading.number(exchange) or 0
end

local function name_rate(s, direction, size)
  return ("rate.%s.%d.%d"):format(direction, s.d.line.baudrate, size)
end

-- How long the CONNECT of the second chunk takes, beside a round trip, tells whether the data
-- connection was kept.
local function read_connection(s, size, seconds)
  local is_notable = (s.round_trip or 0) >= NOTABLE
  if size == FOLLOWING and is_notable and seconds > s.round_trip then s.habits.beof = "closed" end
end

-- The same for its confirmation.
local function read_confirmation(s, size, seconds)
  s.measured["chunk.confirmed." .. size] = reading.ms(seconds)
  if (s.round_trip or 0) < NOTABLE then return end
  if size == FOLLOWING and seconds < s.round_trip / 4 then s.habits.confirms = "taken" end
end

-- Sends a chunk. Returns its seconds, or nil and how much was taken.
local function send_chunk(s, offset, size, is_last)
  local d = s.d
  local exchange = d:at(('+QFTPPUT="%s","COM:",%d,%d,%d'):format(s.file_of_chunks, offset, size,
    is_last and 1 or 0), { connect = true, timeout = s.place:patience() })
  if not exchange.connected then
    s.place.is_doubtful = true
    Stop.throw("QFTPPUT: " .. reading.outcome(exchange))
  end
  local waited = exchange.final_time - exchange.sent
  s.measured["chunk.connect." .. size] = reading.ms(waited)
  read_connection(s, size, waited - (s.answer_time or 0))
  payload.go_on(exchange)
  local started = d:now()
  d:send(payload.make(offset + size):sub(offset + 1))
  exchange.wants_result = false
  d:collect(exchange, OVERDUE)
  exchange.wants_result = true
  if exchange.timed_out then return nil, count_taken(s, exchange) end
  local ok_time = exchange.final_time
  d:collect(exchange, s.place:patience())
  if reading.outcome(exchange) ~= "0," .. size then
    return nil, reading.number(exchange) or 0
  end
  return ok_time - started, exchange.result_time - ok_time
end

local function chunks(s)
  s.file_of_chunks = s.place:file("c")
  local offset, longest = 0, s.is_quick and QUICK_STEP_TIME or STEP_TIME
  local per_byte = 0
  for _, size in ipairs(s.is_quick and QUICK_SIZES or SIZES) do
    if size * per_byte > longest then
      s.measured["chunk.left-out"] = ("%d bytes and more: they take too long"):format(size)
      break
    end
    local seconds, detail = send_chunk(s, offset, size)
    if not seconds then
      s.measured["chunk.lost"] = ("%d of %d bytes"):format(size - detail, size)
      s.place.is_doubtful = true
      break
    end
    offset, per_byte = offset + size, (seconds + detail) / size
    s.big_file = { name = s.file_of_chunks, size = offset }
    s.measured["chunk.largest-without-loss"] = size
    s.measured[name_rate(s, "up", size)] = reading.rate(size, seconds)
    read_confirmation(s, size, detail)
  end
  if not s.big_file then Stop.throw("no chunk came through") end
  s.d:at("+QFTPLEN", { result = true, timeout = s.place:patience() })
end

local function downloads(s)
  local file = s.big_file
  if not file then Stop.throw("there is no file that is long enough") end
  for _, size in ipairs(s.is_quick and QUICK_PARTS or PARTS) do
    if size > file.size then break end
    local exchange = s.d:at(('+QFTPGET="%s","COM:",0,%d'):format(file.name, size),
      { connect = true, timeout = s.place:patience() })
    if not exchange.connected then Stop.throw("QFTPGET: " .. reading.outcome(exchange)) end
    payload.go_on(exchange)
    local bytes, seconds = s.d:receive(size, s.place:patience())
    s.d:collect(exchange, s.place:patience())
    s.measured[name_rate(s, "down", size)] = reading.rate(size, seconds)
    if bytes ~= payload.make(size) then
      s.measured["down.lost"] = ("%d of %d bytes, or others"):format(size - #bytes, size)
    end
  end
end

return {
  { name = "chunks", title = "chunks of an upload", seconds = 240, run = chunks,
    needs = "session" },
  { name = "downloads", title = "rates of downloads", seconds = 150, run = downloads,
    needs = "session" },
}
