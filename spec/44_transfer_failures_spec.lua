-- What may go wrong under session:upload and session:download, one thing at a time,
-- on a virtual clock: either the whole file is there, or an error says why not and
-- what was there before still is.

local bench = require "spec.support.transfer_bench"

local SIZE = 100000
local data = bench.data(SIZE)
local place

local function new(options)
  place = bench.new(options)
  place.server:put("/there", data)
  return place
end

after_each(function()
  if place then place:remove() end
  place = nil
end)

local moves = {
  upload = {
    start = function(here, session, options)
      if not here:read("here") then here:write("here", data) end
      return session:upload(here:path("here"), "copy", options)
    end,
    result = function(here) return here.server:get("/copy") end,
    word = "QFTPPUT",
    left_over = function(here) return #here:remote_files() - 2 + #here:files() - 1 end,
  },
  download = {
    start = function(here, session, options)
      return session:download("there", here:path("copy"), options)
    end,
    result = function(here) return here:read("copy") end,
    word = "QFTPGET",
    left_over = function(here) return #here:remote_files() - 1 + #here:files() - 1 end,
  },
}

-- Runs a move with faults that are set once the session is open.
local function move(direction, options, faults, transfer_options)
  local here = new(options)
  local report, err
  here:run(function(session, modem)
    for _, fault in ipairs(faults) do here:fault((fault:gsub("WORD", moves[direction].word))) end
    report, err = moves[direction].start(here, session, transfer_options)
    assert.equal(0, modem.core:queue_length())
    if report then assert.equal("/", session:pwd()) end
  end)
  return report, err, here
end

