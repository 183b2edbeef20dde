-- What bg96-ftp says: the sentences for errors, the exit statuses, JSON, the bar on narrow
-- terminals, and what is going on.

local Activity = require "bg96.cli.activity"
local Editor = require "bg96.cli.editor"
local Error = require "bg96.ftp.error"
local Progress = require "bg96.cli.progress"
local explain = require "bg96.cli.explain"
local format = require "bg96.cli.format"
local json = require "bg96.cli.json"
local status = require "bg96.cli.status"

local function err(kind, command, code, protocol)
  return Error.new { kind = kind, command = command, code = code, protocol = protocol }
end

describe("the line for an error", function()
  it("says what a 550 means for each command", function()
    local lines, seen = {}, {}
    for _, command in ipairs { "+QFTPMKDIR", "+QFTPGET", "+QFTPDEL", "+QFTPOPEN", "+QFTPPUT",
      "+QFTPRMDIR", "+QFTPRENAME", "+QFTPCWD" } do
      local _, advice = explain.line(err("ftp", command, 627, 550))
      assert.is_nil(seen[advice], advice)
      seen[advice], lines[command] = true, advice
    end
    assert.matches("exists already.*mkdir %-p", lines["+QFTPMKDIR"])
    assert.matches("no such file.*bg96%-ftp ls", lines["+QFTPGET"])
    assert.matches("is a folder %(bg96%-ftp rmdir%)", lines["+QFTPDEL"])
    assert.matches("check user and password", lines["+QFTPOPEN"])
  end)

  it("says the text of a number once", function()
    assert.equal("+QFTPOPEN: 625 not logged in (FTP 530): check user and password",
      (explain.line(err("ftp", "+QFTPOPEN", 625, 530))))
    assert.equal("+QFTPDEL: 627 requested action not taken (FTP 550 file unavailable)",
      explain.what(err("ftp", "+QFTPDEL", 627, 550)))
  end)

  it("speaks of the network, and not of a cable, where the server is silent", function()
    for _, command in ipairs { "+QFTPPUT", "+QIACT" } do
      local line = explain.line(err("timeout", command))
      assert.matches("the network or the server is silent", line)
      assert.is_nil(line:find("cable", 1, true))
    end
    assert.is_nil(explain.line(err("deadline", "+QFTPPUT")):find("cable", 1, true))
    assert.matches("cable", (explain.line(err("timeout", "AT"))))
  end)

  it("gives advice in words of the configuration", function()
    assert.matches("pin = PIN", (explain.line(err("cme", "+QIACT", 11))))
    assert.matches("apn%-password", (explain.line(err("cme", "+QIACT", 149))))
    assert.matches("mode = passive and data%-address = control",
      (explain.line(err("ftp", "+QFTPGET", 615, 425))))
    for code in pairs(require("bg96.ftp").errors) do
      for _, kind in ipairs { "ftp", "cme", "error", "timeout", "pdp", "reset", "closed" } do
        local line = explain.line(err(kind, "+QFTPGET", code))
        assert.is_nil(line:find("modem:", 1, true) or line:find('= "', 1, true), line)
      end
    end
  end)
end)

describe("the exit status of an error", function()
  for expected, errors in pairs {
    [1] = { err("verify", "+QFTPPUT"), err("closed", "+QFTPGET"), { kind = "defect" } },
    [3] = { err("ftp", "+QFTPGET", 627, 550), err("ftp", "+QFTPOPEN", 625, 530),
      err("ftp", "+QFTPPUT", 619, 452), err("ftp", "+QFTPOPEN", 631) },
    [4] = { err("ftp", "+QFTPOPEN", 604), err("ftp", "+QFTPOPEN", 614, 421), err("pdp"),
      err("timeout", "+QFTPGET"), err("error", "+QIACT"), err("cme", "+QIACT", 30),
      err("deadline", "+QFTPPUT"), Error.new { kind = "closed", reason = "lost" } },
    [5] = { err("port", nil, 2), err("timeout", "AT"), err("cme", "+CPIN", 10), err("reset"),
      err("error", "+X"), err("framing"), err("ftp", "+QFTPGET", 613) },
    [6] = { err("local") },
  } do
    it(("is %d where %s"):format(expected, ({ [1] = "it is another failure",
      [3] = "the server refuses", [4] = "the link fails, and later may do",
      [5] = "module or port fail", [6] = "a local file is the matter" })[expected]), function()
      for _, each in ipairs(errors) do assert.equal(expected, status.of(each), tostring(each)) end
    end)
  end
end)

describe("JSON", function()
  local function with_cjson(value)
    local loaded, preloaded = package.loaded.dkjson, package.preload.dkjson
    package.loaded.dkjson, package.preload.dkjson = nil, error
    local text = json.encode(value)
    package.loaded.dkjson, package.preload.dkjson = loaded, preloaded
    return text
  end

  it("is the same from dkjson and from lua-cjson", function()
    local decode = require("dkjson").decode
    for _, value in ipairs {
      { 1, 2, { name = "a", size = 4294967296 } }, { ok = true, list = {}, text = "" },
      { name = 'a"\\\n\0b', "x" }, { facts = { size = "5" } },
    } do
      assert.same(decode(json.encode(value)), decode(with_cjson(value)))
    end
  end)

  it("tells empty arrays and objects apart", function()
    for _, encode in ipairs { json.encode, with_cjson } do
      assert.equal("[]", encode {})
      assert.equal("{}", encode(json.object {}))
      assert.equal('{"files":[]}', encode { files = {} })
    end
  end)

  it("is UTF-8, whatever a server lists", function()
    local decode = require("dkjson").decode
    for _, encode in ipairs { json.encode, with_cjson } do
      assert.same({ "gr\239\191\189n", "\239\191\189" }, decode(encode { "gr\252n", "\255" }))
      assert.same({ ["\239\191\189"] = "x" }, decode(encode { ["\255"] = "x" }))
      assert.is_nil(encode({ "\255\252" }):find("[\252\255]"))
    end
  end)
end)

