--- What a failure means for a transfer: whether trying again may help, and whether the
-- server has refused the command itself.

local core = require "bg96.core"

local failure = {}

local function set(...)
  local members = {}
  for i = 1, select("#", ...) do members[select(i, ...)] = true end
  return members
end

-- The session is over, which another login cures.
local ended = set("lost", "session ended")

local healing_kinds = set("timeout", "reset", "pdp", "framing", "error", "verify")

-- Results about the account, the name, the command or the disk: the same request would
-- fail in the same way.
local lasting_codes = set(610, 611, 612, 613, 619, 620, 621, 622, 624, 625, 626, 627, 628, 629,
  630, 631)

-- A missing or blocked SIM, a command that the module lacks, a wrong APN account.
local lasting_cme = set(4, 5, 10, 11, 12, 15, 16, 17, 18, 50, 149)

-- The server's reply counts for more than the module's code: 4xx is temporary, 5xx is
-- permanent (RFC 959, 4.2.1). But a full disk (452) does not empty itself, and a sequence
-- of commands (503) begins anew with the session.
local function is_lasting(err)
  local reply = err.protocol
  -- Not logged in, without a word of the server: the module has lost the session.
  if err.code == 625 and not reply and err.command ~= "+QFTPOPEN" then return false end
  if reply == 452 then return true end
  if reply == 503 or reply and reply >= 400 and reply < 500 then return false end
  return (reply or 0) >= 500 or lasting_codes[err.code] == true
end

--- Whether the server does not know the login any more, which another login cures. A server
-- that says so right behind a login means something else by it.
function failure.is_logged_out(err)
  local is_about_login = err.code == 625 or err.protocol == 503
  return err.kind == "ftp" and err.command ~= "+QFTPOPEN" and is_about_login
end

--- Whether trying again may help.
function failure.heals(err)
  if failure.is_logged_out(err) or ended[err.reason] then return true end
  if err.kind == "ftp" then return not is_lasting(err) end
  if err.kind == "cme" then return not lasting_cme[err.code] end
  return healing_kinds[err.kind] == true
end

--- Whether a server refuses for good: the link works, and the answer will stay.
function failure.is_permanent(err)
  return err.kind == "ftp" and not failure.heals(err)
end

--- Whether the server does not know a command, or does not take it in this form.
function failure.is_unsupported(err)
  local reply = err.protocol
  if reply and reply >= 500 and reply <= 504 and reply ~= 503 then return true end
  return err.kind == "ftp" and not reply and (err.code == 620 or err.code == 622 or err.code == 624)
end

--- Whether the server has refused the command itself, whatever code it says that with. A
-- server that refuses SIZE, MDTM or REST does not have it. The rule is the core's, as get()
-- asks for SIZE there.
function failure.refuses(err)
  return err.kind == "ftp" and core.refuses(err.code, err.protocol)
end

--- Whether the server says that there is no such file, or that it does not show it.
function failure.is_missing(err)
  return err.kind == "ftp" and (err.protocol == 550 or not err.protocol and err.code == 627)
end

-- Without room on its disk or in the user's quota, a server takes no other offset either.
local function is_full(err)
  local reply = err.protocol
  if reply then return reply == 452 or reply == 552 end
  return err.code == 619 or err.code == 629
end

--- Whether the refusal of a transfer may be one of its offset. 612 is the module's own
-- code for that.
function failure.refuses_offset(err)
  if err.kind == "ftp" and err.code == 612 then return true end
  return failure.refuses(err) and not is_full(err)
end

--- Whether module and context work: a server that answers, or a file that does not match,
-- says nothing against them.
function failure.is_link_well(err)
  return err.kind == "verify" or (err.protocol or 0) >= 400
end

return failure
