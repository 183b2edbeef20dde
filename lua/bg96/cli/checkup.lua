--- The checks of `diagnose`: the library's checklist, behind what the settings ask for, and a
-- login at the end. What depends on a failed check is skipped.

local connection = require "bg96.cli.connection"
local explain = require "bg96.cli.explain"
local status = require "bg96.cli.status"

local checkup = {}

-- What each check needs. The names are those of modem:diagnose().
local needs = {
  registration = "SIM", attach = "registration", ["PDP settings"] = "SIM",
  ["PDP context"] = "attach", DNS = "PDP context",
}

-- The exit status that a failed check stands for.
local statuses = {
  SIM = status.MODULE, signal = status.LINK, registration = status.LINK, attach = status.LINK,
  ["PDP settings"] = status.USAGE, ["PDP context"] = status.LINK, DNS = status.LINK,
}

-- The exit status for each failed item, which is not part of the report.
local status_of = setmetatable({}, { __mode = "k" })

local function failed(name, err)
  local _, advice = explain.line(err)
  local item = { name = name, ok = false, detail = explain.what(err), advice = advice }
  status_of[item] = status.of(err)
  return item
end

local function skipped(name, reason)
  return { name = name, ok = false, skipped = reason }
end

-- Why a check cannot mean anything; nil where it can.
local function find_obstacle(name, by_name)
  local needed = needs[name]
  local item = needed and by_name[needed]
  if item and not item.ok then return "needs " .. needed end
end

-- An error of what was done before explains a failed check better than the check.
local function complete(item, errors)
  if item.ok then return item end
  if errors[item.name] then return failed(item.name, errors[item.name]) end
  item.advice = item.advice and explain.translate(item.advice)
  status_of[item] = statuses[item.name]
  return item
end

-- Unlocks the card and activates the context. Returns the errors by the names of checks.
local function bring_online(modem, s, doing)
  local errors = {}
  doing("entering the PIN")
  local ok, err = connection.unlock(modem, s)
  if not ok then
    errors.SIM = err
    return errors
  end
  doing("activating the PDP context")
  ok, err = connection.activate(modem, s)
  if not ok then errors["PDP context"] = err end
  return errors
end

local function check_module(modem)
  local info, err = modem:info()
  if not info then return failed("module", err) end
  return { name = "module", ok = true,
    detail = ("%s %s, %s"):format(info.manufacturer, info.model, info.revision) }
end

local function check_tls(modem, s, doing)
  doing("writing certificates to the module")
  local ok, err = connection.configure_tls(modem, s)
  if not ok then return failed("TLS", err) end
  return { name = "TLS", ok = true, detail = ("%s, verify = %s"):format(s.tls, s.verify) }
end

local function check_login(modem, s, doing)
  doing("logging in to " .. s.host)
  local session, err = connection.open_session(modem, s)
  if not session then return failed("login", err) end
  local folder
  folder, err = session:pwd()
  if not folder then return failed("login", err) end
  return { name = "login", ok = true, detail = ("%s as %s, folder %s"):format(s.host, s.user,
    folder) }
end

local function check_server(modem, s, by_name, doing)
  local items = {}
  if s.tls ~= "no" then items[1] = check_tls(modem, s, doing) end
  local obstacle = by_name["PDP context"]
  if not s.host then
    items[#items + 1] = { name = "login", ok = true, skipped = "no host is given" }
  elseif items[1] and not items[1].ok then
    items[#items + 1] = skipped("login", "needs TLS")
  elseif not (obstacle and obstacle.ok) then
    items[#items + 1] = skipped("login", "needs PDP context")
  else
    items[#items + 1] = check_login(modem, s, doing)
  end
  return items
end

--- Runs all checks.
-- @tparam table s settings
-- @tparam function doing is told of each step that takes long
-- @treturn table an array of { name=, ok=, detail=, advice=, skipped= }
function checkup.run(modem, s, doing)
  local report, by_name = { check_module(modem) }, {}
  local errors = bring_online(modem, s, doing)
  doing("asking the module")
  for _, item in ipairs(modem:diagnose(s.cid)) do
    local obstacle = find_obstacle(item.name, by_name)
    item = obstacle and skipped(item.name, obstacle) or complete(item, errors)
    by_name[item.name] = item
    report[#report + 1] = item
  end
  for _, item in ipairs(check_server(modem, s, by_name, doing)) do report[#report + 1] = item end
  doing(nil)
  return report
end

--- The exit status: that of the first failed check, without which the others were skipped.
function checkup.status(report)
  for _, item in ipairs(report) do
    if not item.ok and not item.skipped then return status_of[item] or status.FAILED end
  end
  return status.DONE
end

return checkup
