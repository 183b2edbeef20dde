--- The test forms that the manual prints (chapter 2). The second row "ssltype" of AT+QFTPCFG is a
-- misprint for "sslctxid".

local manual = {}

--- The ranges in which modules differ, by row of AT+QFTPCFG.
manual.limits = { rsptimeout = "20-180", data_address = "0-1" }

-- A range as test forms have it.
local function shown(range)
  local low, high = range:match("(%d+)%-(%d+)")
  return (high - low == 1 and "(%d,%d)" or "(%d-%d)"):format(low, high)
end

--- AT+QFTPCFG=? of a module with these habits, its lines joined.
function manual.ftpcfg(habits)
  local rows = {
    "<username>,<password>", "(0,1)", "(0,1)", "(1-16)",
    shown(habits.rsptimeout or manual.limits.rsptimeout), "(0-2)", "(0-5)",
    shown(habits["data-address"] or manual.limits.data_address),
  }
  local names = { "account", "filetype", "transmode", "contextid", "rsptimeout", "ssltype",
    "sslctxid", "data_address" }
  local lines = {}
  for i = 1, habits["old-ftpcfg"] and 5 or 8 do
    lines[i] = ('+QFTPCFG: "%s",%s'):format(names[i], rows[i])
  end
  if habits.restenable then lines[#lines + 1] = '+QFTPCFG: "restenable",(0,1)' end
  return table.concat(lines, " | ")
end

--- All but that of AT+QFTPCFG, by command; "OK" where that is all.
manual.forms = {
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
