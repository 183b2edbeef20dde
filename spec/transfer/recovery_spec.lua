-- The faults that session:upload and session:download survive, one at a time, on a virtual
-- clock: the whole file is there, and nothing else.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

for _, direction in ipairs { "upload", "download" } do
  describe(direction .. " gets through", function()
    local function it_heals(what, faults, options, transfer_options)
      it(what, function()
        local report, err, here = moves.run(direction, options, faults, transfer_options)
        assert.is_table(report, tostring(err))
        assert.is_true(moves[direction].result(here) == data)
        assert.equal(0, moves[direction].left_over(here))
        assert.equal(#data, report.bytes)
        assert.is_true(report.attempts >= 2)
        assert.is_true(report.seconds < 900, report.seconds)
      end)
    end

    for _, how in ipairs { "carrier", "result", "silence" } do
      local function drop(trigger) return { ("drop,%s,how=%s"):format(trigger, how) } end
      it_heals("a link lost in the middle, how=" .. how, drop "bytes=50000")
      it_heals("a link lost with the first byte, how=" .. how, drop "bytes=1")
      it_heals("a link lost with the last byte but one, how=" .. how, drop "bytes=99999")
      it_heals("a link lost between two chunks, how=" .. how, drop "bytes=65536", nil,
        { chunk = 4096 })
    end
    it_heals("a link lost before CONNECT", { "drop,command=WORD" })
    it_heals("a command without an answer", { "silence,command=WORD" })
    it_heals("a result that never comes", { "silence,command=WORD,what=result" })
    it_heals("a session that the module closes", { "drop,bytes=50000,close=yes" })
    it_heals("a data connection that is cut", { "early,bytes=50000" })
    it_heals("a reset in the middle", { "reset,bytes=50000" })
    it_heals("a reset at the command", { "reset,command=WORD" })
    it_heals("a reset at SIZE", { "reset,command=QFTPSIZE" })
    it_heals("a module that hangs until its watchdog wakes it", { "hang,bytes=50000,wake=100" })
    it_heals("a PDP context that is lost in the middle", { "pdp,bytes=50000" })
    it_heals("a PDP context that is lost silently", { "pdp,bytes=50000,how=silence" })
    it_heals("a PDP context that cannot be activated for a while",
      { "pdp,bytes=50000", "result,command=QIACT,cme=30,times=3" })
    it_heals("a late answer", { "late,command=WORD,ms=60000" })

    for reply, code in pairs { [421] = 614, [425] = 615, [426] = 616, [450] = 617, [451] = 618 } do
      it_heals(("%d, twice"):format(reply),
        { ("result,command=WORD,err=%d,protocol=%d,times=2"):format(code, reply) })
    end
    for _, code in ipairs { 606, 623, 625 } do
      for _, command in ipairs { "WORD", "QFTPSIZE" } do
        it_heals(("a session that is gone: %d without a reply of the server, to %s"):format(code,
          command), { "drop,bytes=50000",
            ("result,command=%s,err=%d,protocol=0"):format(command, code) })
      end
    end
    it_heals("615 and a module that is busy until CLOSE",
      { "result,command=WORD,cme=615" }, { quirks = { "sync-615" } })
  end)

  describe(direction .. " also gets through", function()
    it("a server that restarts", function()
      local here = moves.new()
      local report
      here:run(function(session)
        report = assert(moves[direction].start(here, session))
      end, function()
        bench.sleep(5)
        here.server:break_connection()
        here:fault("drop")
        here.server.ports = {}
        bench.sleep(40)
        here.server.ports = { [21] = true }
      end)
      assert.is_true(moves[direction].result(here) == data)
      assert.is_true(report.attempts > 2)
    end)

    it("a byte lost on the serial line", function()
      local report, err, here = moves.run(direction, nil, { direction == "download"
        and "byte,at=50000,how=lost" or "byte,at=300,how=lost" })
      assert.is_table(report, tostring(err))
      assert.is_true(moves[direction].result(here) == data)
    end)

    it("a byte lost on the serial line, and then the link", function()
      local report, err, here = moves.run(direction, nil,
        { "byte,at=40000,how=lost", "drop,bytes=60000" })
      assert.is_table(report, tostring(err))
      assert.is_true(moves[direction].result(here) == data)
    end)

    it("being killed at any moment, again and again", function()
      for moment = 1, 14 do
        local here = moves.new { seed = moment }
        local function job(session) return moves[direction].start(here, session) end
        local was_killed, report, err = here:run_killed(moment * 0.7, job)
        if was_killed then was_killed, report, err = here:run_killed(5 + moment * 0.3, job) end
        if was_killed then report, err = here:run(job) end
        assert.is_table(report, tostring(err))
        assert.is_true(moves[direction].result(here) == data)
        assert.equal(0, moves[direction].left_over(here))
        local most = #data * 2 -- a module whose client is gone goes on until the next comes
        assert.is_true(here.server.stored < most, here.server.stored)
        assert.is_true(here.server.retrieved < most, here.server.retrieved)
      end
    end)
  end)
end

it("a download by small commands continues one by large commands", function()
  local here = moves.new()
  local function job(session) return moves.download.start(here, session) end
  assert.is_true(here:run_killed(6, job))
  local left = #here:read("copy.part")
  assert.is_true(left > 10000)
  local report = here:run(function(session)
    return assert(moves.download.start(here, session, { chunk = 100 }))
  end)
  assert.is_true(moves.download.result(here) == data)
  assert.equal(1, report.attempts)
  assert.is_true(report.resumed > left - 2000)
end)

it("a download is not fooled twice by a payload that looks like a lost link", function()
  local here = moves.new()
  local half = bench.data(50000, 8) .. "\r\nNO CARRIER\r\n"
  here.server:put("/there", half .. bench.data(50000, 9))
  -- A server that always pauses there for ten seconds.
  local start = here.server.start
  here.server.start = function(server, request)
    local operation = start(server, request)
    if request.verb ~= "retrieve" then return operation end
    local position, silent_until = request.offset, nil
    return setmetatable({}, { __newindex = operation, __index = function(_, key)
      if key == "ready" then
        return function()
          local count, since = operation.ready()
          if position < #half then return math.min(count, #half - position), since end
          silent_until = silent_until or server.now + 10
          if server.now < silent_until then return 0, since end
          return count, math.max(since, silent_until)
        end
      elseif key == "read" then
        return function(_, max)
          if position < #half then max = math.min(max, #half - position) end
          local bytes = operation:read(max)
          position = position + #bytes
          return bytes
        end
      end
      return operation[key]
    end })
  end
  local deadline = here.server.deadline
  here.server.deadline = function(server)
    return deadline(server) or server.now + 1
  end
  here:run(function(session)
    local report = assert(moves.download.start(here, session))
    assert.equal(2, report.attempts)
  end)
  assert.is_true(here:read("copy") == here.server:get("/there"))
end)