describe("the bar at 40 columns", function()
  it("has bytes, rate and the time that is left", function()
    assert.equal("50% 500 kB  10 kB/s ETA    0:50",
      Progress.bar("a-long-name.bin", 5e5, 1e6, 1e4, 37))
    assert.equal("50% 500 kB ETA    0:50", Progress.bar("a-long-name.bin", 5e5, 1e6, 1e4, 28))
  end)

  it("says for how long nothing has come, from five seconds on", function()
    local text, now = "", 0
    local stream = { write = function(_, ...) text = table.concat { ... } end,
      flush = function() end }
    local bar = Progress.new { name = "f", stream = stream, now = function() return now end,
      width = function() return 40 end }
    bar:update(1000, 1e6)
    for second = 1, 4 do
      now = second
      bar:tick()
    end
    assert.is_nil(text:find("stalled", 1, true))
    now = 20
    bar:tick()
    assert.matches("stalled  20 s", text)
    assert.is_true(format.width(text:match("\r(.-)\27")) <= 37)
    now = 20.3
    bar:update(2000, 1e6)
    assert.matches("ETA", text)
  end)
end)

describe("what is going on", function()
  local text, now, columns

  local function new(what)
    text, now = "", 0
    local stream = { write = function(_, ...) text = text .. table.concat { ... } end,
      flush = function() end }
    return Activity.new { text = what, stream = stream, now = function() return now end,
      width = columns and function() return columns end }
  end

  local function live(activity, seconds)
    for tick = 1, seconds * 10 do
      now = tick / 10
      activity:tick()
    end
  end

  it("is a line with its seconds on a terminal, which goes away", function()
    columns = 40
    local activity = new "activating the PDP context"
    live(activity, 12)
    assert.matches("\ractivating the PDP context %.%.%. 11 s\27%[K", text)
    activity:clear()
    assert.matches("\r\27%[K$", text)
    for frame in text:gmatch("\r([^\r\27]*)\27") do assert.is_true(format.width(frame) <= 37) end
  end)

  it("is not shown while it is short", function()
    columns = 80
    live(new "opening /dev/ttyUSB2", 0.2)
    assert.equal("", text)
  end)

  it("is a line every ten seconds elsewhere", function()
    columns = nil
    live(new "logging in", 25)
    assert.equal("logging in ... 0:10\nlogging in ... 0:20\n", text)
  end)
end)

describe("a text that is wrapped", function()
  it("is broken between words", function()
    assert.same({ "a text of", "many words" }, format.wrap("a text of many words", 10))
    assert.same({ "short" }, format.wrap("short", 80))
    assert.same({ "a", "wordthatistoolong", "b" }, format.wrap("a wordthatistoolong b", 5))
    assert.same({ "" }, format.wrap("", 5))
  end)
end)

describe("the editor of the console", function()
  local editor, screen

  before_each(function()
    screen = ""
    editor = Editor.new("> ", function(text) screen = screen .. text end)
  end)

  it("gives lines, whatever keys they were made with", function()
    for keys, line in pairs {
      ["abc\r"] = "abc", ["ac\27[Db\r"] = "abc", ["abx\127c\r"] = "abc", ["bc\1a\r"] = "abc",
      ["xyz\21abc\n"] = "abc", ["abc\27[D\27[Dx\8\r"] = "abc", ["abc de\23\23abc\r"] = "abc",
      ["abcx\27[D\27[3~\r"] = "abc", ["abcde\27[D\27[D\11\r"] = "abc", ["\27OHabc\r"] = "abc",
      ["\27[Habc\27[F\r"] = "abc", ["gr\195\182x\127\127\195\182\r"] = "gr\195\182",
      ["\0\7a\r"] = "a",
    } do
      assert.equal(line, (editor:type(keys)), keys)
    end
  end)

  it("takes keys that come in pieces", function()
    assert.is_nil((editor:type("ac\27")))
    assert.is_nil((editor:type("[D")))
    assert.equal("abc", (editor:type("b\r")))
  end)

  it("has a history", function()
    editor:remember("first")
    editor:remember("second")
    editor:remember("second")
    assert.equal("second", (editor:type("\27[A\r")))
    assert.equal("first", (editor:type("\27[A\27[A\27[A\r")))
    assert.equal("new", (editor:type("\27[A\27[Bnew\r")))
  end)

  it("ends at Ctrl-D on an empty line", function()
    local line, has_ended = editor:type("\4")
    assert.is_nil(line)
    assert.is_true(has_ended)
    assert.equal("ab", (editor:type("a\4b\r")))
  end)

  it("gives several lines of one paste", function()
    assert.equal("a", (editor:type("a\rb\rc")))
    assert.equal("b", (editor:type("")))
    assert.is_nil((editor:type("")))
    assert.matches("> c", screen)
  end)
end)
