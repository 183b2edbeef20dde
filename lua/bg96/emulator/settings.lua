--- The settings of AT+QFTPCFG, 2.1 of the manual. Modules differ in some rows; see the quirks.
local arguments = require("bg96.emulator.arguments")

local text, integer = arguments.text, arguments.integer

local settings = {}

-- A row whose value is a whole number: `low` to `high`, or what the quirk named `range` says.
local function whole(low, high, default, more)
  local row = { low = low, high = high, default = default }
  for name, value in pairs(more or {}) do row[name] = value end
  return row
end

--- Every setting, with its `default`. Older firmware does not know those that are `recent`;
-- one with `needs` is there with that quirk only.
settings.words = {
  account = { kinds = { text(255), text(255) }, test = "<username>,<password>" },
  filetype = whole(0, 1, 0),
  transmode = whole(0, 1, 1),
  contextid = whole(1, 16, 1),
  rsptimeout = whole(20, 180, 90, { range = "rsptimeout" }),
  ssltype = whole(0, 2, 0, { recent = true }),
  sslctxid = whole(0, 5, 0, { recent = true }),
  data_address = whole(0, 1, 0, { recent = true, range = "data-address" }),
  restenable = whole(0, 1, 1, { needs = "restenable" }),
}

local ORDER = { "account", "filetype", "transmode", "contextid", "rsptimeout", "ssltype",
  "sslctxid", "data_address", "restenable" }

--- All settings at their defaults.
function settings.defaults()
  local values = { username = "", password = "" }
  for name, setting in pairs(settings.words) do values[name] = setting.default end
  return values
end

local function limits(setting, quirks)
  local range = setting.range and quirks[setting.range]
  if range then return range[1], range[2] end
  return setting.low, setting.high
end

-- Whether a module with these quirks knows the setting.
local function is_known(setting, quirks)
  if setting.recent and quirks["old-ftpcfg"] then return false end
  return setting.needs == nil or quirks[setting.needs] == true
end

--- The kinds of the values of the setting `name`, or nil if there is none.
function settings.kinds(name, quirks)
  local setting = settings.words[name]
  if not setting or not is_known(setting, quirks) then return nil end
  return setting.kinds or { integer(limits(setting, quirks)) }
end

-- The range of a setting as the test form shows it.
local function shown_range(low, high)
  return (high - low == 1 and "(%d,%d)" or "(%d-%d)"):format(low, high)
end

--- The lines of the test form.
function settings.test_lines(quirks)
  local lines = {}
  for _, name in ipairs(ORDER) do
    local setting = settings.words[name]
    if is_known(setting, quirks) then
      local shown = setting.test or shown_range(limits(setting, quirks))
      lines[#lines + 1] = ('+QFTPCFG: "%s",%s'):format(name, shown)
    end
  end
  return lines
end

return settings
