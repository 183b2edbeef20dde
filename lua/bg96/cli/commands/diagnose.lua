--- diagnose: goes the way that a transfer goes, and says where it ends.

local checkup = require "bg96.cli.checkup"

local words = { ok = "ok", failed = "NO", skipped = "--" }

local function show(report, say, output)
  for _, item in ipairs(report) do
    local word = item.skipped and words.skipped or item.ok and words.ok or words.failed
    local text = item.skipped and "skipped: " .. item.skipped or item.detail or ""
    output.say_behind(("%s %-13s "):format(word, item.name), text, say)
    if item.advice then output.say_behind("   -> ", item.advice, say) end
  end
end

return { {
  name = "diagnose", needs = "modem",
  summary = "Applies the settings, goes online and logs in; says what fails, and what to do.",
  examples = {
    { "diagnose", "a line for each check, with advice if it fails" },
    { "--json diagnose | jq '.[] | select(.ok | not)'", "what has failed or was skipped" },
  },
  run = function(modem, args, output)
    return checkup.run(modem, args.settings, function(text) output:doing(text) end)
  end,
  show = show,
  status = function(report) return checkup.status(report) end,
} }
