--- The memory backend: an FTP server in RAM, deterministic, on the given clock.
local air = require("bg96.emulator.air")
local backend = require("bg96.emulator.backend")
local dialogue = require("bg96.emulator.dialogue")
local errors = require("bg96.emulator.errors")
local tree = require("bg96.emulator.tree")
local values = require("bg96.emulator.values")

local memory = {}
memory.__index = memory

-- 2024-01-01 00:00:00 UTC: where the clock's zero is put in modification times.
local EPOCH = 1704067200

--- What a server may refuse, by FTP command: in `options.refuse` each may have the
-- reply that the server gives, 200 to 599.
memory.words = {
  CWD = { text = "changing the folder" }, PWD = { text = "showing the folder" },
  SIZE = { text = "the size of a file" }, MDTM = { text = "the time of a file" },
  DELE = { text = "deleting a file" }, MKD = { text = "making a folder" },
  RMD = { text = "removing a folder" }, RNFR = { text = "renaming" },
  RNTO = { text = "the new name" },
  ["RNTO-EXISTING"] = { text = "the new name, if a file has it" },
  RETR = { text = "downloads" }, STOR = { text = "uploads" },
  REST = { text = "transfers that begin at an offset" },
  ["REST-RETR"] = { text = "downloads that begin at an offset" },
  ["REST-STOR"] = { text = "uploads that begin at an offset" },
  LIST = { text = "LIST" }, NLST = { text = "NLST" }, MLSD = { text = "MLSD" },
  ["LIST-EMPTY"] = { text = "LIST of an empty folder" },
  ["NLST-EMPTY"] = { text = "NLST of an empty folder" },
  ["MLSD-EMPTY"] = { text = "MLSD of an empty folder" },
}

local REPLY = values.whole(200, 599)

--- Reads a refusal, "WORD=REPLY". Returns word and reply, or nil and a message.
function memory.parse_refusal(text)
  local word, given = text:match("^([%a-]+)=(.*)$")
  if not word or not memory.words[word] then
    return nil, ("'%s' is not WORD=REPLY; words: %s"):format(text,
      table.concat(values.names(memory.words), ", "))
  end
  local reply, message = REPLY.read(given)
  if not reply then return nil, message end
  return word, reply
end

--- `options`: `users`, a table of passwords by name (any login works without
-- it); `ports`, a set of open port numbers (all without it); `delay`, seconds
-- that an operation takes (0); `tls`, false for a server whose certificate no
-- verification accepts; `refuse_data`, true for one to which no data connection
-- can be opened. Host names that end in ".invalid" do not resolve.
-- Habits of servers, which may be changed later as fields: `refuse`, replies by
-- memory.words; `without`, a set of verbs that are answered 502 ("size", "mdtm",
-- "rename", "rest"); `keeps_names`, true where nothing is renamed over a file that is
-- there; `quota`, bytes that it has room for, then it answers 552. `stored` and
-- `retrieved` count payload bytes, `air` counts what goes over the network.
function memory.new(options)
  options = options or {}
  return setmetatable({
    users = options.users, ports = options.ports, delay = options.delay or 0,
    without = options.without or {}, refuse = options.refuse or {},
    keeps_names = options.keeps_names, quota = options.quota,
    stored = 0, retrieved = 0, refuse_data = options.refuse_data, tls = options.tls ~= false,
    air = air.new(), tree = tree.new(EPOCH), pending = {}, now = 0,
    cwd = "/", connected = false,
  }, memory)
end

local function timestamp(self)
  return EPOCH + math.floor(self.now)
end

--- Makes the file at an absolute `path`, with the folders on the way to it.
function memory:put(path, content)
  for folder in path:gmatch("()/") do
    local parent = path:sub(1, folder - 1)
    if parent ~= "" and not self.tree:node(parent) then
      self.tree:place(parent, { kind = "dir", entries = {}, mtime = timestamp(self) })
    end
  end
  self.tree:place(path, { kind = "file", content = content, mtime = timestamp(self) })
end

--- Makes the folder at an absolute `path`, in one that is there.
function memory:make_folder(path)
  self.tree:place(path, { kind = "dir", entries = {}, mtime = timestamp(self) })
end

--- Makes a symbolic link at an absolute `path`. Listings show it; it leads nowhere.
function memory:link(path, target)
  self.tree:place(path, { kind = "link", target = target, mtime = timestamp(self) })
end

function memory:lost()
  return self.broken == true
end

--- Breaks the control connection, as a server does that goes away.
function memory:break_connection()
  self.broken = true
end

