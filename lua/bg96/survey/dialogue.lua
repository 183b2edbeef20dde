--- The talk of a survey with a module: commands, lines with their times, payload; all of it
-- kept for the report.
--
-- An exchange is a table: `command`; `sent` and `first`, the times of the end of the command and
-- of the first byte of the answer; `echo`, whether there was one; `entries`, an array of its
-- lines but blank ones, each { text, time, blanks (empty lines before it), kind ("reply", "final",
-- "connect" or "other") }; `replies`, the texts of its own lines; `result`, the last of them where
-- one was asked for, with `result_time`; `final`, with `final_time`; `connected`; `failed`, where
-- the final is an error; `bare`, where a result came without a final; `timed_out`.

local Stop = require "bg96.survey.stop"
local mask = require "bg96.survey.mask"

local Dialogue = {}
Dialogue.__index = Dialogue

local TIMEOUT = 15     -- seconds for a command
local BARE = 2.5       -- seconds for the OK behind a result
local SETTLED = 0.02   -- seconds of silence before a command
local LINE_MAX, LINE_SHOWN = 1100, 100 -- bytes of a line in the report
local WRITE_MAX = 1024 -- bytes of payload between two looks at the input

--- @tparam table options line (see bg96.survey.line), mask (a function, see bg96.survey.mask), and
--   on_line (function(direction, text), or nil)
function Dialogue.new(options)
  return setmetatable({
    line = options.line, mask = options.mask, on_line = options.on_line, buffer = "", log = {},
    unasked = {},
    ends_at = math.huge, timeout = TIMEOUT, traffic = 0,
  }, Dialogue)
end

function Dialogue:now()
  return self.line:now()
end

--- From now on what is said belongs to a step.
-- @tparam number ends_at when the step has to end
function Dialogue:begin(ends_at)
  self.log, self.ends_at = {}, ends_at
end

