-- libserialport, which refuses a pty. A preloaded shim (spec/support/serial_shim.c) makes a
-- pty look like a serial port, and makes system calls fail.

local process = require "spec.support.process"

local unpack = table.unpack or unpack -- luacheck: std max

local SHIM = process.library("spec.support.serial_shim")

local emulator, folder

setup(function()
  emulator = process.emulator("--backend", "memory")
  folder = process.folder()
end)

teardown(function()
  emulator:stop()
  process.remove(folder)
end)

local function read_log()
  local file = io.open(folder .. "/log")
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  os.remove(folder .. "/log")
  return text
end

-- A memory checker that runs this process has to be loaded before the shim.
local checker = os.getenv("LD_PRELOAD")
local PRELOAD = checker and checker .. ":" .. SHIM or SHIM

-- Runs a program with the shim; returns its first line and the shim's log.
local function run(words, settings)
  local environment = {
    LUA_PATH = "./lua/?.lua;./lua/?/init.lua;;", LUA_CPATH = package.cpath,
    LD_PRELOAD = PRELOAD, SERIAL_SHIM_LOG = folder .. "/log",
  }
  for name, value in pairs(settings or {}) do environment[name] = value end
  local child = process.start({ "timeout", "60", process.LUA, unpack(words) }, environment)
  local line = child.line
  child:stop()
  return line, read_log()
end

local function run_session(flowcontrol, dtr, settings)
  return run({ "spec/support/shimmed.lua", emulator.line, flowcontrol, dtr }, settings)
end

describe("a port behind libserialport", function()
  it("is used if libserialport knows the device", function()
    local line, log = run_session("none", "no-dtr")
    assert.equal("whole", line)
    assert.matches("SYSFS 1", log)
  end)

  it("leaves the modem lines alone unless they are asked for", function()
    local _, log = run_session("none", "no-dtr")
    assert.is_nil(log:find("DTR"))
    assert.is_nil(log:find("BREAK"))
  end)

  it("follows the baud rate of the module", function()
    local line = run { "-e", ([[
      local modem = assert(require("bg96.ftp").open { port = %q, speed = 921600 })
      local pipe = io.popen("stty -F %s speed")
      print(pipe:read("*l"), modem:info().baudrate)
      modem:close()
    ]]):format(emulator.line, emulator.line) }
    assert.equal("921600\t921600", line)
  end)

  it("raises DTR where it is wired, and drops it for a moment to suspend a download", function()
    local slow = process.emulator("--backend", "memory", "--baud", "921600")
    local line, log = run({ "-e", ([[
      local ftp = require "bg96.ftp"
      local modem = assert(ftp.open { port = %q, dtr = true })
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login { host = "h", user = "u", password = "p" })
      assert(session:put("big", ("x"):rep(100000)))
      local size, done
      ftp.run(function()
        size = #assert(session:get("big", { progress = function(count) done = count end }))
      end, function()
        while not done do modem.wait(-1, "r", 0.001) end
        assert(modem:at("+CSQ", { interrupt = true }))
      end)
      modem:close()
      print(size)
    ]]):format(slow.line) })
    slow:stop()
    assert.equal("100000", line)
    assert.matches("DTR 1\nDTR 0\nDTR 1\n", log)
  end)

  for flowcontrol, setting in pairs { none = "-crtscts", rtscts = " crtscts" } do
    it("has flow control " .. flowcontrol .. " in the terminal's own settings", function()
      local line = run { "-e", ([[
        local modem = assert(require("bg96.ftp").open { port = %q, flowcontrol = %q })
        local pipe = io.popen("stty -a -F %s")
        print((pipe:read("*a"):gsub("%%s+", " ")))
      ]]):format(emulator.line, flowcontrol, emulator.line) }
      assert.truthy(line:find(setting, 1, true), line)
    end)
  end
end)

