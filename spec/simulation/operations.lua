--- The calls of a simulation. Each operation has
--
--   run(context, op)     calls the library; returns what the call has returned
--   expected(context, op) -> kind, code    called before it: must it fail, and how?
--   check(context, op, value) -> nil, or what is wrong with the value
--   check_failure(context, op, err)    the same for what a failed call has left
--   seconds(op)          how long it may take, if not the usual time
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

-- What a resync sends that does not know which character ends a command.
local function all_line_ends()
  local parts = {}
  for byte = 1, 31 do
    local character = string.char(byte)
    if byte ~= 8 and byte ~= 13 then parts[#parts + 1] = character .. "ATS3=13" .. character end
  end
  return table.concat(parts)
end

--- Words that any call may send before its own: to clean the channel, to log in again, to
-- ask for the state of the session.
operations.common_words = {
  "Q0V1E1S4=10S5=8", all_line_ends(),
  "Q0V1E1S4=10S5=8", all_line_ends(),
  "", "E1", "E0", "+CMEE", "+QFLST", "+QIACT", "+QICSGP", "+QIDEACT", "+QFTPCFG", "+QFTPOPEN",
  "+QFTPSTAT", "+QFTPCLOSE", "&D1", "+CSQ",
}

return operations
