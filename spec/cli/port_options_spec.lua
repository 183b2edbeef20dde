-- The settings of the port: its baud rates, and waiting for it.

local core = require "bg96.core"
local habits = require "spec.support.habits"
local pty = require "bg96.emulator.pty"
local process = require "spec.support.process"
local settings = require "bg96.cli.settings"
local shell = require "spec.support.shell"

local folder, emulator, environment

local function start(...)
  emulator = process.emulator("--backend", "memory", ...)
  environment = { BG96_PORT = emulator.line }
end

before_each(function() folder = process.folder() end)

after_each(function()
  if emulator then emulator:stop() end
  emulator = nil
  process.remove(folder)
end)

local function run(...)
  return shell.run(folder, environment, { ... })
end

local function resolve(values)
  return settings.resolve({}, function(name) return values[name] end, {})
end

describe("the baud rate", function()
  it("is a number, or auto", function()
    assert.equal(115200, resolve {}.baudrate)
    assert.equal(9600, resolve { BG96_BAUDRATE = "9600" }.baudrate)
    assert.equal("auto", resolve { BG96_BAUDRATE = "auto" }.baudrate)
    local _, problem = resolve { BG96_BAUDRATE = "automatic" }
    assert.matches("^BG96_BAUDRATE: 'automatic' is not .*auto", problem)
  end)

  it("is looked for by --baudrate auto", function()
    start()
    local status, out, err = run("--baudrate", "auto", "at", "+CGMM")
    assert.equal(0, status, err)
    assert.equal(habits.identity("model", "BG96") .. "\n", out)
    local master, path, slave = assert(pty.open()) -- where nobody answers
    environment.BG96_PORT = path
    local later, _, message = run("--baudrate", "auto", "at", "+CGMM")
    assert.equal(5, later)
    assert.matches("no answer from .* at any of the usual baud rates", message)
    pty.close(master)
    pty.close(slave)
  end)

  it("is raised by --speed while the program runs, and then as before", function()
    start()
    local status, out, err = run("--speed", "921600", "at", "+IPR?")
    assert.equal(0, status, err)
    assert.equal("+IPR: 921600\n", out)
    assert.equal("+IPR: 115200\n", (select(2, run("at", "+IPR?"))))
    assert.equal(460800, resolve { BG96_SPEED = "460800" }.speed)
    assert.equal(2, (run("--speed", "auto", "at", "+IPR?")))
    assert.equal(2, (run("--speed", "100", "at", "+IPR?")))
  end)
end)

describe("wait-port", function()
  it("is a time", function()
    assert.equal(0, resolve {}["wait-port"])
    assert.equal(0, resolve { BG96_WAIT_PORT = "0" }["wait-port"])
    assert.equal(120, resolve { BG96_WAIT_PORT = "2m" }["wait-port"])
    assert.is_nil((resolve { BG96_WAIT_PORT = "soon" }))
  end)

  it("waits for a port to come", function()
    start()
    local link = folder .. "/modem"
    os.execute(("(sleep 1; ln -s %s %s) &"):format(emulator.line, link))
    environment.BG96_PORT = link
    local started = core.now()
    local status, out, err = run("--wait-port", "20", "at", "+CGMM")
    assert.equal(0, status, err)
    assert.equal(habits.identity("model", "BG96") .. "\n", out)
    assert.is_true(core.now() - started < 15)
  end)

  it("waits for a port that another program has locked", function()
    start()
    os.execute(("flock %s sleep 1 &"):format(emulator.line))
    os.execute("sleep 0.3")
    local status, _, err = run("at", "+CGMM")
    assert.equal(5, status)
    assert.matches("busy", err)
    local later, out, message = run("--wait-port", "20", "at", "+CGMM")
    assert.equal(0, later, message)
    assert.equal(habits.identity("model", "BG96") .. "\n", out)
  end)

  it("ends in time with the reason", function()
    environment = { BG96_PORT = folder .. "/nothing" }
    local started = core.now()
    local status, _, err = run("--wait-port", "1", "at", "+CGMM")
    assert.equal(5, status)
    assert.matches("nothing", err)
    local seconds = core.now() - started
    assert.is_true(seconds >= 1 and seconds < 5, seconds)
  end)

  it("ends by a signal", function()
    environment = { BG96_PORT = folder .. "/nothing" }
    local terminal = shell.start(folder, environment, { "-v", "--wait-port", "60", "at", "+CGMM" })
    os.execute("sleep 0.7")
    terminal:kill("TERM")
    local started = core.now()
    assert.equal(143, terminal:finish())
    assert.is_true(core.now() - started < 5)
  end)
end)
