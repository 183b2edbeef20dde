-- Waits for unsolicited lines on an open modem with a session, for ever. Between them it
-- should not wake up at all. Prints "ready" when it waits.

local ftp = require "bg96.ftp"
local wait = require "bg96.ftp.run".wait

local port, baudrate = arg[1], tonumber(arg[2])

ftp.run(function()
  local modem = assert(ftp.open { port = port, baudrate = baudrate })
  assert(modem:activate { apn = "internet" })
  assert(modem:login { host = "bench", user = "bench", password = "bench" })
  print("ready")
  io.stdout:flush()
  while true do
    wait(modem:pollfd(), modem:events(), modem:timeout())
    modem:poll()
  end
end)
