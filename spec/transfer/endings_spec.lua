-- What ends session:upload and session:download, at once or after a while, on a virtual
-- clock: an error says why, and nothing has the final name.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

after_each(bench.remove_places)

for _, direction in ipairs { "upload", "download" } do
  describe(direction .. " ends at once", function()
    for what, case in pairs {
      ["with 550, no such file or no right"] = { 627, 550 },
      ["with 553, a name that is not allowed"] = { 630, 553 },
      ["with 452, no space on the server"] = { 619, 452 },
      ["with 552, over the quota"] = { 629, 552 },
      ["with 631, TLS refused"] = { 631, 0 },
    } do
      it(what, function()
        local report, err, here = moves.run(direction, nil,
          { ("result,command=WORD,err=%d,protocol=%d"):format(case[1], case[2]) })
        assert.is_nil(report)
        assert.equal("ftp", err.kind)
        assert.equal(case[1], err.code)
        assert.equal(1, err.attempts)
        assert.is_nil(moves[direction].result(here))
      end)
    end

    it("with 530 right behind another login", function()
      local report, err = moves.run(direction, nil,
        { "result,command=WORD,err=625,protocol=530,times=2" })
      assert.is_nil(report)
      assert.equal(625, err.code)
      assert.equal(2, err.attempts)
    end)

    it("where the SIM is gone", function()
      local report, err = moves.run(direction, nil,
        { "drop,bytes=50000", "result,command=QIACT,cme=10" })
      assert.is_nil(report)
      assert.equal("cme", err.kind)
      assert.equal(10, err.code)
    end)

    it("if the account was removed meanwhile", function()
      local here = moves.new()
      local err
      here:run(function(session)
        here:fault("drop,bytes=50000")
        here.server.users = {}
        err = select(2, moves[direction].start(here, session))
      end)
      assert.equal(530, err.protocol)
      assert.is_nil(moves[direction].result(here))
    end)
  end)

  describe(direction .. " ends at once, on this side,", function()
    it("if the modem is closed", function()
      local here = moves.new()
      local err
      here:run(function(session) err = select(2, moves[direction].start(here, session)) end,
        function(modem)
          bench.sleep(5)
          modem:close()
        end)
      assert.equal("closed", err.kind)
      assert.is_nil(moves[direction].result(here))
    end)

    it("if the session is closed during the back-off", function()
      local here = moves.new()
      local err
      here:run(function(session)
        moves.fault(here, direction, "drop,command=WORD,times=0")
        err = select(2, moves[direction].start(here, session, {
          on_retry = function() session.is_closed = true end, -- as session:close() does
        }))
      end)
      assert.equal("closed", err.kind)
      assert.is_true(here.bench.now < 60)
    end)

    for what, close in pairs {
      session = function(_, session) assert(session:close()) end,
      modem = function(modem) assert(modem:close()) end,
    } do
      it(("where another coroutine closes the %s during a back-off of minutes"):format(what),
        function()
          local here = moves.new()
          local session, err, delay, paused_at, closed_after
          here:run(function(logged_in)
            session = logged_in
            moves.fault(here, direction, "drop,command=WORD,times=0")
            err = select(2, moves[direction].start(here, session, {
              on_retry = function(_, _, seconds) delay, paused_at = seconds, here.bench.now end,
            }))
            closed_after = here.bench.now - paused_at
          end, function(modem)
            while not delay or delay < 120 do bench.sleep(1) end
            bench.sleep(10)
            close(modem, session)
          end)
          assert.equal("closed", err.kind)
          assert.is_true(closed_after < 25, closed_after .. " s")
        end)
    end

    it("if on_retry, or progress at the end, calls its own modem", function()
      local here = moves.new()
      here:run(function(session, modem)
        here:fault("drop,bytes=50000")
        local kinds = {}
        assert(moves[direction].start(here, session, { on_retry = function()
          kinds[1] = select(2, modem:at("+CSQ")).kind
          kinds[2] = select(2, moves[direction].start(here, session)).kind
          kinds[3] = select(2, session:get("there")).kind
        end, progress = function(done, total)
          if done < total then return end
          kinds[4] = select(2, modem:at("+CSQ")).kind
          kinds[5] = select(2, moves[direction].start(here, session)).kind
        end }))
        assert.same({ "local", "local", "local", "local", "local" }, kinds)
        assert(modem:at("+CSQ"))
      end)
    end)

    it("if the port is lost", function()
      local here = moves.new()
      local err
      here:run(function(session) err = select(2, moves[direction].start(here, session)) end,
        function()
          bench.sleep(5)
          here.bench.port:fail(5)
        end)
      assert.equal("port", err.kind)
    end)
  end)

  describe(direction .. " gives up", function()
    it("after so many failures in a row", function()
      local delays = {}
      local report, err, here = moves.run(direction, nil, { "drop,command=WORD,times=0" }, {
        retries = 5, on_retry = function(_, _, delay) delays[#delays + 1] = delay end,
      })
      assert.is_nil(report)
      assert.equal(6, err.attempts)
      assert.equal(5, #delays)
      for i = 2, 5 do assert.is_true(delays[i] > delays[i - 1]) end
      assert.is_nil(moves[direction].result(here))
    end)

    it("after hours at most, if nothing helps", function()
      local report, err, here = moves.run(direction, nil, { "hang,bytes=50000" })
      assert.is_nil(report)
      assert.equal("timeout", err.kind)
      assert.is_true(here.bench.now < 4 * 3600, here.bench.now)
    end)

    for what, fault in pairs {
      ["in the middle of the payload"] = "hang,bytes=50000",
      ["while it waits to try again"] = "drop,command=WORD,times=0",
      ["while it waits for a login"] = "silence,command=QFTPOPEN,times=0",
    } do
      -- The link has failed, so that failure is the error.
      it("at its deadline, " .. what, function()
        local faults = { fault }
        if fault:find("OPEN") then faults[2] = "drop,bytes=50000" end
        local here = moves.new()
        local report, err, took
        here:run(function(session, modem)
          for _, each in ipairs(faults) do moves.fault(here, direction, each) end
          local started = modem.core:now()
          report, err = moves[direction].start(here, session, { deadline = 60 })
          took = modem.core:now() - started
        end)
        assert.is_nil(report)
        local is_link = err.kind == "timeout" or err.kind == "error" or err.code == 609
        assert.is_true(is_link, tostring(err))
        assert.is_true(took <= 60.1, took)
      end)
    end

    it("at its deadline on a link that is too slow", function()
      local here = moves.new { baudrate = 9600 }
      local err, took
      here:run(function(session, modem)
        local started = modem.core:now()
        err = select(2, moves[direction].start(here, session, { deadline = 30 }))
        took = modem.core:now() - started
        assert(modem:at("+CSQ")) -- which has no deadline any more
      end, function(modem)
        bench.sleep(5)
        assert(modem:at("+CSQ", { timeout = 100 })) -- and this one never had it
        assert.is_number(took)
      end)
      assert.equal("deadline", err.kind)
      assert.equal("+" .. moves[direction].word, err.command)
      assert.matches("the deadline has passed: allow more time", tostring(err))
      assert.is_true(err.transferred > 10000, err.transferred)
      assert.is_true(took >= 29.9 and took <= 30.1, took)
      assert.is_nil(moves[direction].result(here))
    end)
  end)
end
