--- The settings of AT+QFTPCFG (2.1 of the manual).
local arguments = require("bg96.emulator.arguments")

local text, integer = arguments.text, arguments.integer

local settings = {}

--- Every setting: `kinds` of its values, `test` as the test form shows it, and its
-- `default`. Older firmware does not know those that are `recent`.
settings.words = {
  account = { kinds = { text(255), text(255) }, test = "<username>,<password>" },
  filetype = { kinds = { integer(0, 1) }, test = "(0,1)", default = 0 },
  transmode = { kinds = { integer(0, 1) }, test = "(0,1)", default = 1 },
  contextid = { kinds = { integer(1, 16) }, test = "(1-16)", default = 1 },
  rsptimeout = { kinds = { integer(20, 180) }, test = "(20-180)", default = 90 },
  ssltype = { kinds = { integer(0, 2) }, test = "(0-2)", default = 0, recent = true },
  sslctxid = { kinds = { integer(0, 5) }, test = "(0-5)", default = 0, recent = true },
  data_address = { kinds = { integer(0, 1) }, test = "(0,1)", default = 0, recent = true },
}

local ORDER = { "account", "filetype", "transmode", "contextid", "rsptimeout", "ssltype",
  "sslctxid", "data_address" }

--- All settings at their defaults.
function settings.defaults()
  local values = { username = "", password = "" }
  for name, setting in pairs(settings.words) do values[name] = setting.default end
  return values
end

--- The setting `name`, or nil; `is_old` leaves out the recent ones.
function settings.find(name, is_old)
  local setting = settings.words[name]
  return setting and not (is_old and setting.recent) and setting or nil
end

--- The lines of the test form.
function settings.test_lines(is_old)
  local lines = {}
  for _, name in ipairs(ORDER) do
    local setting = settings.find(name, is_old)
    if setting then lines[#lines + 1] = ('+QFTPCFG: "%s",%s'):format(name, setting.test) end
  end
  return lines
end

return settings
