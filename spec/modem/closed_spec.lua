-- Every method of every userdata of the core, on a modem that is closed or whose port has
-- failed, and on calls that have ended. None may use such a port; ASan would show it.

local core = require "bg96.core"

local EBADF, EIO = 9, 5
local settings = {}
for name, range in pairs(core.settings) do settings[name] = range.min end

-- The constructors of calls, with valid arguments.
local calls = {
  clean_up = { 1000 },
  command = { "+CSQ", 1000 },
  contexts = { 1000 },
  activate = { 1000, 1 },
  deactivate = { 1000, 1 },
  login = { 1000, settings, "host", 21, "user", "password" },
  request = { 1000, "+QFTPPWD" },
  download = { 1000, 1000, "+QFTPGET", "f", 0, 100, "ask" },
  upload = { 1000, 1000, "f", 0, 64, 1024, 8192 },
  stage = { 1000, 1000, "+QFTPGET", "f", "UFS:f" },
  write_file = { 1000, 1000, "f", "bytes" },
  read_file = { 1000, 1000, "f" },
}

local unpack = table.unpack or unpack -- luacheck: std max

local function make(handle, kind)
  return handle[kind](handle, unpack(calls[kind]))
end

-- Steps a call until it waits or wants something; returns what it returned.
local function run(call)
  local results
  repeat results = { call:step() } until results[1] ~= "trace" and results[1] ~= "line"
  return unpack(results)
end

-- The ways in which a modem ends, and the kind of error that its calls then get.
local endings = {
  ["closed"] = { kind = "closed", finish = function(handle) handle:close() end },
  ["collected and closed"] = {
    kind = "closed",
    finish = function(handle) getmetatable(handle).__gc(handle) end,
  },
  ["lost"] = {
    kind = "port", code = EIO,
    finish = function(handle, port)
      port:fail(EIO)
      run(handle:command("+CSQ", 1000))
    end,
  },
}

-- What each method of the modem returns then.
local methods = {
  close = { {}, {} },
  end_calls = { {}, {} },
  poll = { {}, {} },
  subscribe = { { "+QIURC" }, { true } },
  unsubscribe = { { "+QIURC" }, {} },
  trace = { { true }, {} },
  is_session_open = { {}, { false } },
  forget_session = { {}, {} },
  session = { {}, { 0 } },
  epoch = { {}, { 1 } },
  keep_flowcontrol = { {}, {} },
  is_lost = { {}, { true } },
  use_dtr = { {}, { nil, EBADF, core.strerror(EBADF) } },
  distrust = { {}, {} },
  queue_length = { {}, { 0 } },
}

for name, ending in pairs(endings) do
  describe("a modem that is " .. name, function()
    local handle, port
    before_each(function()
      handle, port = core.loopback(4096, 0, 1)
      port:set_time(10)
    end)

    for method, case in pairs(methods) do
      it("has a safe " .. method .. "()", function()
        ending.finish(handle, port)
        assert.same(case[2], { handle[method](handle, unpack(case[1])) })
        assert.same(case[2], { handle[method](handle, unpack(case[1])) })
      end)
    end

    it("still gives random numbers and the time", function()
      ending.finish(handle, port)
      assert.is_true(handle:random() >= 0)
      assert.equal(10, handle:now())
      port:set_time(11)
      assert.equal(11, handle:now())
    end)

    it("starts no call that reaches the port", function()
      ending.finish(handle, port)
      for kind in pairs(calls) do
        local call = make(handle, kind)
        for _ = 1, 2 do
          local results = { call:step() }
          assert.same({ "failed", ending.kind, ending.code }, { unpack(results, 1, 3) }, kind)
        end
        call:withdraw()
        call:release()
        assert.equal("failed", (call:step()))
      end
      assert.equal(0, handle:queue_length())
    end)
  end)

  describe("a modem, once it is " .. name, function()
    local handle, port

    before_each(function()
      handle, port = core.loopback(4096, 0, 1)
      port:set_time(10)
    end)

    for kind in pairs(calls) do
      it("ends a " .. kind .. " that runs and one that waits", function()
        local running, queued = make(handle, kind), make(handle, kind)
        local fresh = make(handle, kind)
        run(running)
        assert.equal("wait", (queued:step()))
        ending.finish(handle, port)
        for _, call in ipairs { running, queued, fresh } do
          for _ = 1, 2 do
            assert.same({ "failed", ending.kind }, { unpack({ call:step() }, 1, 2) })
          end
          assert.is_false((pcall(call.give, call, "bytes", 1, 5, true)))
          pcall(call.progress, call)
          call:withdraw()
          call:release()
          call:release()
          assert.equal("failed", (call:step()))
        end
      end)
    end

    it("gives no turn", function()
      local held, waiting = handle:take_turn(), handle:take_turn(1000)
      held:step()
      assert.equal("wait", (waiting:step()))
      ending.finish(handle, port)
      local late = handle:take_turn()
      for _, turn in ipairs { waiting, late } do
        assert.same({ "failed", ending.kind }, { unpack({ turn:step() }, 1, 2) })
        turn:withdraw()
        turn:release()
        turn:release()
        assert.equal("failed", (turn:step()))
      end
      assert.equal("done", (held:step()))
      held:release()
      assert.equal("failed", (held:step()))
    end)

    it("leaves its loopback alone", function()
      ending.finish(handle, port)
      assert.equal(5, port:give("bytes"))
      assert.equal("string", type(port:take()))
      assert.equal(0, port:pending())
      assert.is_true(port:flushes() >= 0)
      assert.equal("boolean", type(port:dtr()))
      port:fail(0)
    end)

    it("is collected together with its calls", function()
      local call, turn = make(handle, "command"), handle:take_turn()
      run(call)
      turn:step()
      ending.finish(handle, port)
      handle, port, call, turn = nil, nil, nil, nil
      collectgarbage()
      collectgarbage()
      assert.same({}, { handle, port, call, turn })
    end)
  end)
