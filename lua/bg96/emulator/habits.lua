--- Habits of whole modules, as files (see bg96.habits) and as what comes with the emulator. Each
-- habit is a quirk: "slow-close = 5" in a file is `--quirk slow-close=5`.
local format = require("bg96.habits")
local quirks = require("bg96.emulator.quirks")

local habits = {}

--- The habits that come with the emulator: files of bg96.emulator.habits, which return the text.
habits.words = {
  bg96 = { text = "a BG96 of 2018, firmware BG96MAR02A07M1G" },
  bg95 = { text = "a BG95" },
  ec2x = { text = "an EC21 or EC25" },
}

--- Their names, in order.
habits.names = { "bg96", "bg95", "ec2x" }

-- Reads habits for bg96.habits: each must be a quirk, with a value that it takes, and must not
-- contradict one that has come before.
local function checker()
  local seen = {}
  return function(name, value)
    local known, message = quirks.parse(name .. "=" .. value)
    if not known then return nil, message end
    local opposite = quirks.opposite(known)
    if seen[opposite] then return nil, ("'%s' contradicts '%s'"):format(known, opposite) end
    seen[known] = true
    return true
  end
end

--- The habits of a table, true or a value by name, as quirks are written, in order.
function habits.as_quirks(set)
  local texts = {}
  for name, value in pairs(set) do
    texts[#texts + 1] = ("%s=%s"):format(name, value == true and "yes" or tostring(value))
  end
  table.sort(texts)
  return texts
end

--- The text of habits that come with the emulator.
function habits.text(name)
  return (require("bg96.emulator.habits." .. name))
end

--- Reads habits.
-- @tparam string given the path of a file, or the name of habits that come with the emulator
-- @treturn table an array of quirks, as bg96.emulator.module takes them; or nil and a message
function habits.read(given)
  local parsed, message
  if habits.words[given] then
    parsed, message = format.parse(habits.text(given), given, checker())
  else
    parsed, message = format.load(given, checker())
  end
  if not parsed then return nil, message end
  return habits.as_quirks(parsed.habits)
end

--- Quirks by habits, and then `more`, which win.
function habits.join(texts, more)
  local all = {}
  for _, text in ipairs(texts or {}) do all[#all + 1] = text end
  for _, text in ipairs(more or {}) do all[#all + 1] = text end
  return all
end

return habits
