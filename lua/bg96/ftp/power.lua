--- Bringing a module up: the SIM's PIN, and a restart.

local Error = require "bg96.ftp.error"
local baudrate = require "bg96.ftp.baudrate"
local pause = require "bg96.ftp.pause"
local restore = require "bg96.ftp.restore"
local replies = require "bg96.ftp.replies"

local power = {}

--- A rule for check.argument(): a PIN.
function power.pin_rule(value)
  if type(value) ~= "string" or not value:find("^%d%d%d%d%d?%d?%d?%d?$") then
    return "4 to 8 digits expected" -- without the PIN
  end
end

-- What the module says of its card, such as "READY"; or nil, err.
local function sim_state(modem)
  return replies.ask(modem, "+CPIN?", "^%+CPIN: *(%u[%u -]-) *$")
end

-- Enters the PIN where it is asked for. Returns true, and whether it was entered; or nil, err.
local function enter(modem, pin)
  local state, err = sim_state(modem)
  if not state then return nil, err end
  if state == "READY" then return true end
  if state ~= "SIM PIN" then
    local is_blocked = state == "SIM PUK"
    return nil, Error.new {
      kind = "cme", code = is_blocked and 12 or nil, command = "+CPIN",
      detail = not is_blocked and "the SIM says " .. state or nil,
    }
  end
  local lines
  lines, err = modem:at("+CPIN=" .. pin)
  if not lines then return nil, err end
  return true, true
end

local SETTING = "pin"

-- A card is not there, or busy, for some seconds after a restart.
local SIM_TIME = 10
local is_starting = { [10] = true, [13] = true, [14] = true }

local function wait_for_card(modem)
  local started = modem.core:now()
  while true do
    local state, err = sim_state(modem)
    local is_over = modem.core:now() - started >= SIM_TIME
    if state or not is_starting[err.code] or is_over then return state, err end
    local ok, why = pause.wait(modem, 1)
    if not ok then return nil, why end
    if modem.is_closed then return Error.closed("+CPIN") end
  end
end

-- After a restart. Nobody tries a wrong PIN twice: it is forgotten before it is entered, and
-- kept again where it was right, or where the link has failed and it was right before.
local function enter_again(setting, modem)
  local state, err = wait_for_card(modem)
  if not state then return nil, err end
  if state == "READY" then return true end
  restore.forget(modem, SETTING)
  local ok, outcome = enter(modem, setting.pin)
  local is_answered = ok or outcome.kind == "cme" or outcome.kind == "error"
  if ok or setting.is_proven and not is_answered then modem.settings[SETTING] = setting end
  if not ok then return nil, outcome end
  setting.is_proven = setting.is_proven or outcome
  return true
end

--- See modem:unlock().
function power.unlock(modem, pin)
  restore.forget(modem, SETTING)
  local epoch = modem.core:epoch()
  local ok, outcome = enter(modem, pin)
  if not ok then return nil, outcome end
  modem.settings[SETTING] = {
    apply = enter_again, pin = pin, is_proven = outcome, epoch = epoch,
  }
  return true
end

--- Sees that the card is unlocked, if modem:unlock() has done that before.
-- @return a true value; or nil, err
function power.ensure_unlocked(modem)
  return restore.ensure(modem, SETTING)
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
  if ok then baudrate.expect_restart(modem) end
  if ok or err.kind == "reset" or err.kind == "timeout" then
    ok, err = wait_for_boot(modem, function() return booted end)
  end
  unsubscribe()
  if not ok then return nil, err end
  wait_for_card(modem) -- what is wrong with it is for the next call to say
  return true
end

return power
