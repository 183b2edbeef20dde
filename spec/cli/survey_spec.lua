-- bg96-ftp survey, against the emulator on a pty.

local habits = require "bg96.habits"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, emulator, environment, terminal

local function start(...)
  emulator = process.emulator("--backend", "memory", "--account", "me:hush-hush-9", ...)
  environment.BG96_PORT = emulator.line
end

before_each(function()
  folder = process.folder()
  environment = { BG96_HOST = "ftp.example.com", BG96_USER = "me", BG96_PASSWORD = "hush-hush-9" }
  terminal = nil
end)

after_each(function()
  if terminal then terminal:abandon() end
  emulator:stop()
  process.remove(folder)
end)

local function run(...)
  return shell.run(folder, environment, { ... })
end

describe("survey", function()
  it("writes the habits of a module alone to a file, and says each step", function()
    start("--quirk", "ufs-prefix", "--quirk", "spacing=tight")
    environment.BG96_HOST = nil
    local path = folder .. "/habits.txt"
    local code, out, err = run("survey", "--offline", "--quick", "-o", path)
    assert.equal(0, code, err)
    assert.matches("habits%.txt: %d+ habits; %d+ steps without a result, 0 answers not", out)
    assert.matches("^bg96%-ftp: this takes up to 2 minutes; Ctrl%-C ends it\n", err)
    assert.matches("\nstep 1 of %d+: who the module is\n", err)
    local parsed = assert(habits.load(path))
    assert.equal("yes", parsed.habits["ufs-prefix"])
    assert.equal("tight", parsed.habits.spacing)
    assert.equal("BG96", parsed.habits.model)
    assert.is_nil(select(2, run("ufs", "ls")):find("survey", 1, true))
    emulator:stop()
    start("--habits", path)
    assert.equal("+CEREG:0,1\n", select(2, run("at", "+CEREG?")))
  end)

  it("writes to standard output, and is quiet with -q", function()
    start()
    local code, out, err = run("-q", "survey", "--offline", "--quick")
    assert.equal("", err)
    assert.equal(0, code)
    assert.matches("^# bg96 habits 1\n", out)
    assert.is_table(habits.parse(out))
  end)

  it("says what it finds out until Ctrl-C, and leaves nothing behind", function()
    start("--quirk", "pwd-quoted")
    local path = folder .. "/habits.txt"
    terminal = shell.start(folder, environment, { "-v", "survey", "--quick", "-o", path })
    terminal:expect("> AT%+QFTPPUT=\"bg96%-survey%-%x+%.g\"", 60)
    terminal:kill("INT")
    assert.equal(130, terminal:finish())
    assert.matches("interrupted", terminal.screen)
    assert.is_nil(terminal.screen:find("hush", 1, true))
    local parsed = assert(habits.load(path))
    assert.equal("yes", parsed.habits["pwd-quoted"])
    assert.equal("", select(2, run("ls")))
    assert.is_nil(select(2, run("ufs", "ls")):find("survey", 1, true))
  end)

  it("needs a server, a module, and a place for the report", function()
    start()
    local code, _, err = run("survey", "-o", "/does/not/exist")
    assert.equal(6, code)
    assert.matches("/does/not", err)
    environment.BG96_HOST = nil
    code, _, err = run("survey")
    assert.equal(2, code)
    assert.matches("which server%?.*%-%-offline", err)
    environment.BG96_PORT = "/dev/there-is-none"
    code = run("survey", "--offline")
    assert.equal(5, code)
    assert.equal(2, (run("--json", "survey", "--offline")))
  end)
end)
