--- Quirks: habits in which real modules differ. A quirk holds from the start.
local spacing = require("bg96.emulator.spacing")
local unpack = require("bg96.emulator.compat").unpack
local values = require("bg96.emulator.values")
local words = require("bg96.emulator.words")

local number, whole, span, choice = values.number, values.whole, values.span, values.choice

local quirks = {}

local MS_MAX = 600000

--- Every quirk: `text` says what it does; `value` is the kind of what may stand
-- behind "=", `default` its value when nothing does (without one it must be given);
-- `instead_of` is the quirk that it contradicts.
quirks.words = {
  ["manufacturer"] = { text = "what AT+CGMI says, and ATI first", value = values.line },
  ["model"] = { text = "what AT+CGMM says, and ATI second", value = values.line },
  ["firmware"] = { text = "what AT+CGMR says, and ATI last", value = values.line },
  ["revision"] = { text = "what ATI says last, where that is another", value = values.line },
  ["test.COMMAND"] = {
    text = "the lines of a test form, with | between them; OK: none, ERROR: there is no such form",
    value = values.line },
  ["size-without-err"] = { text = "+QFTPSIZE: 1000 in place of +QFTPSIZE: 0,1000" },
  ["pwd-quoted"] = { text = '+QFTPPWD: 0,"/" with quotes', instead_of = "pwd-unquoted" },
  ["pwd-unquoted"] = { text = "+QFTPPWD: 0,/ without quotes (the default)",
    instead_of = "pwd-quoted" },
  ["stat-before-ok"] = { text = "+QFTPSTAT comes before OK" },
  ["slow-open"] = { text = "AT+QFTPOPEN takes so many seconds more",
    value = number(0, 600), default = 30 },
  ["slow-close"] = { text = "AT+QFTPCLOSE takes so many seconds",
    value = number(0, 600), default = 5 },
  ["sync-615"] = {
    text = "a refused data connection is +CME ERROR: 615 in place of CONNECT, then 603" },
  ["sync-errors"] = { text = "every failure before CONNECT is a +CME ERROR" },
  ["bare-failure"] = { text = "a failure before CONNECT is the result alone, without OK" },
  ["get-at-end"] = {
    text = "AT+QFTPGET at the end of a file gives zero bytes (the default), or is refused",
    value = choice("zero", "refused") },
  ["beof"] = {
    text = "what follows a chunk with <beof> 0 must be consecutive, or the data connection is"
      .. " closed behind it, or is kept for what is consecutive (the default)",
    value = choice("kept", "consecutive", "closed") },
  ["guard"] = {
    text = "the silence that +++ needs on both sides, in milliseconds; with less it is payload",
    value = number(1, 60000) },
  ["name-limit"] = {
    text = "names on the server have at most so many bytes; longer ones are refused with 610",
    value = whole(1, 255) },
  ["ufs-prefix"] = { text = "names in UFS are listed as UFS:name" },
  ["ram-prefix"] = { text = "RAM:name is a file in memory: not in UFS, and gone after a restart" },
  ["bare-names"] = { text = "names in UFS are listed without quotes" },
  ["padded-checksum"] = { text = "checksums have four capital hex digits" },
  ["masked-password"] = {
    text = "queries show so many stars for a password; 0: as many as it has characters",
    value = whole(0, 64), default = 3 },
  ["text-errors"] = { text = "with AT+CMEE=2 results hold texts in place of codes" },
  ["ato-refused"] = { text = "+++ ends a download, ATO answers NO CARRIER" },
  ["stubborn-echo"] = { text = "ATE0 is answered OK and ignored" },
  ["no-echo"] = { text = "nothing is echoed, whatever ATE says" },
  ["early-command"] = {
    text = "a command that comes before the last answer has left ends the session: NO CARRIER" },
  ["noise-error"] = { text = "a line without AT is answered ERROR" },
  ["unknown-58"] = { text = "an unknown command is answered +CME ERROR: 58" },
  ["old-ftpcfg"] = {
    text = 'AT+QFTPCFG has no "ssltype", "sslctxid" and "data_address"' },
  ["data-address"] = {
    text = 'the values that AT+QFTPCFG="data_address" takes (0-1)',
    value = span(0, 9, values.whole) },
  ["rsptimeout"] = {
    text = 'the values that AT+QFTPCFG="rsptimeout" takes, in seconds (20-180)',
    value = span(1, 65535, values.whole) },
  ["restenable"] = { text = 'AT+QFTPCFG knows "restenable", 0 or 1' },
  ["spacing"] = {
    text = "blanks and empty lines of +WORD: lines: "
      .. table.concat(spacing.styles, ", ") .. ", or several with + between them",
    value = values.choices(unpack(spacing.styles)) },
  ["answer"] = {
    text = "a command is carried out only after so many milliseconds, or MIN-MAX",
    value = span(0, MS_MAX), default = { 1000, 1000 } },
  ["confirms"] = {
    text = "a chunk of an upload (<beof> 0) is confirmed when it is taken from the line, or"
      .. " when the server has acknowledged it (the default); needs a radio",
    value = choice("taken", "acknowledged") },
  ["ipr-refused"] = { text = "AT+IPR=RATE is answered ERROR" },
  ["ipr-ignored"] = { text = "AT+IPR=RATE is answered OK, and the line stays at its rate" },
  ["ipr-saved"] = { text = "the rate of AT+IPR holds after a restart as well" },
  ["no-app-ready"] = { text = "RDY without APP RDY after boot" },
  ["booting"] = {
    text = "every command is answered ERROR for so many milliseconds behind RDY",
    value = number(0, MS_MAX), default = 3000 },
  ["slow-sim"] = {
    text = "after boot the SIM is missing, then busy, for so many milliseconds in all",
    value = number(0, MS_MAX), default = 300 },
  ["wordy-restart"] = {
    text = 'a restart says POWERED DOWN and +QIURC: "pdpdeact",1, and echoes commands' },
}

