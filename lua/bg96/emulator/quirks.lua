--- Habits in which real modules differ, each a switch.
local quirks = {}

--- What each of them does; the value `true` may be replaced by a number where
-- the text says so.
quirks.known = {
  ["size-without-err"] = "+QFTPSIZE: 1000 in place of +QFTPSIZE: 0,1000",
  ["pwd-quoted"] = '+QFTPPWD: 0,"/" with quotes',
  ["pwd-unquoted"] = "+QFTPPWD: 0,/ without quotes (the default)",
  ["stat-before-ok"] = "+QFTPSTAT comes before OK",
  ["slow-close"] = "AT+QFTPCLOSE takes =SECONDS (5)",
  ["sync-615"] = "a refused data connection is +CME ERROR: 615 in place of CONNECT, then 603",
  ["sync-errors"] = "so is every failure before CONNECT",
  ["bare-failure"] = "a failure before CONNECT is the result alone, without OK",
  ["ufs-prefix"] = "names in UFS are listed as UFS:name",
  ["bare-names"] = "names in UFS are listed without quotes",
  ["padded-checksum"] = "checksums as four capital hex digits",
  ["masked-password"] = "the query of the account shows ***",
  ["text-errors"] = "with AT+CMEE=2 results hold texts in place of codes",
  ["ato-refused"] = "+++ ends a download, ATO answers NO CARRIER",
  ["stubborn-echo"] = "ATE0 is answered OK and ignored",
  ["no-app-ready"] = "RDY without APP RDY after boot",
}

--- Reads "name" or "name=number". Gives name and value, or nil and a message.
function quirks.parse(text)
  local name, value = text:match("^([%w-]+)=(%d+%.?%d*)$")
  name = name or text
  if not quirks.known[name] then return nil, ("unknown quirk '%s'"):format(name) end
  return name, tonumber(value) or true
end

--- A set of quirks from an array of texts.
function quirks.set(texts)
  local set = {}
  for _, text in ipairs(texts or {}) do
    local name, value = quirks.parse(text)
    if not name then error(value, 2) end
    set[name] = value
  end
  if set["pwd-unquoted"] then set["pwd-quoted"] = nil end
  return set
end

return quirks
