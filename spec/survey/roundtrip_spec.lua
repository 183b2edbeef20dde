-- What a survey says of an emulated module makes another emulated module, of which a survey says
-- the same; on a virtual clock.

local format = require "bg96.habits"
local habits = require "bg96.emulator.habits"
local survey = require "bg96.survey"
local surveyline = require "spec.support.surveyline"

-- The module is what each spec says, whatever HABITS is.
before_each(function() require("spec.support.habits").assumes_all() end)

-- What no survey sees: restarts, data connections that are refused, and what is usual.
local unseen = {
  booting = true, ["no-app-ready"] = true, ["slow-sim"] = true, ["wordy-restart"] = true,
  ["sync-615"] = true,
}
local usual = { guard = "1000", ["ufs-prefix"] = "no", manufacturer = "Quectel" }

-- The habits that a survey finds, as a file has them.
local function find(quirks)
  local report = surveyline.run { quirks = quirks }
  assert.same({}, report.not_understood)
  return assert(format.parse(survey.format(report), "report")).habits
end

local function without_usual(set)
  local rest = {}
  for name, value in pairs(set) do
    if not unseen[name] and value ~= usual[name] then rest[name] = value end
  end
  return rest
end

describe("the habits that a survey finds", function()
  for _, name in ipairs(habits.names) do
    it("are those of " .. name, function()
      local given = assert(format.parse(habits.text(name), name)).habits
      local found = find(habits.as_quirks(given))
      assert.same(without_usual(given), without_usual(found))
      assert.same(found, find(habits.as_quirks(found)))
    end)
  end

  it("are several at once", function()
    local given = {
      ["pwd-quoted"] = "yes", ["stat-before-ok"] = "yes", ["slow-close"] = "3",
      ["bare-failure"] = "yes", ["stubborn-echo"] = "yes", ["noise-error"] = "yes",
      ["unknown-58"] = "yes", ["masked-password"] = "0", ["size-without-err"] = "yes",
      ["name-limit"] = "50", guard = "800", spacing = "blank+trailing+airy", answer = "30",
      ["get-at-end"] = "refused", beof = "consecutive", model = "BG77", firmware = "BG77LAR02A04",
    }
    assert.same(given, without_usual(find(habits.as_quirks(given))))
  end)
end)
