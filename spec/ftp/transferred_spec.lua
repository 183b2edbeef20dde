-- What errors of transfers tell of the bytes that got through; lengths that are exact; and
-- sources, sinks and files that fail in their own ways.

local module = require "spec.support.module"
local bench = require "spec.support.transfer_bench"

local data = bench.data(20000)

local function with_session(job, options)
  return module.with_session(options, function(session, modem)
    assert(session:put("f", data))
    job(session, modem, modem.bench.module)
  end)
end

local function assert_transferred(least, most, value, err)
  assert.is_nil(value)
  assert.is_number(err.transferred, tostring(err))
  local what = ("%s: %d of %d to %d"):format(tostring(err), err.transferred, least, most)
  assert.is_true(err.transferred >= least and err.transferred <= most, what)
end

describe("an error tells how many bytes got through", function()
  it("of a put and a get that the link has cut", function()
    with_session(function(session, modem, emulated)
      emulated:fault("drop,bytes=9000")
      assert_transferred(9000, 9000, session:get("f"))
      session:close()
      session = assert(modem:login(module.login))
      emulated:fault("drop,bytes=9000")
      assert_transferred(0, 0, session:put("g", data))
    end)
  end)

  it("of one by way of the flash", function()
    with_session(function(session, modem, emulated)
      local via = { via = "ufs" }
      emulated:fault("result,command=QFUPL,cme=409")
      assert_transferred(0, 0, session:put("g", data, via))
      emulated:fault("result,command=QFTPPUT,err=615")
      assert_transferred(0, 0, session:put("g", data, via))
      emulated:fault("result,command=QFTPGET,err=613")
      assert_transferred(0, 0, session:get("f", via))
      emulated:fault("result,command=QFDWL,cme=411")
      assert_transferred(0, 0, session:get("f", via))
      emulated:fault("result,command=QFTPLIST,err=615")
      assert_transferred(0, 0, session:list(".", via))
      emulated:fault("result,command=QFUPL,cme=409")
      assert_transferred(0, 0, modem:ufs("x"):write(data))
      assert_transferred(0, 0, modem:ufs("nothing"):read())
      assert(modem:ufs("x"):write(data))
      local count = 0
      assert_transferred(1000, 20000, modem:ufs("x"):read { sink = function(chunk)
        count = count + 1
        if chunk and count == 2 then return nil, "full" end
        return true
      end })
    end)
  end)

  it("of one that its source, sink or progress ends", function()
    with_session(function(session)
      local function fail() error("enough") end
      assert_transferred(0, 20000, session:get("f", { progress = fail }))
      assert_transferred(0, 20000, session:put("g", data, { progress = fail }))
      assert_transferred(0, 0, session:put("g", fail))
      assert_transferred(0, 0, session:put("g", fail, { via = "ufs" }))
      assert_transferred(0, 20000, session:put("g", data, { via = "ufs", progress = fail }))
      local _, err = session:put("g", data, { via = "ufs", progress = fail })
      assert.equal("local", err.kind)
    end)
  end)

  it("of one on a closed session or modem", function()
    local file, held
    with_session(function(session, modem)
      held, file = session, modem:ufs("x")
      session:close()
      assert_transferred(0, 0, session:put("g", data))
      assert_transferred(0, 0, session:get("g"))
      assert_transferred(0, 0, session:nlst("."))
      assert_transferred(0, 0, session:upload({ data = data }, "g"))
      assert_transferred(0, 0, session:download("f", "/nowhere/f"))
      modem:close()
    end)
    assert_transferred(0, 0, file:write(data))
    assert_transferred(0, 0, file:read())
    assert_transferred(0, 0, held:put("g", data))
  end)

  it("of an upload and a download", function()
    local here = bench.new()
    here.server:put("/f", data)
    local options = { retries = 0 }
    here:run(function(session)
      here:fault("drop,bytes=9000")
      assert_transferred(6144, 9000, session:upload({ data = data }, "g", options))
    end)
    here:run(function(session)
      here:fault("drop,bytes=9000")
      assert_transferred(8000, 9000, session:download("f", here:path("f"), options))
      assert_transferred(0, 0, session:upload(here:path("nothing"), "g", options))
      assert_transferred(0, 0, session:download("f", here:path("no/folder"), options))
    end)
    bench.remove_places()
  end)
end)

