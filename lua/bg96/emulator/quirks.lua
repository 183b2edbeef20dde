--- Quirks: habits in which real modules differ. A quirk holds from the start.
local spacing = require("bg96.emulator.spacing")
local unpack = require("bg96.emulator.compat").unpack
local values = require("bg96.emulator.values")

local number, whole, span = values.number, values.whole, values.span

local quirks = {}

local MS_MAX = 600000

--- Every quirk: `text` says what it does; `value` is the kind of what may stand
-- behind "=", `default` its value when nothing does (without one it must be given).
quirks.words = {
  ["size-without-err"] = { text = "+QFTPSIZE: 1000 in place of +QFTPSIZE: 0,1000" },
  ["pwd-quoted"] = { text = '+QFTPPWD: 0,"/" with quotes' },
  ["pwd-unquoted"] = { text = "+QFTPPWD: 0,/ without quotes (the default)" },
  ["stat-before-ok"] = { text = "+QFTPSTAT comes before OK" },
  ["slow-close"] = { text = "AT+QFTPCLOSE takes so many seconds",
    value = number(0, 600), default = 5 },
  ["sync-615"] = {
    text = "a refused data connection is +CME ERROR: 615 in place of CONNECT, then 603" },
  ["sync-errors"] = { text = "every failure before CONNECT is a +CME ERROR" },
  ["bare-failure"] = { text = "a failure before CONNECT is the result alone, without OK" },
  ["ufs-prefix"] = { text = "names in UFS are listed as UFS:name" },
  ["bare-names"] = { text = "names in UFS are listed without quotes" },
  ["padded-checksum"] = { text = "checksums have four capital hex digits" },
  ["masked-password"] = {
    text = "queries show so many stars for a password; 0: as many as it has characters",
    value = whole(0, 64), default = 3 },
  ["text-errors"] = { text = "with AT+CMEE=2 results hold texts in place of codes" },
  ["ato-refused"] = { text = "+++ ends a download, ATO answers NO CARRIER" },
  ["stubborn-echo"] = { text = "ATE0 is answered OK and ignored" },
  ["no-echo"] = { text = "nothing is echoed, whatever ATE says" },
  ["noise-error"] = { text = "a line without AT is answered ERROR" },
  ["unknown-58"] = { text = "an unknown command is answered +CME ERROR: 58" },
  ["old-ftpcfg"] = {
    text = 'AT+QFTPCFG has no "ssltype", "sslctxid" and "data_address"' },
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
    value = values.choice("taken", "acknowledged") },
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

--- Reads "name" or "name=value". Returns name and value, or nil and a message.
function quirks.parse(text)
  local name, given = text:match("^([%w-]+)=(.*)$")
  name = name or text
  local word = quirks.words[name]
  if not word then return nil, ("unknown quirk '%s'"):format(name) end
  if given then
    if not word.value then return nil, ("quirk '%s' takes no value"):format(name) end
    local value, message = word.value.read(given)
    if value == nil then return nil, ("quirk '%s': %s"):format(name, message) end
    return name, value
  end
  if not word.value then return name, true end
  if word.default == nil then return nil, ("quirk '%s' needs a value"):format(name) end
  return name, word.default
end

--- A set of quirks, value by name, from an array of texts.
function quirks.set(texts)
  local set = {}
  for _, text in ipairs(texts or {}) do
    local name, value = quirks.parse(text)
    if not name then error(value, 3) end
    set[name] = value
  end
  if set["pwd-unquoted"] then set["pwd-quoted"] = nil end
  return set
end

return quirks