for _, direction in ipairs { "upload", "download" } do
  describe(direction .. " gets through", function()
    local function it_heals(what, faults, options, transfer_options)
      it(what, function()
        local report, err, here = move(direction, options, faults, transfer_options)
        assert.is_table(report, tostring(err))
        assert.is_true(moves[direction].result(here) == data)
        assert.equal(0, moves[direction].left_over(here))
        assert.equal(SIZE, report.bytes)
        assert.is_true(report.attempts >= 2)
        assert.is_true(report.seconds < 900, report.seconds)
      end)
    end

    for _, how in ipairs { "carrier", "result", "silence" } do
      local function drop(trigger) return { ("drop,%s,how=%s"):format(trigger, how) } end
      it_heals("a link lost in the middle, how=" .. how, drop "bytes=50000")
      it_heals("a link lost with the first byte, how=" .. how, drop "bytes=1")
      it_heals("a link lost with the last byte but one, how=" .. how, drop "bytes=99999")
      it_heals("a link lost between two pieces, how=" .. how, drop "bytes=65536", nil,
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
    it_heals("615 and a module that is busy until CLOSE",
      { "result,command=WORD,cme=615" }, { quirks = { "sync-615" } })

    it("a server that restarts", function()
      local here = new()
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
      local report, err, here = move(direction, nil, { direction == "download"
        and "byte,at=50000,how=lost" or "byte,at=300,how=lost" })
      assert.is_table(report, tostring(err))
      assert.is_true(moves[direction].result(here) == data)
    end)

    it("a byte lost on the serial line, and then the link", function()
      local report, err, here = move(direction, nil,
        { "byte,at=40000,how=lost", "drop,bytes=60000" })
      assert.is_table(report, tostring(err))
      assert.is_true(moves[direction].result(here) == data)
    end)

    it("being killed at any moment, again and again", function()
      for moment = 1, 14 do
        local here = new { seed = moment }
        local function job(session) return moves[direction].start(here, session) end
        local was_killed, report, err = here:run_killed(moment * 0.7, job)
        if was_killed then was_killed, report, err = here:run_killed(5 + moment * 0.3, job) end
        if was_killed then report, err = here:run(job) end
        assert.is_table(report, tostring(err))
        assert.is_true(moves[direction].result(here) == data)
        assert.equal(0, moves[direction].left_over(here))
        local most = SIZE * 2 -- a module whose client is gone goes on until the next comes
        assert.is_true(here.server.stored < most, here.server.stored)
        assert.is_true(here.server.retrieved < most, here.server.retrieved)
        here:remove()
      end
    end)
  end)

  describe(direction .. " ends at once", function()
    for what, case in pairs {
      ["with 550, no such file or no right"] = { 627, 550 },
      ["with 553, a name that is not allowed"] = { 630, 553 },
      ["with 530, not logged in"] = { 625, 530 },
      ["with 452, no space on the server"] = { 619, 452 },
      ["with 552, over the quota"] = { 629, 552 },
      ["with 631, TLS refused"] = { 631, 0 },
    } do
      it(what, function()
        local report, err, here = move(direction, nil,
          { ("result,command=WORD,err=%d,protocol=%d"):format(case[1], case[2]) })
        assert.is_nil(report)
        assert.equal("ftp", err.kind)
        assert.equal(case[1], err.code)
        assert.equal(1, err.attempts)
        assert.is_nil(moves[direction].result(here))
      end)
    end

    it("where the SIM is gone", function()
      local report, err = move(direction, nil,
        { "drop,bytes=50000", "result,command=QIACT,cme=10" })
      assert.is_nil(report)
      assert.equal("cme", err.kind)
      assert.equal(10, err.code)
    end)

    it("where the account has been taken away meanwhile", function()
      local here = new()
      local err
      here:run(function(session)
        here:fault("drop,bytes=50000")
        here.server.users = {}
        err = select(2, moves[direction].start(here, session))
      end)
      assert.equal(530, err.protocol)
      assert.is_nil(moves[direction].result(here))
    end)

    it("where the modem is closed", function()
      local here = new()
      local err
      here:run(function(session) err = select(2, moves[direction].start(here, session)) end,
        function(modem)
          bench.sleep(5)
          modem:close()
        end)
      assert.equal("closed", err.kind)
      assert.is_nil(moves[direction].result(here))
    end)

    it("where the session is closed while it waits to try again", function()
      local here = new()
      local err
      here:run(function(session)
        here:fault("drop,command=" .. moves[direction].word .. ",times=0")
        err = select(2, moves[direction].start(here, session, {
          on_retry = function() session.is_closed = true end, -- as session:close() does
        }))
      end)
      assert.equal("closed", err.kind)
      assert.is_true(here.bench.now < 60)
    end)

    it("where the port is lost", function()
      local here = new()
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
      local report, err, here = move(direction, nil, { "drop,command=WORD,times=0" }, {
        retries = 5, on_retry = function(_, _, delay) delays[#delays + 1] = delay end,
      })
      assert.is_nil(report)
      assert.equal(6, err.attempts)
      assert.equal(5, #delays)
      for i = 2, 5 do assert.is_true(delays[i] > delays[i - 1]) end
      assert.is_nil(moves[direction].result(here))
    end)

    it("after hours at most, where nothing helps", function()
      local report, err, here = move(direction, nil, { "hang,bytes=50000" })
      assert.is_nil(report)
      assert.equal("timeout", err.kind)
      assert.is_true(here.bench.now < 4 * 3600, here.bench.now)
    end)

    for what, fault in pairs {
      ["in the middle of the payload"] = "hang,bytes=50000",
      ["while it waits to try again"] = "drop,command=WORD,times=0",
      ["while it waits for a login"] = "silence,command=QFTPOPEN,times=0",
    } do
      it("at its deadline, " .. what, function()
        local faults = { fault }
        if fault:find("OPEN") then faults[2] = "drop,bytes=50000" end
        local here = new()
        local report, err, took
        here:run(function(session, modem)
          for _, each in ipairs(faults) do
            here:fault((each:gsub("WORD", moves[direction].word)))
          end
          local started = modem.core:now()
          report, err = moves[direction].start(here, session, { deadline = 60 })
          took = modem.core:now() - started
        end)
        assert.is_nil(report)
        assert.is_string(err.kind)
        assert.is_true(took <= 60.1, took)
      end)
    end

    it("at its deadline on a link that is too slow", function()
      local here = new { baudrate = 9600 }
      local err, took
      here:run(function(session, modem)
        local started = modem.core:now()
        err = select(2, moves[direction].start(here, session, { deadline = 30 }))
        took = modem.core:now() - started
      end)
      assert.equal("timeout", err.kind)
      assert.matches("deadline", tostring(err))
      assert.is_true(took >= 29.9 and took <= 30.1, took)
      assert.is_nil(moves[direction].result(here))
    end)
  end)

  describe(direction .. " climbs the ladder", function()
    local function commands_of(here, pattern)
      local found = {}
      for _, command in ipairs(here.heart:commands()) do
        if command:find(pattern) then found[#found + 1] = command end
      end
      return found
    end

    it("one rung at a time: login, context, and no restart unasked", function()
      local _, err, here = move(direction, nil, { "drop,command=WORD,times=0" }, { retries = 6 })
      assert.is_table(err)
      local first_open, first_deactivation
      for i, command in ipairs(here.heart:commands()) do
        if command:find("QFTPOPEN") then first_open = first_open and (first_open or i) or i end
        if command:find("QIDEACT=") then first_deactivation = first_deactivation or i end
      end
      assert.is_true(first_open < first_deactivation)
      assert.equal(7, #commands_of(here, "QFTPOPEN"))
      assert.equal(5, #commands_of(here, "QIDEACT="))
      assert.equal(0, #commands_of(here, "CFUN"))
    end)

    it("restarts where it may, three times at most, ten minutes apart", function()
      local times = {}
      local here = new()
      here:run(function(session, modem)
        here:fault("drop,command=" .. moves[direction].word .. ",times=0")
        modem:on("RDY", function() times[#times + 1] = modem.core:now() end)
        local report = moves[direction].start(here, session, { retries = 20, reboot = true })
        assert.is_nil(report)
      end)
      assert.equal(3, #times)
      assert.is_true(times[2] - times[1] >= 600 and times[3] - times[2] >= 600)
    end)

    it("leaves the context alone where the server answers", function()
      local _, _, here = move(direction, nil,
        { "result,command=WORD,err=617,protocol=450,times=0" }, { retries = 5 })
      assert.equal(0, #commands_of(here, "QIDEACT="))
    end)
  end)
end

it("a download is not fooled twice by a payload that looks like a lost link", function()
  local here = new()
  local half = bench.data(50000, 8) .. "\r\nNO CARRIER\r\n"
  here.server:put("/there", half .. bench.data(50000, 9))
  -- A server that pauses for ten seconds, always there.
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

describe("a server without SIZE", function()
  it("gets uploads whole, from the start each time", function()
    local here = new()
    here.server.without.size = true
    here:run(function(session)
      here:fault("drop,bytes=50000")
      assert.equal(0, assert(moves.upload.start(here, session)).resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("gives downloads whole, by the module's own count", function()
    local here = new()
    here.server.without.size = true
    here:run(function(session)
      here:fault("drop,bytes=50000")
      local report = assert(moves.download.start(here, session))
      assert.equal(SIZE, report.bytes)
    end)
    assert.is_true(here:read("copy") == data)
  end)
end)

describe("a server without REST", function()
  for _, direction in ipairs { "upload", "download" } do
    it("makes an " .. direction .. " begin anew each time", function()
      local here = new()
      here.server.without.rest = true
      here:run(function(session)
        here:fault("drop,bytes=50000")
        assert(moves[direction].start(here, session))
      end)
      assert.is_true(moves[direction].result(here) == data)
    end)
  end

  it("gives a file that is longer than a command asks for", function()
    local here = new()
    local long = bench.data(600000)
    here.server:put("/there", long)
    here.server.without.rest = true
    here:run(function(session) assert(moves.download.start(here, session)) end)
    assert.is_true(here:read("copy") == long)
  end)
end)

it("a server without MDTM gives downloads whole, over a drop", function()
  local here = new()
  here.server.without.mdtm = true
  here:run(function(session)
    here:fault("drop,bytes=50000")
    assert(moves.download.start(here, session))
  end)
  assert.is_true(here:read("copy") == data)
end)

describe("a server", function()
  it("that cannot rename gives an error that says what to do", function()
    local here = new()
    here.server.without.rename = true
    here:run(function(session)
      local report, err = moves.upload.start(here, session)
      assert.is_nil(report)
      assert.matches("atomic = false", tostring(err))
      assert.is_nil(here.server:get("/copy"))
      assert(moves.upload.start(here, session, { atomic = false }))
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("that renames over nothing gets the old file deleted first", function()
    local here = new()
    here.server.keeps_names = true
    here.server:put("/copy", "old")
    here:run(function(session) assert(moves.upload.start(here, session)) end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("that loses the link between rename and its result has the file, once", function()
    for _, fault in ipairs { "silence,command=QFTPRENAME,what=result", "silence,command=QFTPRENAME",
      "reset,command=QFTPRENAME" } do
      local report, err, here = move("upload", nil, { fault })
      assert.is_table(report, tostring(err))
      assert.equal(SIZE, here.server.stored)
      assert.is_true(here.server:get("/copy") == data)
      here:remove()
    end
  end)

  it("that is full says so, and a later call goes on from there", function()
    local here = new()
    here.server.quota = 60000
    here:run(function(session)
      local report, err = moves.upload.start(here, session)
      assert.is_nil(report)
      assert.equal(552, err.protocol)
      assert.equal(1, err.attempts)
      assert.is_nil(here.server:get("/copy"))
      here.server.quota = nil
      report = assert(moves.upload.start(here, session))
      assert.is_true(report.resumed >= 49152, report.resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("whose file has become longer than ours is sent all of it anew", function()
    local here = new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local temporary = here:remote_files()[1]
    assert.matches("^copy%.%x+%.part$", temporary)
    here.server:put("/" .. temporary, data .. "tail")
    here:run(function(session)
      assert.equal(0, assert(moves.upload.start(here, session)).resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("whose file has become another is not believed", function()
    local here = new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local temporary = here:remote_files()[1]
    here.server:put("/" .. temporary, bench.data(60000, 7))
    here:run(function(session)
      assert(moves.upload.start(here, session))
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("that does not let files be read back gets what no confirmation is known of anew", function()
    local here = new()
    here:run(function(session)
      here:fault("drop,bytes=50000")
      here:fault("result,command=QFTPGET,err=627,protocol=550,times=0")
      local report = assert(moves.upload.start(here, session))
      assert.equal(49152, report.resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)
end)

describe("a local file", function()
  local function append(path, text)
    local file = assert(io.open(path, "ab"))
    file:write(text)
    file:close()
  end

  for what, change in pairs {
    ["that grows"] = function(path) append(path, "more") end,
    ["that shrinks"] = function(path) os.execute(("truncate -s 70000 '%s'"):format(path)) end,
    ["that is rewritten"] = function(path)
      local file = assert(io.open(path, "wb"))
      file:write(bench.data(SIZE, 3))
      file:close()
    end,
    ["that is removed"] = function(path) os.remove(path) end,
  } do
    for _, atomic in ipairs { true, false } do
      it(("%s while it is sent is an error, atomic = %s"):format(what, tostring(atomic)), function()
        local here = new()
        local report, err
        here:run(function(session)
          report, err = moves.upload.start(here, session, { atomic = atomic })
        end, function()
          bench.sleep(5)
          change(here:path("here"))
        end)
        assert.is_nil(report)
        assert.equal("local", err.kind)
        assert.matches("here", tostring(err))
        if atomic then assert.is_nil(here.server:get("/copy")) end
      end)
    end
  end

  it("that has changed since the last attempt is sent from the start", function()
    local here = new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local other = bench.data(SIZE, 4)
    here:run(function(session)
      local path = here:write("here", other)
      assert.equal(0, assert(session:upload(path, "copy")).resumed)
    end)
    assert.is_true(here.server:get("/copy") == other)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("in a folder that cannot be written to is sent all the same", function()
    local here = new()
    os.execute(("mkdir '%s.upload.new'"):format(here:path("here")))
    here:run(function(session)
      here:fault("drop,bytes=50000")
      assert(moves.upload.start(here, session))
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("on a disk that is full ends a download, and the old file stays", function()
    local here = new()
    here:write("copy", "old")
    os.execute(("ln -s /dev/full '%s'"):format(here:path("copy.part")))
    local report, err
    here:run(function(session) report, err = moves.download.start(here, session) end)
    assert.is_nil(report)
    assert.equal("local", err.kind)
    assert.matches("copy.part", tostring(err), 1, true)
    assert.equal("old", here:read("copy"))
  end)
end)
