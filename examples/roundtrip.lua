-- Sends a file through the module to an FTP server and back, and compares.
-- `make demo` runs it. Settings as in put.lua:
--   FTP_HOST=... FTP_USER=... FTP_PASSWORD=... lua5.4 examples/roundtrip.lua FILE

local digest = require "openssl.digest" -- lua-luaossl
local ftp = require "bg96.ftp"

local path, host = arg[1], os.getenv("FTP_HOST")
if not path or not host then
  io.stderr:write("usage: FTP_HOST=... roundtrip.lua FILE\n")
  os.exit(2)
end
local baudrate = tonumber(os.getenv("BG96_BAUDRATE") or 115200)
local name = "bg96-roundtrip.bin"
local on_terminal = ({ [true] = true, [0] = true })[os.execute("test -t 1")] -- 0: Lua 5.1
local modem, drawn

-- Returns the value of a call, or ends the program with its error.
local function check(value, err)
  if value then return value end
  io.stderr:write("\n", tostring(err), "\n")
  if modem then modem:close() end
  os.exit(1)
end

local function hex(byte) return ("%02x"):format(byte:byte()) end
local function sha256(data) return (digest.new("sha256"):final(data):gsub(".", hex)) end

local function now() -- seconds since the machine started
  return tonumber(check(io.open("/proc/uptime")):read("*l"):match("%S+"))
end

local function progress(done, total)
  local bar = ("#"):rep(math.floor(40 * done / math.max(total, 1)))
  if on_terminal and bar ~= drawn then io.write(("\r  [%-40s]"):format(bar)) io.flush() end
  drawn = bar
end
local function print_rate(what, rate) -- on the line a byte takes ten bits
  print(("  %s: %.1f KB/s, %.1f %% of the line"):format(what, rate / 1000, 1000 * rate / baudrate))
end

local sent = check(io.open(path, "rb")):read("*a")
modem = check(ftp.open{ port = os.getenv("BG96_PORT") or "/dev/ttyUSB2", baudrate = baudrate })
print("  address " .. check(modem:activate{ cid = 1, apn = os.getenv("BG96_APN") or "internet" }))
local session = check(modem:login{ host = host, port = tonumber(os.getenv("FTP_PORT") or 21),
  user = os.getenv("FTP_USER"), password = os.getenv("FTP_PASSWORD") })

local started = now()
check(session:put(name, sent, { progress = progress }))
print_rate("up", #sent / math.max(now() - started, 0.01))
print("  size " .. check(session:size(name)) .. " bytes, says the server")
started = now()
local received = check(session:get(name, { progress = progress }))
print_rate("down", #received / math.max(now() - started, 0.01))
print("  SHA-256 " .. sha256(sent) .. " sent\n  SHA-256 " .. sha256(received) .. " received")

check(sha256(sent) == sha256(received), "the copy differs from what was sent")
check(session:del(name))
check(session:close())
modem:close()
