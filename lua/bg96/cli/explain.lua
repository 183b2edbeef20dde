--- Errors of the library for a user at a shell: what was refused, in words that fit the command,
-- and what to do in terms of bg96-ftp and its configuration.

local texts = require "bg96.ftp.texts"

local explain = {}

local may_not_write = "or the account may not write there"

-- What a reply 550 or 553 may mean, by command.
local refusals = {
  ["+QFTPGET"] = "there is no such file, or the account may not read it; bg96-ftp ls shows what "
    .. "is there",
  ["+QFTPSIZE"] = "there is no such file, or it is a folder",
  ["+QFTPMDTM"] = "there is no such file, or it is a folder",
  ["+QFTPPUT"] = "the remote folder is missing (bg96-ftp mkdir -p makes it), " .. may_not_write,
  ["+QFTPMKDIR"] = "it exists already, the folder above it is missing (mkdir -p minds neither), "
    .. may_not_write,
  ["+QFTPDEL"] = "there is no such file, it is a folder (bg96-ftp rmdir), " .. may_not_write,
  ["+QFTPRMDIR"] = "there is no such folder, it is not empty, " .. may_not_write,
  ["+QFTPRENAME"] = "there is no such file, the folder of the new name is missing, "
    .. may_not_write,
  ["+QFTPLIST"] = "there is no such folder, or the account may not list it",
  ["+QFTPNLST"] = "there is no such folder, or the account may not list it",
  ["+QFTPMLSD"] = "there is no such folder, or the account may not list it",
  ["+QFTPCWD"] = "there is no such folder, or the account may not enter it",
  ["+QFTPOPEN"] = "the server does not let this account in: check user and password",
}

local is_refusal = { [550] = true, [553] = true }

local ftp_advice = {
  [609] = "check the signal (bg96-ftp status); a larger timeout may help",
  [613] = "the module's flash may be full: see bg96-ftp ufs ls",
  [615] = "use mode = passive and data-address = control, or look for a firewall",
  [620] = "the server does not have this command",
  [628] = "use type = binary",
}

local cme_advice = {
  [11] = "give its PIN: pin = PIN in the configuration, or BG96_PIN",
  [16] = "check pin in the configuration; three wrong ones block the card",
  [148] = "check apn in the configuration, and the signal (bg96-ftp status)",
  [149] = "check apn, apn-user, apn-password and apn-auth in the configuration",
  [405] = "bg96-ftp ufs ls shows what is there",
  [409] = "bg96-ftp ufs ls shows whether there is room",
}

-- The library's words in terms of Lua, and the same for a shell.
local in_a_shell = {
  { "ftp.ports()", "bg96-ftp ports" },
  { "set the APN of the operator: modem:activate{ apn = ... }", "give the operator's APN: "
    .. "apn = NAME in the configuration" },
  { "activate it with modem:activate(); ", "" },
  { "call modem:activate() and log in again", "try again" },
  { "activate the PDP context and log in again", "try again" },
  { "log in again; upload() and download() do so by themselves", "try again" },
  { "or enter its PIN with modem:unlock(pin)", "or give its PIN: pin = PIN in the configuration" },
  { 'modem:at("+CGATT=1")', "bg96-ftp at +CGATT=1" },
  { "allow more time; a later call goes on from here",
    "give a longer --deadline; the same command goes on from here" },
  { 'log in with type = "binary"', "use type = binary" },
  { "modem:files()", "bg96-ftp ufs ls" },
  { "modem:space()", "bg96-ftp ufs ls" },
}

--- Translates words of the library for a user at a shell.
function explain.translate(text)
  for _, pair in ipairs(in_a_shell) do
    local first, last = text:find(pair[1], 1, true)
    if first then text = text:sub(1, first - 1) .. pair[2] .. text:sub(last + 1) end
  end
  return text
end

-- The module answers these by itself.
local is_local = { ["+QFTPSTAT"] = true, ["+QFTPLEN"] = true, ["+QFTPCFG"] = true }

local function is_remote(command)
  if is_local[command] then return false end
  return command:find("^%+QFTP") ~= nil or command:find("^%+QIACT") ~= nil
end

-- Advice that the command knows better than the library; nil where it does not. A bare ERROR
-- to what a user has typed is about what was typed, and a network that is silent is no cable.
local function own_advice(err)
  local command = err.command or ""
  if err.kind == "ftp" then
    if is_refusal[err.protocol] and refusals[command] then return refusals[command] end
    if err.code == 625 and command ~= "+QFTPOPEN" then return nil end
    return ftp_advice[err.code]
  elseif err.kind == "cme" then
    return cme_advice[err.code]
  elseif err.kind == "error" and command == "+QIACT" then
    return "check apn in the configuration, the signal (bg96-ftp status), and the SIM's contract"
  elseif err.kind == "timeout" and is_remote(command) then
    return "the network or the server is silent: check the signal (bg96-ftp status), or try later"
  elseif err.kind == "timeout" and command ~= "AT" then
    return "check that the module still answers: bg96-ftp at AT; some commands need at -t TIME"
  end
end

-- "Not logged in" -> "not logged in", but "DNS parse failed" stays.
local function in_sentence(text)
  if not text:find("^%u%l") then return text end
  return text:sub(1, 1):lower() .. text:sub(2)
end

-- The server's number, with its text as far as the module's number does not say the same.
local function describe_reply(err)
  local reply = texts.replies[err.protocol] or ""
  if reply:sub(1, #err.message) == err.message then
    reply = reply:sub(#err.message + 1):gsub("^[:;,]? *", "")
  end
  return reply ~= "" and ("%d %s"):format(err.protocol, in_sentence(reply))
    or tostring(err.protocol)
end

local is_errno = { port = true, ["local"] = true }

--- What has failed, in one line without advice.
-- @param err an error object
function explain.what(err)
  local text = err.command and err.command .. ": " or ""
  if err.code and not is_errno[err.kind] then text = text .. err.code .. " " end
  text = text .. in_sentence(err.message)
  if err.protocol then text = ("%s (FTP %s)"):format(text, describe_reply(err)) end
  if err.detail then text = ("%s; %s"):format(text, err.detail) end
  return explain.translate(text)
end

--- The same, with what can be done about it.
-- @treturn string
-- @treturn string the advice alone; nil where there is none
function explain.line(err)
  local advice = own_advice(err) or err.advice
  if not advice then return explain.what(err) end
  advice = explain.translate(advice)
  return explain.what(err) .. ": " .. advice, advice
end

return explain
