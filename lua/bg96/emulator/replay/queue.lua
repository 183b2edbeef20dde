--- What a replay sends to the host: texts and made-up payload, each with its time.
local queue = {}
queue.__index = queue

local PATTERN = "0123456789abcdef" -- no line end: it cannot be taken for anything else
local PIECES = 32                  -- of a payload that came in some time, at most

function queue.new()
  return setmetatable({ items = {}, first = 1, last = 0 }, queue)
end

local function add(self, item)
  item.time = math.max(item.time, self.last)
  self.last = item.time
  table.insert(self.items, item)
end

--- Queues a text, behind everything that is there.
function queue:write(bytes, time)
  if bytes ~= "" then add(self, { time = time, bytes = bytes, count = #bytes }) end
end

--- Queues so many bytes of payload that come evenly from `start` to `stop`. They are a pattern
-- of digits; with `checksum`, that of QFDWL, zeros behind the two bytes that it needs.
function queue:write_payload(count, start, stop, checksum)
  local pieces = math.max(1, math.min(count, stop > start and PIECES or 1))
  local from = 0
  for i = 1, pieces do
    local to = math.floor(count * i / pieces)
    add(self, { time = start + (stop - start) * i / pieces, count = to - from, offset = from,
      checksum = checksum })
    from = to
  end
end

--- Lets everything that is queued leave now.
function queue:hurry(now)
  for i = self.first, #self.items do
    self.items[i].time = math.min(self.items[i].time, now)
  end
  self.last = math.min(self.last, now)
end

--- How many bytes may leave at `now`, and since when.
function queue:pending(now)
  local count = 0
  for i = self.first, #self.items do
    if self.items[i].time > now then break end
    count = count + self.items[i].count
  end
  local head = self.items[self.first]
  return count, head and head.time
end

--- The time of what is next, or nil.
function queue:next()
  local head = self.items[self.first]
  return head and head.time
end

local function payload(item, size)
  if not item.checksum then
    local skip = item.offset % #PATTERN
    return PATTERN:rep(math.ceil((skip + size) / #PATTERN)):sub(skip + 1, skip + size)
  end
  local word = string.char(math.floor(item.checksum / 256) % 256, item.checksum % 256)
  local head = word:sub(item.offset + 1, item.offset + size)
  return head .. ("\0"):rep(size - #head)
end

local function take_item(self, item, size)
  local bytes = item.bytes and item.bytes:sub(1, size) or payload(item, size)
  if item.bytes then
    item.bytes = item.bytes:sub(size + 1)
  else
    item.offset = item.offset + size
  end
  item.count = item.count - size
  if item.count == 0 then
    self.items[self.first], self.first = false, self.first + 1
    if self.first > #self.items then self.items, self.first = {}, 1 end
  end
  return bytes
end

--- The next bytes, at most `max`; "" where there are none yet.
function queue:take(now, max)
  local chunks, left = {}, max
  while left > 0 do
    local item = self.items[self.first]
    if not item or item.time > now then break end
    local bytes = take_item(self, item, math.min(left, item.count))
    chunks[#chunks + 1], left = bytes, left - #bytes
  end
  return table.concat(chunks)
end

return queue
