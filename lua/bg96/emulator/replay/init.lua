--- A trace played back as a module: a core as bg96.emulator.module is one, on a given clock.
--
--   local player = replay.new(text, { name = "report.trace" })
--   player:feed(bytes, now), take(now[, max]), pending(now), room(now), deadline(), tick(now)
--   player:left() -> text             what of the trace has not been played yet, or nil
--   player.notes -> array of texts    what a tolerant one has put up with
--
-- Each command of the host has to be the next one of the trace; then come the lines and the
-- payload that the trace has behind it, each so long after the command as there. A trace tells
-- the number of payload bytes and not the bytes: they are made up.
local checksum = require("bg96.emulator.checksum")
local matching = require("bg96.emulator.replay.matching")
local queue = require("bg96.emulator.replay.queue")
local reader = require("bg96.emulator.replay.reader")
local trace = require("bg96.emulator.trace")

local replay = {}

local Player = {}
Player.__index = Player

local INPUT_MAX = 8192
local TAKE_MAX = 65536

--- A module that plays a trace.
-- @tparam string text the trace
-- @tparam[opt] table options name (of the file, for messages), tolerant (a command that is not
--   the next one is looked for further on; see docs/emulator.md), note (function(text), told of
--   what is put up with). A trace that cannot be read throws; so does feed() where a command is
--   not the next one
function replay.new(text, options)
  options = options or {}
  local self = setmetatable({
    name = options.name or "trace", tolerant = options.tolerant, on_note = options.note,
    queue = queue.new(), at = 1, input = "", log = {}, renamed = {}, baudrate = 115200,
  }, Player)
  self.events, self.notes = reader.read(text, self.name, self.tolerant)
  if self.on_note then
    for _, note in ipairs(self.notes) do self.on_note(note) end
  end
  return self
end

--- The same of a file. Returns nil and a message where that cannot be read.
function replay.open(path, options)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text = file:read("*a")
  file:close()
  if not text then return nil, path .. ": cannot be read" end
  options.name = options.name or path
  local ok, player = pcall(replay.new, text, options)
  if not ok then return nil, player end
  return player
end

-- ------------------------------------------------------------- what to say of it

function Player:note(event, message)
  message = ("%s:%s: %s"):format(self.name, event and event.line or "end", message)
  table.insert(self.notes, message)
  if self.on_note then self.on_note(message) end
end

--- What of the trace has not been played, as a text; nil where nothing is left.
function Player:left()
  local event = self.events[self.at]
  if not event then return nil end
  return ("%s:%d: not played: %s"):format(self.name, event.line, event.shown)
end

-- The replay ends: the host does something else than the trace.
function Player:fail(came)
  local event = self.events[self.at]
  local expected = event and event.shown or "nothing more, as the trace ends"
  self.failure = ("%s:%s: expected: %s\n  but it came: > %s"):format(self.name,
    event and event.line or "end", expected, trace.mask(came))
  error(self.failure, 0)
end

-- ------------------------------------------------------------------- to the host

-- The checksum in the QFDWL line behind the event `index`.
local function checksum_behind(self, index)
  for i = index + 1, #self.events do
    local event = self.events[i]
    if event.from == "host" then break end
    local digits = (event.text or ""):match("^%+QFDWL: *%d+, *(%x+)")
    if digits then return tonumber(digits, 16) end
  end
end

-- What the payload and the names of this run make of a traced line.
local function adapt(self, line)
  for old, new in pairs(self.renamed) do line = line:gsub(old, new) end
  local sent = self.sent
  if not sent then return line end
  local word, count = line:match("^(%+QFUPL: *)(%d+), *%x+")
  if word and tonumber(count) == sent.traced then
    return ("%s%d,%04x"):format(word, sent.count, sent.sum:value())
  end
  local head = line:match("^(%+QFTPPUT: *0, *)" .. sent.traced .. " *$")
  return head and head .. sent.count or line
end

-- Queues a line of the trace, or the echo of the command.
local function write_line(self, text, due)
  if self.command and text == self.command.traced then
    self.queue:write(self.command.text .. "\r", due)
  else
    self.queue:write("\r\n" .. adapt(self, text) .. "\r\n", due)
  end
end

-- Queues the lines and payload that come before the host's next turn.
local function answer(self)
  local event = self.events[self.at]
  while event and event.from == "module" do
    local due = event.time and self.shift and event.time + self.shift or self.now
    due = math.max(due, self.now)
    if event.payload then
      local start = self.previous and math.max(self.previous, self.now) or due
      self.queue:write_payload(event.payload, math.min(start, due), due,
        checksum_behind(self, self.at))
    else
      write_line(self, event.text, due)
    end
    self.previous, self.at = due, self.at + 1
    event = self.events[self.at]
  end
  if not event or not event.payload then return end
  local left = self.tolerant and not self.ends_early and self.announced or event.payload
  self.payload = { left = left, traced = event.payload, count = 0, sum = checksum.new() }
end

-- The host has done what the trace has at `index`: times count from here.
local function pass(self, index)
  local event = self.events[index]
  self.payload = nil
  self.shift = event.time and self.now - event.time
  self.at, self.previous = index + 1, self.now
  answer(self)
end

-- --------------------------------------------------------------- from the host

-- Commands of a resync, which a tolerant replay answers wherever they come.
local function is_proof(command)
  return command:find('^AT%+QFLST="%x+"$') or command:find('^ATE0%+QFLST="%x+"$')
end

local function is_basic(command)
  return command == "AT" or command == "ATE0" or command == "ATE1" or command == "+++"
    or command == "AT+CMEE=1" or command:find("^ATQ0V1E1") or command:find("^ATS3=13")
    or is_proof(command)
end

