-- Coroutines that nobody resumes any more, in the middle of a call, and what others still get
-- of their modem: close() from anywhere, and a turn.

local module = require "spec.support.module"
local poll = require "bg96.wait.poll"
local said = require("spec.support.habits").said
local unpack = table.unpack or unpack -- luacheck: std max

local payload = ("0123456789abcdef"):rep(20000) -- some 28 s at 115200 baud

-- Runs job(session, modem, bench) with "f" on the server.
local function with_session(job)
  local bench
  bench = module.with_session({}, function(session, modem)
    modem.bench.server:put("/f", payload)
    job(session, modem, modem.bench)
  end)
  return bench
end

-- Runs f in a coroutine of its own, step by step, for `rounds` waits of its; then nobody
-- resumes it any more.
local function abandon(rounds, f)
  local thread = coroutine.create(f)
  for _ = 1, rounds do
    local results = { assert(coroutine.resume(thread)) }
    assert.equal("suspended", coroutine.status(thread))
    if #results > 1 then coroutine.yield(unpack(results, 2, 4)) end
  end
  return thread
end

-- Closes the modem and gives the seconds that it took.
local function close(modem, bench)
  local started = bench.now
  assert.is_true(modem:close())
  assert.is_true(modem.core:is_closed())
  return bench.now - started
end

describe("modem:close()", function()
  local calls = {
    get = function(session) return session:get("f") end,
    put = function(session) return session:put("g", payload) end,
    size = function(session) return session:size("f") end,
    list = function(session) return session:list(".") end,
    download = function(session) return session:download("f", os.tmpname()) end,
    upload = function(session)
      local path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write(payload)
      file:close()
      return session:upload(path, "g")
    end,
  }

  for name, call in pairs(calls) do
    for _, rounds in ipairs { 1, 2, 5, 20 } do
      it(("is bounded while a %s waits, %d waits long, and goes on no more"):format(name, rounds),
        function()
          with_session(function(session, modem, bench)
            local ended
            local thread = coroutine.create(function()
              call(session)
              ended = true
            end)
            for _ = 1, rounds do
              if ended then break end
              local results = { assert(coroutine.resume(thread)) }
              if coroutine.status(thread) == "dead" then break end
              coroutine.yield(unpack(results, 2, 4))
            end
            assert.is_true(close(modem, bench) <= 12)
          end)
        end)
    end

    it(("ends a %s that goes on later"):format(name), function()
      with_session(function(session, modem, bench)
        local value, err
        local thread = abandon(1, function() value, err = call(session) end)
        close(modem, bench)
        while coroutine.status(thread) ~= "dead" do assert(coroutine.resume(thread)) end
        assert.is_nil(value)
        assert.equal("closed", err.kind)
      end)
    end)
  end

  -- A callback of the call that runs.
  local function put(session, options)
    return session:put("g", payload, options)
  end
  local callbacks = {
    ["a progress of put"] = function(session, close_it)
      return put(session, { progress = function(done) if done > 0 then close_it() end end })
    end,
    ["the first progress of put"] = function(session, close_it)
      return put(session, { progress = close_it })
    end,
    ["a progress of get"] = function(session, close_it)
      return session:get("f", { progress = close_it })
    end,
    ["a progress of upload"] = function(session, close_it)
      local path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write(payload)
      file:close()
      return session:upload(path, "g", { progress = close_it })
    end,
    ["a progress of download"] = function(session, close_it)
      return session:download("f", os.tmpname(), { progress = close_it })
    end,
    ["an on_retry"] = function(session, close_it, modem)
      modem.bench.module:fault("drop,bytes=20000")
      return session:download("f", os.tmpname(), { on_retry = close_it })
    end,
    ["a source"] = function(session, close_it)
      return session:put("g", function()
        close_it()
        return payload
      end)
    end,
    ["a sink"] = function(session, close_it)
      return session:get("f", { sink = function()
        close_it()
        return 1
      end })
    end,
    ["a line that is subscribed to"] = function(session, close_it, modem)
      modem:on("+QIND", close_it)
      modem.bench.module:fault("urc,seconds=1,line=+QIND:1")
      local value, err
      repeat value, err = session:size("f") until not value
      return value, err
    end,
    ["the trace"] = function(session, close_it, modem)
      local is_done = false
      modem.trace = function()
        if is_done then return end
        is_done = true
        close_it()
      end
      return session:get("f")
    end,
  }
  for name, call in pairs(callbacks) do
    it(("works in %s"):format(name), function()
      with_session(function(session, modem, bench)
        local took
        local value, err = call(session, function()
          took = math.max(took or 0, close(modem, bench))
          return true
        end, modem)
        assert.is_nil(value)
        assert.equal("closed", err.kind)
        assert.is_true(took <= 12, took)
      end)
    end)
  end

  it("takes over from a close() that goes on no more", function()
    with_session(function(session, modem, bench)
      abandon(1, function() return session:get("f") end)
      abandon(2, function() return modem:close() end)
      assert.is_false(modem.core:is_closed())
      assert.is_true(close(modem, bench) <= 12)
    end)
  end)

  it("is bounded where the module does not answer", function()
    with_session(function(session, modem, bench)
      bench.module:fault("hang")
      abandon(1, function() return session:get("f") end)
      assert.is_true(close(modem, bench) <= 12)
    end)
  end)
end)

