-- A login, one transfer and a close, as a script does that has one file to move. Prints the
-- seconds of the three together.
--
--   session.lua put|get PORT BAUDRATE SERVER_PORT FILE      FILE is local; "bench.bin" is remote

local core = require "bg96.core"
local ftp = require "bg96.ftp"

local what, port, baudrate, server_port, path = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4]),
  arg[5]

local modem = assert(ftp.open { port = port, baudrate = baudrate, flowcontrol = "rtscts" })
assert(modem:activate { apn = "internet" })

local function move(session)
  local file = assert(io.open(path, what == "put" and "rb" or "wb"))
  if what == "put" then
    assert(session:put("bench.bin", file))
  else
    assert(session:get("bench.bin", { sink = file }))
  end
  assert(file:close())
end

local started = core.now()
local session = assert(modem:login {
  host = "127.0.0.1", port = server_port, user = "bench", password = "bench",
})
move(session)
assert(session:close())
print("seconds", core.now() - started)
modem:close()
