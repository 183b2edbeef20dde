-- Runs AT commands on the module and prints its answers.
--
--   lua5.4 examples/at.lua I +CSQ '+QNWINFO'
--
-- BG96_PORT and BG96_BAUDRATE give the module's port and speed.

local ftp = require "bg96.ftp"

if #arg == 0 then
  io.stderr:write("usage: at.lua COMMAND...   (without the leading AT)\n")
  os.exit(2)
end

local modem, err = ftp.open{
  port = os.getenv("BG96_PORT") or "/dev/ttyUSB2",
  baudrate = tonumber(os.getenv("BG96_BAUDRATE") or 115200),
}
if not modem then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

local failures = 0

for _, command in ipairs(arg) do
  print("AT" .. command)
  local lines, why = modem:at(command)
  if lines then
    print(table.concat(lines, "\n"))
  else
    io.stderr:write(tostring(why), "\n")
    failures = failures + 1
  end
end

modem:close()
os.exit(failures == 0 and 0 or 1)
