--- The report of a failing seed: its number, the smaller plan, the story.

local report = {}

local LINES = 90

local function faults_of(op)
  local texts = {}
  for _, fault in ipairs(op.faults) do
    if fault.set then
      texts[#texts + 1] = fault.set
    elseif fault.wound then
      local wound = fault.wound
      texts[#texts + 1] = ("byte %d %s %s"):format(wound.at, wound.way, wound.how)
    elseif fault.stall then
      texts[#texts + 1] = ("%s held up for %g s after %g s"):format(fault.stall, fault.seconds,
        fault.after)
    else
      texts[#texts + 1] = ("port fails with errno %d after %g s"):format(fault.port, fault.after)
    end
  end
  return #texts > 0 and "   with " .. table.concat(texts, "; ") or ""
end

local settings

local function shown(value)
  if type(value) ~= "table" then return tostring(value) end
  return "{" .. (#value > 0 and table.concat(value, " ") or settings(value)) .. "}"
end

function settings(part)
  local names, texts = {}, {}
  for name in pairs(part) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    texts[#texts + 1] = ("%s=%s"):format(name, shown(part[name]))
  end
  return table.concat(texts, " ")
end

--- The plan in words.
function report.plan(plan, describe)
  local refusals = {}
  for i, row in ipairs(plan.refuse) do refusals[i] = ("%s=%d"):format(row[1], row[2]) end
  local lines = {
    ("  line: %s"):format(settings(plan.line)),
    ("  module: %s dtr=%s flow=%s"):format(settings(plan.module), tostring(plan.dtr),
      tostring(plan.flow)),
    ("  server: a delay of %g s; refuses {%s}; the file \"big\": %d bytes of %s"):format(plan.delay,
      table.concat(refusals, " "), plan.big.size, plan.big.kind),
    ("  modem: a timeout of %g s; answers take %g s at most"):format(plan.timeout, plan.answer),
  }
  for i, worker in ipairs(plan.workers) do
    lines[#lines + 1] = ("  worker %d:"):format(i)
    for _, op in ipairs(worker) do
      local pause = op.pause and (" (after %g s)"):format(op.pause) or ""
      lines[#lines + 1] = "    " .. describe(op) .. pause .. faults_of(op)
    end
  end
  return table.concat(lines, "\n")
end

--- All of a failure.
function report.failure(seed, first, plan, failure, runs, describe)
  return table.concat({
    ("SEED=%d fails: %s"):format(seed, first.what),
    "",
    ("Made smaller in %d runs, it fails so: %s"):format(runs, failure.what),
    report.plan(plan, describe),
    "",
    table.concat(failure.story:lines(LINES), "\n"),
    "",
    ("Again: make simulate SEED=%d"):format(seed),
    "",
  }, "\n")
end

return report
