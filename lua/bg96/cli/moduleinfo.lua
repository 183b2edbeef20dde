--- The state of a module at a glance: what `status` shows.

local explain = require "bg96.cli.explain"
local json = require "bg96.cli.json"

local moduleinfo = {}

-- Registration, as AT+CEREG? and AT+CGREG? number it.
local registrations = {
  ["0"] = "not registered, not searching", ["1"] = "registered", ["2"] = "searching",
  ["3"] = "registration denied", ["4"] = "unknown", ["5"] = "registered, roaming",
}

-- Access technologies, as AT+COPS? numbers them.
local technologies = { ["0"] = "GSM", ["3"] = "EDGE", ["8"] = "LTE Cat M1", ["9"] = "NB-IoT" }

-- The first line of an answer that matches; or nil, and the error or the answer as text.
local function ask(modem, command, pattern)
  local lines, err = modem:at(command)
  if not lines then return nil, explain.what(err) end
  for _, line in ipairs(lines) do
    if line:find(pattern) then return line end
  end
  return nil, table.concat(lines, " ")
end

local function ask_sim(modem)
  local line, problem = ask(modem, "+CPIN?", "^%+CPIN:")
  local state = line and line:match("^%+CPIN: *(.-) *$")
  if state == "READY" then return "ready" end
  return state or problem
end

local function ask_registration(modem)
  local state, problem
  for _, word in ipairs { "+CEREG", "+CGREG" } do
    local line
    line, problem = ask(modem, word .. "?", "^%" .. word .. ": *%d+, *%d")
    local found = line and line:match(", *(%d+)")
    if found and (not state or found == "1" or found == "5") then state = found end
    if state == "1" or state == "5" then break end
  end
  return state and (registrations[state] or state) or problem
end

local function ask_operator(modem)
  local line = ask(modem, "+COPS?", "^%+COPS:")
  local name, technology = (line or ""):match('"([^"]*)", *(%d+)')
  return name, technologies[technology]
end

--- Asks all of it. What cannot be told is nil, or a text that says why.
-- @treturn table; or nil, err, where the module does not say who it is
function moduleinfo.ask(modem)
  local module, err = modem:info()
  if not module then return nil, err end
  local info = json.object { module = module, sim = ask_sim(modem) }
  info.signal = modem:signal()
  info.registration = ask_registration(modem)
  info.operator, info.technology = ask_operator(modem)
  info.contexts = modem:contexts() or {}
  return info
end

local function describe_signal(signal)
  if not signal then return "unknown" end
  return signal.dbm and ("%d dBm"):format(signal.dbm) or "none"
end

local function describe_context(context)
  if not context.active then return "not active" end
  return context.address and context.address ~= "" and context.address or "active"
end

local function describe_family(module)
  local is_unknown = module.family:find("^unknown") ~= nil
  return is_unknown and ("%s: %s"):format(module.model, module.family) or module.family
end

--- The same for people: an array of { name, text }.
function moduleinfo.lines(info)
  local module = info.module
  local network = info.registration
  if info.operator then network = network .. " at " .. info.operator end
  if info.technology then network = ("%s (%s)"):format(network, info.technology) end
  local lines = {
    { "module", ("%s %s, %s"):format(module.manufacturer, module.model, module.revision) },
    { "family", describe_family(module) }, { "IMEI", module.imei }, { "SIM", info.sim },
    { "signal", describe_signal(info.signal) }, { "network", network },
  }
  for _, context in ipairs(info.contexts) do
    lines[#lines + 1] = { ("context %d"):format(context.cid), describe_context(context) }
  end
  if #info.contexts == 0 then lines[#lines + 1] = { "contexts", "none is active" } end
  return lines
end

return moduleinfo
