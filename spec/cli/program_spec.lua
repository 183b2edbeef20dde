-- bg96-ftp as scripts run it: against the emulator on a pty, its output in files.

local json = require "dkjson"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local PASSWORD = "hush-hush-9"
local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte):rep(100)

local folder, emulator, environment

-- Runs the program; `words` is a text or a table.
local function run(words, more)
  if type(words) == "string" then
    local list = { input = more and more.input }
    for word in words:gmatch("%S+") do list[#list + 1] = word end
    words = list
  end
  local variables = {}
  for name, value in pairs(environment) do variables[name] = value end
  for name, value in pairs(more or {}) do
    if name ~= "input" then variables[name] = value end
  end
  return shell.run(folder, variables, words)
end

-- The same; it must succeed. Returns its standard output.
local function done(words, more)
  local status, out, err = run(words, more)
  assert.equal("", err)
  assert.equal(0, status)
  return out
end

-- The same; it must fail with `status` and one line on standard error. Returns that line and
-- its standard output.
local function fails(status, words, more)
  local actual, out, err = run(words, more)
  assert.equal(status, actual, out .. err)
  assert.matches("^bg96%-ftp: [^\n]+\n$", err)
  return err, out
end

local function store(name, text)
  done({ "put", "-", name, input = text })
end

local function start(...)
  emulator = process.emulator("--backend", "memory", "--account", "me:" .. PASSWORD, ...)
  environment = { BG96_PORT = emulator.line, BG96_HOST = "ftp.example.com", BG96_USER = "me",
    BG96_PASSWORD = PASSWORD, BG96_APN = "internet" }
end

before_each(function()
  folder = process.folder()
  start()
end)

after_each(function()
  emulator:stop()
  process.remove(folder)
end)

describe("bg96-ftp", function()
  it("puts a file and gets it back, bit for bit", function()
    shell.write(folder .. "/a.bin", every_byte)
    assert.matches("^a%.bin: 26 kB in %d:%d%d %(.*/s%)\n$", done("put " .. folder .. "/a.bin"))
    assert.matches("^" .. folder .. "/copy: 26 kB in", done("get a.bin " .. folder .. "/copy"))
    assert.is_true(shell.contents(folder .. "/copy") == every_byte)
  end)

  it("puts into a remote folder, and gets into a local one", function()
    shell.write(folder .. "/a.bin", every_byte)
    done("mkdir logs")
    done("put " .. folder .. "/a.bin logs/")
    os.execute(("mkdir '%s/sub'"):format(folder))
    done("get logs/a.bin " .. folder .. "/sub")
    assert.is_true(shell.contents(folder .. "/sub/a.bin") == every_byte)
  end)

  it("puts standard input, gets to standard output, and prints nothing else there", function()
    store("stream", every_byte)
    assert.is_true(done("get stream -") == every_byte)
  end)

  it("lists names, a table, and what the server shows", function()
    done("mkdir logs")
    store("logs/b.txt", "12345")
    store("logs/c", "")
    assert.equal("b.txt\nc\n", done("ls logs"))
    assert.equal("logs\n", done("ls"))
    assert.matches("b%.txt\n.*c\n$", done("ls -l logs"))
    assert.matches("^file +5  %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d  b%.txt\n", done("mlsd logs"))
  end)

  it("works on files and folders", function()
    store("a", "12345")
    assert.equal("5\n", done("size a"))
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ\n$", done("mdtm a"))
    assert.equal("", done("mv a b"))
    assert.equal("", done("mkdir d d/e"))
    assert.equal("b\nd\n", done("ls"))
    assert.equal("", done("rm b"))
    assert.equal("", done("rmdir d/e d"))
    assert.equal("", done("ls"))
  end)

  it("talks to the module without a server", function()
    environment.BG96_HOST = nil
    assert.equal("+CSQ: 24,0\nBG96\n", done("at AT+CSQ +CGMM"))
    assert.matches("ok SIM", done("ports") and select(2, run("diagnose")))
    done({ "ufs", "put", "-", "note", input = "hello" })
    assert.matches("^        5  note\n +%d+  bytes free of %d+\n$", done("ufs ls"))
    assert.equal("hello", done("ufs get note -"))
    done("ufs get note " .. folder .. "/note")
    assert.equal("hello", shell.contents(folder .. "/note"))
    assert.equal("", done("ufs rm note"))
    assert.is_nil(done("ufs ls"):find("note"))
  end)

  it("prints help for itself and each command, with examples", function()
    assert.matches("Usage: bg96%-ftp", done("--help"))
    for _, command in ipairs { "ls", "mlsd", "get", "put", "rm", "mv", "mkdir", "rmdir", "size",
      "mdtm", "batch", "spool", "at", "ports", "status", "diagnose", "survey", "console", "config",
      "ufs ls", "ufs get", "ufs put", "ufs rm" } do
      local help = done(command .. " --help")
      assert.matches("^Usage: bg96%-ftp " .. command .. " ", help)
      assert.matches("Examples:\n +bg96%-ftp ", help)
    end
    assert.matches("^bg96%-ftp %d+%.%d+%.%d+\n$", done("--version"))
  end)
end)

describe("--json", function()
  local function decoded(words)
    local value, _, problem = json.decode((done(words)))
    assert.is_nil(problem)
    return value
  end

  it("gives one value for each command", function()
    shell.write(folder .. "/a", "12345")
    local report = decoded("--json put " .. folder .. "/a")
    assert.equal(5, report.bytes)
    assert.equal("a", report.name)
    assert.equal(1, report.attempts)
    assert.equal(5, decoded("--json get a " .. folder .. "/b").bytes)
    assert.same({ "a" }, decoded("--json ls"))
    local entry = decoded("mlsd --json")[1]
    assert.equal("a", entry.name)
    assert.equal(5, entry.size)
    assert.equal("5", entry.facts.size)
    assert.same({ name = "a", size = 5 }, decoded("--json size a"))
    assert.is_number(decoded("--json mdtm a").modify)
    assert.same({ old = "a", new = "b" }, decoded("--json mv a b"))
    assert.same({ names = { "b" } }, decoded("--json rm b"))
    assert.same({ { command = "AT+CSQ", lines = { "+CSQ: 24,0" } } }, decoded("--json at +CSQ"))
    assert.same({}, decoded("--json ufs ls").files)
    assert.is_table(decoded("--json ports"))
    assert.same({}, decoded("--json ls"))
    assert.is_true(decoded("--json diagnose")[1].ok)
  end)

  it("prints an error as an object, besides the line for people", function()
    local _, out = fails(3, "--json size none")
    local err = json.decode(out).error
    assert.equal("ftp", err.kind)
    assert.equal(627, err.code)
    assert.equal(550, err.protocol)
    assert.equal("none", err.subject)
  end)

  it("stays JSON with names that are not UTF-8", function()
    store("gr\246\223e \195\182", "")
    assert.same({ "gr\239\191\189\239\191\189e \195\182" }, decoded("--json ls"))
  end)
end)

describe("wrong usage", function()
  it("is an object under --json as well", function()
    for _, words in ipairs { "--json --nonsense", "--json put a b c", "--json --host a@b ls" } do
      local err, out = fails(2, words)
      local object = json.decode(out).error
      assert.equal("usage", object.kind)
      assert.equal(err, "bg96-ftp: " .. object.message .. "\n")
    end
  end)
end)

describe("the exit status", function()
  it("is 2 for wrong usage, without touching the module", function()
    environment.BG96_PORT = "/dev/does-not-exist"
    for _, words in ipairs { "", "nonsense", "get", "put", "mv one", "size a b", "--nonsense ls",
      "--mode sideways ls", "ufs", "ufs nonsense", "--host a@b ls", "--tls explicit ls",
      "put --retries x y", "put --deadline x y", "put -", "get --retries 1 a -", "--json get a -",
      "--type ascii get a", "ufs put -", "-c /does/not/exist ls",
      "put a b c", "get a b c", "put - --into x", "put - x --delete-after", "get -r a -" } do
      fails(2, words)
    end
    assert.matches("is a folder: give %-r", fails(2, "put " .. folder))
    assert.matches("path: must not be empty", fails(2, { "put", "" }))
    assert.matches("%-%-config: must not be empty", fails(2, { "-c", "", "ls" }))
    for _, words in ipairs { { "ls", "" }, { "rm", "" }, { "mv", "", "a" }, { "ufs", "get", "" },
      { "at", "" }, { "-p", "", "ls" }, { "spool", "" } } do
      assert.matches("must not be empty", fails(2, words))
    end
    assert.is_true(#fails(2, { "ls", ("a"):rep(5000) }) < 200)
    assert.matches("%-%-timeout: '5' is not", fails(2, "--timeout 5 ls"))
    assert.matches("%-%-deadline: 'soon' is not", fails(2, "put --deadline soon x"))
    fails(2, { "size", 'a"b' })
    fails(2, { "at", "+CSQ\rAT+CFUN=1,1" })
    environment.BG96_HOST = nil
    assert.matches("which server%?", fails(2, "ls"))
  end)

  it("is 3 for what the server refuses", function()
    assert.matches("none: %+QFTPSIZE: 627 .*FTP 550", fails(3, "size none"))
    assert.matches("none: ", fails(3, "rm none"))
    assert.matches("625 not logged in %(FTP 530%): check user and password\n",
      fails(3, "ls", { BG96_PASSWORD = "wrong" }))
  end)

  it("is 4 for the link", function()
    assert.matches("604 DNS parse failed", fails(4, "--host none.invalid ls"))
  end)

  it("is 5 for the port, and for the module", function()
    assert.matches("/dev/does%-not%-exist.*bg96%-ftp ports", fails(5, "-p /dev/does-not-exist ls"))
    assert.matches("AT%+NONSENSE: .*unknown command or argument", fails(5, "at +NONSENSE"))
  end)

  it("is 6 for a local file", function()
    assert.matches("/does/not/exist: No such file", fails(6, "put /does/not/exist"))
    assert.matches("No such file", fails(6, "get a /does/not/exist"))
    assert.matches("is no folder", fails(6, "get a --into /does/not/exist"))
    assert.matches("No such file", fails(6, "ufs get a /does/not/exist"))
    assert.matches("No such file", fails(6, "--log /does/not/exist ls"))
  end)

  it("is 4 at the deadline of a transfer, with a line that says how to continue", function()
    emulator:stop()
    start("--baud", "9600")
    shell.write(folder .. "/big", ("x"):rep(20000))
    local err, out = fails(4, "--json put --deadline 2 " .. folder .. "/big")
    assert.matches("%+QFTPPUT: the deadline has passed: give a longer %-%-deadline; the same "
      .. "command goes on from here", err)
    assert.equal("deadline", json.decode(out).error.kind)
  end)

  it("is that of the first check that fails in diagnose", function()
    emulator:stop()
    start("--sim", "none")
    local status, out = run("diagnose")
    assert.equal(5, status)
    assert.matches("NO SIM", out)
    assert.matches("\n   %-> insert the SIM card", out)
  end)

  it("is 6 when the result cannot be written", function()
    local err = fails(6, { "at", "+CSQ", output = "/dev/full" })
    assert.matches("standard output: No space left", err)
  end)
end)

describe("output that is not a terminal", function()
  it("gets plain lines: no bar, no escape, no carriage return", function()
    shell.write(folder .. "/a.bin", every_byte)
    local status, out, err = run("put " .. folder .. "/a.bin")
    assert.equal(0, status)
    assert.equal("", err)
    assert.is_nil(out:find("[\r\27]"))
    assert.is_nil(out:find("[=", 1, true))
  end)
end)

describe("secrets", function()
  it("must be in a configuration file that others cannot read", function()
    environment.BG96_PASSWORD = nil
    local path = folder .. "/conf"
    shell.write(path, "password = " .. PASSWORD .. "\nuser = me\n")
    os.execute("chmod 644 " .. path)
    assert.matches("others may read it: chmod o= ", fails(2, "-c " .. path .. " ls"))
    os.execute("chmod 600 " .. path)
    assert.equal("", done("-c " .. path .. " ls"))
    assert.equal("", done("ls", { BG96_CONFIG = path }))
  end)

  it("are refused on the command line, without being repeated", function()
    environment.BG96_PASSWORD = nil
    for _, words in ipairs { "--password=top-secret ls", "--password top-secret ls",
      "ls --pin top-secret", "--apn-password=top-secret ls", "--host me:top-secret@host ls" } do
      assert.is_nil(fails(2, words):find("top-secret", 1, true))
    end
  end)

  it("are masked in what -v shows", function()
    environment.BG96_APN_PASSWORD, environment.BG96_APN_USER = "apn-hush", "apn-me"
    environment.BG96_APN_AUTH = "pap"
    store("a", "12345")
    emulator:stop()
    start("--sim", "pin", "--pin", "4711", "--latency", "1")
    local more = { BG96_PIN = "4711", BG96_APN_PASSWORD = "apn-hush", BG96_APN_USER = "apn-me",
      BG96_APN_AUTH = "pap" }
    local status, _, err = run("-v ls", more)
    assert.equal(0, status, err)
    assert.matches('> AT%+QFTPCFG="account",%*%*%*\n', err)
    assert.matches("> AT%+CPIN=%*%*%*\n", err)
    for _, secret in ipairs { PASSWORD, "apn-hush", "4711" } do
      assert.is_nil(err:find(secret, 1, true))
    end
  end)

  it("are not in an error either", function()
    local err = fails(3, "ls", { BG96_PASSWORD = "wrong-one" })
    assert.is_nil(err:find("wrong-one", 1, true))
  end)
end)