describe("a length", function()
  local function reader(...)
    local chunks, at = { ... }, 0
    return function()
      at = at + 1
      return chunks[at]
    end
  end

  it("of a put is exact: what ends before it is an error of kind local", function()
    with_session(function(session, modem)
      local server = modem.bench.server
      local file = assert(io.tmpfile())
      file:write("five!")
      local sources = { string = "five!", ["function"] = reader("fi", "ve!"), file = file }
      for what, source in pairs(sources) do
        file:seek("set", 0)
        local count, err = session:put("short", source, { length = 6 })
        assert.is_nil(count, what)
        assert.equal("local", err.kind)
        assert.equal(0, err.transferred)
        assert.matches("1 bytes before", tostring(err))
        assert.is_nil(server:get("/short"))
      end
      assert.equal(5, session:put("five", "five! and more", { length = 5 }))
      assert.equal("five!", server:get("/five"))
      assert.equal(4, session:put("four", reader("fi", "ve!"), { length = 4 }))
      assert.equal("five", server:get("/four"))
      assert.equal(0, session:put("none", "x", { length = 0 }))
      file:close()
    end)
  end)

  it("that is missed after chunks have gone tells how much has gone", function()
    with_session(function(session, _, emulated)
      local left = 3
      local count, err = session:put("g", function()
        left = left - 1
        return left >= 0 and ("x"):rep(131072) or nil
      end, { length = 1000000 })
      assert.is_nil(count)
      assert.equal("local", err.kind)
      local confirmed = 0
      for length in table.concat(emulated:commands(), "\n"):gmatch('"g","COM:",%d+,(%d+),0') do
        confirmed = confirmed + length
      end
      assert.is_true(confirmed > 100000)
      assert.equal(confirmed, err.transferred)
    end, { baudrate = 921600 })
  end)
end)

it("put() with what a failed io.open() gives fails with its message", function()
  with_session(function(session)
    local count, err = session:put("g", io.open("/no/such/file"))
    assert.is_nil(count)
    assert.equal("local", err.kind)
    assert.equal(2, err.code)
    assert.equal(0, err.transferred)
    assert.matches("/no/such/file: No such file", tostring(err))
    assert.has_error(function() session:put("g", nil) end)
    assert.has_error(function() session:put("g", nil, {}) end)
  end)
end)

describe("a sink as LuaSocket's ltn12 has them", function()
  it("gets nil once, and may return nothing then", function()
    with_session(function(session, modem)
      for _, via in ipairs { "line", "ufs" } do
        local ends = 0
        local count = assert(session:get("f", { via = via == "ufs" and via or nil,
          sink = function(chunk)
            if chunk then return true end
            ends = ends + 1
          end }))
        assert.equal(#data, count)
        assert.equal(1, ends)
      end
      assert(modem:signal())
    end)
  end)

  it("that fails at the end fails the call, and is not called again", function()
    with_session(function(session)
      local ends = 0
      local count, err = session:get("f", { sink = function(chunk)
        if chunk then return true end
        ends = ends + 1
        return nil, "the disk is full"
      end })
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.matches("the disk is full", tostring(err))
      assert.equal(1, ends)
    end)
  end)

  it("gets nil and a message once where the link fails", function()
    with_session(function(session, _, emulated)
      emulated:fault("drop,bytes=9000")
      local size, messages = 0, {}
      assert.is_nil((session:get("f", { sink = function(chunk, message)
        if not chunk then messages[#messages + 1] = message end
        size = size + #(chunk or "")
        return true
      end })))
      assert.equal(9000, size)
      assert.equal(1, #messages)
    end)
  end)
end)

describe("a file in the flash", function()
  it("of a size that the clock of the core does not hold fails, and does not throw", function()
    with_session(function(session, modem)
      local server = modem.bench.server
      server.tree:place("/huge", { kind = "file", content = data, mtime = 0 })
      local size = session.size
      function session.size() return 1.2e12 end
      assert_transferred(0, 20000, session:get("huge", { via = "ufs" }))
      session.size = size
      assert(modem:signal())
    end)
  end)

  it("that is longer than any flash is refused before it is read", function()
    with_session(function(session)
      local name = os.tmpname()
      os.execute("truncate -s 1200M " .. name)
      local file = assert(io.open(name, "rb"))
      local count, err = session:put("g", file, { via = "ufs" })
      file:close()
      os.remove(name)
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.matches("too long", tostring(err))
    end)
  end)

  it("whose source closes the modem fails with kind closed", function()
    with_session(function(_, modem)
      local count, err = modem:ufs("x"):write(function()
        modem:close()
        return nil
      end)
      assert.is_nil(count)
      assert.equal("closed", err.kind)
    end)
  end)

  it("whose source calls the modem gets an error of kind local there", function()
    with_session(function(_, modem)
      local kind
      assert(modem:ufs("x"):write(function()
        if kind then return nil end
        kind = select(2, modem:signal()).kind
        return "x"
      end))
      assert.equal("local", kind)
    end)
  end)
end)
