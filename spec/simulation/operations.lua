--- The calls of a simulation. Each operation has
--
--   run(context, op)     calls the library; returns what the call has returned
--   expected(context, op) -> kind, code    asked before: must it fail, and how?
--   check(context, op, value) -> nil, or what is wrong with the value
--   seconds(op, rate)    how long it may take, where that is not the usual
--   words                of the commands that it may send
--
-- A context has session, modem, server, bench, root (the worker's own folder) and
-- is_shared (other workers use the session as well).

local payload = require "spec.simulation.payload"
local tree = require "bg96.emulator.tree"

local operations = {}

local function path(context, op)
  return context.root .. "/" .. op.file
end

local function content(context, op)
  local node = context.server.tree:node(path(context, op))
  return node and node.content
end

local function missing(context, op)
  if not content(context, op) then return "ftp", 627 end
end

-- --- transfers ---------------------------------------------------------------

local function source_of(context, op, data)
  if op.source == "string" then return data end
  if op.source == "file" then
    local file = assert(io.tmpfile())
    file:write(data)
    file:seek("set", 0)
    return file
  end
  local at = 0
  return function()
    if at >= #data then return nil end
    if op.source == "slow" then context.bench.sleep(0.4) end
    local chunk = data:sub(at + 1, at + math.max(1, #data // 3))
    at = at + #chunk
    return chunk
  end
end

-- What the file is to be: a server that takes STOR at an offset leaves the rest.
local function stored(before, offset, data)
  if offset == 0 then return data end
  local head = before:sub(1, offset)
  head = head .. ("\0"):rep(offset - #head)
  return head .. data .. before:sub(#head + #data + 1)
end

local function spoilt(op, way, how)
  for _, wound in ipairs(op.wounds) do
    if wound.way == way and (not how or wound.how == how) then return true end
  end
  return false
end

operations.put = { words = { "+QFTPPUT", "+QFUPL", "+QFDEL", "+QFLST", "+QFOPEN", "+QFCLOSE" } }

function operations.put.run(context, op)
  local data = payload.make(op.content)
  op.wanted = stored(content(context, op) or "", op.offset or 0, data)
  return context.session:put(path(context, op), source_of(context, op, data),
    { via = op.via, offset = op.offset })
end

function operations.put.check(context, op, value)
  if value ~= op.content.size then return ("%s bytes confirmed"):format(value) end
  if content(context, op) == op.wanted then return nil end
  -- Without a checksum nobody can tell that a byte was flipped on its way to the
  -- module, or doubled: then the module has its number of bytes one too early.
  local is_spoilt = spoilt(op, "up", "garbled") or spoilt(op, "up", "doubled")
  if op.via == nil and is_spoilt then return nil end
  return "the file on the server is another"
end

-- What was confirmed is there, however the call ended.
function operations.put.check_failure(context, op, err)
  local there = content(context, op) or ""
  if op.via or spoilt(op, "up") or (err.transferred or 0) == 0 then return nil end
  local last = (op.offset or 0) + err.transferred
  if there:sub(1, last) == op.wanted:sub(1, last) then return nil end
  return ("%d bytes were confirmed that are not there"):format(err.transferred)
end

operations.get = {
  words = { "+QFTPSIZE", "+QFTPGET", "+QFTPLEN", "O", "+QFDEL", "+QFLST", "+QFDWL" },
}

function operations.get.expected(context, op)
  local there = content(context, op)
  if not there then return "ftp", 627 end
  if op.offset and op.offset > #there then return "verify" end
end

function operations.get.run(context, op)
  local chunks = {}
  op.chunks = chunks
  local there = content(context, op) or ""
  local first = (op.offset or 0) + 1
  op.wanted = there:sub(first, op.length and first + op.length - 1 or #there)
  return context.session:get(path(context, op), {
    via = op.via, offset = op.offset, length = op.length,
    sink = op.sink and function(chunk)
      chunks[#chunks + 1] = chunk
      return true
    end or nil,
  })
end

-- Whether the bytes differ only as single bytes were flipped on the way.
local function differs_by_flips(op, got, wanted)
  local flips, differences = 0, 0
  for _, wound in ipairs(op.wounds) do
    if wound.way == "down" and wound.is_payload then
      flips = flips + 1
      -- One byte lost and another doubled make up for each other: nobody can tell.
      if wound.how ~= "garbled" then return #got == #wanted and #op.wounds > 1 end
    end
  end
  for i = 1, #wanted do
    if got:byte(i) ~= wanted:byte(i) then differences = differences + 1 end
  end
  return #got == #wanted and differences <= flips
end

function operations.get.check(_, op, value)
  local got = op.sink and table.concat(op.chunks) or value
  if op.sink and value ~= #got then return ("%s bytes reported, %d came"):format(value, #got) end
  if got == op.wanted then return nil end
  if op.via == nil and differs_by_flips(op, got, op.wanted) then return nil end
  return ("%d bytes that differ from the file's %d"):format(#got, #op.wanted)
end

-- What was handed out is the beginning of the file; behind the place where the
-- link was lost there may be words of the module, as it is the length that ends a
-- payload.
local WORDS_MAX = 128

function operations.get.check_failure(_, op)
  local got = table.concat(op.chunks)
  if spoilt(op, "down") then return nil end
  local sure = got:sub(1, math.max(0, #got - WORDS_MAX))
  if sure ~= op.wanted:sub(1, #sure) then return "bytes were handed out that the file has not" end
end

-- --- listings ----------------------------------------------------------------

local function folder(context, op)
  if op.folder == "trap" then return context.root .. "/trap-" .. op.name end
  return op.folder == "." and context.root or context.root .. "/" .. op.folder
end

local function no_folder(context, op)
  if not context.server.tree:node(folder(context, op)) then return "ftp", 627 end
end

local function listed(context, op)
  local where = folder(context, op)
  return tree.listing(op.name, where, context.server.tree:node(where))
end

local shapes = {}

function shapes.list(value) return value end

function shapes.nlst(value) return table.concat(value, "\n") end

function shapes.mlsd(value)
  local lines = {}
  for _, entry in ipairs(value) do
    lines[#lines + 1] = ("%s %s %s"):format(entry.type, entry.size, entry.name)
  end
  return table.concat(lines, "\n")
end

-- What the text of a listing, read here once more, comes to.
local readers = { list = shapes.list }

function readers.nlst(text)
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do lines[#lines + 1] = line end
  return table.concat(lines, "\n")
end

function readers.mlsd(text)
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do
    local kind, name = line:match("^type=(%w+);.*; (.*)$")
    if kind then
      lines[#lines + 1] = ("%s %s %s"):format(kind, line:match("size=(%d+)"), name)
    end
  end
  return table.concat(lines, "\n")
end

for name, word in pairs { list = "+QFTPLIST", nlst = "+QFTPNLST", mlsd = "+QFTPMLSD" } do
  operations[name] = {
    words = { word, "+QFTPLEN", "+QFDEL", "+QFLST", "+QFDWL" },
    expected = no_folder, is_listing = true,
    run = function(context, op)
      op.wanted = no_folder(context, op) and "" or readers[name](listed(context, op))
      return context.session[name](context.session, folder(context, op), { via = op.via })
    end,
    check = function(_, op, value)
      local got = shapes[name](value)
      if got == op.wanted then return nil end
      if not op.via and spoilt(op, "down") then
        -- A listing has a length only afterwards: flipped bytes stay unseen.
        for _, wound in ipairs(op.wounds) do
          if wound.how == "garbled" or #op.wounds > 1 then return nil end
        end
      end
      return ("a listing that is not the folder's: %q"):format(got)
    end,
  }
end

-- --- one exchange ------------------------------------------------------------

local function equals(wanted)
  return function(_, _, value)
    if value ~= wanted then return tostring(value) end
  end
end

operations.size = {
  words = { "+QFTPSIZE" }, expected = missing,
  run = function(context, op) return context.session:size(path(context, op)) end,
  check = function(context, op, value)
    if value ~= #content(context, op) then return ("a size of %s"):format(value) end
  end,
}

operations.mdtm = {
  words = { "+QFTPMDTM" }, expected = missing,
  run = function(context, op) return context.session:mdtm(path(context, op)) end,
  check = function(_, _, value)
    if value < 1704067200 then return ("a time of %s"):format(value) end
  end,
}

operations.del = {
  words = { "+QFTPDEL" }, expected = missing,
  run = function(context, op) return context.session:del(path(context, op)) end,
  check = function(context, op)
    if content(context, op) then return "the file is still there" end
  end,
}

operations.rename = {
  words = { "+QFTPRENAME" }, expected = missing,
  run = function(context, op)
    op.wanted = content(context, op)
    return context.session:rename(path(context, op), context.root .. "/renamed")
  end,
  check = function(context, op)
    if context.server:get(context.root .. "/renamed") ~= op.wanted then return "not renamed" end
  end,
}

operations.mkdir = {
  words = { "+QFTPMKDIR" },
  expected = function(context)
    if context.server.tree:node(context.root .. "/new") then return "ftp", 627 end
  end,
  run = function(context) return context.session:mkdir(context.root .. "/new") end,
  check = function(context)
    if not context.server.tree:node(context.root .. "/new") then return "no folder was made" end
  end,
}

operations.rmdir = {
  words = { "+QFTPRMDIR" },
  expected = function(context)
    if not context.server.tree:node(context.root .. "/new") then return "ftp", 627 end
  end,
  run = function(context) return context.session:rmdir(context.root .. "/new") end,
  check = function(context)
    if context.server.tree:node(context.root .. "/new") then return "the folder is still there" end
  end,
}

operations.cwd = {
  words = { "+QFTPCWD" }, expected = no_folder,
  run = function(context, op) return context.session:cwd(folder(context, op)) end,
  check = function(context, op)
    if not context.is_shared and context.server.cwd ~= folder(context, op) then
      return "in " .. context.server.cwd
    end
  end,
}

operations.pwd = {
  words = { "+QFTPPWD" },
  run = function(context) return context.session:pwd() end,
  check = function(context, _, value)
    if not context.is_shared and value ~= context.server.cwd then return "in " .. value end
  end,
}

operations.len = {
  words = { "+QFTPLEN" },
  run = function(context) return context.session:len() end,
  check = function() end,
}

operations.stat = {
  words = { "+QFTPSTAT" },
  run = function(context) return context.session:stat() end,
  check = function(context, _, value)
    if not context.is_shared and not context.has_faults and value ~= "idle" then return value end
  end,
}

operations.config = {
  words = { "+QFTPCFG" }, seconds = function() return 10.1 end,
  run = function(context) return context.session:config("rsptimeout") end,
  check = function(context, _, value)
    if not context.has_faults and value ~= 20 then return ("a timeout of %s"):format(value) end
  end,
}

operations.close = {
  words = { "+QFTPCLOSE" }, ends_session = true,
  run = function(context) return context.session:close() end, check = equals(true),
}

-- --- the module --------------------------------------------------------------

local answers = {
  ["+CSQ"] = "+CSQ: 24,0", [""] = "", ["+CPIN?"] = "+CPIN: READY",
  ['+QFTPCFG="account"'] = '+QFTPCFG: "account",',
}

operations.at = {
  words = { "", "+CSQ", "+CPIN", "+QFTPCFG" }, seconds = function() return 10.1 end,
  is_plain = true,
  run = function(context, op)
    local lines, err = context.modem:at(op.command, { interrupt = op.interrupt or nil })
    return lines and table.concat(lines, "\n"), err
  end,
  check = function(_, op, value)
    local wanted = answers[op.command]
    -- "+CPIN: READY" comes unasked as well, and nobody can tell which is which.
    if op.command == "+CPIN?" then value = value:match("^[^\n]*") end
    if value:sub(1, #wanted) ~= wanted or value:find("\n") then return ("%q"):format(value) end
  end,
}

local function plain(words, run, check, seconds)
  return { words = words, run = run, check = check, is_plain = true,
    seconds = function() return seconds end }
end

operations.signal = plain({ "+CSQ" }, function(context) return context.modem:signal() end,
  function(_, _, value) if value.rssi ~= 24 then return tostring(value.rssi) end end, 10.1)

operations.info = plain({ "+CGMI", "+CGMM", "+CGMR", "+CGSN" },
  function(context) return context.modem:info() end,
  function(_, _, value)
    if value.model ~= "BG96" then return "a " .. value.model end
  end, 40.5)

operations.contexts = plain({ "+QIACT" }, function(context) return context.modem:contexts() end,
  function(_, _, value) if #value > 1 then return #value .. " contexts" end end, 40)

operations.activate = plain({ "+QIACT", "+QICSGP", "+QIDEACT" },
  function(context) return context:activate() end, equals("10.7.157.1"), 520)

operations.deactivate = plain({ "+QIACT", "+QIDEACT" },
  function(context) return context.modem:deactivate() end, equals(true), 120)
operations.deactivate.ends_session = true

operations.reboot = plain({ "+CFUN", "+QFTPSTAT", "+QFTPCLOSE" },
  function(context) return context.modem:reboot() end, equals(true), 120)
operations.reboot.ends_session = true

operations.ufs = plain({ "+QFUPL", "+QFDEL", "+QFLST", "+QFDWL", "+QFOPEN", "+QFCLOSE" },
  function(context, op)
    local data = payload.make(op.content)
    local file = context.modem:ufs("own" .. context.root:sub(2))
    local value, err = file:write(data)
    if not value then return nil, err end
    value, err = file:read()
    if not value then return nil, err end
    op.is_same = value == data
    return file:remove()
  end,
  function(_, op) if not op.is_same then return "the file in UFS is another" end end, 400)
operations.ufs.carries_payload = true

operations.files = plain({ "+QFLST" }, function(context) return context.modem:files() end,
  function() end, 10.1)

operations.space = plain({ "+QFLDS" }, function(context) return context.modem:space() end,
  function(_, _, value) if value.free > value.total then return "more free than there is" end end,
  10.1)

operations.unlock = plain({ "+CPIN" }, function(context) return context.modem:unlock("1234") end,
  equals(true), 20.2)

operations.diagnose = plain(
  { "+CPIN", "+CSQ", "+CEREG", "+CGREG", "+CGATT", "+QICSGP", "+QIACT", "+QIDNSCFG" },
  function(context) return context.modem:diagnose() end,
  function(_, _, value) if #value ~= 7 then return #value .. " items" end end, 200)

--- Words that any call may send before its own: to clean the channel, to log in
-- again, to find out what became of a session.
operations.common_words = {
  "", "E1", "E0", "+CMEE", "+QFLST", "+QIACT", "+QICSGP", "+QIDEACT", "+QFTPCFG", "+QFTPOPEN",
  "+QFTPSTAT", "+QFTPCLOSE", "&D1", "+CSQ",
}

return operations
