--- The calls of a chaos: everything that the library offers, with arguments that are right.

local callbacks = require "spec.chaos.callbacks"

local operations = {}

local function maybe(world, often, value)
  if world.random:one_in(often) then return value end
end

local function name(world)
  return world.random:choice { "/f", "/g", "/missing", "/folder/f", "/small", "/empty" }
end

local function put_options(world)
  return {
    offset = maybe(world, 6, world.random:integer(0, 100)),
    length = maybe(world, 6, world.random:integer(0, 2000)),
    progress = maybe(world, 2, callbacks.listener(world)),
    timeout = maybe(world, 3, world.random:integer(1, 20)),
  }
end

local function transfer_options(world)
  return {
    progress = maybe(world, 2, callbacks.listener(world)),
    on_retry = maybe(world, 2, callbacks.listener(world, 3)),
    deadline = world.random:integer(1, 90),
    retries = world.random:integer(0, 3),
    atomic = world.random:one_in(2),
    chunk = maybe(world, 3, world.random:integer(500, 20000)),
  }
end

function operations.at(world, modem)
  return modem:at(world.random:choice { "+CSQ", "+CGSN", "I", "+NONSENSE" }, {
    timeout = world.random:choice { 0.01, 1, 10 }, interrupt = maybe(world, 3, true),
  })
end

function operations.info(_, modem) return modem:info() end
function operations.signal(_, modem) return modem:signal() end
function operations.activate(_, modem) return modem:activate { apn = "internet" } end
function operations.deactivate(_, modem) return modem:deactivate() end
function operations.contexts(_, modem) return modem:contexts() end
function operations.files(_, modem) return modem:files() end
function operations.space(_, modem) return modem:space() end
function operations.diagnose(_, modem) return modem:diagnose() end
function operations.poll(_, modem) return modem:poll() end

function operations.look(_, modem)
  return { modem:pollfd(), modem:events(), modem:timeout(), tostring(modem) }
end

function operations.login(world, modem)
  local session, err = modem:login {
    host = "h", user = "joe", password = "s3cret", timeout = world.random:choice { 20, 60 },
  }
  if session then world.session = session end
  return session, err
end

function operations.on(world, modem)
  if world.subscribed >= 8 then return true end
  world.subscribed = world.subscribed + 1
  local take_back = modem:on(world.random:choice { "+QIND", "+QIURC", "RING" },
    callbacks.listener(world, 4))
  world.unsubscribe = function()
    take_back()
    world.unsubscribe = nil
    world.subscribed = world.subscribed - 1
  end
  return true
end

function operations.ufs(world, modem)
  local file = modem:ufs("chaos")
  return world.random:choice {
    function() return file:write(("y"):rep(world.random:integer(0, 5000))) end,
    function() return file:read { sink = maybe(world, 2, callbacks.sink(world)) } end,
    function() return file:size() end,
    function() return file:remove() end,
  }()
end

function operations.close(world) return world.close() end

local session_calls = {
  size = function(session, world) return session:size(name(world)) end,
  cwd = function(session) return session:cwd("/") end,
  pwd = function(session) return session:pwd() end,
  del = function(session) return session:del("/g") end,
  mkdir = function(session) return session:mkdir("/folder") end,
  rmdir = function(session) return session:rmdir("/nothing") end,
  rename = function(session) return session:rename("/g", "/h") end,
  mdtm = function(session) return session:mdtm("/f") end,
  stat = function(session) return session:stat() end,
  len = function(session) return session:len() end,
  config = function(session) return session:config("rsptimeout") end,
  log_out = function(session) return session:close() end,
  list = function(session) return session:list(".") end,
  nlst = function(session) return session:nlst(".") end,
  mlsd = function(session, world)
    return session:mlsd(".", { sink = maybe(world, 2, callbacks.sink(world)) })
  end,
  put_text = function(session, world)
    return session:put("/g", ("z"):rep(world.random:choice { 0, 3, 5000, 60000 }),
      put_options(world))
  end,
  put = function(session, world)
    return session:put("/g", callbacks.source(world), put_options(world))
  end,
  get = function(session, world)
    local options = put_options(world)
    options.sink = maybe(world, 2, callbacks.sink(world))
    return session:get(name(world), options)
  end,
  put_staged = function(session, world)
    return session:put("/g", callbacks.source(world), { via = "ufs" })
  end,
  get_staged = function(session, world)
    return session:get("/small", { via = "ufs", sink = maybe(world, 2, callbacks.sink(world)) })
  end,
  upload = function(session, world)
    return session:upload(world.path, "/up", transfer_options(world))
  end,
  download = function(session, world)
    return session:download(name(world), world.path .. ".down", transfer_options(world))
  end,
}

for kind, call in pairs(session_calls) do
  operations[kind] = function(world) return call(world.session, world) end
end

local weights = {}
for kind in pairs(operations) do weights[#weights + 1] = { kind, 4 } end
table.sort(weights, function(a, b) return a[1] < b[1] end)
for _, row in ipairs(weights) do
  if row[1] == "close" or row[1] == "log_out" or row[1] == "diagnose" then row[2] = 1 end
  if row[1]:find("put") or row[1]:find("get") then row[2] = 10 end
  if row[1] == "upload" or row[1] == "download" then row[2] = 10 end
  if row[1] == "login" then row[2] = 6 end
end

--- Picks one: its name.
function operations.pick(world)
  return world.random:weighted(weights)
end

return operations
