--- Bringing a module up: the SIM's PIN, and a restart.

local Error = require "bg96.ftp.error"
local pause = require "bg96.ftp.pause"

local power = {}

--- A rule for check.argument(): a PIN.
function power.pin_rule(value)
  if type(value) ~= "string" or not value:find("^%d%d%d%d%d?%d?%d?%d?$") then
    return "4 to 8 digits expected" -- without the PIN
  end
end

--- See modem:unlock().
function power.unlock(modem, pin)
  local lines, err = modem:at("+CPIN?")
  if not lines then return nil, err end
  local state = (lines[1] or ""):match("^%+CPIN: *(.-) *$")
  if state == "READY" then return true end
  if state ~= "SIM PIN" then
    local is_blocked = state == "SIM PUK"
    return nil, Error.new {
      kind = "cme", code = is_blocked and 12 or nil, command = "+CPIN",
      detail = not is_blocked and "the SIM says " .. tostring(state) or nil,
    }
  end
  lines, err = modem:at("+CPIN=" .. pin)
  if not lines then return nil, err end
  return true
end

-- Seconds until a restart has failed. A BG96 needs 5 to 15 s, and longer where it searches
-- for an update.
local REBOOT_TIME = 60
-- Seconds until a module that does not say RDY is asked whether it is there.
local QUIET_TIME = 20

-- Waits for RDY, or for an answer when RDY should have come. A port that is lost does not
-- come back.
local function wait_for_boot(modem, has_booted)
  local started = modem.core:now()
  while modem.core:now() - started < REBOOT_TIME do
    local ok, err = pause.wait(modem, 1)
    if not ok then return nil, err end
    if modem.is_closed then return Error.closed("+CFUN") end
    local is_lost = modem.core:is_lost()
    if has_booted() or is_lost or modem.core:now() - started > QUIET_TIME then
      modem.core:distrust()
      ok, err = modem:clean_up()
      if ok or is_lost then return ok, err end
    end
  end
  return nil, Error.new { kind = "timeout", command = "+CFUN", detail = "no sign of a restart" }
end

--- See modem:reboot().
function power.reboot(modem)
  local booted = false
  local unsubscribe = modem:on("RDY", function() booted = true end)
  local ok, err = modem:at("+CFUN=1,1", { timeout = 15 })
  -- A module may restart before its OK is on the line.
  if ok or err.kind == "reset" or err.kind == "timeout" then
    ok, err = wait_for_boot(modem, function() return booted end)
  end
  unsubscribe()
  return ok and true, err
end

return power
