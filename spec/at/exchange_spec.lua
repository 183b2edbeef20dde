-- The engine: a reply belongs to its command, whatever else is on the line.

local Bench = require "spec.support.bench"
local Call = require "bg96.ftp.call"
local Script = require "spec.support.script"

local unpack = table.unpack or unpack -- luacheck: std max

local function bench_with(steps, options)
  local peer = Script.new(steps, options)
  return Bench.new { peer = peer, read_size = options and options.read_size }, peer
end

describe("echo", function()
  for _, size in ipairs { 1, 4096 } do
    it(("is not taken for a reply when read %d bytes at a time"):format(size), function()
      local bench = bench_with({
        { "AT+CGMI", "AT+CGMI\r\r\nQuectel\r\n\r\nOK\r\n" },
      }, { read_size = size })
      assert.same({ "Quectel" }, bench:run(function(modem) return modem:at("+CGMI") end))
    end)
  end
end)

describe("unsolicited lines", function()
  it("go to their subscriber and not into a reply", function()
    local bench = bench_with {
      { "AT+CSQ", '\r\n+QIURC: "recv",0\r\n\r\n+CSQ: 20,99\r\n\r\n+QIURC: "recv",1\r\n\r\nOK\r\n' },
    }
    local seen = {}
    local lines = bench:run(function(modem)
      modem:on("+QIURC", function(line) table.insert(seen, line) end)
      return modem:at("+CSQ")
    end)
    assert.same({ "+CSQ: 20,99" }, lines)
    assert.same({ '+QIURC: "recv",0', '+QIURC: "recv",1' }, seen)
  end)

  it("are not replies if they report the end of the FTP session", function()
    local bench = bench_with({
      { "AT+CSQ", "\r\n+QFTPCLOSE: 606,0\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n" },
    })
    bench:run(function(modem) assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ")) end)
  end)

  it("belong to the command that asked for such lines", function()
    local bench = bench_with { { "AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n" } }
    local seen = {}
    local lines = bench:run(function(modem)
      modem:on("+CREG", function(line) table.insert(seen, line) end)
      return modem:at("+CREG?")
    end)
    assert.same({ "+CREG: 0,1" }, lines)
    assert.same({}, seen)
  end)

  it("stay whole if a call ends in the middle of one", function()
    local bench = bench_with {
      { 'AT+QFTPGET="a","COM:",0,3', "\r\n+CME ERROR: 606\r\n\r\n+QIU" },
      { "AT+CSQ", 'RC: "recv",0\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n' },
    }
    local seen = {}
    bench:run(function(modem)
      modem:on("+QIURC", function(line) table.insert(seen, line) end)
      local task = modem.core:download(5000, 5000, "+QFTPGET", "a", 0, 3)
      assert.equal(606, select(2, Call.run(modem, task)).code)
      assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ"))
    end)
    assert.same({ '+QIURC: "recv",0' }, seen)
  end)

  it("stop when the subscription is cancelled", function()
    local bench = bench_with {
      { "AT+CSQ", "\r\n+MY: 1\r\n\r\n+CSQ: 1,2\r\n\r\nOK\r\n" },
      { "AT+CSQ", "\r\n+CSQ: 1,2\r\n\r\nOK\r\n" },
    }
    local seen = {}
    bench:run(function(modem)
      local stop = modem:on("+MY", function(line) table.insert(seen, line) end)
      assert.same({ "+CSQ: 1,2" }, modem:at("+CSQ"))
      stop()
      modem:at("+CSQ")
    end)
    assert.same({ "+MY: 1" }, seen)
  end)

  it("can be subscribed to with 16 different prefixes", function()
    local bench = bench_with {}
    bench:run(function(modem)
      for i = 1, 16 do modem:on("+P" .. i, print) end
      modem:on("+P1", print)
      assert.error_matches(function() modem:on("+P17", print) end, "16 different prefixes")
    end)
  end)
end)

describe("an asynchronous result", function()
  local function stat(answer, options)
    local bench, peer = bench_with({ { "AT+QFTPSTAT", answer } }, options)
    local value, err = bench:run(function(modem)
      modem:clean_up()
      return true
    end)
    return value, err, bench, peer
  end

  it("may come in the same read as OK, or minutes later", function()
    assert.is_true(stat("\r\nOK\r\n\r\n+QFTPSTAT: 0,4\r\n"))
  end)

  it("may come before OK, as section 3.6 shows for QFTPSTAT", function()
    assert.is_true(stat("\r\n+QFTPSTAT: 0,4\r\n\r\nOK\r\n"))
  end)
end)

describe("a timeout", function()
  it("comes at its time on the virtual clock and names the command", function()
    local bench = bench_with { { "AT+COPS=?", "", after = 0 } }
    local lines, err = bench:run(function(modem) return modem:at("+COPS=?", { timeout = 7 }) end)
    assert.is_nil(lines)
    assert.equal("timeout", err.kind)
    assert.equal("+COPS", err.command)
    assert.is_true(bench.now >= 7 and bench.now < 7.1)
  end)

  it("never makes a late reply the next command's", function()
    local bench = bench_with {
      { "AT+CGMI", "\r\nlate Quectel\r\n\r\nOK\r\n", after = 5 },
      { "AT+CGMM", "\r\nBG96\r\n\r\nOK\r\n" },
    }
    bench:run(function(modem)
      local lines, err = modem:at("+CGMI", { timeout = 4.5 })
      assert.is_nil(lines)
      assert.equal("timeout", err.kind)
      assert.same({ "BG96" }, modem:at("+CGMM"))
    end)
  end)

  it("counts from when the call was made, also in the queue", function()
    local bench, peer = bench_with {
      { "AT+COPS=?", "\r\nOK\r\n", after = 8 },
    }
    local failed_at
    bench:run(
      function(modem) assert.same({}, modem:at("+COPS=?", { timeout = 20 })) end,
      function(modem)
        local lines, err = modem:at("+CGMM", { timeout = 3 })
        failed_at = bench.now
        assert.is_nil(lines)
        assert.equal("timeout", err.kind)
        assert.equal("+CGMM", err.command)
      end)
    assert.is_true(failed_at >= 3 and failed_at < 3.1)
    assert.same({ "AT+COPS=?" }, peer:own_commands())
  end)
end)

describe("a line", function()
  -- Nothing reads the port while no call runs.
  for what, line in pairs { ["a restart"] = "RDY", ["a final result code"] = "ERROR" } do
    it("that came before a call is not part of it: " .. what, function()
      local bench = bench_with { { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" } }
      bench:run(function(modem)
        assert(modem:at(""))
        bench.peer:say("\r\n" .. line .. "\r\n", bench.now)
        bench.sleep(1)
        assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ"))
      end)
    end)
  end
end)

describe("calls of several coroutines", function()
  it("run first in, first out", function()
    local steps, order, jobs = {}, {}, {}
    for i = 1, 20 do
      steps[i] = { "AT+JOB=" .. i, "\r\nOK\r\n", after = 0.1 }
      jobs[i] = function(modem)
        assert(modem:at("+JOB=" .. i))
        order[#order + 1] = i
      end
    end
    local bench = bench_with(steps)
    bench:run(unpack(jobs))
    local expected = {}
    for i = 1, 20 do expected[i] = i end
    assert.same(expected, order)
    assert.equal(0, bench.modem.core:queue_length())
  end)
end)

describe("a port that fails", function()
  it("ends the running call and all later ones at once, with errno", function()
    local bench = bench_with({ { "AT+COPS=?", "", after = 0 } })
    local ended_at
    bench:run(
      function(modem)
        local lines, err = modem:at("+COPS=?", { timeout = 60 })
        ended_at = bench.now
        assert.is_nil(lines)
        assert.equal("port", err.kind)
        assert.equal(5, err.code)
        assert.equal("+COPS", err.command)
        local _, again = modem:at("+CSQ")
        assert.equal("port", again.kind)
      end,
      function()
        coroutine.yield(-1, nil, 3)
        bench.port:fail(5)
        bench.peer:say("!", bench.now)
      end)
    assert.is_true(ended_at < 3.1)
  end)
end)

describe("the trace", function()
  local function traced(steps, calls)
    local bench = bench_with(steps)
    bench:run(calls)
    return table.concat(bench.trace, "\n")
  end

  it("shows both directions", function()
    local text = traced({ { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" } },
      function(modem) modem:at("+CSQ") end)
    assert.matches("> AT%+CSQ\n< %+CSQ: 20,99\n< OK", text)
  end)

  it("shows no secret: not in a command, its echo, nor a query's answer", function()
    local text = traced({
      { 'AT+QFTPCFG="account","joe","s3cret"',
        'AT+QFTPCFG="account","joe","s3cret"\r\r\n'
          .. '+QFTPCFG: "account","joe","s3cret"\r\n\r\nOK\r\n' },
      { "AT+CPIN=1234", "\r\nOK\r\n" },
      { 'AT+QICSGP=1,1,"apn","joe","s3cret",1', "\r\nOK\r\n" },
      { "AT+QICSGP=1", '\r\n+QICSGP: 1,"apn","joe","s3cret",1\r\n\r\nOK\r\n' },
    }, function(modem)
      modem:at('+QFTPCFG="account","joe","s3cret"')
      modem:at("+CPIN=1234")
      modem:at('+QICSGP=1,1,"apn","joe","s3cret",1')
      modem:at("+QICSGP=1")
    end)
    assert.is_nil(text:find("s3cret", 1, true))
    assert.is_nil(text:find("1234", 1, true))
    assert.is_nil(text:find("joe", 1, true))
    assert.matches('> AT%+QFTPCFG="account",%*%*%*', text)
    assert.matches('< %+QFTPCFG: "account",%*%*%*', text)
    assert.matches('> AT%+QICSGP=1,1,"apn",%*%*%*', text)
  end)

  -- A byte lost, doubled or flipped on the line must not reveal a secret.
  local lines = {
    { 'AT+QFTPCFG="account"', '+QFTPCFG: "account","joe","s3cret"' },
    { 'AT+QFTPCFG="account","joe","s3cret"', 'AT+QFTPCFG="account","joe","s3cret"' },
    { "AT+QICSGP=1", '+QICSGP: 1,"apn","joe","s3cret",1' },
  }
  for _, case in ipairs(lines) do
    it("shows no secret of a damaged line: " .. case[2], function()
      local command, line = case[1], case[2]
      for i = 1, #line - #'","s3cret"' do
        for _, byte in ipairs { "", line:sub(i, i):rep(2), "\1" } do
          local damaged = line:sub(1, i - 1) .. byte .. line:sub(i + 1)
          local text = traced({ { command, "\r\n" .. damaged .. "\r\n\r\nOK\r\n" } },
            function(modem) modem:at(command:sub(3)) end)
          local shown = text:gsub("> [^\n]*", "")
          assert.is_nil(shown:find("s3cret", 1, true), damaged)
        end
      end
    end)
  end
end)
