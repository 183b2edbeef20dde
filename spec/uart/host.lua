-- Runs the guest of make-guest in QEMU: an emulated module at the other end of its
-- UART and of its USB adapter. QEMU runs below the serial shim, so that the ptys in
-- between have the modem lines that the guest's UART looks for (CTS, DSR, DCD).
-- Shows what the guest prints, unplugs and plugs in when it asks for that, and ends
-- with its result.
--
--   lua spec/uart/host.lua FOLDER

local process = require "spec.support.process"
local socket = require "cqueues.socket"

local guest = arg[1]
local folder = process.folder()
local monitor_path = folder .. "/monitor"

-- Software emulation, as a machine in the cloud seldom has another; seconds.
local TIME_LIMIT = 180

local uart = process.emulator("--backend", "memory")
-- Slow enough that there is a middle of a transfer to unplug in.
local usb = process.emulator("--backend", "memory", "--baud", "115200")

local words = {
  "timeout", tostring(TIME_LIMIT), "qemu-system-x86_64", "-m", "256", "-display", "none",
  "-no-reboot", "-nic", "none",
  "-kernel", guest .. "/kernel", "-initrd", guest .. "/initramfs",
  "-append", "console=ttyS0 quiet panic=-1 rdinit=/init",
  "-serial", "stdio",
  "-chardev", "serial,id=uart,path=" .. uart.line, "-serial", "chardev:uart",
  "-device", "qemu-xhci", "-chardev", "serial,id=usb,path=" .. usb.line,
  "-device", "usb-serial,chardev=usb,id=adapter",
  "-monitor", "unix:" .. monitor_path .. ",server=on,wait=off",
}

local function tell_monitor(command)
  local connection = assert(socket.connect { path = monitor_path })
  connection:setmode("b", "bn")
  connection:settimeout(10)
  connection:write(command .. "\n")
  -- What it prompts, echoes and answers; until it has nothing more to say.
  connection:settimeout(1)
  repeat local answer = connection:read(-4096) until not answer
  connection:close()
end

local orders = {
  UNPLUG = function() tell_monitor("device_del adapter") end,
  PLUG = function() tell_monitor("device_add usb-serial,chardev=usb,id=adapter") end,
}

local emulated = process.start(words, {
  LD_PRELOAD = process.library("spec.support.serial_shim"),
})
local line, passed = emulated.line, false
while line do
  line = line:gsub("\r", "")
  print(line)
  if orders[line] then orders[line]() end
  passed = passed or line == "ALL PASSED"
  line = emulated:read_line()
end

emulated:stop()
uart:stop()
usb:stop()
process.remove(folder)
if not passed then io.stderr:write("The guest did not pass.\n") end
os.exit(passed and 0 or 1)