--- Notes a line for the report. What is longer than any line is payload that was taken for one.
function Dialogue:keep(direction, text)
  if #text > LINE_MAX then
    text = ("%s ... (%d bytes)"):format(text:sub(1, LINE_SHOWN), #text)
  end
  text = mask.printable(self.mask(text))
  self.log[#self.log + 1] = text == "" and direction or direction .. " " .. text
  if self.on_line then self.on_line(direction, text) end
end

-- --- bytes -----------------------------------------------------------------

--- Listens until `time`. Returns whether bytes have come. Ends the step at its deadline.
function Dialogue:hear(time)
  local now = self:now()
  if now >= self.ends_at then
    self.is_dirty = true
    Stop.throw("out of time")
  end
  local left = math.min(time, self.ends_at) - now
  local bytes = self.line:read(math.max(left, 0), self.max)
  if bytes == "" then return false end
  self.buffer, self.heard = self.buffer .. bytes, self:now()
  return true
end

--- The same for at most `max` bytes. Returns how many have come.
function Dialogue:hear_some(time, max)
  local before = #self.buffer
  self.max = max
  self:hear(time)
  self.max = nil
  return #self.buffer - before
end

--- Lets time pass without a look at the input.
function Dialogue:rest(time)
  local left = time - self:now()
  if left > 0 then self.line:rest(left) end
end

--- Lets time pass and keeps what comes meanwhile.
function Dialogue:pause(seconds)
  local ends_at = self:now() + seconds
  while self:now() < ends_at do self:hear(ends_at) end
end

local function shown(text)
  return (text:gsub("\r$", ""))
end

-- The next line without what ends it, or nil.
local function take_line(self)
  local text, rest = self.buffer:match("^([^\n]*)\n(.*)$")
  if not text then return nil end
  self.buffer = rest
  text = shown(text)
  self:keep("<", text)
  return text
end

local function note_unasked(self, text)
  if text ~= "" and #text <= LINE_MAX then self.unasked[text] = (self.unasked[text] or 0) + 1 end
end

--- Takes what has come. `each(text)` gets its lines.
function Dialogue:take_rest(each)
  local text = take_line(self)
  while text do
    if each then each(text) end
    text = take_line(self)
  end
  if self.buffer ~= "" then self:keep("<", self.buffer) end
  self.buffer = ""
end

--- Takes what has come that nobody has asked for, once the module has fallen silent.
-- @tparam[opt] number silence seconds
function Dialogue:settle(silence)
  local now = self:now()
  while self:hear(now + (silence or SETTLED)) do now = self:now() end
  self:take_rest(function(text) note_unasked(self, self.mask(text)) end)
end

-- --- exchanges ---------------------------------------------------------------

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

local function final_of(text)
  text = trim(text)
  if text == "OK" or text == "ERROR" or text == "NO CARRIER" then return text end
  return text:match("^%+CM[ES] ERROR:.*$")
end

local function kind_of(exchange, text)
  if exchange.word and text:sub(1, #exchange.word + 1) == exchange.word .. ":" then
    return "reply"
  elseif final_of(text) then
    return "final"
  elseif trim(text):find("^CONNECT") then
    return "connect"
  end
  return exchange.takes_any and "reply" or "other"
end

local taken = {}

function taken.reply(exchange, text, now)
  table.insert(exchange.replies, text)
  if not exchange.wants_result then return end
  exchange.result, exchange.result_time = text, now
  if not exchange.final then exchange.result_is_first = true end
end

function taken.final(exchange, text, now)
  exchange.final, exchange.final_time = final_of(text), now
  exchange.failed = exchange.final ~= "OK"
end

function taken.connect(exchange, _, now)
  exchange.connected, exchange.final_time = true, now
end

function taken.other(exchange, text)
  table.insert(exchange.others, text)
end

local function is_echo(exchange, text)
  return #exchange.entries == 0 and (text:gsub("\r", "")) == exchange.command
end

local function note(self, exchange, text)
  local now = self:now()
  if text == "" then
    exchange.blanks = exchange.blanks + 1
    return
  elseif is_echo(exchange, text) then
    exchange.echo, exchange.blanks = true, 0
    return
  end
  local kind = kind_of(exchange, text)
  table.insert(exchange.entries, { text = text, time = now, blanks = exchange.blanks,
    kind = kind })
  exchange.blanks = 0
  taken[kind](exchange, text, now)
  if kind == "other" then note_unasked(self, self.mask(text)) end
end

local function is_complete(exchange)
  if exchange.failed then return true end
  if exchange.wants_connect and exchange.connected then return true end
  if exchange.wants_result then return exchange.final ~= nil and exchange.result ~= nil end
  return exchange.final ~= nil
end

--- Goes on with an exchange until it is complete.
-- @tparam table exchange
-- @tparam[opt] number timeout seconds
-- @treturn table the exchange
function Dialogue:collect(exchange, timeout)
  local ends_at = self:now() + (timeout or self.timeout)
  while not is_complete(exchange) do
    local text = take_line(self)
    if text then
      note(self, exchange, text)
    else
      local grace = exchange.result and exchange.result_time + BARE or math.huge
      if self:now() >= math.min(ends_at, grace) then
        exchange.bare = exchange.result ~= nil
        exchange.timed_out = not exchange.bare
        break
      end
      if self:hear(math.min(ends_at, grace)) and not exchange.first then
        exchange.first = self.heard
      end
    end
  end
  if exchange.timed_out then self.is_dirty = true end
  return exchange
end

--- Hands the last exchange to whoever looks at all of them.
function Dialogue:flush()
  if self.last and self.on_exchange then self.on_exchange(self.last) end
  self.last = nil
end

--- Sends a line, as it is, and collects the answer.
-- @tparam string text
-- @tparam[opt] table options timeout (seconds); result (true: a result line follows OK);
--   connect (true: so does CONNECT in the place of OK); any (true: lines without a word are
--   replies, as those of ATI); may_fail (true: no answer is no end of the step)
-- @treturn table the exchange
function Dialogue:say(text, options)
  options = options or {}
  self:settle()
  self:flush()
  local exchange = {
    command = text, word = text:match("^AT(%+%u+)"), entries = {}, replies = {}, others = {},
    blanks = 0, takes_any = options.any, wants_connect = options.connect,
    wants_result = options.result or options.connect,
  }
  self.last = exchange
  self:keep(">", text)
  self.line:write(text .. "\r")
  exchange.sent = self:now()
  self:collect(exchange, options.timeout)
  if exchange.timed_out and not options.may_fail then
    Stop.throw(("%s: no answer in %d s"):format(self.mask(text),
      options.timeout or self.timeout))
  end
  return exchange
end

--- The same for a command without its AT.
function Dialogue:at(text, options)
  return self:say("AT" .. text, options)
end

-- --- payload -------------------------------------------------------------------

local function count_of(bytes)
  return ("(%d bytes of payload)"):format(bytes)
end

--- Sends payload. Returns the time that it took, and how many bytes went out: all of them,
-- unless the module has said something meanwhile.
function Dialogue:send(bytes)
  local started, at = self:now(), 1
  while at <= #bytes do
    self.line:write(bytes:sub(at, at + WRITE_MAX - 1))
    at = math.min(at + WRITE_MAX, #bytes + 1)
    self:hear(self:now())
    if self.buffer ~= "" then break end
  end
  self:keep(">", count_of(at - 1))
  self.traffic = self.traffic + at - 1
  return self:now() - started, at - 1
end

--- Takes payload of known length.
-- @tparam number size
-- @tparam number timeout seconds of silence that are too many
-- @treturn string the payload; shorter where the module has fallen silent
-- @treturn number seconds from the first byte to the last
function Dialogue:receive(size, timeout)
  local chunks, count, first = {}, 0, nil
  while count < size do
    if self.buffer == "" and not self:hear(self:now() + timeout) then break end
    first = first or self:now()
    local chunk = self.buffer:sub(1, size - count)
    self.buffer = self.buffer:sub(#chunk + 1)
    chunks[#chunks + 1], count = chunk, count + #chunk
  end
  self:keep("<", count_of(count))
  self.traffic = self.traffic + count
  return table.concat(chunks), self:now() - (first or self:now())
end

-- Where payload ends that has no length: before OK and a result that counts it.
local function find_end(exchange, buffer)
  local at = 1
  while true do
    local start, stop = buffer:find("\r?\nOK[^\n]*\r?\n", at)
    if not start then return nil end
    local count = buffer:match("^%s*%" .. exchange.word .. ": ?%d+, ?(%d+)", stop + 1)
    local payload = buffer:sub(1, start - 1)
    if count and tonumber(count) == #payload then return #payload end
    at = start + 1
  end
end

--- Takes payload that ends by itself, and the rest of the exchange.
-- @treturn string the payload; or nil, where its end was not seen
function Dialogue:receive_all(exchange, timeout)
  local size = find_end(exchange, self.buffer)
  while not size and self:hear(self:now() + timeout) do
    size = find_end(exchange, self.buffer)
  end
  if not size then
    self.is_dirty = true
    return nil
  end
  local payload = self:receive(size, timeout)
  return payload, self:collect(exchange, timeout)
end

return Dialogue
