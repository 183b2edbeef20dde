--- Texts of error codes, for AT+CMEE=2: chapter 5 of the manual, the file
-- errors of the FILE manual and the general ones of 3GPP 27.007.
local errors = {}

errors.texts = {
  [3] = "Operation not allowed", [4] = "Operation not supported",
  [5] = "PH-SIM PIN required", [10] = "SIM not inserted", [11] = "SIM PIN required",
  [12] = "SIM PUK required", [13] = "SIM failure", [14] = "SIM busy", [15] = "SIM wrong",
  [16] = "Incorrect password", [17] = "SIM PIN2 required", [18] = "SIM PUK2 required",
  [20] = "Memory full", [22] = "Not found", [30] = "No network service",
  [31] = "Network timeout", [32] = "Network not allowed - emergency calls only",
  [50] = "Incorrect parameters", [100] = "Unknown error",
  [148] = "Unspecified GPRS error", [149] = "PDP authentication failure",
  [400] = "Invalid input value", [401] = "Larger than the size of the file",
  [402] = "Read zero byte", [403] = "Drive full", [405] = "File not found",
  [406] = "Invalid file name", [407] = "File already existed",
  [409] = "Fail to write the file", [410] = "Fail to open the file",
  [411] = "Fail to read the file", [413] = "Reach the max number of file allowed to be opened",
  [414] = "The file read-only", [416] = "Invalid file descriptor",
  [417] = "Fail to list the file", [418] = "Fail to delete the file",
  [419] = "Fail to get disk info", [420] = "No space", [421] = "Time out",
  [423] = "File too large", [425] = "Invalid parameter", [426] = "File already opened",
  [601] = "Unknown error", [602] = "FTP(S) server blocked", [603] = "FTP(S) server busy",
  [604] = "DNS parse failed", [605] = "Network error", [606] = "Control connection closed",
  [607] = "Data connection closed", [608] = "Socket closed by peer",
  [609] = "Timeout error", [610] = "Invalid parameter", [611] = "Failed to open file",
  [612] = "File position invalid", [613] = "File error",
  [614] = "Service not available, closing control connection",
  [615] = "Open data connection failed", [616] = "Connection closed; transfer aborted",
  [617] = "Requested file action not taken",
  [618] = "Requested action aborted: local error in processing",
  [619] = "Requested action not taken: insufficient system storage",
  [620] = "Syntax error, command unrecognized",
  [621] = "Syntax error in parameters or arguments", [622] = "Command not implemented",
  [623] = "Bad sequence of commands", [624] = "Command parameter not implemented",
  [625] = "Not logged in", [626] = "Need account for storing files",
  [627] = "Requested action not taken", [628] = "Requested action aborted: page type unknown",
  [629] = "Requested file action aborted", [630] = "Requested file name invalid",
  [631] = "SSL authentication failed",
}

--- The module's code for a negative reply of the FTP server (chapter 6).
errors.of_reply = {
  [421] = 614, [425] = 615, [426] = 616, [450] = 617, [451] = 618, [452] = 619,
  [500] = 620, [501] = 621, [502] = 622, [503] = 623, [504] = 624, [530] = 625,
  [532] = 626, [550] = 627, [551] = 628, [552] = 629, [553] = 630,
}

--- The text of `code`; unknown codes are "Unknown error".
function errors.text(code)
  return errors.texts[code] or errors.texts[100]
end

--- The module's code for a reply of the server that is not the one it wants: 601 for
-- one that the manual does not list.
function errors.from_reply(reply)
  return errors.of_reply[reply] or 601
end

return errors
