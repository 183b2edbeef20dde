-- Runs in the guest: the driver on a real 8250 UART (/dev/ttyS1) and on a real
-- USB adapter (/dev/ttyUSB0), with an emulated module at the other end of each.
-- Prints a line for each test, and asks the host to unplug and to plug in.

local core = require "bg96.core"
local ftp = require "bg96.ftp"

local FTDI = "0403:6001"
local content = ("every\r\nOK\r\n+++ byte\0 counts"):rep(400)

local function say(text)
  io.write(text, "\n")
  io.flush()
end

local failures = 0

local function test(name, body)
  local ok, message = xpcall(body, debug.traceback)
  if not ok then failures = failures + 1 end
  say((ok and "ok      " or "FAILED  ") .. name .. (ok and "" or "\n" .. tostring(message)))
end

-- Runs job(modem) with an open modem, and closes it.
local function with_modem(options, job)
  local modem = assert(ftp.open(options))
  local ok, message = xpcall(function() job(modem) end, debug.traceback)
  modem:close()
  assert(ok, message)
end

local function login(modem)
  assert(modem:activate { apn = "internet" })
  return assert(modem:login { host = "ftp.example.com", user = "me", password = "secret" })
end

local function round_trip(options)
  with_modem(options, function(modem)
    local session = login(modem)
    assert(session:put("f", content) == #content)
    assert(session:get("f") == content, "the copy differs")
    assert(session:close())
  end)
end

local function find_port(path)
  for _, port in ipairs(assert(ftp.ports())) do
    if port.path == path then return port end
  end
end

-- What the kernel says of the lines of /dev/ttyS1, such as "RTS|CTS|DTR|DSR|CD".
local function uart_lines()
  for line in io.lines("/proc/tty/driver/serial") do
    local lines = line:match("^1: .*%s(%S+)$")
    if lines then return lines end
  end
end

-- Waits, ten seconds at most, until condition() holds.
local function wait_until(condition, what)
  local deadline = core.now() + 10
  while not condition() do
    assert(core.now() < deadline, what)
    core.poll({}, {}, 0.1)
  end
end

test("ftp.ports() lists the UART, and the adapter with its USB ids", function()
  assert(find_port("/dev/ttyS1"), "no /dev/ttyS1")
  local usb = assert(find_port("/dev/ttyUSB0"), "no /dev/ttyUSB0")
  assert(usb.vid == 0x0403 and usb.pid == 0x6001, ("%s:%s"):format(usb.vid, usb.pid))
  assert(usb.product and usb.manufacturer)
end)

test("a round trip over the UART", function() round_trip { port = "/dev/ttyS1" } end)

test("a round trip over the adapter, found by its ids", function()
  round_trip { port = "auto", ids = { FTDI } }
end)

test('port = "auto" finds nothing where the ids are others', function()
  local modem, err = ftp.open { port = "auto", timeout = 2 }
  assert(not modem and err.kind == "port", tostring(err))
end)

-- The levels of DTR on the UART, from now until ended(); as a coroutine.
local function watch_dtr(modem, levels, ended)
  repeat
    local level = uart_lines():find("DTR", 1, true) and "up" or "down"
    if level ~= levels[#levels] then levels[#levels + 1] = level end
    modem.wait(-1, nil, 0.02)
  until ended()
end

test("DTR falls for a moment on the UART, and comes back", function()
  with_modem({ port = "/dev/ttyS1", dtr = true }, function(modem)
    local session = login(modem)
    assert(session:put("big", ("x"):rep(60000)))
    local levels, begun, ended = {}, false, false
    ftp.run(function()
      session:get("big", { progress = function() begun = true end })
      ended = true
    end, function()
      while not begun do modem.wait(-1, nil, 0.01) end
      modem:at("+CSQ", { interrupt = true, timeout = 30 })
    end, function()
      watch_dtr(modem, levels, function() return ended end)
    end)
    assert(table.concat(levels, " ") == "up down up", table.concat(levels, " "))
  end)
end)

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

test("RTS/CTS is set on the UART", function()
  with_modem({ port = "/dev/ttyS1", flowcontrol = "rtscts" }, function(modem)
    assert(modem:info())
    local text = output_of "stty -a -F /dev/ttyS1 2>/dev/null" -- busybox misses a window size
    assert(text:find(" crtscts", 1, true), text)
  end)
end)

test("the baud rate is raised as far as the port goes, and given back", function()
  with_modem({ port = "/dev/ttyS1", speed = 57600 }, function(modem)
    assert(modem:info().baudrate == 57600)
    local text = output_of "stty -a -F /dev/ttyS1 2>/dev/null"
    assert(text:find("speed 57600 ", 1, true), text)
    local ok, err = modem:set_baudrate(921600) -- this UART ends at 115200
    assert(not ok and err.kind == "port", tostring(err))
    assert(modem:info().baudrate == 57600)
  end)
  with_modem({ port = "/dev/ttyS1", speed = 921600 }, function(modem)
    assert(modem:info().baudrate == 115200)
  end)
  with_modem({ port = "/dev/ttyUSB0", speed = 921600 }, function(modem)
    assert(modem:info().baudrate == 921600)
  end)
end)

test("a second opener is refused by the lock, and any other user by TIOCEXCL", function()
  for _, path in ipairs { "/dev/ttyS1", "/dev/ttyUSB0" } do
    with_modem({ port = path }, function(modem)
      local other, err = ftp.open { port = path, timeout = 1 }
      assert(not other and err.kind == "port" and err.code == 16, tostring(err))
      local text = output_of("su nobody -c 'cat " .. path .. "' 2>&1 </dev/null")
      assert(text:find("busy", 1, true), text)
      assert(modem:signal())
    end)
  end
end)

test("unplugging in the middle of a download ends it at once, with kind port", function()
  with_modem({ port = "auto", ids = { FTDI } }, function(modem)
    local session = login(modem)
    assert(session:put("big", ("x"):rep(100000)))
    local asked
    local data, err = session:get("big", { progress = function(count)
      if count > 20000 and not asked then
        asked = core.now()
        say "UNPLUG"
      end
    end })
    assert(not data and err.kind == "port", tostring(err))
    assert(core.now() - asked < 5, "it took " .. core.now() - asked .. " s")
  end)
end)

test("plugged in again, it is found and works", function()
  wait_until(function() return not find_port("/dev/ttyUSB0") end, "it is still there")
  say "PLUG"
  wait_until(function() return find_port("/dev/ttyUSB0") end, "it did not come back")
  round_trip { port = "auto", ids = { FTDI } }
end)

say(failures == 0 and "ALL PASSED" or failures .. " FAILED")
os.exit(failures == 0 and 0 or 1)