end

describe("a closed modem", function()
  it("has nothing to wait for", function()
    local handle, port = core.loopback(4096, 0, 1)
    run(handle:command("+CSQ", 1000))
    port:set_time(100)
    handle:close()
    assert.equal(-1, handle:descriptor())
    assert.same({ -1, "r" }, { handle:wants() })
  end)

  it("may be closed behind the arguments of a call, which then fails", function()
    local handle = core.loopback(4096, 0, 1)
    local hostile = setmetatable({}, { __index = function(_, name)
      handle:close()
      return settings[name]
    end })
    local call = handle:login(1000, hostile, "host", 21, "user", "password")
    assert.same({ "failed", "closed" }, { unpack({ call:step() }, 1, 2) })
    assert.equal(0, handle:queue_length())
  end)
end)

describe("an upload that was given up", function()
  -- An upload that wants its first chunk.
  local function begin()
    local handle, port = core.loopback(4096, 0, 1)
    local probe = handle:clean_up(1000)
    probe:withdraw()
    local upload = make(handle, "upload")
    return handle, port, upload
  end

  it("accepts no more chunks and does not disturb the running call", function()
    local handle, port, upload = begin()
    -- The module answers every command, so that the channel is clean.
    local asked
    for _ = 1, 50 do
      asked = { upload:step() }
      if asked[1] == "want" then break end
      local sent = port:take()
      if #sent > 0 then port:give(sent .. "\r\nOK\r\n") end
      port:set_time(handle:now() + 0.1)
    end
    assert.equal("want", asked[1])
    upload:withdraw()
    local command = handle:command("+CSQ", 1000)
    assert.equal("wait", (run(command)))
    local ok, message = pcall(upload.give, upload, "bytes", 1, 5, true)
    assert.is_false(ok)
    assert.matches("no block is wanted", message)
    assert.equal(0, (upload:progress()))
    assert.not_matches("bytes", port:take())
  end)
end)

describe("a watch that is closed", function()
  it("waits for nothing, and can be closed again", function()
    local watch = core.watch()
    watch:close()
    watch:close()
    assert.equal(-1, watch:descriptor())
    assert.is_false(watch:disarm())
    watch:arm(-1, "r", 1)
    assert.is_false(watch:disarm())
    assert.is_false((pcall(watch.arm, watch, 0, "r")))
  end)
end)

describe("an invalid time", function()
  it("ends a wait at once", function()
    assert.same({ false }, core.poll({ -1 }, { "r" }, 0 / 0))
    assert.same({ false }, core.poll({ -1 }, { "r" }, -math.huge))
  end)

  it("is refused for a call", function()
    local handle = core.loopback(4096, 0, 1)
    for _, timeout in ipairs { 0 / 0, -1, math.huge } do
      assert.is_false((pcall(handle.clean_up, handle, timeout)))
    end
    assert.equal(0, handle:queue_length())
  end)
end)
