--- The kinds of errors that each fault may cause in the calls that run when it strikes.
-- A fault that is missing here excuses no error.

local faults = {}

-- A transfer or command whose connection is gone. "cme", "verify": what stands in the
-- payload just before the silence looks like the module's words. "closed": another worker's
-- call has met the end of the session that they share.
local CUT = { "ftp", "error", "timeout", "framing", "cme", "verify", "closed" }

-- A module that restarts loses session, context and settings: AT+CMEE too, so that
-- errors have no numbers until the next resync.
local RESTART = { "reset", "timeout", "framing", "ftp", "pdp", "error", "cme", "closed" }

faults.kinds = {
  drop = CUT,
  early = CUT,
  close = CUT,
  pdp = { "pdp", "ftp", "error", "timeout", "framing", "closed" },
  reset = RESTART,
  hang = RESTART,
  silence = { "timeout" },
  late = { "timeout" },
  result = { "cme", "ftp", "error", "pdp", "timeout", "framing", "closed" },
  -- What a module says by itself costs nothing, and neither does the final result code of
  -- somebody else's command where only a result line can come.
  urc = {}, chatter = {}, ["foreign-result"] = {},
  -- Elsewhere a final result code is as good as the command's own, as it has no name: it
  -- may end the command, stand in CONNECT's place, or tell that data mode has ended. What comes
  -- then of a payload is read as lines, RDY and all.
  foreign = { "error", "cme", "ftp", "timeout", "framing", "verify", "pdp", "reset", "closed" },
  -- QFTPLEN, asked behind a listing, is 0 after it.
  brownout = { "reset", "timeout", "framing", "ftp", "pdp", "error", "cme", "verify" },
  power = RESTART,
  ["ufs-loss"] = { "verify" },
  ["ufs-full"] = { "cme", "ftp" },
  -- A spoilt CONNECT has the payload read as lines, RDY and all.
  wound = { "framing", "timeout", "verify", "ftp", "cme", "error", "pdp", "reset", "closed" },
  -- Bytes of an upload that the module has lost, and then waits for. A server without REST
  -- cannot have them again.
  overrun = { "timeout", "ftp", "framing", "verify" },
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
  -- QFTPLEN, which tells the length of the right trailer from that of a forged one, counts
  -- what has come until the context was lost.
  pdp = { "verify" }, drop = { "verify" }, early = { "verify" }, close = { "verify" },
}

return faults
