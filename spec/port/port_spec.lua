-- A port on a real pty, without a module: bytes, locks, hang-up.

local ftp = require "bg96.ftp"
local core = require "bg96.core"
local process = require "spec.support.process"
local pty = require "bg96.emulator.pty"

local Modem = require "bg96.ftp.modem"
local poll = require "bg96.wait.poll"

-- Returns a modem on a new pty, in no known state, and the other end of the pty.
local function open_pair()
  local master, path, slave = assert(pty.open())
  local handle = assert(core.open(path, 115200, "none"))
  return Modem.new(handle, { wait = poll, timeout = 1 }), master, slave, path
end

local function read_all(master)
  local bytes = ""
  while core.poll({ master }, { "r" }, 0.05)[1] do
    local more = pty.read(master, 4096)
    if not more then break end
    bytes = bytes .. more
  end
  return bytes
end

-- Starts another process that opens the port, reports that, and keeps it open.
local function holder(path)
  return process.lua("-e", ([[
    local core = require "bg96.core"
    local handle, errno = core.open(%q, 115200, "none")
    print(handle and "open" or errno)
    io.stdout:flush()
    os.execute("exec sleep 60")
  ]]):format(path))
end

describe("a port", function()
  it("carries every byte value both ways, unchanged by the terminal", function()
    local modem, master, slave = open_pair()
    local bytes = {}
    for byte = 0, 255 do
      if byte ~= 10 and byte ~= 13 then bytes[#bytes + 1] = string.char(byte) end
    end
    local line = table.concat(bytes)
    local seen = {}
    pty.write(master, "\r\n+ALL: " .. line .. "\r\n")
    modem:on("+ALL", function(text) seen[1] = text end)
    core.poll({ modem:pollfd() }, { "r" }, 1)
    modem:poll()
    assert.equal("+ALL: " .. line, seen[1])
    modem:at("", { timeout = 0.05 })
    assert.equal("AT\r", read_all(master):sub(1, 3))
    modem:close()
    pty.close(master)
    pty.close(slave)
  end)
end)

describe("a port that is open", function()
  it("is busy for a second opener in the same process, and free after close", function()
    local modem, master, slave, path = open_pair()
    local handle, errno = core.open(path, 115200, "none")
    assert.is_nil(handle)
    assert.equal(16, errno)
    modem:close()
    local again = assert(core.open(path, 115200, "none"))
    again:close()
    pty.close(master)
    pty.close(slave)
  end)

  it("is busy for another process, and free when that is killed", function()
    local master, path, slave = assert(pty.open())
    local other = holder(path)
    assert.equal("open", other.line)
    local modem, err = ftp.open { port = path, timeout = 0.2 }
    assert.is_nil(modem)
    assert.equal("port", err.kind)
    assert.equal(16, err.code)
    other:stop("KILL")
    local handle
    for _ = 1, 100 do -- the kernel needs a moment to clean up after it
      handle = core.open(path, 115200, "none")
      if handle then break end
      core.poll({}, {}, 0.05)
    end
    assert.is_truthy(handle)
    handle:close()
    pty.close(master)
    pty.close(slave)
  end)

  it("is given back by the collector", function()
    local modem, master, slave, path = open_pair()
    assert.is_truthy(modem)
    modem = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local handle = assert(core.open(path, 115200, "none"))
    handle:close()
    pty.close(master)
    pty.close(slave)
  end)

  it("tells a hang-up from silence", function()
    local modem, master, slave = open_pair()
    local lines, err = modem:at("+CSQ", { timeout = 0.2 })
    assert.is_nil(lines)
    assert.equal("timeout", err.kind)
    pty.close(master)
    pty.close(slave)
    local started = core.now()
    lines, err = modem:at("+CSQ", { timeout = 30 })
    assert.is_nil(lines)
    assert.equal("port", err.kind)
    assert.equal(5, err.code)
    assert.is_true(core.now() - started < 10)
    assert.is_true(modem:close())
  end)
end)

describe("the baud rate of a port", function()
  local function speed_of(path)
    local pipe = io.popen(("stty -F %s speed"):format(path))
    local speed = tonumber(pipe:read("*l"))
    pipe:close()
    return speed
  end

  it("follows that of the module, with a constant for it or without", function()
    local emulator = process.emulator("--backend", "memory")
    local modem = assert(ftp.open { port = emulator.line, baudrate = 250000, speed = 921600 })
    assert.equal(921600, speed_of(emulator.line))
    assert.equal(921600, modem:info().baudrate)
    assert.is_true(modem:set_baudrate(3000000))
    assert.equal(3000000, speed_of(emulator.line))
    local ok, err = modem:set_baudrate(2999999) -- the module does not know that
    assert.is_nil(ok)
    assert.equal("+IPR", err.command)
    assert.equal(3000000, speed_of(emulator.line))
    modem:close()
    assert.equal(3000000, speed_of(emulator.line)) -- nor 250000, so it stays there
    emulator:stop()
  end)

  it("is given back when the modem is closed", function()
    local emulator = process.emulator("--backend", "memory")
    local modem = assert(ftp.open { port = emulator.line, speed = 921600 })
    modem:close()
    modem = assert(ftp.open { port = emulator.line })
    assert.same({ "+IPR: 115200" }, modem:at("+IPR?"))
    modem:close()
    emulator:stop()
  end)
end)

describe("port_wait", function()
  -- Closes the port of `modem` after some seconds of another coroutine's.
  local function give_back(modem, seconds)
    return function()
      ftp.sleep(seconds)
      modem:close()
    end
  end

  it("waits for a lock to be given back #timing", function()
    local modem, master, slave, path = open_pair()
    local err, started = nil, core.now()
    ftp.run(function()
      err = select(2, ftp.open { port = path, port_wait = 10, timeout = 0.2 })
    end, give_back(modem, 0.5))
    assert.equal("timeout", err.kind) -- it is open, and no module answers
    assert.is_true(core.now() - started < 3)
    pty.close(master)
    pty.close(slave)
  end)

  it("waits for a port to come", function()
    local folder, master, slave = process.folder(), nil, nil
    local path, err = folder .. "/modem", nil
    ftp.run(function()
      err = select(2, ftp.open { port = path, port_wait = 10, timeout = 0.2 })
    end, function()
      ftp.sleep(0.4)
      local target
      master, target, slave = pty.open()
      os.execute(("ln -s %s %s"):format(target, path))
    end)
    assert.equal("timeout", err.kind)
    pty.close(master)
    pty.close(slave)
    process.remove(folder)
  end)

  it("ends with the last error, in time, and says who holds the port #timing", function()
    local master, path, slave = assert(pty.open())
    local other = holder(path)
    local started = core.now()
    local modem, err = ftp.open { port = path, port_wait = 0.6 }
    local seconds = core.now() - started
    assert.is_nil(modem)
    assert.equal(16, err.code)
    assert.is_true(seconds >= 0.6 and seconds < 2, ("it took %.1f s"):format(seconds))
    local name = other:status("Name")
    assert.truthy(tostring(err):find(("process %d (%s)"):format(other.pid, name), 1, true),
      tostring(err))
    other:stop("KILL")
    pty.close(master)
    pty.close(slave)
  end)

  it("says where this program holds the port itself", function()
    local modem, master, slave, path = open_pair()
    local _, err = ftp.open { port = path }
    assert.matches("this program has it open already", tostring(err))
    modem:close()
    pty.close(master)
    pty.close(slave)
  end)

  it("does not wait for what does not pass", function()
    local started = core.now()
    local modem, err = ftp.open { port = "/dev/null", port_wait = 10 }
    assert.is_nil(modem)
    assert.equal("port", err.kind)
    assert.is_true(core.now() - started < 1)
  end)

  it("waits by the wait that was given, and is given up by what that throws", function()
    local waits = {}
    local modem, err = ftp.open { port = "/dev/no-such-port", port_wait = 10,
      wait = function(fd, events, seconds)
        waits[#waits + 1] = { fd, events, seconds }
        if #waits == 3 then error("enough") end
      end }
    assert.is_nil(modem)
    assert.equal("cancelled", err.kind)
    assert.equal(3, #waits)
    for _, wait in ipairs(waits) do
      assert.equal(-1, wait[1])
      assert.is_nil(wait[2])
      assert.is_true(wait[3] > 0)
    end
  end)
end)

describe("ftp.ports", function()
  it("lists ports with their paths, in order", function()
    local ports = assert(ftp.ports())
    for _, port in ipairs(ports) do assert.matches("^/dev/", port.path) end
  end)
end)

-- LuaJIT unwinds the frames of C functions, and ends the process if it cannot.
describe("an error thrown in C", function()
  it("goes through the C code and is caught in Lua", function()
    local ok, message = pcall(core.watch().arm, "not a watch")
    assert.is_false(ok)
    assert.matches("bg96.core.watch", message)
  end)
end)
