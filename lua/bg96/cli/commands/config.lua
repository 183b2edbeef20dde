--- config: the settings in force, and where each is from.

local settings = require "bg96.cli.settings"

local function list(values, sources)
  local rows = {}
  for _, group in ipairs(settings.groups) do
    for _, setting in ipairs(group) do
      local value = values[setting.name]
      if setting.secret and value ~= nil and value ~= "" then value = "***" end
      rows[#rows + 1] = { name = setting.name, value = value, from = sources[setting.name] }
    end
  end
  return rows
end

return { {
  name = "config",
  summary = "Shows the settings in force and where each is from, secrets as ***.",
  examples = { { "config", "" }, { "-c other.conf config", "those of another file" } },
  run = function(args) return list(args.settings, args.sources) end,
  show = function(rows, say)
    for _, row in ipairs(rows) do
      say("%-13s = %-24s  %s", row.name, tostring(row.value ~= nil and row.value or ""), row.from)
    end
  end,
} }