describe("the queue of a driver", function()
  -- 30,000 bytes at 115200 baud are 2.6 s.
  local SIZE, SECONDS = 30000, 2.604

  local function put(settings)
    local line, log = run({ "-e", ([[
      local ftp = require "bg96.ftp"
      local modem = assert(ftp.open { port = %q })
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login { host = "h", user = "u", password = "p" })
      local started = require("bg96.core").now()
      assert(session:put("big", ("x"):rep(%d)))
      print(require("bg96.core").now() - started)
    ]]):format(emulator.line, SIZE) }, settings)
    local most
    for count in log:gmatch("QUEUE (%d+)") do most = tonumber(count) end
    return tonumber(line), most
  end

  it("never holds more than one window of payload, and does not run dry #timing", function()
    local seconds, most = put { SERIAL_SHIM_RATE = "115200" }
    assert.is_true(most <= 1024, most .. " bytes")
    assert.is_true(seconds < SECONDS * 1.1, seconds .. " s")
  end)

  it("may be counted in whole transfers of USB #timing", function()
    local seconds, most = put { SERIAL_SHIM_RATE = "115200", SERIAL_SHIM_TRANSFER = "10240" }
    assert.is_true(most <= 1024, most .. " bytes")
    assert.is_true(seconds < SECONDS * 2, seconds .. " s")
  end)
end)

-- As some USB adapters answer.
describe("modem lines that cannot be set", function()
  for _, error in ipairs { "EPROTO", "EIO", "ENOTTY", "EINVAL" } do
    it(error .. " leave a port that works", function()
      assert.equal("whole", (run_session("none", "no-dtr", { SERIAL_SHIM_LINES = error })))
      assert.equal("whole", (run_session("rtscts", "no-dtr", { SERIAL_SHIM_LINES = error })))
    end)

    it(error .. " are no DTR line", function()
      local line = run_session("none", "dtr", { SERIAL_SHIM_LINES = error })
      assert.matches("^failed\tport %d+$", line)
    end)
  end
end)

describe("a port that a program holds exclusively and without a lock", function()
  -- A process that was killed leaves TIOCEXCL on a pty, and takes its lock along.
  local held

  -- Opens it as a serial port; `job` runs with the modem.
  local function open_it(job)
    return (run({ "-e", ([[
      local modem, err = require("bg96.ftp").open { port = %q, timeout = 5 }
      print(modem and "open" or err.kind .. " " .. err.code)
      io.stdout:flush()
      %s
    ]]):format(held.line, job) }, { SERIAL_SHIM_UART = "1" }))
  end

  setup(function() held = process.emulator("--backend", "memory") end)
  teardown(function() held:stop() end)

  it("is busy, for root as well", function()
    assert.equal("open", open_it "modem.wait(-1, nil, 60)")
    assert.equal("port 16", open_it "")
  end)
end)

describe("a system call that fails under a session", function()
  -- The calls of a whole session: some in its opening, some in its transfers.
  local numbers = { 1, 2, 5, 13, 21 }

  for _, call in ipairs { "read", "write" } do
    for _, error in ipairs { "EINTR", "EAGAIN", "SHORT" } do
      it(("%s with %s changes nothing"):format(call, error), function()
        for _, number in ipairs(numbers) do
          local plan = ("%s %d %s"):format(call, number, error)
          assert.equal("whole", (run_session("none", "no-dtr", { SERIAL_SHIM_FAIL = plan })), plan)
        end
      end)
    end
  end

  for error, code in pairs { EIO = 5, ENOSPC = 28 } do
    for _, call in ipairs { "read", "write" } do
      it(("%s with %s ends it at once, with kind port"):format(call, error), function()
        for _, number in ipairs(numbers) do
          local plan = ("%s %d %s"):format(call, number, error)
          local line = run_session("none", "no-dtr", { SERIAL_SHIM_FAIL = plan })
          assert.equal("failed\tport " .. code, line, plan)
        end
      end)
    end
  end
end)
