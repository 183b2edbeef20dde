--- Chapter 4 of the manual as a checklist: why a module does not get through.

local diagnosis = {}

-- The first reply line; or nil and the error as text.
local function ask(modem, command)
  local lines, err = modem:at(command)
  if not lines then return nil, tostring(err) end
  return lines[1] or "no answer"
end

local function check_sim(modem)
  local line, problem = ask(modem, "+CPIN?")
  return line and line:find("^%+CPIN: *READY *$") ~= nil, line or problem,
    "insert the SIM card, or enter its PIN with modem:unlock(pin)"
end

local function check_attach(modem)
  local line, problem = ask(modem, "+CGATT?")
  return line and line:find("^%+CGATT: *1") ~= nil, line or problem,
    'attach to the packet domain: modem:at("+CGATT=1")'
end

-- Registered at home (1) or roaming (5), in any of the networks.
local function check_registration(modem)
  local details = {}
  for _, command in ipairs { "+CEREG?", "+CGREG?" } do
    local line, problem = ask(modem, command)
    details[#details + 1] = line or problem
    local state = line and line:match("^%+C%a+: *%d+, *(%d+)")
    if state == "1" or state == "5" then return true, line end
  end
  return false, table.concat(details, "; "),
    "check antenna and coverage, and that the SIM's contract allows this network"
end

local function check_settings(modem, cid)
  local line, problem = ask(modem, ("+QICSGP=%d"):format(cid))
  local apn = line and line:match('^%+QICSGP: *%d+, *"([^"]*)"')
  return apn ~= nil and apn ~= "", apn and ("APN %q"):format(apn) or line or problem,
    "set the APN of the operator: modem:activate{ apn = ... }"
end

local function check_context(modem, cid)
  local advice = "activate it with modem:activate(); LTE Cat M1 allows four active contexts, "
    .. "Cat NB1 two; no PPP session may use it. Where that fails with all else right, reboot "
    .. "the module, three times at most and ten minutes apart"
  local contexts, err = modem:contexts()
  if not contexts then return false, tostring(err), advice end
  local active = 0
  for _, context in ipairs(contexts) do
    if context.active then active = active + 1 end
    if context.cid == cid and context.active then return true, context.address end
  end
  return false, ("context %d is not active, %d others are"):format(cid, active), advice
end

-- Some modules do not tell their name servers; with an active context they have some.
local function check_dns(modem, cid)
  local advice = "activate the context; then check the server's name, or give its address"
  local line = ask(modem, ("+QIDNSCFG=%d"):format(cid))
  local server = line and line:match('^%+QIDNSCFG: *%d+, *"([^"]+)"')
  if server then return true, server end
  local is_active, detail = check_context(modem, cid)
  return is_active, is_active and "name servers unknown, context active" or detail, advice
end

-- With a weaker signal transfers fail more often than they work.
local WEAKEST_DBM = -103

local function check_signal(modem)
  local advice = "check the antenna and where it stands"
  local signal, err = modem:signal()
  if not signal then return false, tostring(err), advice end
  return signal.dbm ~= nil and signal.dbm >= WEAKEST_DBM,
    signal.dbm and signal.dbm .. " dBm" or "unknown", advice
end

local checks = {
  { "SIM", check_sim }, { "signal", check_signal }, { "registration", check_registration },
  { "attach", check_attach }, { "PDP settings", check_settings }, { "PDP context", check_context },
  { "DNS", check_dns },
}

--- Asks all of it.
-- @tparam integer cid the PDP context
-- @treturn table an array of {name=, ok=, detail=, advice=}; advice is nil where
--   all is well
function diagnosis.run(modem, cid)
  local report = {}
  for i, item in ipairs(checks) do
    local ok, detail, advice = item[2](modem, cid)
    ok = ok == true
    report[i] = { name = item[1], ok = ok, detail = detail, advice = not ok and advice or nil }
  end
  return report
end

return diagnosis
