--- What happened in a run, in order: calls, lines on the wire, faults.

local story = {}
story.__index = story

function story.new()
  return setmetatable({ events = {} }, story)
end

--- Adds an event at `now`; the text is made when the story is told.
function story:add(now, pattern, ...)
  self.events[#self.events + 1] = { now = now, pattern = pattern, ... }
end

local function printable(text)
  return (text:gsub("[%c\127-\255]", function(char) return ("\\x%02X"):format(char:byte()) end))
end

--- The story as lines; a long one without its middle.
function story:lines(most)
  local lines = {}
  for i, event in ipairs(self.events) do
    local text = printable(event.pattern:format(table.unpack(event)))
    if #text > 160 then text = text:sub(1, 160) .. "..." end
    lines[i] = ("%10.3f  %s"):format(event.now, text)
  end
  if most and #lines > most then
    local shorter = table.move(lines, 1, most // 3, 1, {})
    shorter[#shorter + 1] = ("            ... %d events more ..."):format(#lines - most)
    return table.move(lines, #lines - (most - most // 3) + 1, #lines, #shorter + 1, shorter)
  end
  return lines
end

return story
