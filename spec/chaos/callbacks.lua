--- Callbacks of calls that do what they like: yield, throw, call, close, never come back.
--
-- A world has random (a generator), pause(fd, events, timeout), modem, session, abandon()
-- (suspends the coroutine for good) and close(), which closes the modem and judges that.

local callbacks = {}

local thrown = {
  "thrown", 17, {}, false, setmetatable({}, { __tostring = function() return "an object" end }),
}

local deeds = {}

function deeds.yield(world)
  world.pause(-1, nil, world.random:integer(0, 30) / 10)
end

function deeds.throw(world)
  if world.random:one_in(6) then error() end
  error(world.random:choice(thrown), 0)
end

-- Each is refused at once with kind "local", but where the callback's own call is over.
function deeds.call(world)
  local random, session, modem = world.random, world.session, world.modem
  local calls = {
    function() return modem:at("+CSQ", { timeout = 5 }) end,
    function() return modem:login { host = "h", user = "joe", password = "s3cret" } end,
    function() return session:size("/f") end,
    function() return session:get("/f") end,
    function() return session:put("/g", "bytes") end,
    function() return session:upload(world.path, "/g", { deadline = 5 }) end,
    function() return session:download("/f", world.path, { deadline = 5 }) end,
    function() return session:close() end,
    function() return modem:poll() end,
    function() return modem:deactivate() end,
    function() return modem:ufs("x"):write("bytes") end,
  }
  local value, err = random:choice(calls)()
  if value == nil then world.check_error(err) end
end

function deeds.close(world) world.close() end

function deeds.abandon(world) world.abandon() end

function deeds.collect() collectgarbage() end

function deeds.unsubscribe(world)
  if world.unsubscribe then world.unsubscribe() end
end

local weights = {
  { "yield", 12 }, { "throw", 6 }, { "call", 10 }, { "close", 1 }, { "abandon", 4 },
  { "collect", 2 }, { "unsubscribe", 2 },
}

-- Does something in one call of `often`, unless the world is calm.
local function act(world, often)
  if world.is_calm or not world.random:one_in(often) then return end
  deeds[world.random:weighted(weights)](world)
end

--- A source of some chunks.
function callbacks.source(world)
  local left = world.random:integer(0, 6)
  return function()
    act(world, 4)
    if left == 0 then
      if world.random:one_in(8) then return nil, "the source has failed" end
      return nil
    end
    left = left - 1
    if world.random:one_in(40) then return world.random:choice { 5, false, {} } end
    return ("x"):rep(world.random:choice { 0, 1, 3, 1000, 5000, 140000 })
  end
end

--- A sink, which may refuse.
function callbacks.sink(world)
  return function()
    act(world, 12)
    if world.random:one_in(20) then return nil, "the sink is full" end
    return 1
  end
end

--- A function whose result does not matter: progress, on_retry, a subscription, a trace.
function callbacks.listener(world, often)
  return function() act(world, often or 8) end
end

return callbacks
