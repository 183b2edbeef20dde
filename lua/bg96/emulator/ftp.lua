--- The FTP commands, chapter 2 of the manual, in its order.
local arguments = require("bg96.emulator.arguments")
local compat = require("bg96.emulator.compat")
local session = require("bg96.emulator.session")
local settings = require("bg96.emulator.settings")
local transfer = require("bg96.emulator.transfer")

local text, integer, optional = arguments.text, arguments.integer, arguments.optional

local PATH, LOCAL_NAME = text(255), text(60)
local POSITION = integer(0, compat.INTEGER_MAX)
local INVALID = 610

local ftp = { words = {} }

local words = ftp.words

-- ----------------------------------------------------- 2.1 AT+QFTPCFG

local function show_setting(module, name)
  local values = module.session.settings
  if name ~= "account" then return ('+QFTPCFG: "%s",%d'):format(name, values[name]) end
  local password = module:shown_password(values.password)
  return ('+QFTPCFG: "account","%s","%s"'):format(values.username, password)
end

local function configure(module, line)
  local tokens = arguments.split(line)
  local name = tokens and tokens[1].quoted and tokens[1].value:lower()
  local kinds = name and settings.kinds(name, module.quirks)
  if not kinds then return false, not module.quirks["old-ftpcfg"] and INVALID or nil end
  if #tokens == 1 then
    module:reply(show_setting(module, name))
    return true
  end
  local values = arguments.check(kinds, tokens, 2)
  if not values then return false, INVALID end
  local state = module.session.open
  if state == session.CLOSING or state == session.OPENING then return false, 603 end
  if name == "account" then
    module.session.settings.username, module.session.settings.password = values[1], values[2]
  else
    module.session.settings[name] = values[1]
  end
end

words["+QFTPCFG"] = {
  test = function(module) return settings.test_lines(module.quirks) end,
  write = configure,
}

-- ---------------------------------------------------- 2.2 AT+QFTPOPEN

local function login_request(module, host, port)
  local values = module.session.settings
  return {
    verb = "open", host = host, port = port or 21, user = values.username,
    password = values.password, passive = values.transmode == 1, ascii = values.filetype == 1,
    trust_server_address = values.data_address == 0,
    tls = values.ssltype > 0 and module.ssl:client(values.sslctxid, values.ssltype) or nil,
  }
end

local function open(module, host, port)
  local ftp_session = module.session
  local values = ftp_session.settings
  if ftp_session.open ~= session.CLOSED then return false, 603 end
  if values.ssltype > 0 and values.transmode == 0 then return false, INVALID end
  if not module.pdp:is_active(values.contextid) then return false, 605 end
  ftp_session.open, ftp_session.backend = session.OPENING, module.backend
  ftp_session.stuck = false
  local report = ftp_session:reporter("+QFTPOPEN")
  ftp_session:perform("+QFTPOPEN", login_request(module, host, port), function(operation)
    ftp_session:end_open(operation, report)
  end)
end

words["+QFTPOPEN"] = {
  test = "+QFTPOPEN: <hostname>,<port>",
  kinds = { text(200), optional(integer(1, 65535)) },
  write = open,
}

-- ------------------------------- 2.3, 2.4, 2.7 to 2.10, 2.14 and 2.15

-- A command that asks the server one thing.
local function ask(word, verb, show)
  return function(module, name, new_name)
    local code = module.session:refusal()
    if code then return false, code end
    module.session:perform(word, { verb = verb, name = name, new_name = new_name },
      module.session:reporter(word, show and function(value) return show(value, module) end))
  end
end

local function show_path(path, module)
  if not module.quirks["pwd-quoted"] then return path end
  return '"' .. path:gsub('"', '""') .. '"'
end

local function show_time(time)
  return ('"%s"'):format(time)
end

local function path_command(word, parameter, verb, show)
  words[word] = {
    test = ("%s: <%s>"):format(word, parameter),
    kinds = { PATH },
    write = ask(word, verb, show),
  }
end

path_command("+QFTPCWD", "path_name", "cwd")
words["+QFTPPWD"] = { test = true, exec = ask("+QFTPPWD", "pwd", show_path) }
path_command("+QFTPSIZE", "file_name", "size", tostring)
path_command("+QFTPDEL", "file_name", "del")
path_command("+QFTPMKDIR", "folder_name", "mkdir")
path_command("+QFTPRMDIR", "folder_name", "rmdir")
path_command("+QFTPMDTM", "file_name", "mdtm", show_time)
words["+QFTPRENAME"] = {
  test = "+QFTPRENAME: <old_name>,<new_name>",
  kinds = { PATH, PATH },
  write = ask("+QFTPRENAME", "rename"),
}

