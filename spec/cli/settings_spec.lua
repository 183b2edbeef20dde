-- bg96-ftp before it opens a module: settings, the configuration file, the bar, the format of
-- numbers, and the completion.

local Progress = require "bg96.cli.progress"
local config = require "bg96.cli.config"
local format = require "bg96.cli.format"
local kinds = require "bg96.cli.kinds"
local process = require "spec.support.process"
local settings = require "bg96.cli.settings"

local function from(values)
  return function(name) return values[name] end
end

describe("a setting", function()
  local configuration = { user = { text = "of the file", place = "f:1: user" } }

  it("comes from the options, then the environment, then the file, then its default", function()
    local environment = { BG96_USER = "of the environment" }
    assert.equal("of an option",
      settings.resolve({ user = "of an option" }, from(environment), configuration).user)
    assert.equal("of the environment", settings.resolve({}, from(environment), configuration).user)
    assert.equal("of the file", settings.resolve({}, from {}, configuration).user)
    assert.equal("anonymous", settings.resolve({}, from {}, {}).user)
  end)

  it("has a variable in capitals with underscores; an empty one does not count", function()
    local s = settings.resolve({}, from { BG96_SERVER_PORT = "2121", BG96_USER = "" }, {})
    assert.equal(2121, s["server-port"])
    assert.equal("anonymous", s.user)
  end)

  it("that is wrong is refused, and the message says where it is", function()
    for variable, value in pairs {
      BG96_BAUDRATE = "fast", BG96_SERVER_PORT = "70000", BG96_TLS = "yes", BG96_CID = "0",
      BG96_TIMEOUT = "19", BG96_HOST = "ftp://host/x", BG96_USER = 'a"b', BG96_APN = "a\nb",
    } do
      local s, problem = settings.resolve({}, from { [variable] = value }, {})
      assert.is_nil(s)
      assert.equal(variable .. ": ", problem:sub(1, #variable + 2))
    end
  end)

  it("says where the port belongs if it is part of the host name", function()
    local _, problem = settings.resolve({}, from { BG96_HOST = "127.0.0.1:2121" }, {})
    assert.matches("server%-port", problem)
    assert.equal("fe80::1:21", settings.resolve({}, from { BG96_HOST = "fe80::1:21" }, {}).host)
  end)

  it("that is secret is not repeated in a message", function()
    for variable, value in pairs {
      BG96_PIN = "12x4", BG96_PASSWORD = 'pass"word', BG96_APN_PASSWORD = "pass\rword",
      BG96_HOST = "me:password@host",
    } do
      local _, problem = settings.resolve({}, from { [variable] = value }, {})
      assert.is_nil(problem:find(value, 1, true))
    end
  end)

  it("that contradicts another is refused before the module is touched", function()
    for _, values in ipairs {
      { BG96_TLS = "explicit" }, { BG96_TLS = "explicit", BG96_CA = "ca", BG96_MODE = "active" },
      { BG96_TLS = "implicit", BG96_CA = "ca", BG96_VERIFY = "mutual" },
    } do
      assert.is_nil((settings.resolve({}, from(values), {})))
    end
    local unverified = from { BG96_TLS = "explicit", BG96_VERIFY = "none" }
    assert.is_table((settings.resolve({}, unverified, {})))
  end)
end)

describe("the configuration file", function()
  local folder, path

  before_each(function()
    folder = process.folder()
    path = folder .. "/bg96-ftp.conf"
  end)

  after_each(function() process.remove(folder) end)

  local function write(text, mode)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    os.execute(("chmod %s '%s'"):format(mode or "600", path))
  end

  local function texts(entries)
    local found = {}
    for name, entry in pairs(entries) do found[name] = entry.text end
    return found
  end

  it("has keys and values, comments, and quotes around values with blanks", function()
    write('# mine\n\n host=ftp.example.com\r\n  user = me and you  \npassword = " a # b "\n')
    assert.same({ host = "ftp.example.com", user = "me and you", password = " a # b " },
      texts(assert(config.read(path, from {}))))
  end)

  it("is the given one, that of BG96_CONFIG, or the user's", function()
    write("user = me\n")
    assert.equal("me", config.read(nil, from { BG96_CONFIG = path }).user.text)
    assert.equal("me", config.read(nil, from { XDG_CONFIG_HOME = folder }).user.text)
    os.execute(("mkdir '%s/.config' && mv '%s' '%s/.config'"):format(folder, path, folder))
    assert.equal("me", config.read(nil, from { HOME = folder }).user.text)
    assert.same({}, config.read(nil, from { HOME = folder .. "/.config" }))
  end)

  it("is refused, and the message names the wrong line", function()
    for text, complaint in pairs {
      ["user = me\nnonsense\n"] = ":2: not of the form key = value",
      ["users = me\n"] = ":1: there is no setting 'users'",
      ["user = a\nuser = b\n"] = ":2: user is set twice",
    } do
      write(text)
      local entries, problem = config.read(path, from {})
      assert.is_nil(entries)
      assert.equal(path .. complaint, problem:sub(1, #path + #complaint))
    end
  end)

  it("that was named must exist and be a file", function()
    for _, name in ipairs { folder .. "/none", folder } do
      local entries, problem = config.read(name, from {})
      assert.is_nil(entries)
      assert.matches(name, problem, 1, true)
    end
  end)

  it("with a secret must not be readable by others", function()
    for _, line in ipairs { "password = x", "pin = 1234", "apn-password = x" } do
      for mode, is_private in pairs { ["600"] = true, ["640"] = true, ["644"] = false } do
        write(line .. "\n", mode)
        local entries, problem = config.read(path, from {})
        assert.equal(is_private, entries ~= nil, mode)
        if not is_private then assert.matches("chmod o= " .. path, problem, 1, true) end
      end
    end
    write("user = me\n", "644")
    assert.is_table((config.read(path, from {})))
  end)
end)

describe("numbers", function()
  it("are written for people", function()
    assert.equal("0 B", format.bytes(0))
    assert.equal("999 B", format.bytes(999))
    assert.equal("1.0 kB", format.bytes(1000))
    assert.equal("9.9 kB", format.bytes(9900))
    assert.equal("10 kB", format.bytes(9960))
    assert.equal("1.0 MB", format.bytes(999999))
    assert.equal("5.4 GB", format.bytes(5.4e9))
    assert.equal("0:07", format.duration(7.2))
    assert.equal("59:59", format.duration(3599))
    assert.equal("1:01:05", format.duration(3665))
  end)

  it("of seconds may have a unit", function()
    assert.equal(90, kinds.seconds("90"))
    assert.equal(1.5, kinds.seconds("1.5"))
    assert.equal(600, kinds.seconds("10m"))
    assert.equal(7200, kinds.seconds("2h"))
    for _, text in ipairs { "", "0", "-1", "h", "1w", "1h30m" } do
      assert.is_nil((kinds.seconds(text)), text)
    end
  end)
end)

describe("a text from a server", function()
  it("does nothing to a terminal", function()
    assert.equal([[a\x1b[2Jb\x0dc\xc2\x9b]], format.printable("a\27[2Jb\rc\194\155"))
    assert.equal([[\x9b2J\xff\x00\x7f]], format.printable("\1552J\255\0\127"))
    -- cut short, too long, a surrogate, beyond the last character
    assert.equal([[\xe2\x82 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80]],
      format.printable("\226\130 \192\175 \237\160\128 \244\144\128\128"))
    assert.equal("größe.txt", format.printable("größe.txt"))
  end)

  it("become UTF-8 for JSON", function()
    assert.equal("gr\195\182\195\159e", format.utf8("gr\195\182\195\159e"))
    local unknown = "\239\191\189"
    assert.equal("a" .. unknown .. "b", format.utf8("a\155b"))
    assert.equal(unknown:rep(3), format.utf8("\237\160\128"))
    assert.equal(unknown:rep(4), format.utf8("\244\144\128\128"))
    assert.equal(unknown:rep(2), format.utf8("\192\175"))
  end)

  it("is cut to columns, not to bytes", function()
    assert.equal("größe ", format.fit("größe", 6))
    assert.equal("gr..ße", format.fit("größere größe", 6))
  end)
end)

describe("the progress bar", function()
  it("fits the terminal and shows what matters", function()
    for width = 1, 200 do
      for _, total in ipairs { 0, 1, 1000, 5e9, false } do
        local bar = Progress.bar("ein längerer Name.bin", 1000, total or nil, 1e6, width)
        assert.is_true(format.width(bar) <= width, bar)
      end
    end
    assert.equal("big.bin  50% [==============>              ] 500 kB/1.0 MB  10 kB/s ETA    0:50",
      Progress.bar("big.bin", 5e5, 1e6, 1e4, 79))
    assert.equal("stdin  500 kB  10 kB/s", Progress.bar("stdin", 5e5, nil, 1e4, 79))
  end)

  it("is drawn five times a second, with the rate of the last ten seconds", function()
    local drawn, now = {}, 100
    local stream = { write = function(_, _, text) drawn[#drawn + 1] = text end,
      flush = function() end }
    local progress = Progress.new { name = "f", stream = stream, now = function() return now end,
      width = function() return 80 end }
    for second = 0, 25, 0.01 do
      now = 100 + second
      -- 1 kB/s for ten seconds, then ten times that
      progress:update(second < 10 and 1000 * second or 10000 + 10000 * (second - 10), 1e6)
    end
    assert.is_true(#drawn > 115 and #drawn < 127, #drawn)
    assert.matches("1%.0 kB/s", drawn[45])
    assert.matches(" 10 kB/s", drawn[#drawn])
    progress:clear()
  end)

  it("is a line every ten seconds without a terminal", function()
    local text, now = "", 0
    local stream = { write = function(_, ...) text = text .. table.concat { ... } end,
      flush = function() end }
    local progress = Progress.new { name = "f", stream = stream, now = function() return now end }
    for second = 0, 25 do
      now = second
      progress:update(1000 * second, 1e6)
    end
    progress:clear()
    assert.equal(2, select(2, text:gsub("\n", "")))
    assert.is_nil(text:find("[\r\27]"))
    assert.matches("^f:   1%% 10 kB/1%.0 MB", text)
  end)
end)

describe("the bash completion", function()
  it("is what the options of the programs give", function()
    if not require("argparse")("name").get_bash_complete then
      return pending("argparse before 0.7 makes no completion")
    end
    local folder = process.folder()
    assert(loadfile("docs/completion/generate.lua"))(folder)
    for _, name in ipairs { "bg96-ftp", "bg96-emulator" } do
      local difference = io.popen(("diff 'docs/completion/%s.bash' '%s/%s.bash' 2>&1"):format(name,
        folder, name))
      assert.equal("", difference:read("*a"), "`make completion` writes it anew")
      difference:close()
    end
    process.remove(folder)
  end)
end)
