-- An emulator inside a program (bg96.emulator's run), and what the program bg96-emulator does
-- with its link, its folder and its options.

local emulator = require "bg96.emulator"
local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local function log_in(port, password)
  local modem = ftp.check(ftp.open { port = port })
  ftp.check(modem:activate { apn = "internet" })
  local session, err = modem:login { host = "ftp.example.com", user = "me",
    password = password or "pw" }
  return session, err, modem
end

describe("an emulator inside a program", function()
  it("runs a module beside a script that blocks", function()
    local content = ("\0\r\nOK\r\n\255"):rep(500)
    local a, b, c = emulator.run({ files = { ["in/config.txt"] = "hello" } },
      function(port, module, server)
        local session, _, modem = log_in(port)
        assert.equal("hello", session:get("in/config.txt"))
        assert.equal(#content, session:put("out.bin", content))
        assert.is_true(server:get("out.bin") == content)
        assert.is_true(server:get("/out.bin") == content)
        assert.is_nil(server:get("none"))
        server:put("/new/folder/file", content)
        assert.is_true(session:get("new/folder/file") == content)
        modem:close()
        assert.equal("AT+QFTPCLOSE", module:commands()[#module:commands()])
        return 1, nil, "c"
      end)
    assert.same({ 1, nil, "c" }, { a, b, c })
  end)

  it("fails on demand, and knows accounts and quirks", function()
    emulator.run({ users = { me = "right" }, quirks = { "slow-close=0.1", "pwd-quoted" },
      faults = "result,command=CSQ" }, function(port, module)
      local _, err, modem = log_in(port, "wrong")
      assert.equal(530, err.protocol)
      modem:close()
      local session
      session, _, modem = log_in(port, "right")
      assert.equal("/", session:pwd())
      assert.is_nil((modem:signal()))
      module:fault("drop,bytes=1000")
      local report = ftp.check(session:upload({ data = ("x"):rep(5000) }, "y"))
      assert.equal(2, report.attempts)
      modem:close()
    end)
  end)

  it("has the habits of a module: by name, from a table or a file; quirks win", function()
    local folder = process.folder()
    shell.write(folder .. "/habits.txt", "# bg96 habits 1\nmodel = Filed\npwd-quoted = yes\n")
    for wanted, habits in pairs {
      ["BG95-M3"] = "bg95", Filed = folder .. "/habits.txt",
      Tabled = { model = "Tabled", ["pwd-quoted"] = true },
    } do
      emulator.run({ habits = habits, quirks = { "firmware=F1", "pwd-unquoted" } }, function(port)
        local session, _, modem = log_in(port)
        assert.equal("/", session:pwd())
        local info = modem:info()
        modem:close()
        assert.same({ wanted, "F1" }, { info.model, info.revision })
      end)
    end
    process.remove(folder)
  end)

  it("takes any number of options", function()
    local faults = {}
    for i = 1, 200 do faults[i] = "urc,seconds=1000,line=+LINE: " .. i end
    emulator.run({ faults = faults, habits = "ec2x" }, function(port, module)
      local modem = ftp.check(ftp.open { port = port })
      assert.equal("EC25", modem:info().model)
      modem:close()
      assert.is_true(#module:commands() > 0)
    end)
  end)

  it("runs for a script that is a program of its own", function()
    emulator.run({ users = { me = "pw" } }, function(port, _, server)
      local folder = process.folder()
      local status, out = shell.run(folder, { BG96_PORT = port, BG96_HOST = "ftp.example.com",
        BG96_USER = "me", BG96_PASSWORD = "pw", BG96_APN = "internet" },
        { "put", "-", "x", input = "piped" })
      process.remove(folder)
      assert.equal(0, status, out)
      assert.equal("piped", server:get("x"))
    end)
  end)

  it("talks to real servers on request", function()
    local served = process.folder()
    local real = process.ftp_server(served)
    emulator.run({ backend = "network" }, function(port, _, server)
      assert.is_nil(server)
      local modem = ftp.check(ftp.open { port = port })
      ftp.check(modem:activate { apn = "internet" })
      local session = ftp.check(modem:login { host = "127.0.0.1", port = real.port, user = "test",
        password = "test" })
      ftp.check(session:put("x", "over the network"))
      modem:close()
    end)
    assert.equal("over the network", shell.contents(served .. "/x"))
    real:stop()
    process.remove(served)
  end)

  it("can be several at a time", function()
    emulator.run({}, function(port, _, server)
      emulator.run({}, function(other_port, _, other_server)
        assert.not_equal(port, other_port)
        local session, _, modem = log_in(port)
        local other_session, _, other_modem = log_in(other_port)
        ftp.check(session:put("a", "one"))
        ftp.check(other_session:put("a", "two"))
        assert.equal("one", server:get("a"))
        assert.equal("two", other_server:get("a"))
        modem:close()
        other_modem:close()
      end)
    end)
  end)

  it("raises the error of the function as it is, and leaves nothing behind", function()
    local failure, pty = {}, nil
    local ok, err = pcall(emulator.run, {}, function(port)
      pty = port
      error(failure)
    end)
    assert.is_false(ok)
    assert.equal(failure, err)
    assert.is_nil((ftp.open { port = pty, timeout = 1 }))
  end)

  it("refuses wrong options before it starts", function()
    for message, options in pairs {
      ["unknown option 'quirk'"] = { quirk = "x" }, ["unknown quirk 'x'"] = { quirks = { "x" } },
      ["unknown fault 'x'"] = { faults = { "x" } }, ["files: table expected"] = { files = "x" },
      ["unknown quirk 'a'"] = { habits = { a = 1 } },
      ["/none: No such file"] = { habits = "/none" },
      ["wrong options"] = { arguments = { "--pin", "1" } },
    } do
      local ok, err = pcall(emulator.run, options, print)
      assert.is_false(ok)
      assert.is_truthy(err:find(message, 1, true), err)
    end
    assert.is_false((pcall(emulator.run, nil, print)))
    assert.is_false((pcall(emulator.run, {}, nil)))
    emulator.run({}, function(_, module)
      assert.is_false((pcall(module.fault, module, "nonsense")))
    end)
  end)
end)

describe("bg96-emulator", function()
  local folder

  before_each(function() folder = process.folder() end)
  after_each(function() process.remove(folder) end)

  local function run(words)
    local status = shell.execute(folder, ("%s bin/bg96-emulator %s > %s/out 2>&1"):format(
      process.LUA, words, folder))
    return status, shell.contents(folder .. "/out")
  end

  it("takes no link that another emulator serves, and removes its own alone", function()
    local link = folder .. "/modem"
    local first = process.emulator("--link", link)
    local status, out = run("--link " .. link)
    assert.equal(1, status)
    local said = ("%s leads to %s, which is in use"):format(link, first.line)
    assert.is_truthy(out:find(said, 1, true), out)
    os.execute(("ln -sfn /dev/null %s"):format(link))
    first:stop()
    assert.equal(0, shell.execute(folder, ("[ \"$(readlink %s)\" = /dev/null ]"):format(link)))
  end)

  it("replaces a link that leads nowhere, but no file", function()
    local link = folder .. "/modem"
    os.execute(("ln -s /dev/pts/does-not-exist %s"):format(link))
    local emulated = process.emulator("--link", link)
    assert.equal(0, shell.execute(folder, ("[ -e %s ]"):format(link)))
    emulated:stop()
    assert.not_equal(0, shell.execute(folder, ("[ -L %s ]"):format(link)))
    shell.write(link, "a file")
    assert.equal(1, (run("--link " .. link)))
    assert.equal("a file", shell.contents(link))
  end)

  it("serves a folder from memory with --root", function()
    os.execute(("mkdir -p %s/root/sub/empty; ln -s / %s/root/link"):format(folder, folder))
    shell.write(folder .. "/root/sub/a.bin", "\0\r\n\255")
    local emulated = process.emulator("--root", folder .. "/root")
    local session, _, modem = log_in(emulated.line)
    assert.same({ "sub" }, session:nlst())
    assert.same({ "a.bin", "empty" }, session:nlst("sub"))
    assert.equal("\0\r\n\255", session:get("sub/a.bin"))
    ftp.check(session:put("new", "x"))
    modem:close()
    emulated:stop()
    assert.is_nil(io.open(folder .. "/root/new"))
    local status, out = run("--root /does/not/exist")
    assert.equal(1, status)
    assert.matches("/does/not/exist is no folder", out)
  end)

  it("says its version, which is that of the library", function()
    local status, out = run("--version")
    assert.equal(0, status)
    assert.equal("bg96-emulator " .. ftp.version .. "\n", out)
  end)

  it("prints the habits that it comes with", function()
    local status, out = run("--print-habits bg95")
    assert.equal(0, status)
    assert.equal(require("bg96.emulator.habits").text("bg95"), out)
  end)

  it("explains itself in 80 columns", function()
    local status, out = run("--help")
    assert.equal(0, status)
    for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 80, line) end
    assert.is_nil(out:find("docs/", 1, true))
  end)

  it("refuses a wrong fault, quirk or value at its start", function()
    for _, words in ipairs { "--fault nonsense", "--fault drop,bytes=x", "--fault late",
      "--quirk nonsense", "--quirk slow-close=x", "--habits /none", "--print-habits none",
      "--rssi 100", "--baud x", "--state odd" } do
      assert.equal(2, (run(words)), words)
    end
  end)
end)
