-- A trace of bg96-ftp -v played back as a module.

local emulated = require "spec.support.module"
local replay = require "bg96.emulator.replay"
local replayed = require "spec.support.replayed"

local function lines(...)
  return table.concat({ ... }, "\n") .. "\n"
end

-- A player, and a function that sends bytes to it and returns its answer until `now`.
local function start(text, options)
  local player = replay.new(text, options)
  local now = 100
  player:tick(now)
  return player, function(bytes, seconds)
    if bytes ~= "" then player:feed(bytes, now) end
    now = now + (seconds or 0)
    return player:take(now)
  end
end

local function failure(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return message
end

describe("a replay", function()
  it("answers the commands of the trace", function()
    local player, at = start(lines("> AT", "< OK", "> AT+CSQ", "< +CSQ: 24,0", "< OK"))
    assert.equal("\r\nOK\r\n", at("AT\r"))
    assert.equal("\r\n+CSQ: 24,0\r\n\r\nOK\r\n", at("AT+CSQ\r"))
    assert.is_nil(player:left())
    assert.same({ "AT", "AT+CSQ" }, player:commands())
  end)

  it("keeps the times of the trace", function()
    local player, at = start(lines("  5.000 > AT+QFTPOPEN=\"a\",21", "  5.010 < OK",
      "  7.500 < +QFTPOPEN: 0,0"))
    assert.equal("", at('AT+QFTPOPEN="a",21\r'))
    assert.equal(100.01, player:deadline())
    assert.equal("\r\nOK\r\n", at("", 0.01))
    assert.equal("", at("", 2.48))
    assert.equal("\r\n+QFTPOPEN: 0,0\r\n", at("", 0.011))
    assert.is_nil(player:deadline())
  end)

  it("begins with what the module says by itself", function()
    local _, at = start(lines("  1.0 < RDY", "  2.0 < APP RDY", "  2.5 > AT", "  2.5 < OK"))
    assert.equal("\r\nRDY\r\n", at(""))
    assert.equal("\r\nAPP RDY\r\n", at("", 1))
  end)

  it("makes up a download of the traced length, spread over its time", function()
    local player, at = start(lines('  0.0 > AT+QFTPGET="a","COM:",0,100', "  1.0 < CONNECT",
      "  3.0 < (100 bytes of payload)", "  3.0 < OK", "  3.0 < +QFTPGET: 0,100"))
    assert.equal("\r\nCONNECT\r\n", at('AT+QFTPGET="a","COM:",0,100\r', 1))
    local half = at("", 1)
    assert.equal(50, #half)
    local rest = at("", 1.001)
    assert.equal(("0123456789abcdef"):rep(7):sub(1, 100), half .. rest:sub(1, 50))
    assert.equal("\r\nOK\r\n\r\n+QFTPGET: 0,100\r\n", rest:sub(51))
    assert.is_nil(player:left())
  end)

  it("takes an upload of the traced length, whatever is in it", function()
    local player, at = start(lines('> AT+QFTPPUT="a","COM:",0,10,1', "< CONNECT",
      "> (10 bytes of payload)", "< OK", "< +QFTPPUT: 0,10"))
    assert.equal("\r\nCONNECT\r\n", at('AT+QFTPPUT="a","COM:",0,10,1\r'))
    assert.equal("", at("\rAT\r+++"))
    assert.equal("\r\nOK\r\n\r\n+QFTPPUT: 0,10\r\n", at("789"))
    assert.is_nil(player:left())
  end)

  it("takes +++, behind which there is no CR", function()
    local _, at = start(lines("> +++", "< OK", "> ATO", "< NO CARRIER"))
    assert.equal("\r\nOK\r\n", at("+++"))
    assert.equal("\r\nNO CARRIER\r\n", at("ATO\r"))
  end)

  it("echoes where the trace has an echo, what has come now", function()
    local _, at = start(lines('> AT+QFLST="1d9d7e9d309a1875"', '< AT+QFLST="1d9d7e9d309a1875"',
      "< ERROR"))
    assert.equal('AT+QFLST="ffffffff00000000"\r\r\nERROR\r\n', at('AT+QFLST="ffffffff00000000"\r'))
  end)

  it("uses the names that the driver has made up in this run", function()
    local _, at = start(lines('> AT+QFTPSIZE="a.0ac1e3fd.part"', "< OK", "< +QFTPSIZE: 0,5",
      '> AT+QFLST="bg96_01234567.tmp"', '< +QFLST: "bg96_01234567.tmp",5', "< OK"))
    assert.equal("\r\nOK\r\n\r\n+QFTPSIZE: 0,5\r\n", at('AT+QFTPSIZE="a.11111111.part"\r'))
    assert.equal('\r\n+QFLST: "bg96_aaaaaaaa.tmp",5\r\n\r\nOK\r\n',
      at('AT+QFLST="bg96_aaaaaaaa.tmp"\r'))
  end)

  it("takes any secret for a masked one", function()
    local player, at = start(lines('> AT+QFTPCFG="account",***', "< OK"))
    assert.equal("\r\nOK\r\n", at('AT+QFTPCFG="account","joe","s3cret"\r'))
    assert.is_nil(player:left())
  end)

  it("plays what was shown with escapes", function()
    local _, at = start(lines("> AT+X", "< a\\x00b\\xff", "< OK"))
    assert.equal("\r\na\0b\255\r\n\r\nOK\r\n", at("AT+X\r"))
  end)

  it("takes the checksums of the flash from the payload of this run", function()
    local player, at = start(lines('> AT+QFUPL="a",4,60', "< CONNECT", "> (4 bytes of payload)",
      "< +QFUPL: 4,abcd", "< OK", '> AT+QFDWL="a"', "< CONNECT", "< (5 bytes of payload)",
      "< +QFDWL: 5,1234", "< OK"))
    at('AT+QFUPL="a",4,60\r')
    assert.equal("\r\n+QFUPL: 4,0206\r\n\r\nOK\r\n", at("abcd"))
    assert.equal("\r\nCONNECT\r\n\18\52\0\0\0\r\n+QFDWL: 5,1234\r\n\r\nOK\r\n",
      at('AT+QFDWL="a"\r'))
    assert.is_nil(player:left())
  end)

  it("drops the rest of an upload that ended early", function()
    local player, at = start(lines('> AT+QFTPPUT="a","COM:",0,40,1', "< CONNECT",
      "> (10 bytes of payload)", "< OK", "< +QFTPPUT: 605,426", "> AT+QFTPSTAT", "< OK",
      "< +QFTPSTAT: 0,4"))
    at('AT+QFTPPUT="a","COM:",0,40,1\r')
    assert.equal("\r\nOK\r\n\r\n+QFTPPUT: 605,426\r\n", at("0123456789abc\rdef"))
    assert.equal("\r\nOK\r\n\r\n+QFTPSTAT: 0,4\r\n", at("ghiAT+QFTPSTAT\r"))
    assert.is_nil(player:left())
  end)
end)

describe("a strict replay", function()
  it("ends where another command comes, and shows both", function()
    local _, at = start(lines("> AT", "< OK", "> AT+CSQ"), { name = "a.trace" })
    at("AT\r")
    assert.equal("a.trace:3: expected: > AT+CSQ\n  but it came: > AT+CEREG?",
      failure(at, "AT+CEREG?\r"))
  end)

  it("shows no secret of what came", function()
    local player, at = start(lines("> AT"))
    assert.is_nil(failure(at, 'AT+QFTPCFG="account","joe","s3cret"\r'):find("s3cret"))
    assert.matches("%*%*%*$", player.failure)
  end)

  it("ends where a command comes behind the end", function()
    local _, at = start(lines("> AT", "< OK"))
    at("AT\r")
    assert.equal("trace:end: expected: nothing more, as the trace ends\n  but it came: > AT+CSQ",
      failure(at, "AT+CSQ\r"))
  end)

  it("tells what has not been played", function()
    local player = start(lines("# a report", "", "> AT", "< OK"))
    assert.equal("trace:3: not played: > AT", player:left())
  end)

  it("takes no other number for the traced one", function()
    local _, at = start(lines('> AT+QFTPPUT="a","COM:",0,10,1'))
    assert.matches("expected: > AT%+QFTPPUT", failure(at, 'AT+QFTPPUT="a","COM:",0,12345678,1\r'))
  end)
end)

describe("a tolerant replay", function()
  it("looks ahead for a command, and notes what it has left out", function()
    local player, at = start(lines("> AT+CSQ", "< OK", "> AT+CGMM", "< BG96", "< OK"),
      { tolerant = true })
    assert.equal("\r\nBG96\r\n\r\nOK\r\n", at("AT+CGMM\r"))
    assert.same({ "trace:1: AT+CGMM: taken from line 3" }, player.notes)
  end)

  it("answers a question again that the trace has behind it", function()
    local player, at = start(lines("> AT+QIACT?", "< OK", "> AT+QFTPLEN"), { tolerant = true })
    at("AT+QIACT?\r")
    assert.equal("\r\nOK\r\n", at("AT+QIACT?\r"))
    assert.same({ "trace:3: AT+QIACT?: answered as in line 1" }, player.notes)
    assert.equal("trace:3: not played: > AT+QFTPLEN", player:left())
  end)

  it("refuses a question that the trace does not know, and takes a setting", function()
    local player, at = start(lines("> AT+CSQ", "< OK"), { tolerant = true })
    assert.equal("\r\nERROR\r\n", at("AT+CGMM\r"))
    assert.equal("\r\nERROR\r\n", at('AT+QFTPSIZE="a"\r'))
    assert.equal("\r\nOK\r\n", at("AT+IFC=2,2\r"))
    assert.equal("\r\nOK\r\n", at("AT+CSQ\r"))
    assert.equal(3, #player.notes)
  end)

  it("takes part in a resync that the trace does not have", function()
    local player, at = start(lines("> AT+CSQ", "< OK"), { tolerant = true })
    assert.equal("\r\nOK\r\n", at("AT\r"))
    assert.equal("\r\nOK\r\n", at("ATE1\r"))
    assert.equal('AT+QFLST="0123456789abcdef"\r\r\nERROR\r\n', at('AT+QFLST="0123456789abcdef"\r'))
    assert.equal("ATE0\r\r\nOK\r\n", at("ATE0\r"))
    assert.same({}, player.notes)
  end)

  it("takes a chunk of another length, and says how much has come", function()
    local player, at = start(lines('> AT+QFTPPUT="a","COM:",0,10,0', "< CONNECT",
      "> (10 bytes of payload)", "< OK", "< +QFTPPUT: 0,10"), { tolerant = true })
    at('AT+QFTPPUT="a","COM:",0,4,0\r')
    assert.equal("\r\nOK\r\n\r\n+QFTPPUT: 0,4\r\n", at("abcd"))
    assert.is_nil(player:left())
  end)
end)

describe("what is no trace", function()
  local bad = {
    { "other programs' lines", "> AT\nModemManager[12]: <info>\n< OK\n",
      "t:2: no line of a trace: ModemManager[12]: <info>" },
    { "a cut last line", "> AT\n< OK\n> AT+QFTPO",
      "t:3: the trace is cut: no line end behind: > AT+QFTPO" },
    { "a time that goes back", "  2.0 > AT\n  1.0 < OK\n", "t:2: the time goes back" },
    { "payload without a count", "> AT\n< (many bytes of payload)\n",
      "t:2: cannot read how many bytes of payload there are: < (many bytes of payload)" },
  }

  for _, case in ipairs(bad) do
    local what, text, message = case[1], case[2], case[3]
    it("is refused with the number of its line: " .. what, function()
      assert.equal(message, failure(replay.new, text, { name = "t" }))
    end)

    it("is left out by a tolerant replay, with a note: " .. what, function()
      local player = replay.new(text, { name = "t", tolerant = true })
      assert.equal(message, player.notes[1])
    end)
  end

  it("is refused by both where nothing is one", function()
    for _, tolerant in ipairs { false, true } do
      assert.equal("t: there is no line of a trace in it",
        failure(replay.new, "\n# nothing\n", { name = "t", tolerant = tolerant }))
    end
  end)

  it("is a log of bg96-emulator --trace, whose directions are the module's", function()
    assert.matches("^t:1: the host's commands are marked with <",
      failure(replay.new, "    0.0000 < AT\n    0.0000 > OK\n", { name = "t" }))
  end)

  it("may have CR LF, comments, fences and the program's own messages around it", function()
    local _, at = start("```\r\n# from a mail\r\n> AT\r\n< OK\r\n```\r\n"
      .. "bg96-ftp: +QFTPOPEN: 604 DNS error")
    assert.equal("\r\nOK\r\n", at("AT\r"))
  end)
end)

describe("the trace of a session", function()
  local login = emulated.login

  -- What the driver does; also a list of what its trace was.
  local function work(modem)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login(login))
    assert.equal(6, assert(session:put("b.txt", "abcdef")))
    local content = assert(session:get("a.txt"))
    assert.equal(3000, #content)
    assert.equal(1, #assert(session:nlst("folder")))
    assert(modem:ufs("c.txt"):write("0123456789"))
    assert.equal(10, #assert(modem:ufs("c.txt"):read()))
    assert(session:close())
  end

  local function record()
    local traced = {}
    local bench = emulated.bench { active = true }
    bench.server:put("/a.txt", ("x"):rep(3000))
    bench.server:put("/folder/name", "")
    bench.modem.trace = function(direction, text)
      traced[#traced + 1] = ("%9.3f %s %s"):format(bench.now, direction, text)
    end
    bench:run(work)
    return table.concat(traced, "\n") .. "\n"
  end

  it("is played to the same driver, strictly, to its end, in the same time", function()
    local text = record()
    local player, bench = replayed.run(text, { name = "own" }, work)
    assert.is_nil(player:left())
    local last = text:match("([%d.]+) [<>] [^\n]*\n$")
    -- The lines behind a listing are shown after the silence that proves them (0.3 s).
    local later = bench.now - tonumber(last)
    assert.is_true(later >= 0 and later < 0.4, later)
  end)

  it("is played without its times as well", function()
    local text = record():gsub("%s*[%d.]+ ([<>])", "\n%1")
    assert.is_nil(replayed.run(text, {}, work):left())
  end)
end)
