-- A serial port without a modem behind it, on a real pty.

local core = require "bg96.core"
local pty = require "bg96.emulator.pty"

local EBADF, EBUSY, ENOENT, EIO = 9, 16, 2, 5

local master, path, slave, port

before_each(function()
  master, path, slave = assert(pty.open())
  port = assert(core.raw_port(path, 115200, "none"))
end)

after_each(function()
  port:close()
  if master then pty.close(master) end
  if slave then pty.close(slave) end
end)

local function wait_for_input()
  assert.is_true(core.poll({ port:descriptor() }, { "r" }, 5)[1])
end

describe("a raw port", function()
  it("carries bytes both ways, and none is no failure", function()
    assert.equal("", port:read())
    pty.write(master, "\r\nRDY\r\n\0\255")
    wait_for_input()
    assert.equal("\r\n", port:read(2))
    assert.equal("RDY\r\n\0\255", port:read())
    assert.equal(3, port:write("AT\r"))
    assert.is_true(core.poll({ master }, { "r" }, 5)[1])
    assert.equal("AT\r", pty.read(master, 10))
    assert.equal(0, port:write(""))
    assert.equal(0, port:unsent())
  end)

  it("accepts only as much as there is room for", function()
    local sent = 0
    for _ = 1, 1000 do
      local count = assert(port:write(("x"):rep(4096)))
      if count == 0 then break end
      sent = sent + count
    end
    assert.is_true(sent > 0 and sent < 1e6)
  end)

  it("has the lock of any other opener, and gives it back", function()
    local handle, errno = core.raw_port(path, 115200, "none")
    assert.is_nil(handle)
    assert.equal(EBUSY, errno)
    handle, errno = core.open(path, 115200, "none")
    assert.is_nil(handle)
    assert.equal(EBUSY, errno)
    port:close()
    assert(core.open(path, 115200, "none")):close()
  end)

  it("is given back by the collector", function()
    port:close()
    port = assert(core.raw_port(path, 115200, "none"))
    port = nil
    collectgarbage()
    collectgarbage()
    port = assert(core.raw_port(path, 115200, "none"))
  end)

  it("fails in each method once it is closed, and closes twice", function()
    port:close()
    port:close()
    assert.equal(-1, port:descriptor())
    local calls = { { "read" }, { "write", "AT\r" }, { "unsent" }, { "set_baudrate", 9600 } }
    for _, call in ipairs(calls) do
      local value, errno, text = port[call[1]](port, call[2])
      assert.is_nil(value)
      assert.equal(EBADF, errno)
      assert.equal("string", type(text))
    end
  end)

  it("takes a baud rate", function()
    assert.is_true(port:set_baudrate(57600))
  end)

  it("tells a hang-up from silence", function()
    pty.close(slave)
    pty.close(master)
    master, slave = nil, nil
    wait_for_input()
    local bytes, errno = port:read()
    assert.is_nil(bytes)
    assert.equal(EIO, errno)
  end)

  it("cannot be opened where there is none, and raises an error for a wrong argument", function()
    local handle, errno = core.raw_port("/dev/there-is-none", 115200, "none")
    assert.is_nil(handle)
    assert.equal(ENOENT, errno)
    assert.has_error(function() core.raw_port(path, 0, "none") end)
    assert.has_error(function() core.raw_port(path, 115200, "xonxoff") end)
    assert.has_error(function() port:read(0) end)
    assert.has_error(function() port:read(4097) end)
    assert.has_error(function() port:set_baudrate(-1) end)
  end)
end)
