--- The kinds of errors that each fault may cause in the calls that run when it strikes.
-- A fault that is missing here excuses no error.

local faults = {}

-- A transfer or command whose connection is lost. "cme", "verify": the payload just before
-- the silence looks like the module's words.
local CUT = { "ftp", "error", "timeout", "framing", "cme", "verify" }

-- A module that restarts loses session, context and settings, AT+CMEE too: errors have no
-- numbers until the next resync.
local RESTART = { "reset", "timeout", "framing", "ftp", "pdp", "error", "cme" }

faults.kinds = {
  drop = CUT,
  early = CUT,
  close = CUT,
  pdp = { "pdp", "ftp", "error", "timeout", "framing" },
  reset = RESTART,
  hang = RESTART,
  silence = { "timeout" },
  late = { "timeout" },
  result = { "cme", "ftp", "error", "pdp", "timeout", "framing" },
  urc = {},
  ["ufs-full"] = { "cme", "ftp" },
  -- After a spoilt CONNECT the payload is read as lines, including RDY.
  wound = { "framing", "timeout", "verify", "ftp", "cme", "error", "pdp", "reset" },
  stall = { "timeout" }, -- of "+++", which has two seconds
  port = { "port" },
  -- Another worker has closed the session or the modem during a call.
  ended = { "closed", "ftp", "pdp", "reset", "error", "timeout", "framing" },
}

-- A listing through the serial port ends with a trailer behind which there must be
-- silence, and then answers to questions: an answer that is late makes it fail, as
-- the module could be in data mode still.
faults.listing_kinds = {
  stall = { "timeout", "framing" }, late = { "framing" },
  silence = { "framing" }, result = { "framing" },
}

return faults
