--- What happened in a run, in order: calls, lines on the wire, faults.

local unpack = table.unpack or unpack -- luacheck: std max

local story = {}
story.__index = story

function story.new()
  return setmetatable({ events = {} }, story)
end

--- Adds an event at `now`; the text is made when the story is told.
function story:add(now, pattern, ...)
  self.events[#self.events + 1] = {
    now = now, pattern = pattern, count = select("#", ...), ...,
  }
end

-- Converts values that %s of Lua 5.1 does not accept.
local function fill_in(event)
  local values = {}
  for i = 1, event.count do
    local value = event[i]
    values[i] = type(value) == "number" and value or tostring(value)
  end
  return event.pattern:format(unpack(values))
end

local function printable(text)
  return (text:gsub("[%c\127-\255]", function(char) return ("\\x%02X"):format(char:byte()) end))
end

--- The story as lines; a long one without its middle.
function story:lines(most)
  local lines = {}
  for i, event in ipairs(self.events) do
    local text = printable(fill_in(event))
    if #text > 160 then text = text:sub(1, 160) .. "..." end
    lines[i] = ("%10.3f  %s"):format(event.now, text)
  end
  if most and #lines > most then
    local head = math.floor(most / 3)
    local shorter = { unpack(lines, 1, head) }
    shorter[head + 1] = ("            ... %d events more ..."):format(#lines - most)
    for i = #lines - (most - head) + 1, #lines do shorter[#shorter + 1] = lines[i] end
    return shorter
  end
  return lines
end

return story
