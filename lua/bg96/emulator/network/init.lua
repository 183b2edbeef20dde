--- The network backend: a real FTP client (RFC 959, RFC 3659) on cqueues. Each
-- login has a connection of its own, with a coroutine that takes operations
-- one after the other; cutting it leaves the coroutine to end by itself.
local condition = require("cqueues.condition")
local cqueues = require("cqueues")
local air = require("bg96.emulator.air")
local backend = require("bg96.emulator.backend")
local control = require("bg96.emulator.network.control")
local data = require("bg96.emulator.network.data")
local errors = require("bg96.emulator.errors")
local protect = require("bg96.emulator.network.protect")
local transfer = require("bg96.emulator.network.transfer")

local network = {}
network.__index = network

-- Longer than any <rsptimeout>, after which the core has given up.
local TIMEOUT = 180

--- `loop`: the cqueues controller that everything runs in; `wake()` is called
-- when there is something for the core to look at.
function network.new(loop, wake)
  return setmetatable({ loop = loop, wake = wake, air = air.new() }, network)
end

local function finish_with_reply(operation, reply, value)
  if not reply then
    backend.finish(operation, 606, 0)
  elseif reply < 400 then
    backend.finish(operation, 0, reply, value)
  else
    backend.finish(operation, errors.from_reply(reply), reply)
  end
end

-- ----------------------------------------------------------------- login

-- Returns a TLS client, nil for none, or false if a certificate or key is missing.
local function tls_client(request)
  if not request.tls then return nil end
  return require("bg96.emulator.network.tls").new(request.tls, request.host) or false
end

-- TLS on the control connection, before or after the greeting. Returns false,
-- code and reply if it fails.
local function secure(connection, mode)
  if mode == "explicit" then
    local reply = connection.control:ask("AUTH", "TLS")
    if reply ~= 234 then return false, 631, reply or 0 end
  end
  if not connection.control:secure(connection.tls, TIMEOUT) then return false, 631, 0 end
  return true
end

local function greet(connection, request)
  local implicit = request.tls and request.tls.mode == "implicit"
  if implicit then
    local secured, code, reply = secure(connection, "implicit")
    if not secured then return code, reply end
  end
  local reply = connection.control:reply("greeting")
  if not reply then return 606, 0 end
  if reply >= 400 then return errors.from_reply(reply), reply end
  if request.tls and not implicit then
    local secured, code, answer = secure(connection, "explicit")
    if not secured then return code, answer end
  end
end

local function identify(connection, request)
  local ftp = connection.control
  local reply = ftp:ask("USER", request.user)
  if reply == 331 then reply = ftp:ask("PASS", request.password) end
  if reply == 332 then return 626, 332 end
  if not reply then return 606, 0 end
  if reply >= 300 then return errors.from_reply(reply), reply end
  if request.tls then
    ftp:ask("PBSZ", "0")
    reply = ftp:ask("PROT", "P")
    if reply ~= 200 then return 631, reply or 0 end
  end
end

-- Returns the server's negative reply, false where the connection is gone.
local function set_type(connection, ascii)
  local wanted = ascii and "A" or "I"
  if connection.type == wanted then return nil end
  local reply = connection.control:ask("TYPE", wanted)
  if not reply then return false end
  if reply >= 400 then return reply end
  connection.type = wanted
end

-- What is said over the connection from now on belongs to `operation`.
local function tell_of(connection, operation)
  connection.control.note = function(step) connection.air:note(operation, step) end
end

local function log_in(connection, operation)
  local request = operation.request
  connection.tls = tls_client(request)
  if connection.tls == false then return 631, 0 end
  connection.options.name = connection.tls and connection.tls.name
  local ftp, code = control.connect(request.host, request.port, connection.options)
  if not ftp then return code, 0 end
  connection.control = ftp
  tell_of(connection, operation)
  ftp.note { kind = "connect" }
  local failure, reply = greet(connection, request)
  if not failure then failure, reply = identify(connection, request) end
  -- Some servers refuse SIZE in ASCII mode, in which every session begins.
  if not failure then set_type(connection, request.ascii) end
  return failure or 0, reply or 0
end

-- -------------------------------------------------------------- commands

local verbs = {}

local function simple(word)
  return function(ftp, operation, request)
    finish_with_reply(operation, (ftp:ask(word, request.name)))
  end
end

verbs.cwd, verbs.del = simple("CWD"), simple("DELE")
verbs.mkdir, verbs.rmdir = simple("MKD"), simple("RMD")

-- A quote inside the path is doubled (RFC 959, appendix II).
function verbs.pwd(ftp, operation)
  local reply, text = ftp:ask("PWD")
  local path = text and text:match('^"(.*)"')
  finish_with_reply(operation, reply, path and path:gsub('""', '"') or text)
end

-- SIZE and MDTM have their value in a 213; another positive reply has none.
local function finish_with_value(operation, reply, value)
  if reply and reply < 400 and reply ~= 213 then
    return backend.finish(operation, errors.from_reply(reply), reply)
  end
  finish_with_reply(operation, reply, value)
end