-- ----------------------------------- 2.5, 2.6, 2.11 to 2.13: transfers

-- Whether an upload goes on where a chunk with <beof> 0 has ended.
local function follows_chunk(ftp_session, plan)
  return plan.upload and not ftp_session.kept.done
    and plan.request.name == ftp_session.kept_name
    and plan.request.offset == ftp_session.kept_at
end

-- COM transfers wait for CONNECT; those with UFS go on behind OK.
local function start(module, plan)
  local ftp_session = module.session
  local kept = ftp_session.kept
  local follows = kept and follows_chunk(ftp_session, plan)
  if kept and plan.upload and not follows and module.quirks.beof == "consecutive"
    and plan.request.name == ftp_session.kept_name then
    return false, INVALID
  end
  ftp_session.kept = nil
  if follows then plan.operation = kept elseif kept then kept:finish() end
  transfer.start(ftp_session, plan)
  return plan.file == nil and "wait" or true
end

local function place(local_name)
  if local_name and local_name ~= "COM:" then return (local_name:gsub("^UFS:", "")) end
end

local function put(module, name, local_name, offset, length, beof)
  local code = module.session:refusal()
  if code then return false, code end
  local file = place(local_name)
  if (length == nil) ~= (beof == nil) or (file and length) then return false, INVALID end
  if file and not module.ufs:content(file) then return false, 611 end
  return start(module, {
    word = "+QFTPPUT", upload = true, file = file, limit = length,
    keep = beof == 0 and module.quirks.beof ~= "closed",
    request = { verb = "store", name = name, offset = offset or 0,
      ascii = module.session.settings.filetype == 1 },
  })
end

local function get(module, name, local_name, offset, length)
  local code = module.session:refusal()
  if code then return false, code end
  local file = place(local_name)
  if file and length then return false, INVALID end
  return start(module, {
    word = "+QFTPGET", file = file, limit = length,
    request = { verb = "retrieve", name = name, offset = offset or 0,
      ascii = module.session.settings.filetype == 1 },
  })
end

words["+QFTPPUT"] = {
  test = "+QFTPPUT: <file_name>,<local_name>,<startpos>,<uploadlen>,<beof>",
  kinds = { PATH, LOCAL_NAME, optional(POSITION), optional(POSITION), optional(integer(0, 1)) },
  write = put,
}

words["+QFTPGET"] = {
  test = "+QFTPGET: <file_name>,<local_name>,<startpos>,<downloadlen>",
  kinds = { PATH, LOCAL_NAME, optional(POSITION), optional(POSITION) },
  write = get,
}

local function listing(word, verb)
  words[word] = {
    test = word .. ": <dirname>,<local_name>",
    kinds = { PATH, optional(LOCAL_NAME) },
    write = function(module, name, local_name)
      local code = module.session:refusal()
      if code then return false, code end
      return start(module, { word = word, file = place(local_name),
        request = { verb = verb, name = name } })
    end,
  }
end

listing("+QFTPLIST", "list")
listing("+QFTPNLST", "nlst")
listing("+QFTPMLSD", "mlsd")

-- ------------------------------------------------------- 2.16 to 2.18

words["+QFTPLEN"] = { test = true, exec = function(module)
  if module.session.open == session.CLOSING then return false, 603 end
  return true, function() module.session:result("+QFTPLEN", 0, module.session.length) end
end }

words["+QFTPSTAT"] = { test = true, exec = function(module)
  if module.quirks["stat-before-ok"] then
    module:reply("+QFTPSTAT: 0," .. module.session:state())
    return true
  end
  return true, function() module.session:result("+QFTPSTAT", 0, module.session:state()) end
end }

words["+QFTPCLOSE"] = { test = true, exec = function(module)
  local code = module.session:close()
  if code then return false, code end
end }

-- ------------------------------------------------------ the quirk name-limit

local function is_too_long(module, kinds, ...)
  local limit = module.quirks["name-limit"]
  if not limit then return false end
  for i, kind in ipairs(kinds) do
    local value = select(i, ...)
    if kind == PATH and #value > limit then return true end
  end
  return false
end

local function with_limit(entry)
  local write = entry.write
  entry.write = function(module, ...)
    if is_too_long(module, entry.kinds, ...) then return false, INVALID end
    return write(module, ...)
  end
end

for _, entry in pairs(words) do
  entry.error, entry.needs_sim = INVALID, true
  if entry.kinds then with_limit(entry) end
end

return ftp
