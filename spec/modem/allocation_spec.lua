-- Memory that runs out at every point of every call: the call raises "not enough memory" or
-- fails with kind "local", the queue is empty, and the modem still works. The core itself
-- allocates nothing; the specs count Lua's own allocations in the library.

local allocator = require "spec.support.allocator"
local ftp = require "bg96.ftp"
local habits = require "spec.support.habits"
local module = require "spec.support.module"
local protect = require "bg96.ftp.protect"

local CONTENT = ("every byte counts\r\nOK\r\n"):rep(200)

-- Memory runs out only in the library, not in the emulated module in the same process.
local function wait_aside(...)
  allocator.pause()
  local ready, why = coroutine.yield(...)
  allocator.resume()
  return ready, why
end

-- A modem whose session is open, ready for a call.
local function make_ready(world)
  local modem = world.bench.modem
  if modem.core:queue_length() > 0 then collectgarbage() end
  assert.equal(0, modem.core:queue_length(), "a call is left over")
  if not world.session or world.session.is_closed or not modem.core:is_session_open() then
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    world.session = assert(modem:login(module.login))
  end
  world.bench.server:put("/f", CONTENT)
  world.bench.server.tree:remove("/g")
  world.bench.module.ufs:put("flash", CONTENT)
end

-- Runs call(world) with memory for `count` allocations.
-- @return whether any was refused, whether it returned, and what
local function run_short_of_memory(world, call, count)
  local function attempt()
    allocator.arm(count) -- in here, as pcall() itself takes memory
    local value, err = call(world)
    allocator.pause()
    return value, err
  end
  local returned, value, err = protect(attempt)
  return allocator.disarm() > 0, returned, value, err
end

local function check_refusal(returned, value, err)
  if not returned then
    assert.matches("not enough memory", tostring(value))
  elseif value == nil then
    assert.equal("local", err.kind, tostring(err))
    assert.matches("not enough memory", tostring(err))
  end
  return returned and value ~= nil
end

-- The calls, and what they return if they work.
local calls = {
  ports = { function() return type(ftp.ports()) end, "table" },
  at = { function(world) return world.bench.modem:at("+CSQ") end, { habits.said "+CSQ: 24,0" } },
  signal = { function(world) return world.bench.modem:signal() end,
    { rssi = 24, ber = 0, dbm = -65 } },
  info = { function(world) return world.bench.modem:info().model end,
    habits.identity("model", "BG96") },
  activate = { function(world) return world.bench.modem:activate { apn = "internet" } end,
    "10.7.157.1" },
  contexts = { function(world) return #world.bench.modem:contexts() end, 1 },
  diagnose = { function(world) return #world.bench.modem:diagnose() end, 7 },
  unlock = { function(world) return world.bench.modem:unlock("1234") end, true },
  on = { function(world)
    world.subscriptions = (world.subscriptions or 0) + 1 -- 16 prefixes at most
    local prefix = ("+URC%d"):format(world.subscriptions)
    world.bench.modem:on(prefix, print)()
    return true
  end, true },
  login = { function(world)
    world.session:close()
    world.session = nil
    world.session = world.bench.modem:login(module.login)
    return world.session ~= nil
  end, true },
  cwd = { function(world) return world.session:cwd("/") end, true },
  pwd = { function(world) return world.session:pwd() end, "/" },
  size = { function(world) return world.session:size("f") end, #CONTENT },
  mdtm = { function(world) return type(world.session:mdtm("f")) end, "number" },
  rename = { function(world) return world.session:rename("f", "g") end, true },
  stat = { function(world) return world.session:stat() end, "idle" },
  config = { function(world) return world.session:config("rsptimeout") end, 20 },
  get = { function(world) return world.session:get("f") end, CONTENT },
  ["get into a sink"] = { function(world)
    local size = 0
    assert(world.session:get("f", { sink = function(chunk)
      size = size + #(chunk or "")
      return true
    end }))
    return size
  end, #CONTENT },
  put = { function(world) return world.session:put("f", CONTENT) end, #CONTENT },
  ["put from a source"] = { function(world)
    local is_given = false
    return world.session:put("f", function()
      if is_given then return nil end
      is_given = true
      return CONTENT
    end)
  end, #CONTENT },
  list = { function(world) return type(world.session:list(".")) end, "string" },
  nlst = { function(world) return world.session:nlst(".") end, { "f" } },
  mlsd = { function(world) return #world.session:mlsd(".") > 0 end, true },
  files = { function(world) return world.bench.modem:files("flash")[1].size end, #CONTENT },
  space = { function(world) return world.bench.modem:space().total > 0 end, true },
  ["ufs write"] = { function(world) return world.bench.modem:ufs("w"):write(CONTENT) end,
    #CONTENT },
  ["ufs read"] = { function(world) return world.bench.modem:ufs("flash"):read() end, CONTENT },
  ["put via ufs"] = { function(world)
    return world.session:put("f", CONTENT, { via = "ufs" })
  end, #CONTENT },
  ["get via ufs"] = { function(world) return world.session:get("f", { via = "ufs" }) end, CONTENT },
  ["tls"] = { function(world) return world.bench.modem:tls { verify = "none" } end, true },
}

-- None of these calls needs so many allocations.
local MOST = 3000

-- Each refusal costs a full collection. Points far inside a call are much alike, so only a
-- twentieth of them is tried; ALLOCATIONS=all tries every one.
local function step_behind(count)
  if os.getenv("ALLOCATIONS") == "all" then return 1 end
  return 1 + math.floor(count / 20)
end

-- Code compiled by LuaJIT does not survive a lack of memory; its interpreter does.
local jit = rawget(_G, "jit")

describe("memory that runs out", function()
  local world

  setup(function()
    if jit then
      jit.off()
      jit.flush()
    end
    world = { bench = module.bench { baudrate = 0 } }
    world.bench.modem.wait = wait_aside
    world.bench.modem.core:trace(false)
  end)

  teardown(function()
    if jit then jit.on() end
  end)

  for name, case in pairs(calls) do
    it("at any point of " .. name .. " ends it cleanly", function()
      local call, expected = case[1], case[2]
      world.bench:run(function(modem)
        local count = 0
        while count < MOST do
          make_ready(world)
          local refused, returned, value, err = run_short_of_memory(world, call, count)
          local worked = not refused or check_refusal(returned, value, err)
          if worked then
            assert.is_true(returned, tostring(value))
            assert.same(expected, value)
          end
          if modem.core:queue_length() > 0 then collectgarbage() end
          assert.is_table(modem:at("+CSQ"))
          if not refused then return end
          count = count + step_behind(count)
        end
        error("still short of memory after " .. MOST .. " allocations")
      end)
    end)
  end

  it("leaves all 16 places for subscriptions", function()
    local modem = module.bench().modem
    for round = 1, 3 do
      for count = 0, 12 do
        local prefix = ("+URC%d%d"):format(round, count)
        run_short_of_memory(modem, function() modem:on(prefix, print) end, count)
        for _, subscription in ipairs(modem.subscriptions) do modem:remove(subscription) end
      end
    end
    for number = 1, 16 do
      assert.has_no_error(function() modem:on("+OTHER" .. number, print) end)
    end
  end)
end)
