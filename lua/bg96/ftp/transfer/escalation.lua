--- What is done between two attempts of a transfer: the steps of chapter 4 of the manual,
-- each more drastic than the one before.
--
--   1  close the session, see that the PDP context is active, log in again
--   2  deactivate and activate the PDP context, log in again
--   3  restart the module, where the script allows it: three times at most, ten minutes
--      apart
--
-- The session stays the script's own: it is logged in again with its settings, and goes
-- back to its directory.

local failure = require "bg96.ftp.transfer.failure"

local Escalation = {}
Escalation.__index = Escalation

local escalation = {}

local REBOOTS, REBOOT_PAUSE = 3, 600

-- Seconds that a restart may take; none is begun that the deadline would cut.
local REBOOT_TIME = 80

-- With the settings of the last modem:activate() for the context, or with those that
-- the module has.
local function activate(modem, cid)
  local again = modem.activations[cid]
  if again then return again(modem) end
  return modem:activate { cid = cid }
end

-- A session that is broken is not asked to close: logging in finds what the module still
-- holds of it, closes that, and waits for the result.
local function log_in(self)
  local session, modem = self.session, self.session.modem
  modem.core:forget_session()
  local ok, err = activate(modem, session.cid)
  if not ok then return nil, err end
  return session:log_in()
end

-- Where the context cannot be deactivated, activation or login fail as well, and their
-- errors say more.
local function renew_context(self)
  self.session.modem:deactivate(self.session.cid)
  return log_in(self)
end

local function reboot(self)
  local modem = self.session.modem
  self.reboots = self.reboots + 1
  modem.rebooted_at = modem.core:now()
  local ok, err = modem:reboot()
  if not ok then return nil, err end
  return log_in(self)
end

local steps = { log_in, renew_context, reboot }

--- The escalation of one transfer.
-- @tparam table session
-- @tparam boolean may_reboot
-- @tparam[opt] number ends_at the deadline, on the modem's clock
function escalation.new(session, may_reboot, ends_at)
  return setmetatable({
    session = session, may_reboot = may_reboot, ends_at = ends_at, reboots = 0,
  }, Escalation)
end

local function can_reboot(self)
  if not self.may_reboot or self.reboots >= REBOOTS then return false end
  local modem = self.session.modem
  local now, last = modem.core:now(), modem.rebooted_at
  if self.ends_at and self.ends_at - now < REBOOT_TIME then return false end
  return not last or now - last >= REBOOT_PAUSE
end

--- Takes the step that so many failures call for.
-- @tparam integer failures in a row, without progress
-- @tparam[opt] table err the last of them
-- @treturn boolean true; or nil, err
function Escalation:retry(failures, err)
  local step = 1
  if failures >= 2 and not failure.is_link_well(err) then
    step = failures >= 3 and can_reboot(self) and 3 or 2
  end
  return steps[step](self)
end

return escalation
