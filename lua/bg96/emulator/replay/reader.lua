--- Reads a trace, as `bg96-ftp -v` and ftp.open{ trace = print } print it:
--
--       12.345 > AT+QFTPSIZE="a.txt"
--       12.401 < OK
--       12.630 < (3000 bytes of payload)
--
-- The time, in seconds, may be missing. Empty lines, lines that begin with "#", fences of Markdown
-- and what bg96-ftp says besides stand for nothing.
local reader = {}

local function unescape(text)
  return (text:gsub("\\x(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- What a line of the trace says; nil, or nil and what is wrong with it.
local function read_line(text)
  local time, direction, rest = text:match("^%s*(%d*%.?%d*)%s*([<>])[ \t](.*)$")
  if not direction then return nil end
  local event = { time = tonumber(time), from = direction == ">" and "host" or "module" }
  local count = rest:match("^%((%d+) bytes of payload%)$")
  local hidden = rest:match("^%*%*%* %((%d+) bytes not understood%)$")
  if count then
    event.payload = tonumber(count)
  elseif rest:find("^%(.*bytes of payload") or rest:find("^%[%d+ bytes%]$") then
    return nil, "cannot read how many bytes of payload there are"
  elseif hidden then
    event.text = ("x"):rep(tonumber(hidden))
  else
    event.text = unescape(rest)
  end
  event.shown = direction .. " " .. rest
  return event
end

-- bg96-emulator --trace has the directions of the module.
local function is_seen_from_module(event)
  return event.from == "module" and event.text and event.text:find("^AT") ~= nil
end

local function excerpt(text)
  return #text > 60 and text:sub(1, 57) .. "..." or text
end

local Reader = {}
Reader.__index = Reader

-- What is wrong with a line ends a strict reading, and is noted by a tolerant one.
function Reader:complain(number, message)
  message = ("%s:%d: %s"):format(self.name, number, message)
  if not self.tolerant then error(message, 0) end
  table.insert(self.notes, message)
end

function Reader:add(number, event)
  local last = self.events[#self.events]
  if not last and is_seen_from_module(event) then
    error(("%s:%d: the host's commands are marked with <: a trace of bg96-ftp -v is needed")
      :format(self.name, number), 0)
  end
  if event.time and self.time and event.time < self.time then
    self:complain(number, "the time goes back")
    event.time = self.time
  end
  self.time = event.time or self.time
  event.line = number
  table.insert(self.events, event)
end

function Reader:read(text)
  local number = 0
  for line, stop in text:gmatch("([^\n]*)(\n?)") do
    number = number + 1
    line = line:gsub("\r$", "")
    local means_nothing = line:find("^%s*$") or line:find("^#") or line:find("^```")
      or line:find("^bg96%-ftp: ")
    local event, problem
    if not means_nothing then event, problem = read_line(line) end
    if event and stop == "" then
      self:complain(number, "the trace is cut: no line end behind: " .. excerpt(line))
    elseif event then
      self:add(number, event)
    elseif not means_nothing then
      self:complain(number, (problem or "no line of a trace") .. ": " .. excerpt(line))
    end
  end
  if #self.events == 0 then error(self.name .. ": there is no line of a trace in it", 0) end
end

--- Reads a trace.
-- @tparam string text
-- @tparam string name of the file, for messages
-- @tparam boolean tolerant whether lines that are no trace, a cut last line and a time that
--   goes back are noted and left out; otherwise they throw
-- @treturn table the events: from ("host", "module"), text or payload (a count), time (seconds,
--   or nil), line (its number), shown (as the trace has it)
-- @treturn table the notes, as texts
function reader.read(text, name, tolerant)
  local self = setmetatable({ name = name, tolerant = tolerant, events = {}, notes = {} }, Reader)
  self:read(text)
  return self.events, self.notes
end

return reader