describe("a callback that throws what is no text", function()
  it("gives an error whose text can be asked for", function()
    with_session(function(session, modem)
      for _, thrown in ipairs { 17, {}, false, true } do
        local function throw() error(thrown, 0) end
        local errs = {
          select(2, session:put("g", throw)), select(2, session:get("f", { sink = throw })),
          select(2, session:put("g", throw, { via = "ufs" })),
          select(2, modem:ufs("f"):write(throw)),
        }
        for _, err in ipairs(errs) do
          assert.equal("string", type(err.message))
          assert.equal("string", type(tostring(err)))
        end
      end
    end)
  end)
end)

describe("a call that is abandoned in its source", function()
  it("costs the next one a moment, not all of its time", function()
    with_session(function(session, modem, bench)
      abandon(1, function()
        return session:put("g", function() return coroutine.yield() end)
      end)
      local started = bench.now
      assert.same({ said "+CSQ: 24,0" }, (assert(modem:at("+CSQ"))))
      assert.is_true(bench.now - started < 3, bench.now - started)
    end)
  end)

  -- Compiled code of LuaJIT may refer to what a coroutine has used.
  it("costs no more where its loops have run often, again and again", function()
    with_session(function(session, modem, bench)
      for _ = 1, 20 do
        local count = 0
        local thread = coroutine.create(function()
          return session:put("g", function()
            count = count + 1
            if count > 200 then return coroutine.yield("lost") end
            return ("x"):rep(100)
          end)
        end)
        repeat
          local results = { assert(coroutine.resume(thread)) }
          if results[2] ~= "lost" then coroutine.yield(unpack(results, 2, 4)) end
        until results[2] == "lost"
        thread = nil -- luacheck: ignore
        local started = bench.now
        assert(modem:at("+CSQ"))
        assert.is_true(bench.now - started < 3, bench.now - started)
      end
    end)
  end)

  it("is not taken for abandoned where it is only slow", function()
    with_session(function(session, modem, bench)
      local counts, sent = 0, nil
      local slow = coroutine.create(function()
        sent = session:put("g", function()
          counts = counts + 1
          if counts > 1 then return nil end
          coroutine.yield(-1, nil, 8)
          return "late"
        end)
      end)
      assert(coroutine.resume(slow))
      local started = bench.now
      local lines, err = modem:at("+CSQ", { timeout = 5 })
      assert.is_nil(lines)
      assert.equal("no turn", err.reason)
      assert.near(5, bench.now - started, 0.1)
      while coroutine.status(slow) ~= "dead" do
        local results = { assert(coroutine.resume(slow)) }
        if coroutine.status(slow) ~= "dead" then coroutine.yield(unpack(results, 2, 4)) end
      end
      assert.equal(4, sent)
    end)
  end)
end)

describe("a modem that nobody uses", function()
  -- The download's coroutine runs its sink when it is asked to make way, so it is not there to
  -- hear of it.
  it("has a descriptor at rest after the next poll, whatever its last call was", function()
    with_session(function(session, modem)
      local _, err = session:get("f", { sink = function()
        local task = modem.core:command("+CSQ", 1000, true)
        task:withdraw()
        error("enough", 0)
      end })
      assert.equal("local", err.kind)
      modem:poll()
      local is_ready = poll(modem:pollfd(), "r", 0)
      assert.is_nil(is_ready)
    end)
  end)
end)
