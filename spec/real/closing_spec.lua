-- modem:close() in real event loops, while another coroutine transfers that is never resumed:
-- bounded, asleep while it waits, and the port is free afterwards.

local habits = require "spec.support.habits"
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local loops = require "spec.support.loops"
local process = require "spec.support.process"

local payload = ("x"):rep(1000000) -- 87 s at 115200 baud

local function with_emulator(job)
  local emulator = process.emulator("--backend", "memory", "--baud", "115200")
  local ok, message = pcall(job, emulator.line)
  emulator:stop()
  assert(ok, message)
end

-- What has waited for a modem that was closed is not resumed; then the port must be free, and
-- the module not in data mode.
local function check(port, close)
  local started, cpu = core.now(), os.clock()
  close()
  assert.is_true(core.now() - started < 12, core.now() - started)
  assert.is_true(os.clock() - cpu < 0.5, os.clock() - cpu)
  local modem = assert(ftp.open { port = port })
  assert.equal(habits.identity("model", "BG96"), modem:info().model)
  modem:close()
end

local function open(port, wait)
  local modem = assert(ftp.open { port = port, wait = wait })
  assert(modem:activate { apn = "internet" })
  return modem, assert(modem:login { host = "h", user = "u", password = "p", timeout = 20 })
end

-- In one loop an upload shows what a put does not; in the others it takes the same way.
local function with_loop(call, name, job)
  if call == "upload" and not name:find("^run") then return end
  it(name, function()
    local loop, why = loops.get(name:match("^%w+"))
    if not loop then
      print(name .. ": " .. why)
      return
    end
    with_emulator(function(port) job(port, loop) end)
  end)
end

local calls = {
  put = function(session, options) return session:put("f", payload, options) end,
  upload = function(session, options)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(payload)
    file:close()
    local report, err = session:upload(path, "f", options)
    os.remove(path)
    return report, err
  end,
}

for name, call in pairs(calls) do
  describe("modem:close() while " .. name .. " waits", function()
    with_loop(name, "cqueues: in the main program, the loop being over", function(port, loop)
      local cqueues = require "cqueues"
      local controller, modem, session = cqueues.new(), nil, nil
      loop.run(function() modem, session = open(port, loop.wait) end)
      controller:wrap(function() call(session) end)
      controller:loop(0.5)
      check(port, function() assert.is_true(modem:close()) end)
    end)

    with_loop(name, "luv: in a timer, in the main program", function(port, loop)
      local uv = require "luv"
      local modem, session, ended
      loop.run(function() modem, session = open(port, loop.wait) end)
      coroutine.wrap(function() ended = select(2, call(session)) end)()
      local timer = uv.new_timer()
      check(port, function()
        timer:start(500, 0, function()
          timer:close()
          assert.is_true(modem:close())
        end)
        uv.run()
      end)
      assert.equal("closed", ended.kind)
    end)

    with_loop(name, "run: in a function, the other one being suspended", function(port, loop)
      local modem, session
      loop.run(function() modem, session = open(port, loop.wait) end)
      local lost = coroutine.create(function() call(session) end)
      modem.wait = coroutine.yield
      assert(coroutine.resume(lost))
      for _ = 1, 20 do
        core.poll({ modem:pollfd() }, { "r" }, modem:timeout())
        assert(coroutine.resume(lost))
      end
      modem.wait = loop.wait
      check(port, function() loop.run(function() assert.is_true(modem:close()) end) end)
      assert.equal("suspended", coroutine.status(lost))
    end)

    for _, other in ipairs { "run", "cqueues", "luv" } do
      with_loop(name, other .. ": in its own progress", function(port, loop)
        local modem, session
        loop.run(function() modem, session = open(port, loop.wait) end)
        check(port, function()
          loop.run(function()
            local value, err = call(session, {
              progress = function(done) if done > 0 then modem:close() end end,
            })
            assert.is_nil(value)
            assert.equal("closed", err.kind)
          end)
        end)
      end)
    end
  end)
end
