-- A survey of an emulated module with one habit names exactly that habit; on a virtual clock.

local memory = require "bg96.emulator.memory"
local quirks = require "bg96.emulator.quirks"
local surveyline = require "spec.support.surveyline"

-- The module is what each spec says, whatever HABITS is.
before_each(function() require("spec.support.habits").assumes_all() end)

-- Quirks that a survey must find, with the values that are tried, the first one by a quick
-- survey as well. `check` says whether the value that was found is right; otherwise it has to be
-- that of the quirk.
local found = {
  ["size-without-err"] = { true },
  ["pwd-quoted"] = { true },
  ["stat-before-ok"] = { true },
  ["slow-open"] = { 30, 10 },
  ["slow-close"] = { 5, 2, 0.7, 20 },
  ["sync-615"] = { true, options = function()
    return { backend = memory.new { refuse_data = true } }
  end },
  ["sync-errors"] = { true },
  ["bare-failure"] = { true },
  ["get-at-end"] = { "refused" },
  ["beof"] = { "consecutive" },
  ["guard"] = { 300, 500, 750, 1200, 2000 },
  ["name-limit"] = { 50, 254, 33 },
  ["early-command"] = { true },
  ["ram-prefix"] = { true },
  ["data-address"] = { "0-2" },
  ["rsptimeout"] = { "20-500", "1-180" },
  ["restenable"] = { true },
  ["revision"] = { "BG96MAR02A07M1G_01.016.01.016" },
  ["test.QFTPPUT"] = { "+QFTPPUT: <name>,<where>" },
  ["test.QFTPLEN"] = { "ERROR" },
  ["test.QFTPOPEN"] = { "OK" },
  ["test.QFTPCFG"] = { '+QFTPCFG: "account",<username>,<password> | +QFTPCFG: "filetype",(0,1) | '
    .. '+QFTPCFG: "rsptimeout",(20-180) | +QFTPCFG: "data_address",(0,1)' },
  ["ufs-prefix"] = { true },
  ["bare-names"] = { true },
  ["padded-checksum"] = { true },
  ["masked-password"] = { 0, 3, 7 },
  ["text-errors"] = { true },
  ["ato-refused"] = { true },
  ["stubborn-echo"] = { true },
  ["no-echo"] = { true },
  ["noise-error"] = { true },
  ["unknown-58"] = { true },
  ["old-ftpcfg"] = { true },
  ["spacing"] = { "blank", "tight", "trailing", "joined", "airy", "blank+joined",
    "blank+tight+trailing+joined+airy" },
  ["answer"] = { 12, 1000, "20-300", check = function(value, quirk)
    local low, high = tostring(value):match("^(%d+)%-?(%d*)$")
    local least, most = tostring(quirk):match("^(%d+)%-?(%d*)$")
    if most == "" then return value == quirk end
    return tonumber(low) >= tonumber(least) and tonumber(high) <= tonumber(most)
  end },
  ["confirms"] = { "taken", options = function() return { radio = { profile = "lte-m" } } end },
  ["ipr-refused"] = { true },
  ["ipr-ignored"] = { true },
}

-- Quirks that no survey can see, and why.
local unseen = {
  ["pwd-unquoted"] = "the usual form",
  ["ipr-saved"] = "needs a restart",
  ["no-app-ready"] = "needs a restart",
  ["booting"] = "needs a restart",
  ["slow-sim"] = "needs a restart",
  ["wordy-restart"] = "needs a restart",
}

-- Those that a quick survey leaves out.
local long = { ["ipr-ignored"] = true }

local identity = { manufacturer = true, model = true, firmware = true }

local function habits_of(report)
  local names = {}
  for name in pairs(report.habits) do
    if not identity[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, " ")
end

local function quirk_text(name, value)
  return value == true and name or ("%s=%s"):format(name, value)
end

local function survey(name, value, is_quick)
  local options = found[name] and found[name].options and found[name].options() or {}
  options.quirks = { quirk_text(name, value) }
  return surveyline.run(options, { quick = is_quick })
end

describe("a survey", function()
  for _, is_quick in ipairs { false, true } do
    for name, values in pairs(found) do
      for i, value in ipairs(values) do
        if not (is_quick and (long[name] or i > 1)) then
          it(("finds %s%s and nothing else"):format(quirk_text(name, value),
            is_quick and " quickly" or ""), function()
            local report = survey(name, value, is_quick)
            assert.equal(name, habits_of(report))
            assert.same({}, report.not_understood)
            local actual = report.habits[name]
            local is_right = values.check and values.check(actual, value)
              or tostring(actual) == tostring(value)
            assert.is_true(is_right, tostring(actual))
          end)
        end
      end
    end
  end

  it("leaves a download with the guard that it has found", function()
    for _, is_quick in ipairs { false, true } do
      local report = survey("guard", 2000, is_quick)
      assert.equal("CONNECT", report.measured["ato.get"])
    end
  end)

  it("finds over a radio that the data connection is closed behind a chunk", function()
    for profile in pairs { ["lte-m"] = true, gprs = true } do
      for quirk, expected in pairs { ["beof=closed"] = "beof", ["beof=kept"] = "" } do
        local report = surveyline.run({ quirks = { quirk }, radio = { profile = profile } })
        assert.equal(expected, habits_of(report))
        assert.equal(expected == "beof" and "closed" or nil, report.habits.beof)
      end
    end
  end)

  it("finds no habit in a module as the manual has it", function()
    for _, is_quick in ipairs { false, true } do
      local report = surveyline.run({}, { quick = is_quick })
      assert.equal("", habits_of(report))
      assert.same({}, report.not_understood)
      assert.equal("BG96", report.habits.model)
      for name in pairs(report.measured) do
        if not is_quick then assert.is_nil(name:find("^not%-found"), name) end
      end
    end
  end)

  it("sees every quirk, or there is a reason", function()
    for name in pairs(quirks.words) do
      if name ~= "test.COMMAND" and not identity[name] then
        assert.is_truthy(found[name] or unseen[name], name)
      end
    end
    for name in pairs(unseen) do
      if name ~= "pwd-unquoted" then
        local report = survey(name, quirks.words[name].value and 1000 or true)
        assert.equal("", habits_of(report))
      end
    end
  end)
end)