-- The word for a name, and the name as it is kept: test.QFTPCFG is a case of test.COMMAND.
local function find(name)
  local command = name:match("^test%.%+?(%w+)$")
  if not command then return name ~= "test.COMMAND" and quirks.words[name] or nil, name end
  command = "+" .. command:upper()
  return words[command] and quirks.words["test.COMMAND"], "test." .. command
end

--- Reads "name" or "name=value". Returns name and value, or nil and a message. Every quirk may
-- be "no", which is the value false: as if it had not been named.
function quirks.parse(text)
  local given_name, given = text:match("^([^=]+)=(.*)$")
  local word, name = find(given_name or text)
  if not word then return nil, ("unknown quirk '%s'"):format(given_name or text) end
  if given == "no" then return name, false end
  if not word.value then
    if given and given ~= "yes" then return nil, ("quirk '%s' takes no value"):format(name) end
    return name, true
  end
  if given and (given ~= "yes" or word.default == nil) then
    local value, message = word.value.read(given)
    if value == nil then return nil, ("quirk '%s': %s"):format(name, message) end
    return name, value
  end
  if word.default == nil then return nil, ("quirk '%s' needs a value"):format(name) end
  return name, word.default
end

--- The name of the quirk that this one contradicts, or nil.
function quirks.opposite(name)
  return quirks.words[name] and quirks.words[name].instead_of
end

--- A set of quirks, value by name, from an array of texts. The last of two that contradict
-- each other counts.
function quirks.set(texts)
  local set = {}
  for _, text in ipairs(texts or {}) do
    local name, value = quirks.parse(text)
    if not name then error(value, 3) end
    local opposite = quirks.opposite(name)
    if opposite and value then set[opposite] = nil end
    set[name] = value or nil
  end
  return set
end

return quirks
