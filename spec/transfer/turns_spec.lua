-- Uploads that wait for each other: one transfer at a time on a modem, whatever becomes of the
-- one before. Driver, emulated module and a server in RAM, on a virtual clock.

local bench = require "spec.support.transfer_bench"
local threads = require "bg96.ftp.thread"

local data = bench.data(150000)

after_each(bench.remove_places)

-- Runs `f` as a coroutine for a while, and returns the coroutine.
local function begin(modem, f)
  local thread = coroutine.create(f)
  local ok, fd, events, timeout = coroutine.resume(thread)
  for _ = 1, 100 do
    ok, fd, events, timeout = coroutine.resume(thread, modem.wait(fd, events, timeout))
  end
  assert(ok, fd)
  assert.equal("suspended", coroutine.status(thread))
  return thread
end

describe("an upload behind another", function()
  it("waits for the other transfer, in turn", function()
    local here, order, session = bench.new(), {}, nil
    local function send(name, options)
      return function()
        while not session do bench.sleep(0.1) end
        local report, err = session:upload(here:write(name, data), name, options)
        order[#order + 1] = report and name or tostring(err):match("^[^:]+: [^:]+")
      end
    end
    here:run(function(logged_in)
      session = logged_in
      send "a" ()
    end, send "b", send("c", { deadline = 5 }), send "d")
    assert.same({ "+QFTPPUT: its turn did not come", "a", "b", "d" }, order)
    assert.same({ "a", "b", "d" }, here:remote_files())
  end)

  it("sleeps until its turn has come", function()
    local here, waits, session = bench.new(), 0, nil
    here:run(function(logged_in, modem)
      session = logged_in
      local original, transfer = modem.wait, threads.running()
      function modem.wait(...)
        if threads.running() ~= transfer then waits = waits + 1 end
        return original(...)
      end
      assert(session:upload(here:write("a", data), "a"))
      assert.equal(1, waits)
    end, function()
      while not session do bench.sleep(0.1) end
      assert(session:upload(here:write("b", data), "b"))
    end)
    assert.same({ "a", "b" }, here:remote_files())
  end)

  for what, leave in pairs {
    collected = function() end,
    closed = rawget(coroutine, "close"), -- Lua 5.4
  } do
    it(("gets the turn of a transfer whose coroutine is %s"):format(what), function()
      local here = bench.new()
      here:run(function(session, modem)
        leave(begin(modem, function() session:upload(here:write("a", data), "a") end))
        if what == "collected" then collectgarbage() collectgarbage() end
        assert(session:upload(here:write("b", data), "b", { deadline = 60 }))
      end)
      assert.is_true(here.server:get("/b") == data)
    end)
  end

  it("gets the turn of one that was thrown away, without a deadline of its own", function()
    local here, took = bench.new(), nil
    collectgarbage()
    collectgarbage("stop")
    local ok, message = pcall(here.run, here, function(session, modem)
      begin(modem, function() session:upload(here:write("a", data), "a") end)
      local started = modem.core:now()
      assert(session:upload(here:write("b", data), "b"))
      took = modem.core:now() - started
    end)
    collectgarbage("restart")
    assert(ok, message)
    assert.is_true(took < 120, took)
    assert.is_true(here.server:get("/b") == data)
  end)
end)
