-- The radio on the real clock: the driver on a pty, the emulator with a real FTP server
-- behind it, and its control socket.

local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local now = require("cqueues").monotime

local RTT = 0.1

local root, server, emulator

setup(function()
  root = process.folder()
  server = process.ftp_server(root)
end)

teardown(function()
  server:stop()
  process.remove(root)
end)

after_each(function() emulator:stop() end)

local function start(...)
  emulator = process.emulator("--control", root .. "/control", "--rtt", tostring(1000 * RTT), ...)
end

local function open(options)
  options.port = emulator.line
  local modem = assert(ftp.open(options))
  assert(modem:activate { apn = "internet" })
  return modem
end

local function login(modem)
  return assert(modem:login { host = "127.0.0.1", port = server.port, user = "test",
    password = "test", timeout = 20 })
end

-- The answer of `bg96-emulator ctl`, and its exit status.
local function ask(...)
  local client = process.lua("bin/bg96-emulator", "ctl", root .. "/control", ...)
  local lines, line = {}, client.line
  while line do
    lines[#lines + 1] = line
    line = client:read_line()
  end
  return lines, client:stop()
end

local function counters()
  local found = {}
  for _, line in ipairs((ask("counters"))) do
    local name, value = line:match("^(.-) (%d+)$")
    found[name] = tonumber(value)
  end
  return found
end

-- Seconds of f().
local function timed(f, ...)
  local before = now()
  assert(f(...))
  return now() - before
end

local function assert_near(expected, actual)
  local text = ("%.3f s in place of %.3f s"):format(actual, expected)
  assert.is_true(actual > expected - 0.01 and actual < expected * 1.3 + 0.3, text)
end

describe("a radio in front of a real FTP server", function()
  it("takes its time, and counts what goes over the air", function()
    start("--uplink", "160000", "--downlink", "160000", "--baud", "921600")
    local modem = open { flowcontrol = "rtscts" }
    local data = ("0123456789"):rep(3000)
    local session
    assert_near(5 * RTT, timed(function()
      session = login(modem)
      return session
    end))
    local first = counters()
    assert.equal(3, first.commands)
    assert.equal(1, first.control_connections)
    assert_near(4 * RTT + 1.5, timed(session.put, session, "f", data))
    local put = counters()
    assert.same({ 2, 1, 1, 1 }, { put.commands - first.commands, put.data_connections,
      put["word PASV"], put["word STOR"] })
    assert.equal(30000 + #"PASV\r\nSTOR f\r\n", put.up - first.up)
    assert_near(4 * RTT + 1.5, timed(function()
      return assert.equal(data, session:get("f"))
    end))
    local get = counters()
    assert.same({ 3, 2 }, { get.commands - put.commands, get.data_connections })
    assert.is_true(get.down - put.down > 30000 and get.down - put.down < 30300)
    modem:close()
  end)

  it("loses without flow control what its buffer does not hold, and gets it again", function()
    start("--uplink", "8000", "--buffer", "1000", "--baud", "115200")
    local modem = open {}
    local session = login(modem)
    local data = ("0123456789"):rep(600)
    assert.equal(6000, assert(session:put("lost", data)))
    assert.is_true(counters().lost > 1000)
    assert.equal(data, assert(session:get("lost")))
    modem:close()
  end)
end)

describe("the control socket of the emulator", function()
  it("sets faults, and refuses what it does not know", function()
    start("--backend", "memory")
    local modem = open {}
    assert.same({ {}, 0 }, { ask("fault", "result,command=CSQ,cme=3") })
    local signal, err = modem:signal()
    assert.same({ nil, 3 }, { signal, err.code })
    local _, status = ask("fault", "nonsense")
    assert.equal(1, status)
    _, status = ask("nonsense")
    assert.equal(1, status)
    modem:close()
    emulator:stop()
    assert.is_nil(io.open(root .. "/control"))
  end)
end)

describe("a host with another baud rate than the line", function()
  it("is not understood with --check-baud, and found by baudrate = auto", function()
    start("--backend", "memory", "--baud", "57600", "--check-baud")
    local modem, err = ftp.open { port = emulator.line, timeout = 1 }
    assert.is_nil(modem)
    assert.equal("timeout", err.kind)
    modem = assert(ftp.open { port = emulator.line, baudrate = "auto" })
    assert.is_true(modem:set_baudrate(230400))
    assert.equal(230400, modem:info().baudrate)
    modem:close()
  end)
end)
