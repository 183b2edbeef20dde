-- Two coroutines share a modem while a ticker prints: in cqueues.
--
--   BG96_PORT=... FTP_HOST=... lua5.4 examples/loop_cqueues.lua
--
-- FTP_PORT, FTP_USER and FTP_PASSWORD as in put.lua.

local cqueues = require "cqueues"
local ftp = require "bg96.ftp"
local wait = require "bg96.wait.cqueues"

local modem, session
local busy = 2

local function check(value, err) return value or error(tostring(err), 0) end

local function connect()
  modem = check(ftp.open{ port = os.getenv("BG96_PORT") or "/dev/ttyUSB2", wait = wait })
  check(modem:activate{ apn = os.getenv("BG96_APN") or "internet" })
  session = check(modem:login{ host = check(os.getenv("FTP_HOST"), "FTP_HOST is not set"),
    port = tonumber(os.getenv("FTP_PORT") or 21),
    user = os.getenv("FTP_USER"), password = os.getenv("FTP_PASSWORD") })
end

local function move_files()
  check(session:put("loop.txt", ("a line of a log\n"):rep(2000)))
  print("up and down again:", #check(session:get("loop.txt")), "bytes")
  check(session:del("loop.txt"))
  busy = busy - 1
end

local function watch_signal()
  for _ = 1, 5 do print("signal:", check(modem:signal()).dbm, "dBm") end -- each waits for its turn
  busy = busy - 1
end

local function tick()
  while busy > 0 do
    print("tick")
    cqueues.sleep(0.1)
  end
  modem:close()
end

local controller = cqueues.new()
controller:wrap(function()
  connect()
  controller:wrap(move_files)
  controller:wrap(watch_signal)
  controller:wrap(tick)
end)
ftp.check(controller:loop())
