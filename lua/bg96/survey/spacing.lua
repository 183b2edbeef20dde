--- How generous a module is with blanks and empty lines: counted over all exchanges of a survey.

local Spacing = {}
Spacing.__index = Spacing

-- Each style by where it is looked for; as the emulator's quirk `spacing` names them.
local ORDER = { "blank", "tight", "trailing", "joined", "airy" }

function Spacing.new()
  local counts = {}
  for _, style in ipairs(ORDER) do counts[style] = { yes = 0, no = 0 } end
  return setmetatable({ counts = counts }, Spacing)
end

local function count(self, style, is_so)
  local counts = self.counts[style]
  local answer = is_so and "yes" or "no"
  counts[answer] = counts[answer] + 1
end

-- What follows the first comma outside quotes, or nil.
local function behind_comma(text)
  return text:gsub('"[^"]*"', '""'):match("^[^,]*,(.)")
end

local function note_line(self, text)
  if not text:find("^%+%u+:") or text:find("^%+CM[ES] ERROR") then return end
  count(self, "tight", text:find("^%+%u+:%S") ~= nil)
  count(self, "trailing", text:find("%s$") ~= nil)
  local next_character = behind_comma(text)
  if next_character then count(self, "blank", next_character == " ") end
end

local function note_lead(self, exchange, i, entry)
  local before = exchange.entries[i - 1]
  if not before then
    count(self, "airy", entry.blanks + (exchange.echo and 1 or 0) > 1)
  elseif before.kind == "final" and before.text:find("^OK") then
    count(self, "joined", entry.blanks == 0)
    if entry.blanks > 0 then count(self, "airy", entry.blanks > 1) end
  end
end

--- Looks at an exchange that has ended.
function Spacing:note(exchange)
  for i, entry in ipairs(exchange.entries) do
    if entry.kind == "reply" and entry.text:find("^%+%u+:") then
      note_line(self, entry.text)
      note_lead(self, exchange, i, entry)
    end
  end
end

--- What was seen.
-- @treturn string the value of the habit `spacing`; nil where all is as usual
-- @treturn table an array of texts: what is so only at times
function Spacing:find()
  local found, mixed = {}, {}
  for _, style in ipairs(ORDER) do
    local counts = self.counts[style]
    if counts.yes > counts.no then found[#found + 1] = style end
    if counts.yes > 0 and counts.no > 0 then
      mixed[#mixed + 1] = ("spacing: %s in %d of %d lines"):format(style, counts.yes,
        counts.yes + counts.no)
    end
  end
  return #found > 0 and table.concat(found, "+") or nil, mixed
end

return Spacing