-- The file of an upload with what has come. REST and STOR leave what stands behind the new
-- bytes, as most servers do.
local function content_of(operation)
  local data = table.concat(operation.chunks)
  local head = operation.node.content:sub(1, operation.offset)
  head = head .. ("\0"):rep(operation.offset - #head)
  return head .. data .. operation.node.content:sub(#head + #data + 1)
end

local function commit(self, operation)
  if operation.committed or not operation.chunks then return end
  operation.committed = true
  operation.node.content = content_of(operation)
  operation.node.mtime = timestamp(self)
end

--- The content of the file at an absolute `path`, with what an upload that runs has brought
-- so far; or nil.
function memory:get(path)
  local node, current = self.tree:node(path), self.current
  if node and current and current.node == node and not current.committed then
    return content_of(current)
  end
  return node and node.content
end

function memory:drop()
  for _, operation in ipairs(self.pending) do commit(self, operation) end
  if self.current then
    commit(self, self.current)
    self.current = nil
  end
  self.pending, self.connected, self.broken = {}, false, false
end

local verbs = {}

function verbs.open(self, request)
  if request.host:find("%.invalid$") then return 604, 0 end
  if self.ports and not self.ports[request.port] then return 606, 0 end
  if request.tls and request.tls.level > 0 and not self.tls then return 631, 0 end
  if self.users and self.users[request.user] ~= request.password then return 625, 530 end
  self.connected, self.broken, self.cwd = true, false, "/"
  return 0, 0
end

function verbs.close(self)
  self.connected = false
  return 0, 0
end

function verbs.cwd(self, request)
  local path = tree.resolve(self.cwd, request.name)
  local node = self.tree:node(path)
  if not node or node.kind ~= "dir" then return 627, 550 end
  self.cwd = path
  return 0, 0
end

function verbs.pwd(self)
  return 0, 0, self.cwd
end

local function file_at(self, name)
  local node = self.tree:node(tree.resolve(self.cwd, name))
  return node and node.kind == "file" and node
end

function verbs.size(self, request)
  local node = file_at(self, request.name)
  if not node then return 627, 550 end
  return 0, 0, #node.content
end

function verbs.mdtm(self, request)
  local node = file_at(self, request.name)
  if not node then return 627, 550 end
  return 0, 0, tree.timestamp(node.mtime)
end

function verbs.del(self, request)
  if not file_at(self, request.name) then return 627, 550 end
  self.tree:remove(tree.resolve(self.cwd, request.name))
  return 0, 0
end

function verbs.mkdir(self, request)
  local path = tree.resolve(self.cwd, request.name)
  local folder = { kind = "dir", entries = {}, mtime = timestamp(self) }
  if self.tree:node(path) or not self.tree:place(path, folder) then return 627, 550 end
  return 0, 0
end

function verbs.rmdir(self, request)
  local path = tree.resolve(self.cwd, request.name)
  local node = self.tree:node(path)
  if not node or node.kind ~= "dir" or next(node.entries) or path == "/" then return 627, 550 end
  self.tree:remove(path)
  return 0, 0
end

function verbs.rename(self, request)
  local from = tree.resolve(self.cwd, request.name)
  local to = tree.resolve(self.cwd, request.new_name)
  local node = self.tree:node(from)
  if self.keeps_names and self.tree:node(to) then return 630, 553 end
  local into_itself = (to .. "/"):sub(1, #from + 1) == from .. "/"
  if not node or from == "/" or into_itself then return 627, 550 end
  if not self.tree:place(to, node) then return 630, 553 end
  self.tree:remove(from)
  return 0, 0
end

local function end_transfer(self, operation, code, reply)
  self.air:note(operation, dialogue.ending())
  backend.finish(operation, code, reply)
end

-- Sends content chunk by chunk; `endless` content repeats for ever.
local function send(self, operation, content, offset, since, endless)
  local position = offset
  local function complete()
    if not operation.done then end_transfer(self, operation, 0, 226) end
  end
  function operation.ready()
    if endless then return math.huge, since end
    return #content - position, since
  end
  function operation.read(_, max)
    local start = endless and position % #content or position
    local bytes = content:sub(start + 1, start + math.min(max, #content))
    position = position + #bytes
    self.retrieved = self.retrieved + #bytes
    self.air:payload(0, #bytes)
    if not endless and position >= #content then complete() end
    return bytes
  end
  operation.stop = complete
  operation.opened = true
  if not endless and position >= #content then complete() end
end

local transfers = {}

function transfers.retrieve(self, request, operation)
  local node = file_at(self, request.name)
  if not node then return backend.finish(operation, 627, 550) end
  if request.offset > #node.content then return backend.finish(operation, 627, 550) end
  send(self, operation, node.content, request.offset, self.now, node.endless)
end

local function listing(self, request, operation)
  local path = tree.resolve(self.cwd, request.name)
  local node = self.tree:node(path)
  if not node then return backend.finish(operation, 627, 550) end
  send(self, operation, tree.listing(request.verb, request.name, node), 0, self.now)
end

transfers.list, transfers.nlst, transfers.mlsd = listing, listing, listing

local function file_for_store(self, request)
  local path = tree.resolve(self.cwd, request.name)
  local node = self.tree:node(path)
  if node and node.kind == "dir" then return nil end
  if not node then
    node = { kind = "file", content = "", mtime = timestamp(self) }
    if not self.tree:place(path, node) then return nil end
  elseif request.offset == 0 then
    node.content = ""
  end
  return node
end

function transfers.store(self, request, operation)
  local node = file_for_store(self, request)
  if not node then return backend.finish(operation, 627, 550) end
  operation.node, operation.offset, operation.chunks = node, request.offset, {}
  function operation.room() return math.huge end
  function operation.unsent() return 0 end
  function operation.write(op, bytes)
    op.chunks[#op.chunks + 1] = bytes
    self.stored = self.stored + #bytes
    self.air:payload(#bytes, 0)
    if self.quota and self.stored > self.quota then
      commit(self, op)
      end_transfer(self, op, 629, 552)
    end
  end
  function operation.finish(op)
    commit(self, op)
    self.current = nil
    end_transfer(self, op, 0, 226)
  end
  function operation.cancel(op)
    op.cancelled = true
    commit(self, op)
  end
  operation.opened = true
  self.current = operation
end

function memory:start(request)
  local operation = backend.operation({ request = request, time = self.now + self.delay })
  self.pending[#self.pending + 1] = operation
  return operation
end

-- The words of memory.words that a request falls under.
local words_of = {
  cwd = { "CWD" }, pwd = { "PWD" }, size = { "SIZE" }, mdtm = { "MDTM" }, del = { "DELE" },
  mkdir = { "MKD" }, rmdir = { "RMD" }, rename = { "RNFR", "RNTO", "RNTO-EXISTING" },
  retrieve = { "RETR", "REST", "REST-RETR" }, store = { "STOR", "REST", "REST-STOR" },
  list = { "LIST", "LIST-EMPTY" }, nlst = { "NLST", "NLST-EMPTY" },
  mlsd = { "MLSD", "MLSD-EMPTY" },
}

-- Whether the word applies, for those that do not always.
local function applies(self, word, request)
  local function node(name) return self.tree:node(tree.resolve(self.cwd, name)) end
  if word:find("^REST") then return request.offset > 0 end
  if word == "RNTO-EXISTING" then return node(request.new_name) ~= nil end
  if word:find("-EMPTY", 1, true) then
    local folder = node(request.name)
    return folder and folder.kind == "dir" and next(folder.entries) == nil
  end
  return true
end

-- The reply with which a request is refused, and to which command; or nil. What the
-- module makes of a positive one is an error only if it has asked for a value.
local function refusal(self, request)
  for _, word in ipairs(words_of[request.verb] or {}) do
    local reply = self.refuse[word]
    local counts = reply and (reply >= 400 or request.verb == "size" or request.verb == "mdtm")
    if counts and applies(self, word, request) then return reply, word:match("^%a+") end
  end
  if self.without.rest and (request.offset or 0) > 0 then return 502, "REST" end
  if self.without[request.verb] then return 502, words_of[request.verb][1] end
end

-- Where a login ends that fails.
local ENDS = { [606] = "connect", [625] = "PASS", [631] = "tls" }

-- What the client and this server say to each other before the end of the operation, or
-- before its payload. `last`: the word, or the kind of step, at which they stop.
local function converse(self, operation, last)
  local steps = dialogue.steps(operation.request, self)
  if last then steps = dialogue.until_refused(steps, last) end
  for _, step in ipairs(steps) do
    self.air:note(operation, step)
    if step.word == "TYPE" then self.ascii = dialogue.is_ascii(operation.request) end
  end
end

local function log_in(self, operation)
  local code, reply = verbs.open(self, operation.request)
  self.login = operation.request
  if code ~= 604 then converse(self, operation, ENDS[code]) end
  backend.finish(operation, code, reply)
end

local function perform(self, operation)
  local request = operation.request
  if request.verb == "open" then return log_in(self, operation) end
  if not self.connected then return backend.finish(operation, 606, 0) end
  if transfers[request.verb] and self.refuse_data then
    converse(self, operation, "PASV")
    return backend.finish(operation, 615, 425)
  end
  local refused, word = refusal(self, request)
  converse(self, operation, word)
  if refused then
    backend.finish(operation, errors.from_reply(refused), refused)
  elseif transfers[request.verb] then
    transfers[request.verb](self, request, operation)
  else
    backend.finish(operation, verbs[request.verb](self, request))
  end
end

function memory:poll(now)
  self.now = now
  while self.pending[1] and self.pending[1].time <= now do
    local operation = table.remove(self.pending, 1)
    if not operation.cancelled then perform(self, operation) end
  end
end

function memory:deadline()
  return self.pending[1] and self.pending[1].time
end

return memory
