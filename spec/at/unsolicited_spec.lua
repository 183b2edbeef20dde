-- The engine: a module may say anything between any two lines. What is no reply costs
-- nothing, and is handed on.

local Call = require "bg96.ftp.call"
local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"

-- Lines that modules say by themselves, of words known to the driver or not.
local lines = {
  "+CREG: 1", '+CEREG: 1,"5650","29A7DF4",8', "+CGEV: NW DETACH", '+QIND: "csq",20,99',
  "+QIND: SMS DONE", "+CIEV: 2,4", "^DSCI: 1,0,3", "^RFSTS: 1,2", '+QGPSURC: "fix"', "+QUSIM: 1",
  "+CPIN: READY", '+CMTI: "SM",1', "RING", "+QPSMTIMER: 3600,120", "+UNKNOWN: 5", "%HCSQ: 1",
}

-- Final result codes of another program's commands, or of a caller.
local foreign = { "ERROR", "OK", "NO CARRIER", "+CME ERROR: 100", "+CMS ERROR: 500" }

local function framed(line) return "\r\n" .. line .. "\r\n" end

-- Runs job(session, modem) against a script. Returns the unsolicited lines by text.
local function run(steps, options, job)
  local peer = Script.new(steps)
  local bench = Bench.new { peer = peer, read_size = options.read_size }
  local seen = {}
  bench:run(function(modem)
    for _, prefix in ipairs(options.prefixes or {}) do
      modem:on(prefix, function(line) seen[#seen + 1] = line end)
    end
    modem.bench = bench
    job(Session.new(modem, 95), modem)
    if options.is_lost then return end -- the script knows no "+++"
    assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ")) -- and nothing is left for the next call
  end, function() if options.beside then options.beside(bench) end end)
  return seen, bench, peer
end

local last = { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }

local text = "a.txt\r\nb.txt\r\n"

-- How modules write a result line of a listing.
local results = { "+QFTPNLST: 0,%d", "+QFTPNLST: 0, %d", "+QFTPNLST:0,%d", "+QFTPNLST: 0,%d " }

-- A listing whose end is made of `parts`: OK and result line stand among them.
local function list(parts, count, options)
  local result
  local answer = "\r\nCONNECT\r\n" .. text .. table.concat(parts)
  local steps = {
    { 'AT+QFTPNLST=".","COM:"', answer },
    { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#text) }, last,
  }
  local seen, bench = run(steps, options or {}, function(session)
    result = assert(session:nlst("."))
  end)
  assert.same({ "a.txt", "b.txt" }, result, table.concat(parts))
  assert.is_true(bench.now < 5, ("%s: %.1f s"):format(table.concat(parts), bench.now))
  if options and options.prefixes then assert.equal(count, #seen, table.concat(parts)) end
end

describe("a listing", function()
  for _, size in ipairs { 4096, 1 } do
    it(("ends whatever is said between OK and its result, %d bytes a read"):format(size), function()
      for _, line in ipairs(lines) do
        local options = { read_size = size, prefixes = { line:match("^[^: ]+") } }
        for _, form in ipairs(results) do
          local result = framed(form:format(#text))
          list({ framed("OK"), framed(line), result }, 1, options)
          list({ framed("OK"), framed(line), framed(line), result, framed(line) }, 3, options)
          list({ framed("OK"), line .. "\r\n", form:format(#text), "\r\n" }, 1, options)
        end
      end
    end)

    it(("ends whatever final result code is another's, %d bytes a read"):format(size), function()
      for _, code in ipairs(foreign) do
        for _, form in ipairs(results) do
          local result = framed(form:format(#text))
          list({ framed("OK"), framed(code), result }, 0, { read_size = size })
          list({ framed("OK"), framed("RING"), framed(code), result }, 0, { read_size = size })
        end
      end
    end)
  end

  it("has what is said before OK where its word is known", function()
    for _, line in ipairs { "+CREG: 1", "RING", "+CGEV: NW DETACH" } do
      list({ framed(line), framed("OK"), framed(results[1]:format(#text)) }, 1,
        { prefixes = { line:match("^[^: ]+") } })
    end
  end)

  it("takes empty lines as they come", function()
    for _, before in ipairs { "\r\n", "\r\n\r\n" } do
      for _, between in ipairs { "", "\r\n", "\r\n\r\n\r\n" } do
        list({ before, "OK\r\n", between, results[1]:format(#text), "\r\n" }, 0)
      end
    end
  end)

  -- The line that is said behind the result must not keep the listing from its end.
  for _, every in ipairs { 0.2, 2, 5 } do
    it(("ends where such a line comes every %g s, also before its result"):format(every), function()
      local steps = {
        { 'AT+QFTPNLST=".","COM:"', "\r\nCONNECT\r\n" .. text .. framed("OK") },
        { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#text) }, last,
      }
      local result
      local function chatter(bench)
        for i = 1, math.ceil(20 / every) do
          bench.sleep(every)
          bench.peer:say(framed('+QIND: "csq",20,99'), bench.now)
          if i == math.ceil(10 / every) then
            bench.peer:say(framed(results[1]:format(#text)), bench.now)
          end
        end
      end
      local options = { prefixes = { "+QIND" }, beside = chatter }
      local seen = run(steps, options, function(session, modem)
        result = assert(session:nlst("."))
        assert.is_true(modem.bench.now < 12, modem.bench.now)
        modem.bench.sleep(20)
        modem:poll()
      end)
      assert.same({ "a.txt", "b.txt" }, result)
      assert.equal(math.ceil(20 / every), #seen)
    end)
  end

  it("without a result ends in its silence, such a line every 2 s", function()
    local steps = { { 'AT+QFTPNLST=".","COM:"', "\r\nCONNECT\r\n" .. text .. framed("OK") } }
    local function chatter(bench)
      for _ = 1, 100 do
        bench.sleep(2)
        bench.peer:say(framed("+CREG: 1"), bench.now)
      end
    end
    run(steps, { beside = chatter, is_lost = true }, function(session, modem)
      local names, err = session:nlst(".")
      assert.is_nil(names)
      assert.equal("timeout", err.kind)
      assert.is_true(modem.bench.now < 97, modem.bench.now)
      assert.equal(#text, err.transferred)
    end)
  end)

  it("hands none of it to a sink", function()
    for _, line in ipairs(lines) do
      local got = {}
      run({
        { 'AT+QFTPLIST=".","COM:"', "\r\nCONNECT\r\n" .. text .. framed("OK") .. framed(line)
          .. framed(("+QFTPLIST: 0,%d"):format(#text)) },
        { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#text) }, last,
      }, {}, function(session)
        assert(session:list(".", { sink = function(chunk)
          got[#got + 1] = chunk
          return 1
        end }))
      end)
      assert.equal(text, table.concat(got))
    end
  end)
end)

describe("a download from a server without SIZE", function()
  it("ends whatever is said between OK and its result", function()
    for _, line in ipairs(lines) do
      for _, form in ipairs { "+QFTPGET: 0,%d", "+QFTPGET: 0, %d ", "+QFTPGET:0,%d" } do
        local content
        run({
          { 'AT+QFTPSIZE="f"', "\r\nOK\r\n\r\n+QFTPSIZE: 620,500\r\n" },
          { 'AT+QFTPGET="f","COM:",0', "\r\nCONNECT\r\n" .. text .. framed("OK") .. framed(line)
            .. framed(form:format(#text)) },
          { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#text) }, last,
        }, {}, function(session) content = assert(session:get("f")) end)
        assert.equal(text, content)
      end
    end
  end)
end)

describe("a download of known length", function()
  it("ends whatever is said behind its payload", function()
    for _, line in ipairs(lines) do
      for _, code in ipairs(foreign) do
        local content
        run({
          { 'AT+QFTPSIZE="f"', ("\r\nOK\r\n\r\n+QFTPSIZE: 0,%d\r\n"):format(#text) },
          { ('AT+QFTPGET="f","COM:",0,%d'):format(#text), "\r\nCONNECT\r\n" .. text .. framed(line)
            .. framed("OK") .. framed(line) .. framed(code) .. framed(line)
            .. framed(("+QFTPGET: 0,%d"):format(#text)) .. framed(line) }, last,
        }, {}, function(session) content = assert(session:get("f")) end)
        assert.equal(text, content)
      end
    end
  end)
end)

-- Calls with a result line behind OK, and what each gives.
local calls = {
  { 'AT+QFTPSIZE="f"', "+QFTPSIZE: 0,7", function(session) return session:size("f") end, 7 },
  { "AT+QFTPPWD", '+QFTPPWD: 0,"/d"', function(session) return session:pwd() end, "/d" },
  { 'AT+QFTPCWD="d"', "+QFTPCWD: 0,0", function(session) return session:cwd("d") end, true },
  { "AT+QFTPSTAT", "+QFTPSTAT: 0,1", function(session) return session:stat() end, "idle" },
  { "AT+QFTPCLOSE", "+QFTPCLOSE: 0,0", function(session)
    return Call.run(session.modem, session.modem.core:request(5000, "+QFTPCLOSE"))
  end, true },
}

describe("a call with a result", function()
  for _, size in ipairs { 4096, 1 } do
    it(("is not disturbed at any place, %d bytes a read"):format(size), function()
      for _, call in ipairs(calls) do
        for _, line in ipairs(lines) do
          local said = framed(line)
          for place = 0, 3 do
            local parts = { framed("OK"), framed(call[2]) }
            if place < 3 then table.insert(parts, place + 1, said) end
            if place == 3 then parts = { said, said, framed("OK"), said, framed(call[2]), said } end
            local options = { read_size = size, prefixes = { line:match("^[^: ]+") } }
            local seen = run({ { call[1], table.concat(parts) }, last }, options, function(session)
              assert.equal(call[4], call[3](session))
            end)
            assert.equal(place == 3 and 4 or 1, #seen, table.concat(parts))
          end
        end
      end
    end)
  end

  it("is not ended by a final result code of another's behind its OK", function()
    for _, call in ipairs(calls) do
      for _, code in ipairs(foreign) do
        local answer = framed("OK") .. framed("RING") .. framed(code) .. framed(call[2])
        run({ { call[1], answer }, last }, {}, function(session)
          assert.equal(call[4], call[3](session), answer)
        end)
      end
    end
  end)

  it("is not ended by a caller before its OK", function()
    for _, call in ipairs(calls) do
      local answer = framed("RING") .. framed("NO CARRIER") .. framed("OK") .. framed(call[2])
      run({ { call[1], answer }, last }, {}, function(session)
        assert.equal(call[4], call[3](session), answer)
      end)
    end
  end)

  -- A result of another command belongs to nobody.
  it("leaves a result line that comes late to nobody", function()
    local answer = framed("+QFTPOPEN: 0,0") .. framed("OK") .. framed("+QFTPGET: 0,5")
      .. framed("+QFTPSIZE: 0,7")
    run({ { 'AT+QFTPSIZE="f"', answer }, last }, {}, function(session, modem)
      assert.equal(7, session:size("f"))
      modem.bench.peer:say(framed("+QFTPOPEN: 0,0"), modem.bench.now)
      modem.bench.sleep(1)
    end)
  end)
end)

describe("modem:at", function()
  local function at(command, answer, expected)
    run({ { "AT" .. command, answer }, last }, {}, function(_, modem)
      assert.same(expected, modem:at(command), answer)
    end)
  end

  it("gives the replies of its command's word alone", function()
    for _, line in ipairs(lines) do
      if not line:find("+CPIN", 1, true) then
        at("+CSQ", framed(line) .. framed("+CSQ: 1,99") .. framed(line) .. framed("OK"),
          { "+CSQ: 1,99" })
        at("+CGMM", framed(line) .. framed("BG96") .. framed(line) .. framed("OK"), { "BG96" })
      end
    end
    at("+CSQ", framed("+QFTPGET: 0,5") .. framed("+CSQ: 1,99") .. framed("OK"), { "+CSQ: 1,99" })
    at("+CGSN", framed("+QFTPOPEN: 0,0") .. framed("8612345") .. framed("OK"), { "8612345" })
    at("+CGMM", framed("NO CARRIER") .. framed("BG96") .. framed("OK"), { "BG96" })
  end)

  it("gives the replies of every command on a line", function()
    for _, command in ipairs { "+CSQ;+CREG?", "+csq;+creg?", "E0;+CSQ;+CREG?" } do
      at(command, framed("+CSQ: 1,99") .. framed("+CREG: 1") .. framed("+CREG: 0,1")
        .. framed("OK"), { "+CSQ: 1,99", "+CREG: 0,1" })
    end
    at('+QFLST="a;+CSQ"', framed('+QFLST: "a;+CSQ",5') .. framed("+CSQ: 1,99") .. framed("OK"),
      { '+QFLST: "a;+CSQ",5' })
    at("+CGMI;+CSQ;+CGSN", framed("Quectel") .. framed("+CSQ: 1,99") .. framed("861")
      .. framed("OK"), { "Quectel", "+CSQ: 1,99", "861" })
  end)

  it("tells a registration that was asked for from one that comes by itself", function()
    for _, word in ipairs { "+CREG", "+CGREG", "+CEREG" } do
      for _, own in ipairs { ": 1", ': 5,"5650","29A7DF4",8' } do
        for _, reply in ipairs { ": 0,1", ": 2,5,\"5650\",\"29A7DF4\",8", ":0, 1 " } do
          at(word .. "?", framed(word .. own) .. framed(word .. reply) .. framed("OK"),
            { word .. reply })
        end
      end
      at(word .. "=?", framed(word .. ": 1") .. framed(word .. ": (0-2)") .. framed("OK"),
        { word .. ": (0-2)" })
    end
  end)
end)

describe("a number", function()
  -- What is none must never count as 0, or as the part of it that is one.
  local garbled = {
    "+QFTPSIZE: 0,", "+QFTPSIZE: 0, ", "+QFTPSIZE: ", "+QFTPSIZE:", "+QFTPSIZE: ,", "+QFTPSIZE: ,7",
    "+QFTPSIZE: 0,-7", "+QFTPSIZE: 0,+7", "+QFTPSIZE: 0,7x", "+QFTPSIZE: 0,0x7", "+QFTPSIZE: 0,7,",
    "+QFTPSIZE: 0,7 8", '+QFTPSIZE: 0,"7"', "+QFTPSIZE: 0,99999999999999999999",
    "+QFTPSIZE: 0,9223372036854775808", "+QFTPSIZE: -0,7", "+QFTPSIZE: 0;7", "+QFTPSIZE: 0,\0",
    "+QFTPSIZE: 0,7\0",
  }
  for _, line in ipairs(garbled) do
    it(("is an error where it is garbled: %q"):format(line), function()
      for _, call in ipairs { "size", "get" } do
        run({ { 'AT+QFTPSIZE="f"', framed("OK") .. framed(line) }, last }, {}, function(session)
          local value, err = session[call](session, "f")
          assert.is_nil(value)
          assert.equal("framing", err.kind, tostring(err))
        end)
      end
    end)
  end

  it("is right with the blanks of any module", function()
    for _, line in ipairs { "+QFTPSIZE: 0,7", "+QFTPSIZE:0,7", "+QFTPSIZE: 0, 7", "+QFTPSIZE: 0,7 ",
      "+QFTPSIZE:  0 , 7  ", "+QFTPSIZE: 7" } do
      run({ { 'AT+QFTPSIZE="f"', framed("OK") .. framed(line) }, last }, {}, function(session)
        assert.equal(7, session:size("f"), line)
      end)
    end
  end)

  local puts = { "0,", "0,-3", "0,3x", "0,", "", "0,99999999999999999999" }
  for _, count in ipairs(puts) do
    it(("of an upload is an error where it is garbled: %q"):format(count), function()
      run({
        { 'AT+QFTPPUT="f","COM:",0,3,1', "\r\nCONNECT\r\n", payload = 3,
          finally = framed("OK") .. framed("+QFTPPUT: " .. count) }, last,
      }, {}, function(session)
        local value, err = session:put("f", "abc")
        assert.is_nil(value)
        assert.equal("framing", err.kind, tostring(err))
      end)
    end)
  end
end)

describe("a download of lines that a module could say itself", function()
  local content = framed("+LOG: 12345678"):rep(100)

  -- `pause` seconds between two lines; the payload goes on behind each.
  local function get(pause)
    local chunks, data, err = {}, nil, nil
    local function link(bench)
      while bench.peer.at < 3 do bench.sleep(0.1) end -- CONNECT
      for line in content:gmatch("\r\n[^\r]*\r\n") do
        bench.peer:say(line, bench.now)
        bench.sleep(pause)
      end
      bench.peer:say(("\r\nOK\r\n\r\n+QFTPGET: 0,%d\r\n"):format(#content), bench.now)
    end
    run({
      { 'AT+QFTPSIZE="f"', ("\r\nOK\r\n\r\n+QFTPSIZE: 0,%d\r\n"):format(#content) },
      { ('AT+QFTPGET="f","COM:",0,%d'):format(#content), "\r\nCONNECT\r\n" },
    }, { beside = link, is_lost = true }, function(session)
      data, err = session:get("f", { sink = function(chunk)
        chunks[#chunks + 1] = chunk or ""
        return true
      end })
    end)
    return data, err, table.concat(chunks)
  end

  it("is whole at the speed of any line", function()
    local count, _, got = get(0.02)
    assert.equal(#content, count)
    assert.equal(content, got)
  end)

  it("never misses some of them where they come one by one", function()
    local count, err, got = get(0.3)
    assert.is_nil(count)
    assert.equal("framing", err.kind)
    assert.equal(content:sub(1, #got), got)
  end)
end)
