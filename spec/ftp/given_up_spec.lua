-- What a call that was given up leaves behind: within five seconds the session can be used
-- again, or it is closed and says so.

local cancelled = require "spec.support.cancelled"
local module = require "spec.support.module"

local payload = ("0123456789abcdef"):rep(20000) -- some 28 s at 115200 baud

local function with_session(options, job)
  return module.with_session(options, function(session, modem)
    modem.bench.server:put("/f", payload)
    job(session, modem, modem.bench)
  end)
end

local function throw() error("enough", 0) end

-- Ways to give a call up; each returns the error.
local ways = {
  ["a get whose sink fails"] = function(session)
    return select(2, session:get("f", { sink = throw }))
  end,
  ["a get whose progress fails"] = function(session)
    return select(2, session:get("f", { progress = throw }))
  end,
  ["a get whose wait is cancelled"] = function(session, modem)
    local wait, count = modem.wait, 0
    function modem.wait(...)
      count = count + 1
      if count == 8 then error("cancelled", 0) end
      return wait(...)
    end
    local err = cancelled(function() return session:get("f") end)
    modem.wait = wait
    return err
  end,
  ["a get of which bytes are lost"] = function(session, modem)
    modem.bench.module:fault("byte,at=60000,how=lost")
    return select(2, session:get("f", { timeout = 1 }))
  end,
  ["a list whose sink fails"] = function(session)
    return select(2, session:list(".", { sink = throw }))
  end,
  ["a put whose second chunk fails"] = function(session)
    local count = 0
    return select(2, session:put("g", function()
      count = count + 1
      if count > 1 then throw() end
      return payload
    end))
  end,
  ["a put whose wait is cancelled"] = function(session, modem)
    local wait, count = modem.wait, 0
    function modem.wait(...)
      count = count + 1
      if count == 8 then error("cancelled", 0) end
      return wait(...)
    end
    local err = cancelled(function() return session:put("g", payload) end)
    modem.wait = wait
    return err
  end,
}

-- Asks until the session is usable or closed; gives the seconds and what it is.
local function settle(session, bench)
  local started = bench.now
  local size, err = session:size("f")
  local seconds = bench.now - started
  if size then
    assert.equal(#payload, size)
    return seconds, "usable"
  end
  assert.equal("closed", err.kind, tostring(err))
  assert.matches("the session was closed", tostring(err))
  return seconds, "closed"
end

for name, give_up in pairs(ways) do
  for _, quirk in ipairs { "none", "ato-refused" } do
    it(("%s leaves the session usable or closed within 5 s (quirk: %s)"):format(name, quirk),
      function()
        with_session({ quirks = quirk ~= "none" and { quirk } or {} },
          function(session, modem, bench)
            assert.is_not_nil(give_up(session, modem))
            local seconds, how = settle(session, bench)
            assert.is_true(seconds <= 5, seconds)
            if how == "closed" then
              assert.is_false(modem.core:is_session_open())
              session = assert(modem:login(module.login))
            end
            assert.equal(#payload, session:size("f"))
            assert.equal(payload, session:get("f"))
          end)
      end)

    it(("%s is healed by a download (quirk: %s)"):format(name, quirk), function()
      with_session({ quirks = quirk ~= "none" and { quirk } or {} }, function(session, modem)
        assert.is_not_nil(give_up(session, modem))
        local path = os.tmpname()
        assert(session:download("f", path))
        local file = assert(io.open(path, "rb"))
        assert.equal(#payload, #file:read("*a"))
        file:close()
        os.remove(path)
        assert.equal(#payload, session:size("f"))
      end)
    end)
  end
end

describe("a call that was given up while the server is slow", function()
  it("closes a session that stays busy", function()
    with_session({}, function(session, modem, bench)
      bench.server.delay = 100
      local wait, count = modem.wait, 0
      function modem.wait(...)
        count = count + 1
        if count == 3 then error("cancelled", 0) end
        return wait(...)
      end
      assert.equal("cancelled", cancelled(function() return session:cwd("/") end).kind)
      modem.wait = wait
      local seconds, how = settle(session, bench)
      assert.is_true(seconds <= 5.5, seconds)
      assert.equal("closed", how)
    end)
  end)
end)

describe("a session on which nothing was given up", function()
  it("is not asked for its state", function()
    local commands = {}
    with_session({}, function(session, modem, bench)
      assert(session:get("f"))
      assert(session:put("g", payload))
      assert.is_nil(session:size("missing"))
      for _, line in ipairs(bench.trace) do
        if line:find("QFTPPWD", 1, true) then commands[#commands + 1] = line end
      end
      assert(modem)
    end)
    assert.same({}, commands)
  end)
end)
