--- The calls of a simulation. Each operation has
--
--   run(context, op)     calls the library; returns what the call has returned
--   expected(context, op) -> kind, code    called before it: must it fail, and how?
--   check(context, op, value) -> nil, or what is wrong with the value
--   check_failure(context, op, err)    the same of what a call that failed has left
--   seconds(op, timeout)    how long it may take, where that is not the usual; `timeout`
--                        is the modem's
--   words                of the commands that it may send
--   is_plain             it needs no session; is_listing, carries_payload, ends_session
--
-- A context has session, modem, server, bench, root (the worker's own folder) and
-- is_shared (other workers use the session as well).

local operations = {}

local function add(kind)
  for name, operation in pairs(kind) do operations[name] = operation end
end

add(require "spec.simulation.operations.transfers")
add(require "spec.simulation.operations.listings")
add(require "spec.simulation.operations.exchanges")
add(require "spec.simulation.operations.modem")

-- What a resync sends that does not know which character ends a command, as a trace shows it.
local function all_line_ends()
  local parts = { "\\x08ATS3=13\\x08" }
  for byte = 0, 31 do
    local character = ("\\x%02x"):format(byte)
    if byte ~= 8 and byte ~= 13 then parts[#parts + 1] = character .. "ATS3=13" .. character end
  end
  return table.concat(parts) .. "\\x0dATQ0V1E1S4=10S5=8\\x0datq0v1e1s4=10s5=8"
end

--- Words that any call may send before its own: to clean the channel, to log in
-- again, to find out what became of a session or whether it is busy.
operations.common_words = {
  "Q0V1E1S4=10S5=8", all_line_ends(),
  "", "E1", "E0", "E0+QFLST", "+CMEE", "+QFLST", "+QIACT", "+QICSGP", "+QIDEACT", "+QFTPCFG",
  "+QFTPOPEN", "+QFTPSTAT", "+QFTPPWD", "+QFTPCLOSE", "+CGMM", "&D1", "+CSQ",
}

--- The commands that enter data mode, without the plus.
operations.transfer_words = {
  QFTPGET = true, QFTPPUT = true, QFTPLIST = true, QFTPNLST = true, QFTPMLSD = true,
  QFUPL = true, QFDWL = true, ATO = true,
}

return operations
