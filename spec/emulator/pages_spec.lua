-- The emulator's pages explain every fault, quirk and state, with its values.

local faults = require("bg96.emulator.faults")
local habits = require("bg96.emulator.habits")
local memory = require("bg96.emulator.memory")
local quirks = require("bg96.emulator.quirks")
local spacing = require("bg96.emulator.spacing")
local states = require("bg96.emulator.states")

local function read(path)
  local file = assert(io.open(path))
  local content = file:read("*a")
  file:close()
  return content
end

local page, manual = read("docs/emulator.md"), read("docs/man/bg96-emulator.1")

local sets = {
  ["set of habits"] = habits.words, quirk = quirks.words,
  fault = faults.words, state = states.words, refusal = memory.words,
}

-- Code of the page that begins with the word: `word`, `word=N`, `word[=N]`.
local function is_on_page(word)
  for text in page:gmatch("`([^`\n]+)`") do
    local first = text:match("^[%w.-]+")
    if first == word and not text:find("^[%w.-]+%s") then return true end
  end
  return false
end

local function is_in_manual(word)
  for text in manual:gmatch("%.Cm ([^\n]*)") do
    for each in text:gmatch("[%w.-]+") do
      if each == word then return true end
    end
  end
  return false
end

for name, words in pairs(sets) do
  describe("the pages of the emulator: a " .. name, function()
    for word, entry in pairs(words) do
      it(word .. " is explained", function()
        assert.is_string(entry.text)
        assert.is_true(is_on_page(word), "not in docs/emulator.md")
        assert.is_true(is_in_manual(word), "not in the manual page")
      end)
    end
  end)
end

describe("the pages of the emulator", function()
  it("have every key of a fault", function()
    for kind, entry in pairs(faults.words) do
      for key in pairs(entry.keys or {}) do
        assert.is_truthy(page:find("`" .. key .. "=", 1, true)
          or page:find("," .. key .. "=", 1, true) or page:find("`" .. key .. "`", 1, true),
          kind .. ": " .. key)
      end
    end
  end)

  it("have every style of spacing", function()
    for _, style in ipairs(spacing.styles) do assert.is_true(is_on_page(style)) end
  end)
end)
