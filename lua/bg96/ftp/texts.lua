--- What numbers mean: tables 1 and 2 of the manual (chapters 5 and 6), the codes of +CME ERROR,
-- and what to do about each.

-- Table 1: results of the module. Each row has the manual's text without its full stop, and what
-- a person can do.
local errors = {
  [0] = { "Operation successful" },
  [601] = { "Unknown error", "close the session and log in again" },
  [602] = { "FTP(S) server blocked", "try again later, or ask who runs the server" },
  [603] = { "FTP(S) server busy", "wait until the command or CLOSE that is running has ended" },
  [604] = { "DNS parse failed", "check the host name and that the PDP context is active" },
  [605] = { "Network error", "check signal and PDP context, then log in again" },
  [606] = { "Control connection closed", "check host and port; log in again" },
  [607] = { "Data connection closed", "repeat the transfer from where it stopped" },
  [608] = { "Socket closed by peer", "log in again; the server may limit idle time or users" },
  [609] = { "Timeout error", "check the signal; a larger timeout at login may help" },
  [610] = { "Invalid parameter", "check the arguments against the manual's ranges" },
  [611] = { "Failed to open file", "check the name of the file in the module's flash (UFS)" },
  [612] = { "File position invalid", "the offset lies behind the end of the file" },
  [613] = { "File error", "the module's flash (UFS) may be full: see modem:space()" },
  [614] = { "Service not available, closing control connection", "log in again later" },
  [615] = {
    "Open data connection failed",
    "try mode = \"passive\" with data_address = \"control\", or look for a firewall",
  },
  [616] = { "Connection closed; transfer aborted", "repeat the transfer from where it stopped" },
  [617] = { "Requested file action not taken", "the file may be in use on the server: try again" },
  [618] = { "Requested action aborted: local error in processing", "look into the server's log" },
  [619] = {
    "Requested action not taken: insufficient system storage",
    "the server's disk is full",
  },
  [620] = { "Syntax error, command unrecognized", "the server does not know this command" },
  [621] = { "Syntax error in parameters or arguments", "the server does not take this name" },
  [622] = { "Command not implemented", "the server does not have this command" },
  [623] = { "Bad sequence of commands", "close the session and log in again" },
  [624] = { "Command parameter not implemented", "the server does not have this option" },
  [625] = { "Not logged in", "check user and password" },
  [626] = { "Need account for storing files", "the user may not write on this server" },
  [627] = { "Requested action not taken", "check that the name exists and may be used so" },
  [628] = { "Requested action aborted: page type unknown", "log in with type = \"binary\"" },
  [629] = { "Requested file action aborted", "the user's quota on the server may be used up" },
  [630] = { "Requested file name invalid", "the server does not allow this file name" },
  [631] = {
    "SSL authentication failed",
    "check certificates, host name, TLS version and the module's clock",
  },
}

-- Codes of +CME ERROR: general ones and those of the FILE commands.
local cme_errors = {
  [3] = { "Operation not allowed", "the module is in a state that does not permit this command" },
  [4] = { "Operation not supported", "this module or firmware lacks the command" },
  [5] = { "PH-SIM PIN required", "enter the phone-to-SIM PIN" },
  [10] = { "SIM not inserted", "check the SIM card and its holder" },
  [11] = { "SIM PIN required", "call modem:unlock(pin)" },
  [12] = { "SIM PUK required", "the card is blocked: enter the PUK in a phone" },
  [13] = { "SIM failure", "check the SIM card and its contacts" },
  [14] = { "SIM busy", "try again in a few seconds" },
  [15] = { "SIM wrong", "this SIM card is not accepted" },
  [16] = { "Incorrect password", "check the PIN; three wrong ones block the card" },
  [17] = { "SIM PIN2 required", "the command needs the card's PIN2" },
  [18] = { "SIM PUK2 required", "PIN2 is blocked: enter the PUK2 in a phone" },
  [20] = { "Memory full", "remove what is no longer needed from the card or the module" },
  [22] = { "Not found", "check the name or index" },
  [30] = { "No network service", "check antenna and coverage" },
  [31] = { "Network timeout", "try again; check the signal" },
  [32] = { "Network not allowed: emergency calls only", "check the SIM's contract" },
  [50] = { "Incorrect parameters", "check the arguments against the manual's ranges" },
  [100] = { "Unknown", "try again; reboot the module if it stays" },
  [148] = { "Unspecified GPRS error", "check APN and attach state" },
  [149] = { "PDP authentication failure", "check APN, user, password and auth" },
  [400] = { "Invalid input value", "check the arguments of the FILE command" },
  [401] = { "Larger than the size of the file", "the offset lies behind the end of the file" },
  [402] = { "Read zero bytes", "the file is empty, or has been read to its end" },
  [403] = { "Drive full", "remove files from the module's flash (UFS)" },
  [405] = { "File not found", "see modem:files() for what is there" },
  [406] = { "Invalid file name", "use letters, digits, dot, dash and underscore" },
  [407] = { "File already exists", "remove the file first" },
  [409] = { "Failed to write the file", "see modem:space(); reboot the module if there is room" },
  [410] = { "Failed to open the file", "see modem:files(); close what other programs have open" },
  [411] = { "Failed to read the file", "remove the file and write it again" },
  [413] = { "Reached the maximum of open files", "close files (AT+QFCLOSE) or reboot the module" },
  [414] = { "The file is read-only", "open it for writing" },
  [416] = { "Invalid file descriptor", "open the file again: a restart closes all" },
  [417] = { "Failed to list the files", "try again; reboot the module if it stays" },
  [418] = { "Failed to delete the file", "it may be open: close it (AT+QFCLOSE)" },
  [419] = { "Failed to get disk info", "try again; reboot the module if it stays" },
  [420] = { "No space", "remove files from the module's flash (UFS)" },
  [421] = { "Timeout", "bytes were missing: check flow control and baud rate" },
  [423] = { "File too large", "see modem:space(); move it in parts, or past the flash" },
  [425] = { "Invalid parameter", "check the arguments of the FILE command" },
  [426] = { "File already opened", "close it (AT+QFCLOSE) or reboot the module" },
}

-- Table 2: reply codes of the FTP server.
local replies = {
  [421] = "Service not available, closing control connection",
  [425] = "Open data connection failed",
  [426] = "Connection closed; transfer aborted",
  [450] = "Requested file action not taken",
  [451] = "Requested action aborted: local error in processing",
  [452] = "Requested action not taken: insufficient system storage",
  [500] = "Syntax error, command unrecognized",
  [501] = "Syntax error in parameters or arguments",
  [502] = "Command not implemented",
  [503] = "Bad sequence of commands",
  [504] = "Command parameter not implemented",
  [530] = "Not logged in",
  [532] = "Need account for storing files",
  [550] = "Requested action not taken: file unavailable",
  [551] = "Requested action aborted: page type unknown",
  [552] = "Requested file action aborted: exceeded storage allocation",
  [553] = "Requested action not taken: file name not allowed",
}

-- One column of a table.
local function column(rows, index)
  local found = {}
  for number, row in pairs(rows) do found[number] = row[index] end
  return found
end

return {
  errors = column(errors, 1), advice = column(errors, 2),
  cme_errors = column(cme_errors, 1), cme_advice = column(cme_errors, 2),
  replies = replies,
}
