--- The baud rate of the line: finding the one that the module has, and raising the module
-- to another one by AT+IPR. The core does both in its resync (src/modem/rates.h), as no
-- other call may come between the command and the proof that the module answers at the new
-- rate; so it is also raised again after each restart.

local Call = require "bg96.ftp.call"
local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"

local unpack = table.unpack or unpack -- luacheck: std max

local baudrate = {}

-- What a module starts with unless somebody has saved another rate.
local DEFAULT = 115200

-- Where a module may be found, the likely ones first.
local USUAL = { 115200, 921600, 9600, 460800, 230400, 57600, 38400, 19200 }

--- Seconds until each of the usual rates has been tried.
baudrate.SEARCH_TIME = 9

--- Bits a second.
baudrate.LOWEST, baudrate.HIGHEST = 300, 4000000

-- Seconds that going back may take when the modem is closed.
local GIVE_BACK_TIME = 2

--- A rule for check: bits a second.
baudrate.rule = check.integer(baudrate.LOWEST, baudrate.HIGHEST)

--- A rule for check: the same, or "auto".
function baudrate.rule_or_auto(value)
  if value == "auto" then return nil end
  local problem = baudrate.rule(value)
  return problem and problem .. ', or "auto"'
end

--- The rate to open a port at.
function baudrate.first(wanted)
  return wanted == "auto" and USUAL[1] or wanted
end

--- A rate as messages name it.
function baudrate.describe(wanted)
  return wanted == "auto" and "any of the usual baud rates" or ("%d baud"):format(wanted)
end

-- Has the next resync raise the module to `rate`, where the port has that rate, and look for
-- it at the others as well. Returns whether the port has it.
local function want(modem, rate, ...)
  local core = modem.core
  if rate and core:set_rates(rate, ...) then return true end
  core:set_rates(0, ...)
  return false
end

--- Brings a module of unknown state to a known one, at `wanted` (a rate or "auto") or, where
-- that works, at `speed`. Used by ftp.open().
-- @return true; or nil, err
function baudrate.bring_up(modem, wanted, speed)
  local core, is_searching = modem.core, wanted == "auto"
  modem.base_baudrate = core:baudrate()
  if is_searching then
    want(modem, nil, speed or DEFAULT, unpack(USUAL))
  elseif speed then
    want(modem, speed)
  end
  local ok, err = modem:clean_up()
  if not ok or not is_searching then return ok, err end
  modem.base_baudrate = core:baudrate()
  if not want(modem, speed, DEFAULT) then return true end
  core:distrust()
  local lines, problem = modem:at("")
  return lines and true, problem
end

local function failure(rate, why, now)
  return Error.new {
    kind = why == "refused" and "error" or "timeout", command = "+IPR",
    detail = why == "refused" and ("the module refuses %d baud"):format(rate)
      or ("no answer at %d baud"):format(rate),
    advice = ("the line runs at %d baud"):format(now),
  }
end

-- What has become of a request is known once a call that follows it has been answered; for
-- the one before, that is when the next begins.
local function begin_request(modem, rate)
  local last = modem.rate_request
  if last and not last.now then last.now, last.why = modem.core:baudrate() end
  local request = { rate = rate, before = modem.core:baudrate() }
  modem.rate_request = request
  return request
end

-- What was asked for before holds again, unless another call has asked for something since.
local function take_back(modem, request)
  local base, before = modem.base_baudrate or request.before, request.before
  if modem.rate_request ~= request then return end
  want(modem, modem.core:baudrate() == before and before, base, before, request.rate)
end

--- See modem:set_baudrate().
function baudrate.set(modem, rate)
  -- set_rates() tries the rate on the port, so nothing may be on its way: this call has had
  -- its turn, and the next one does not begin before we wait.
  local lines, err = modem:at("")
  if not lines then return nil, err end
  local core, request = modem.core, begin_request(modem, rate)
  local ok, errno = core:set_rates(rate, modem.base_baudrate or request.before)
  if not ok then
    take_back(modem, request)
    local detail = ("the port does not run at %d baud"):format(rate)
    return nil, Error.new { kind = "port", code = errno, command = "+IPR", detail = detail }
  end
  core:distrust()
  lines, err = modem:at("")
  if not request.now then request.now, request.why = core:baudrate() end
  if request.now == rate then return true end
  take_back(modem, request)
  if not lines then return nil, err end
  return nil, failure(rate, request.why, request.now)
end

--- Has the module, which is closed next, at the rate at which it was opened: other programs
-- look for it there.
function baudrate.give_back(modem)
  local core, base = modem.core, modem.base_baudrate
  if not base or core:baudrate() == base or core:is_lost() then return end
  core:set_rates(0, base)
  Call.run(modem, core:command("+IPR=" .. base, GIVE_BACK_TIME * 1000))
end

--- The module is about to restart: it will be there at the rate at which it was opened.
function baudrate.expect_restart(modem)
  if modem.base_baudrate then modem.core:expect_rate(modem.base_baudrate) end
end

return baudrate
