--- diagnose: goes the way that a transfer goes, and says where it ends.

local checkup = require "bg96.cli.checkup"
local format = require "bg96.cli.format"

local WIDTH = 80

local words = { ok = "ok", failed = "NO", skipped = "--" }

-- Prints a text behind a label, in lines that fit the terminal.
local function show_wrapped(label, text, say, width)
  local indent = (" "):rep(format.width(label))
  for i, line in ipairs(format.wrap(text, width - format.width(label))) do
    say("%s", (i == 1 and label or indent) .. line)
  end
end

local function show(report, say, output)
  local width = output.columns() or WIDTH
  for _, item in ipairs(report) do
    local word = item.skipped and words.skipped or item.ok and words.ok or words.failed
    local text = item.skipped and "skipped: " .. item.skipped or item.detail or ""
    show_wrapped(("%s %-13s "):format(word, item.name), text, say, width)
    if item.advice then show_wrapped("   -> ", item.advice, say, width) end
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
