--- Formats numbers and names for people.

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

--- Replaces control characters of a text from outside: a name may hold anything, even what
-- moves a terminal's cursor or types commands.
function format.printable(text)
  -- the C1 controls of UTF-8, then those of ASCII
  return (text:gsub("\194[\128-\159]", "?"):gsub("[%z\1-\8\11-\31\127]", "?"))
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

return format
