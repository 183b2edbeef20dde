--- Which failures heal, and what is done about them: the vendor's ladder
-- (chapter 4 of the manual), one rung at a time.
--
--   1  close the session, see that the PDP context is active, log in again
--   2  deactivate and activate the PDP context, log in again
--   3  restart the module, where the caller allows it: three times at most, ten
--      minutes apart
--
-- The session stays the caller's own: it is logged in again with its settings,
-- and put back into its directory.

local Call = require "bg96.ftp.call"

local Ladder = {}
Ladder.__index = Ladder

local recovery = {}

local REBOOTS, REBOOT_PAUSE = 3, 600

-- Seconds that a restart may take; none is begun that the deadline would cut.
local REBOOT_TIME = 80

local function set(...)
  local members = {}
  for i = 1, select("#", ...) do members[select(i, ...)] = true end
  return members
end

-- --- what heals --------------------------------------------------------------

local healing_kinds = set("timeout", "reset", "pdp", "framing", "error", "verify")

-- Results that are about the account, the name, the command or the disk: the
-- same request would fail in the same way.
local lasting_codes = set(610, 611, 612, 613, 619, 620, 621, 622, 624, 625, 626, 627, 628, 629,
  630, 631)

-- A missing or blocked SIM, a command that the module lacks, a wrong APN account.
local lasting_cme = set(4, 5, 10, 11, 12, 15, 16, 17, 18, 50, 149)

-- The server's word counts for more than the module's number: 4xx is for now,
-- 5xx for good (RFC 959, 4.2.1); but a full disk (452) does not empty itself, and
-- a sequence of commands (503) begins anew with the session.
local function is_lasting(err)
  local reply = err.protocol
  if reply == 452 then return true end
  if reply and reply >= 400 and reply < 500 then return false end
  if reply == 503 then return false end
  return (reply or 0) >= 500 or lasting_codes[err.code] == true
end

--- Whether trying again may help.
function recovery.heals(err)
  if err.kind == "ftp" then return not is_lasting(err) end
  if err.kind == "cme" then return not lasting_cme[err.code] end
  return healing_kinds[err.kind] == true
end

--- Whether the server says that it does not know a command, or does not take it
-- in this form.
function recovery.is_unsupported(err)
  local reply = err.protocol
  if reply and reply >= 500 and reply <= 504 and reply ~= 503 then return true end
  return err.kind == "ftp" and not reply and (err.code == 620 or err.code == 622 or err.code == 624)
end

--- Whether a server refuses for good: the link works, and the answer will stay.
function recovery.is_refusal(err)
  return err.kind == "ftp" and not recovery.heals(err)
end

-- --- the rungs ---------------------------------------------------------------

-- With the settings of the last modem:activate() for the context, or with those that
-- the module has.
local function activate(modem, cid)
  local again = modem.activations[cid]
  if again then return again(modem) end
  return modem:activate { cid = cid }
end

-- A session that is broken is not asked to close: logging in finds what the
-- module still holds of it, closes that, and waits for the result.
local function log_in(ladder)
  local session, modem = ladder.session, ladder.session.modem
  modem.core:forget_session()
  local ok, err = activate(modem, session.cid)
  if not ok then return nil, err end
  return session:log_in()
end

-- Where the context cannot be deactivated, activation or login fail as well, and
-- with a better reason.
local function renew_context(ladder)
  ladder.session.modem:deactivate(ladder.session.cid)
  return log_in(ladder)
end

local function reboot(ladder)
  local modem = ladder.modem
  ladder.reboots = ladder.reboots + 1
  modem.rebooted_at = modem.core:now()
  local ok, err = modem:reboot()
  if not ok then return nil, err end
  return log_in(ladder)
end

local rungs = { log_in, renew_context, reboot }

--- A ladder for one transfer.
-- @tparam table session whose waits end at the deadline
-- @tparam table modem the caller's, which remembers its last restart
-- @tparam boolean may_reboot
-- @tparam[opt] number ends_at the deadline, on the modem's clock
function recovery.new(session, modem, may_reboot, ends_at)
  return setmetatable({
    session = session, modem = modem, may_reboot = may_reboot, ends_at = ends_at, reboots = 0,
  }, Ladder)
end

local function can_reboot(ladder)
  if not ladder.may_reboot or ladder.reboots >= REBOOTS then return false end
  local now, last = ladder.modem.core:now(), ladder.modem.rebooted_at
  if ladder.ends_at and ladder.ends_at - now < REBOOT_TIME then return false end
  return not last or now - last >= REBOOT_PAUSE
end

-- With a server that answers, or a file that does not match, the module and its
-- context are well.
local function is_link_well(err)
  return err.kind == "verify" or (err.protocol or 0) >= 400
end

--- Climbs as far as it is time to.
-- @tparam integer failures in a row, without progress
-- @tparam[opt] table err the last of them
-- @treturn boolean true; or nil, err
function Ladder:climb(failures, err)
  local rung = 1
  if failures >= 2 and not is_link_well(err) then
    rung = failures >= 3 and can_reboot(self) and 3 or 2
  end
  return rungs[rung](self)
end

--- Waits, while unsolicited lines are handed out; ends early where the modem or the
-- session is closed, or the port is gone.
function recovery.pause(session, seconds)
  local modem = session.modem
  local ends_at = modem.core:now() + seconds
  repeat
    local left = ends_at - modem.core:now()
    if left > 0 then Call.pause(modem, math.min(left, 1)) end
  until left <= 0 or modem.is_closed or session.is_closed or modem.core:is_lost()
end

return recovery