function verbs.size(ftp, operation, request)
  local reply, text = ftp:ask("SIZE", request.name)
  finish_with_value(operation, reply, text and text:match("%d+"))
end

function verbs.mdtm(ftp, operation, request)
  local reply, text = ftp:ask("MDTM", request.name)
  finish_with_value(operation, reply, text and text:match("%d+%.?%d*"))
end

function verbs.rename(ftp, operation, request)
  local reply = ftp:ask("RNFR", request.name)
  if reply == 350 then reply = ftp:ask("RNTO", request.new_name) end
  finish_with_reply(operation, reply)
end

-- ------------------------------------------------------------- transfers

local WORDS = { retrieve = "RETR", store = "STOR", list = "LIST", nlst = "NLST", mlsd = "MLSD" }

-- "." is the current folder, for which no argument is needed.
local function argument_of(request)
  if request.offset == nil and request.name == "." then return nil end
  return request.name
end

local function prepare(connection, operation, request)
  local refused = set_type(connection, request.offset == nil or request.ascii)
  if refused ~= nil then return nil, finish_with_reply(operation, refused) end
  local channel, reply = data.open(connection.control, connection.options)
  if not channel then
    if reply == 0 then return nil, backend.finish(operation, 615, 0) end
    return nil, finish_with_reply(operation, reply)
  end
  if (request.offset or 0) > 0 then
    reply = connection.control:ask("REST", tostring(request.offset))
    if reply ~= 350 then
      channel:close()
      return nil, finish_with_reply(operation, reply)
    end
  end
  return channel
end

local function negative(connection, operation, channel, reply)
  channel:close()
  finish_with_reply(operation, reply)
  if not reply then connection.gone = true end
end

local function carry(connection, operation, request)
  local channel = prepare(connection, operation, request)
  if not channel then return end
  operation.channel = channel
  local reply = connection.control:ask(WORDS[request.verb], argument_of(request))
  if not reply or reply >= 400 then return negative(connection, operation, channel, reply) end
  if not channel:establish(connection.tls, TIMEOUT) then
    channel:close()
    connection.control:reply()
    return backend.finish(operation, connection.tls and 631 or 615, 0)
  end
  local store = request.verb == "store"
  local cancelled = operation.cancelled
  transfer[store and "prepare_upload" or "prepare_download"](operation, channel, connection)
  if cancelled then operation:cancel() end
  operation.opened = true
  connection.wake()
  transfer[store and "upload" or "download"](operation, channel, connection.control)
end

-- --------------------------------------------------------- the connection

local function perform(connection, operation)
  local request = operation.request
  tell_of(connection, operation)
  if request.verb == "close" then
    finish_with_reply(operation, (connection.control:ask("QUIT")))
    connection.gone, connection.expected = true, true
  elseif WORDS[request.verb] then
    carry(connection, operation, request)
  else
    verbs[request.verb](connection.control, operation, request)
  end
  if operation.code == 606 then connection.gone = true end
  connection.wake()
end

-- A server that speaks unasked closes the connection (421).
local function serve(connection)
  while not connection.gone do
    local operation = table.remove(connection.queue, 1)
    if operation then
      if not operation.cancelled then perform(connection, operation) end
    else
      local ftp = connection.control
      connection.gone = cqueues.poll(connection.asked, ftp.readable) == ftp.readable
        or connection.gone
    end
  end
end

local function run(connection, operation)
  local code, reply = log_in(connection, operation)
  backend.finish(operation, code, reply)
  connection.wake()
  if code == 0 then serve(connection) end
  if connection.control then connection.control:close() end
  connection.control, connection.gone = nil, true
  for _, left in ipairs(connection.queue) do backend.finish(left, 606, 0) end
  connection.wake()
end

local function connect(self, operation)
  local request = operation.request
  local connection = {
    queue = {}, asked = condition.new(), wake = self.wake, air = self.air,
    options = { passive = request.passive, timeout = TIMEOUT,
      trust_server_address = request.trust_server_address },
  }
  self.connection = connection
  self.loop:wrap(function()
    local ok, message = protect(run, connection, operation)
    if not ok then
      io.stderr:write("bg96-emulator: ", tostring(message), "\n")
      connection.gone = true
      backend.finish(operation, 601, 0)
    end
  end)
end

function network:start(request)
  local operation = backend.operation({ request = request })
  local connection = self.connection
  if request.verb == "open" then
    connect(self, operation)
  elseif not connection or connection.gone then
    backend.finish(operation, 606, 0)
  else
    connection.current = operation
    connection.queue[#connection.queue + 1] = operation
    connection.asked:signal()
  end
  return operation
end

--- Nothing to do: coroutines do the work and call `wake`.
function network.poll() end

function network.deadline() end

function network:lost()
  local connection = self.connection
  return connection ~= nil and connection.gone == true and not connection.expected
end

function network:drop()
  local connection = self.connection
  self.connection = nil
  if not connection then return end
  connection.gone, connection.expected = true, true
  connection.queue = {}
  if connection.current and connection.current.channel then connection.current.channel:cut() end
  if connection.control then connection.control:cut() end
  connection.asked:signal()
end

return network
