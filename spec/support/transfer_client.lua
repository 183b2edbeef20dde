-- A program that makes one transfer; it may be killed at any time and started again:
--
--   lua5.4 spec/support/transfer_client.lua PORT FTP_PORT upload|download LOCAL REMOTE [BOOT]
--
-- BOOT names the start of the host, which has another one after its power was cut.
-- Prints `ready` when it begins, and at the end `done SENT ATTEMPTS RESUMED` or
-- `failed ERROR`.

local ftp = require "bg96.ftp"

local port, ftp_port, direction, path, name = arg[1], arg[2], arg[3], arg[4], arg[5]

if arg[6] then
  require("bg96.ftp.transfer.localfile").boot_id = function() return arg[6] end
end

io.stdout:setvbuf("line")
print("ready")

-- Waits for a module that boots or hangs.
local function try(times, call)
  local value, err
  for _ = 1, times do
    value, err = call()
    if value then return value end
    require "bg96.wait.poll"(-1, nil, 1)
  end
  print("failed " .. tostring(err))
  os.exit(1)
end

local modem = try(30, function() return ftp.open { port = port } end)
try(30, function() return modem:activate { apn = "internet" } end)
local session = try(30, function()
  return modem:login {
    host = "127.0.0.1", port = tonumber(ftp_port), user = "test", password = "test", timeout = 20,
  }
end)

local report, err
if direction == "upload" then
  report, err = session:upload(path, name)
else
  report, err = session:download(name, path)
end
modem:close()
if report then
  print(("done %.0f %d %.0f"):format(report.sent, report.attempts, report.resumed))
else
  print("failed " .. tostring(err))
end
