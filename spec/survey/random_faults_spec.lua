-- Surveys of modules with random habits and faults, on a virtual clock: each ends in its time,
-- raises no error, writes a habits file, and leaves nothing behind that it does not tell.

local format = require "bg96.habits"
local random = require "bg96.emulator.random"
local survey = require "bg96.survey"
local surveyline = require "spec.support.surveyline"

-- The module is what each spec says, whatever HABITS is.
before_each(function() require("spec.support.habits").assumes_all() end)

local RUNS = 30

local quirks = { "pwd-quoted", "stat-before-ok", "slow-close=3", "sync-errors", "bare-failure",
  "bare-names", "masked-password", "text-errors", "ato-refused", "stubborn-echo", "no-echo",
  "noise-error", "old-ftpcfg", "spacing=blank+airy", "answer=10-200", "guard=500", "beof=closed",
  "early-command" }

-- %d is a number from 1 to 60.
local faults = { "drop", "drop,how=silence", "drop,how=none", "drop,how=result", "drop,close=yes",
  "early", "early,how=silence", "close", "pdp", "pdp,how=none", "reset", "brownout",
  "hang,wake=%d", "power,wake=%d", "byte,at=%d,how=lost", "byte,at=%d,how=garbled",
  "byte,at=%d,how=doubled", "urc,line=+CREG: 1", "foreign,line=ERROR", "foreign,line=OK",
  'chatter,every=%d,count=50,line=+QIND: "csq",20,99', "ufs-full", "silence,command=any",
  "late,command=any,ms=%d000", "result,command=any", "silence,command=any,what=result",
  "drop,bytes=%d0", "early,bytes=%d00" }

local radios = { "lte-m", "gprs", "nb-iot" }

local function draw(dice, list)
  return list[math.floor(dice:between(1, #list + 0.999))]
end

local function draw_plan(dice)
  local plan = { quirks = {}, faults = {}, quick = dice:between(0, 1) < 0.3 }
  for _ = 1, math.floor(dice:between(0, 3.99)) do
    table.insert(plan.quirks, draw(dice, quirks))
  end
  for _ = 1, math.floor(dice:between(1, 4.99)) do
    local text = draw(dice, faults):gsub("%%d", ("%d"):format(math.floor(dice:between(1, 60))))
    table.insert(plan.faults, { time = dice:between(0, 150), text = text })
  end
  table.sort(plan.faults, function(a, b) return a.time < b.time end)
  if dice:between(0, 1) < 0.6 then plan.radio = { profile = draw(dice, radios) } end
  return plan
end

local function is_clean(line)
  return next(line.server.tree:node("/").entries) == nil and next(line.module.ufs.files) == nil
end

local function run(plan)
  local pending = plan.faults
  return surveyline.run({ quirks = plan.quirks, radio = plan.radio, on_wait = function(line)
    while pending[1] and pending[1].time <= line.clock do
      line.module:fault(table.remove(pending, 1).text)
    end
  end }, { quick = plan.quick })
end

describe("a survey of a module with random faults #simulation", function()
  for seed = 1, RUNS do
    it(("keeps its promises, seed %d"):format(seed), function()
      local plan = draw_plan(random.new(seed * 7919))
      local report, line = run(plan)
      assert.is_true(line.clock <= (plan.quick and 121 or 601))
      assert.is_true(is_clean(line) or #report.left > 0)
      local text = survey.format(report)
      local parsed = assert(format.parse(text, "report"))
      for line_of_text in text:gmatch("[^\n]+") do assert.is_true(#line_of_text < 5000) end
      for _, said in pairs(parsed.measured) do assert.is_nil(said:find("defect", 1, true), said) end
    end)
  end
end)
