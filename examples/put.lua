-- Uploads a file through the module to an FTP server.
--
--   FTP_HOST=ftp.example.org FTP_USER=me FTP_PASSWORD=secret \
--     lua5.4 examples/put.lua LOCAL [REMOTE]
--
-- BG96_PORT, BG96_BAUDRATE and BG96_APN give the module's port and speed, and the
-- network's access point.

local ftp = require "bg96.ftp"

local path = arg[1]
local host = os.getenv("FTP_HOST")
if not path or not host then
  io.stderr:write("usage: FTP_HOST=... put.lua LOCAL [REMOTE]\n")
  os.exit(2)
end
local name = arg[2] or path:match("[^/]+$")

local modem

-- Returns the value of a call, or ends the program with its error.
local function check(value, err)
  if value then return value end
  io.stderr:write(tostring(err), "\n")
  if modem then modem:close() end
  os.exit(1)
end

local file = check(io.open(path, "rb"))

modem = check(ftp.open{
  port = os.getenv("BG96_PORT") or "/dev/ttyUSB2",
  baudrate = tonumber(os.getenv("BG96_BAUDRATE") or 115200),
})

check(modem:activate{ cid = 1, apn = os.getenv("BG96_APN") or "internet" })

local session = check(modem:login{
  host = host,
  port = tonumber(os.getenv("FTP_PORT") or 21),
  user = os.getenv("FTP_USER") or "anonymous",
  password = os.getenv("FTP_PASSWORD") or "guest",
})

local bytes = check(session:put(name, file, {
  progress = function(done) io.stderr:write("\r", done, " bytes") end,
}))

check(session:close())
modem:close()
io.stderr:write("\n")
print(("%s: %.0f bytes sent"):format(name, bytes))
