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
