-- The format of habits files (bg96.habits).

local habits = require("bg96.habits")

local function parse(...)
  return habits.parse(table.concat({ "# bg96 habits 1", ... }, "\n"), "my.txt")
end

describe("a habits file", function()
  it("is read: habits, measurements, what was not understood; no exchanges", function()
    local parsed = assert(parse("# a comment", "model = BG95-M3", "  slow-close =  5 ", "",
      "pwd-quoted=yes", "test.QFTPCFG = a,(0-1) | b = 2", "[measured]", "# also a comment",
      "answer.local.median = 14 ms", "rate.up.115200.4096 = 11320 B/s",
      "not understood: pwd: +QFTPPWD: 0,<a>", "not understood:  size", "not-found-out = dtr",
      "", "[exchanges]", "## pwd", "> AT+QFTPPWD", "<", "[measured]", "\1"))
    assert.same({ model = "BG95-M3", ["slow-close"] = "5", ["pwd-quoted"] = "yes",
      ["test.QFTPCFG"] = "a,(0-1) | b = 2" }, parsed.habits)
    assert.same({ ["answer.local.median"] = "14 ms", ["rate.up.115200.4096"] = "11320 B/s",
      ["not-found-out"] = "dtr" }, parsed.measured)
    assert.same({ "pwd: +QFTPPWD: 0,<a>", "size" }, parsed.not_understood)
  end)

  it("may have the line ends of any system, or none at its end", function()
    local wanted = { habits = { a = "1", b = "2" }, measured = {}, not_understood = {} }
    assert.same(wanted, habits.parse("# bg96 habits 1\r\na = 1\r\nb = 2\r\n"))
    assert.same(wanted, habits.parse("# bg96 habits 1\na = 1\nb = 2"))
    assert.same({}, habits.parse("# bg96 habits 1").habits)
  end)

  local wrong = {
    { "my.txt:3: 'slow-close' is there twice", "slow-close = 5", "slow-close = 6" },
    { "my.txt:2: 'slow-close' is not NAME = VALUE", "slow-close" },
    { "my.txt:2: 'slow-close' has no value", "slow-close = " },
    { "my.txt:2: 'slow close' is not a name", "slow close = 5" },
    { "my.txt:2: '' is not a name", "= 5" },
    { "my.txt:3: 'a b' is not a name", "[measured]", "a b = 5" },
    { "my.txt:4: 'a' is there twice", "[measured]", "a = 5", "a = 6" },
    { "my.txt:2: [more] is no part of a habits file", "[more]" },
    { "my.txt:3: [measured] is at the wrong place", "[measured]", "[measured]" },
    { "my.txt:2: a control character", "model = BG\1" },
    { "my.txt:2: a control character", "model = BG\0" },
  }
  for _, case in ipairs(wrong) do
    it("is refused: " .. case[1], function()
      local parsed, message = parse((table.unpack or unpack)(case, 2)) -- luacheck: std max
      assert.is_nil(parsed)
      assert.equal(case[1], message)
    end)
  end

  it("is refused without its first line, or with that of another version", function()
    for text, message in pairs {
      [""] = "x:1: not a habits file: its first line is not '# bg96 habits 1'",
      ["model = BG95"] = "x:1: not a habits file: its first line is not '# bg96 habits 1'",
      ["# bg96 habits 2"] = "x:1: habits of version '2', of which only 1 is known",
    } do
      assert.same({ nil, message }, { habits.parse(text, "x") })
    end
  end)

  it("is refused where the caller does not know a habit or its value", function()
    local asked = {}
    local function check(name, value)
      asked[#asked + 1] = name .. " " .. value
      if name == "b" then return nil, "no b here" end
      return true
    end
    assert.same({ nil, "f:3: no b here" },
      { habits.parse("# bg96 habits 1\na = 1\nb = 2\nc = 3\n", "f", check) })
    assert.same({ "a 1", "b 2" }, asked)
    assert.is_table(habits.parse("# bg96 habits 1\na = 1\n[measured]\nb = 2\n", "f", check))
  end)

  it("is loaded from a path", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write("# bg96 habits 1\nmodel = BG96\nmodel = BG95\n")
    file:close()
    assert.same({ nil, path .. ":3: 'model' is there twice" }, { habits.load(path) })
    os.remove(path)
    local parsed, message = habits.load(path)
    assert.is_nil(parsed)
    assert.matches(path, message, 1, true)
    assert.is_nil((habits.load("/"))) -- a folder
  end)
end)

describe("a habits file is written", function()
  local content = {
    comments = { "from a survey" },
    habits = { spacing = "blank+joined", model = "BG95-M3", ["pwd-quoted"] = true,
      firmware = "BG95M3LAR02A03", guard = 1000 },
    measured = { ["rate.up"] = "11320 B/s", answer = 14 },
    not_understood = { "pwd: a\r\nb" },
    exchanges = { { name = "pwd", lines = { "> AT+QFTPPWD", "<", "< OK" } } },
  }

  it("line by line", function()
    assert.equal([==[
# bg96 habits 1
# from a survey
model = BG95-M3
firmware = BG95M3LAR02A03
guard = 1000
pwd-quoted = yes
spacing = blank+joined

[measured]
answer = 14
rate.up = 11320 B/s
not understood: pwd: a  b

[exchanges]
## pwd
> AT+QFTPPWD
<
< OK
]==], habits.format(content))
    assert.equal("# bg96 habits 1\n", habits.format({}))
  end)

  it("as it is read", function()
    local parsed = assert(habits.parse(habits.format(content)))
    assert.same({ spacing = "blank+joined", model = "BG95-M3", ["pwd-quoted"] = "yes",
      firmware = "BG95M3LAR02A03", guard = "1000" }, parsed.habits)
    assert.same({ ["rate.up"] = "11320 B/s", answer = "14" }, parsed.measured)
    assert.same({ "pwd: a  b" }, parsed.not_understood)
  end)

  it("but not with what would not be read back", function()
    for _, set in ipairs { { a = "" }, { a = " b" }, { a = "b\nc" }, { ["a b"] = "c" } } do
      assert.has_error(function() habits.format({ habits = set }) end)
    end
  end)
end)
