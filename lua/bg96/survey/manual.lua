--- The test forms that the manual prints (chapter 2). The second row "ssltype" of AT+QFTPCFG is a
-- misprint for "sslctxid".

local manual = {}

local function rows(lines)
  return table.concat(lines, " | ")
end

local ACCOUNT = '+QFTPCFG: "account",<username>,<password>'
local FIRST_ROWS = {
  ACCOUNT, '+QFTPCFG: "filetype",(0,1)', '+QFTPCFG: "transmode",(0,1)',
  '+QFTPCFG: "contextid",(1-16)', '+QFTPCFG: "rsptimeout",(20-180)',
}

--- AT+QFTPCFG=? of a manual before FTPS.
manual.old_ftpcfg = rows(FIRST_ROWS)

--- By command; "OK" where that is all.
manual.forms = {
  ["+QFTPCFG"] = manual.old_ftpcfg .. " | " .. rows {
    '+QFTPCFG: "ssltype",(0-2)', '+QFTPCFG: "sslctxid",(0-5)', '+QFTPCFG: "data_address",(0,1)',
  },
  ["+QFTPOPEN"] = "+QFTPOPEN: <hostname>,<port>",
  ["+QFTPCWD"] = "+QFTPCWD: <path_name>",
  ["+QFTPPWD"] = "OK",
  ["+QFTPPUT"] = "+QFTPPUT: <file_name>,<local_name>,<startpos>,<uploadlen>,<beof>",
  ["+QFTPGET"] = "+QFTPGET: <file_name>,<local_name>,<startpos>,<downloadlen>",
  ["+QFTPSIZE"] = "+QFTPSIZE: <file_name>",
  ["+QFTPDEL"] = "+QFTPDEL: <file_name>",
  ["+QFTPMKDIR"] = "+QFTPMKDIR: <folder_name>",
  ["+QFTPRMDIR"] = "+QFTPRMDIR: <folder_name>",
  ["+QFTPLIST"] = "+QFTPLIST: <dirname>,<local_name>",
  ["+QFTPNLST"] = "+QFTPNLST: <dirname>,<local_name>",
  ["+QFTPMLSD"] = "+QFTPMLSD: <dirname>,<local_name>",
  ["+QFTPMDTM"] = "+QFTPMDTM: <file_name>",
  ["+QFTPRENAME"] = "+QFTPRENAME: <old_name>,<new_name>",
  ["+QFTPLEN"] = "OK",
  ["+QFTPSTAT"] = "OK",
  ["+QFTPCLOSE"] = "OK",
}

--- The commands in the order of the manual.
manual.words = {
  "+QFTPCFG", "+QFTPOPEN", "+QFTPCWD", "+QFTPPWD", "+QFTPPUT", "+QFTPGET", "+QFTPSIZE", "+QFTPDEL",
  "+QFTPMKDIR", "+QFTPRMDIR", "+QFTPLIST", "+QFTPNLST", "+QFTPMLSD", "+QFTPMDTM", "+QFTPRENAME",
  "+QFTPLEN", "+QFTPSTAT", "+QFTPCLOSE",
}

return manual