-- Whether a command that the trace lacks only sets something.
local function is_setting(command)
  return command:find("^AT%+QFTPCFG=") or command:find("^AT&")
    or command:find("^AT%+%u+=") and not command:find("^AT%+QF") and not command:find("?", 1, true)
end

local function make_up(self, command)
  local echo = self.echo and command ~= "+++" and command .. "\r" or ""
  local works = is_basic(command) and not is_proof(command) or is_setting(command)
  self.queue:write(echo .. (works and "\r\nOK\r\n" or "\r\nERROR\r\n"), self.now)
  return works and "OK" or "ERROR"
end

-- Whether the upload that begins at `index` has less payload than it has announced.
local function ends_early(self, index)
  local announced = matching.announced(self.events[index].text)
  repeat
    index = index + 1
    local event = self.events[index]
    if announced and event and event.from == "host" then
      return event.payload ~= nil and event.payload < announced
    end
  until not announced or not event
  return false
end

-- Takes the command as that of the trace at `index`; nil where it is another one.
local function take_as(self, index, command, agree)
  local event = self.events[index]
  if not event or event.from ~= "host" or event.payload then return nil end
  local renamed = agree(event.text, command)
  if not renamed then return nil end
  for old, new in pairs(renamed) do self.renamed[old] = new end
  self.command = { traced = event.text, text = command }
  self.announced, self.sent = matching.announced(command), nil
  self.ends_early = ends_early(self, index)
  pass(self, index)
  return true
end

local function look_ahead(self, command)
  for _, agree in ipairs { matching.agree, matching.agree_loosely } do
    for index = self.at + 1, #self.events do
      local skipped = self.events[self.at]
      if take_as(self, index, command, agree) then
        self:note(skipped, ("%s: taken from line %d"):format(trace.mask(command),
          self.events[index].line))
        return true
      end
    end
  end
end

-- Answers once more as the trace has answered last; its place stays where it is.
local function look_behind(self, command)
  for index = math.min(self.at, #self.events) - 1, 1, -1 do
    local event = self.events[index]
    local was_it = event.from == "host" and event.text and matching.agree(event.text, command)
    local next_event = self.events[index + 1]
    if was_it and next_event.from == "module" and not next_event.payload then
      self:note(self.events[self.at], ("%s: answered as in line %d"):format(trace.mask(command),
        event.line))
      self.command = { traced = event.text, text = command }
      repeat
        write_line(self, next_event.text, self.now)
        index = index + 1
        next_event = self.events[index + 1]
      until not next_event or next_event.from == "host" or next_event.payload
      return true
    end
  end
end

local function find_answer(self, command)
  if take_as(self, self.at, command, matching.agree) then return end
  if not self.tolerant then return self:fail(command) end
  if take_as(self, self.at, command, matching.agree_loosely) then return end
  if is_basic(command) then return make_up(self, command) end
  if look_ahead(self, command) or look_behind(self, command) then return end
  local event = self.events[self.at]
  self:note(event, ("%s: not in the trace from here on, answered %s"):format(trace.mask(command),
    make_up(self, command)))
end

local function carry_out(self, command)
  table.insert(self.log, command)
  self.queue:hurry(self.now)
  find_answer(self, command)
  if command == "ATE1" or command:find("^ATE0") then self.echo = command == "ATE1" end
end

local function take_payload(self)
  local payload = self.payload
  local bytes = self.input:sub(1, payload.left)
  self.input = self.input:sub(#bytes + 1)
  payload.sum:add(bytes)
  payload.left, payload.count = payload.left - #bytes, payload.count + #bytes
  if payload.left == 0 then
    self.sent = payload
    pass(self, self.at)
  end
end

-- Behind a payload that ended early, its rest may still come, which is no command.
local function command_in(self, line)
  local event = self.events[self.at]
  if not self.ends_early or not event or not event.text then return line end
  local command = line:sub(-#event.text)
  if not matching.agree(event.text, command) then return nil end
  self.ends_early = false
  return command
end

-- Takes one thing from the input; false where there is none.
local function consume(self)
  if self.input == "" then return false end
  if self.payload then
    take_payload(self)
    return true
  end
  if self.input:sub(1, 3) == "+++" then -- nothing ends it
    self.input = self.input:sub(4)
    carry_out(self, "+++")
    return true
  end
  local line, rest = self.input:match("^\n*([^\r]*)\r(.*)$")
  if not line then return false end
  self.input = rest
  local command = command_in(self, line)
  if command then carry_out(self, command) end
  return true
end

-- ---------------------------------------------------------------- the public

--- Lets the time pass.
function Player:tick(now)
  self.now = now
  if self.begun then return end
  self.begun = true
  local first = self.events[1]
  self.shift = first.time and now - first.time
  answer(self)
end

--- Takes bytes of the host. Throws where a strict replay meets another command than the trace.
function Player:feed(bytes, now)
  self:tick(now)
  self.input = self.input .. bytes
  while consume(self) do end -- luacheck: ignore 542
end

--- Bytes for the host, at most `max`.
function Player:take(now, max)
  self:tick(now)
  return self.queue:take(now, max or TAKE_MAX)
end

--- How many there are, and since when.
function Player:pending(now)
  self:tick(now)
  return self.queue:pending(now)
end

--- The same, as it was last.
function Player:waiting()
  return self.queue:pending(self.now or -math.huge)
end

--- Bytes that it takes from the host.
function Player:room(now)
  self:tick(now)
  return math.max(0, INPUT_MAX - #self.input)
end

--- When take() will give something, or nil.
function Player:deadline()
  return self.queue:next()
end

--- The commands that have come, as an array.
function Player:commands()
  return self.log
end

--- Flow control and DTR are not part of a trace.
function Player:set_host_flow() end -- luacheck: ignore 212

function Player:holds_host() -- luacheck: ignore 212
  return false
end

return replay
