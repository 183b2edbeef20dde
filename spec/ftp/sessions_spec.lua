-- Sessions are generations: one that was closed, lost or followed by another login does
-- nothing any more, and says so.

local bench_of_transfers = require "spec.support.transfer_bench"
local module = require "spec.support.module"

after_each(bench_of_transfers.remove_places)

local function assert_closed(session, modem)
  local before = #modem.bench.module:commands()
  for _, call in ipairs {
    function() return session:cwd("x") end, function() return session:pwd() end,
    function() return session:size("f") end, function() return session:mkdir("x") end,
    function() return session:rename("a", "b") end, function() return session:put("f", "x") end,
    function() return session:get("f") end, function() return session:list() end,
    function() return session:len() end, function() return session:config("filetype") end,
  } do
    local value, err = call()
    assert.is_nil(value)
    assert.equal("closed", err.kind)
  end
  assert.equal(before, #modem.bench.module:commands())
end

describe("a session from before another login", function()
  it("does nothing at the new server", function()
    local bench = module.with_session(nil, function(old, modem)
      assert(old:close())
      old.is_closed = false -- as if nobody had noticed
      local new = assert(modem:login(module.login))
      assert_closed(old, modem)
      for _, transfer in ipairs { "upload", "download" } do
        local report, err = old[transfer](old, "/nowhere", "g")
        assert.is_nil(report)
        assert.equal("closed", err.kind)
      end
      assert.equal("closed", old:stat())
      assert.is_true(old:close())
      assert.equal("/", new:pwd())
    end)
    assert.is_nil(bench.server:get("/f"))
  end)

  it("does nothing there either where its call has waited meanwhile", function()
    module.with_session(nil, function(old, modem)
      local err
      modem.bench.module:fault("late,command=CSQ,ms=3000")
      local other = coroutine.create(function() return modem:at("+CSQ") end)
      coroutine.resume(other)
      local close = modem.core:request(30000, "+QFTPCLOSE")
      local task = modem.core:request(30000, "+QFTPDEL", "f")
      for _, call in ipairs { close, task } do
        local event = { call:step() }
        while event[1] == "wait" or event[1] == "trace" do
          if event[1] == "wait" then
            coroutine.resume(other, true)
            coroutine.yield(-1, nil, 0.1)
          end
          event = { call:step() }
        end
        err = event
      end
      assert.same({ "failed", "closed" }, { err[1], err[2] })
      assert.is_falsy(table.concat(modem.bench.module:commands(), "\n"):find("QFTPDEL", 1, true))
      assert(old)
    end)
  end)
end)

describe("a session that the driver has closed, as the module was busy with a lost call", function()
  -- The call that finds it so says why; what comes behind it is said to need a login.
  local function close_busy(session, modem)
    local bench = modem.bench
    bench.server.delay = 100
    local seconds = session.timeout
    session.timeout = 1
    assert.equal("timeout", select(2, session:cwd("/")).kind)
    session.timeout = seconds
    local err = select(2, session:size("f"))
    bench.server.delay = 0
    return err
  end

  it("says so with every call, and sends nothing", function()
    module.with_session(nil, function(session, modem)
      local err = close_busy(session, modem)
      assert.same({ "closed", "session ended" }, { err.kind, err.reason })
      assert.matches("the session was closed: log in again", tostring(err))
      for _ = 1, 2 do
        assert_closed(session, modem)
        assert.equal("closed", session:stat())
      end
      assert.matches("has ended: log in again", tostring(select(2, session:pwd())))
      assert.is_true(session:close())
    end)
  end)

  it("does nothing at the server of a later login", function()
    local bench = module.with_session(nil, function(old, modem)
      close_busy(old, modem)
      modem.bench.sleep(100) -- until the server has done what it was asked for
      local new = assert(modem:login(module.login))
      assert_closed(old, modem)
      for _, transfer in ipairs { "upload", "download" } do
        assert.equal("closed", select(2, old[transfer](old, "/nowhere", "g")).kind)
      end
      assert.is_true(old:close())
      assert.equal("/", new:pwd())
      assert.equal(1, new:put("f", "x"))
    end)
    assert.equal("x", bench.server:get("/f"))
  end)
end)

describe("a session is lost", function()
  for what, case in pairs {
    ["with 625, not logged in"] = "err=625,protocol=530",
    ["with 606, no control connection"] = "err=606",
    ["with 606 in place of OK"] = "cme=606",
    ["with 503, other commands first"] = "err=623,protocol=503",
  } do
    it(what .. ": the call says so, and later ones that it is closed", function()
      module.with_session(nil, function(session, modem)
        modem.bench.module:fault("result,command=QFTPSIZE," .. case)
        local size, err = session:size("f")
        assert.is_nil(size)
        assert.equal("ftp", err.kind)
        assert_closed(session, modem)
        assert.matches("has ended: log in again", tostring(select(2, session:pwd())))
      end)
    end)

    it(what .. ", and upload and download bring it back", function()
      for _, direction in ipairs { "upload", "download" } do
        local here = bench_of_transfers.new()
        here:run(function(session)
          here.server:put("/f", "content")
          local path = here:write("local", "content")
          here:fault("result,command=QFTPSIZE," .. case)
          assert.is_nil((session:size("f")))
          here:fault("result,command=QFTPMDTM," .. case)
          here:fault("result,command=QFTPPUT," .. case)
          if direction == "upload" then
            assert(session:upload(path, "g"))
          else
            assert(session:download("f", path))
          end
          assert.equal("/", session:pwd())
        end)
      end
    end)
  end

  it("by its context under a transfer, which logs in again", function()
    local here = bench_of_transfers.new()
    here:run(function(session)
      here.server:put("/f", ("x"):rep(100000))
      here:fault("pdp,command=QFTPMDTM")
      assert(session:download("f", here:path("f")))
      assert.equal("/", session:pwd())
    end)
  end)

  it("not by 550: the server's answer about a file", function()
    module.with_session(nil, function(session)
      assert.is_nil((session:size("f")))
      assert.equal("/", session:pwd())
    end)
  end)
end)
