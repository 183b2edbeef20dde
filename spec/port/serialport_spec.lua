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

  it("raises DTR if it is wired, and drops it briefly to suspend a download", function()
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
