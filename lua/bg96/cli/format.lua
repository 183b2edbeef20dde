--- Formats numbers and names for people.

local core = require "bg96.core"

local format = {}

local units = { "B", "kB", "MB", "GB", "TB" }

--- 1234567 -> "1.2 MB".
function format.bytes(count)
  local unit = 1
  while count >= 999.5 and unit < #units do
    count, unit = count / 1000, unit + 1
  end
  local digits = unit > 1 and count < 9.95 and 1 or 0
  return ("%." .. digits .. "f %s"):format(count, units[unit])
end

--- 75 -> "1:15", 3675 -> "1:01:15".
function format.duration(seconds)
  seconds = math.floor(seconds + 0.5)
  local hours, minutes = math.floor(seconds / 3600), math.floor(seconds / 60) % 60
  if hours > 0 then return ("%d:%02d:%02d"):format(hours, minutes, seconds % 60) end
  return ("%d:%02d"):format(minutes, seconds % 60)
end

--- A text from elsewhere, harmless to a terminal: a name may hold anything, also what moves
-- the cursor or types commands. Control characters and broken UTF-8 are shown as \xHH.
format.printable = core.escape

--- A text from elsewhere as UTF-8, which JSON is: U+FFFD stands for what is none.
function format.utf8(text)
  return (text:gsub("[\128-\255]+", function(run)
    local characters, at = {}, 1
    while at <= #run do
      local character = run:match("^[\194-\223][\128-\191]", at)
        or run:match("^\224[\160-\191][\128-\191]", at)
        or run:match("^[\225-\236\238\239][\128-\191][\128-\191]", at)
        or run:match("^\237[\128-\159][\128-\191]", at)
        or run:match("^\240[\144-\191][\128-\191][\128-\191]", at)
        or run:match("^[\241-\243][\128-\191][\128-\191][\128-\191]", at)
        or run:match("^\244[\128-\143][\128-\191][\128-\191]", at)
      characters[#characters + 1] = character or "\239\191\189"
      at = at + (character and #character or 1)
    end
    return table.concat(characters)
  end))
end

local CHARACTER = "[%z\1-\127\192-\255][\128-\191]*"

--- How many columns a text takes, if each character takes one.
function format.width(text)
  local _, count = text:gsub(CHARACTER, "")
  return count
end

--- The text in exactly `width` columns: padded with blanks, or without its middle.
function format.fit(text, width)
  local missing = width - format.width(text)
  if missing >= 0 then return text .. (" "):rep(missing) end
  local characters = {}
  for character in text:gmatch(CHARACTER) do characters[#characters + 1] = character end
  local head = math.floor((width - 2) / 2)
  local tail = width - 2 - head
  return table.concat(characters, "", 1, head) .. ".."
    .. table.concat(characters, "", #characters - tail + 1)
end

--- The text in lines of at most `width` columns, broken between words; a longer word has a line
-- of its own.
-- @treturn table an array of lines, one at least
function format.wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    local longer = line == "" and word or line .. " " .. word
    if line ~= "" and format.width(longer) > width then
      lines[#lines + 1], line = line, word
    else
      line = longer
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- The text behind a label, in lines of at most `width` columns; the lines below are indented.
-- @treturn table an array of lines
function format.behind(label, text, width)
  local indent = format.width(label)
  local lines = format.wrap(text, width - indent)
  for i, line in ipairs(lines) do lines[i] = (i == 1 and label or (" "):rep(indent)) .. line end
  return lines
end

return format
