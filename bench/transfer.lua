-- One transfer. Prints its seconds from call to return, the CPU seconds of this process,
-- and its bytes, each as a line "name value".
--
--   transfer.lua get PORT BAUDRATE FILE          into a file
--   transfer.lua put PORT BAUDRATE FILE          from a file
--
-- put uploads the whole file as "bench.bin", get downloads the whole of "bench.bin".

local core = require "bg96.core"
local ftp = require "bg96.ftp"

local what, port, baudrate, path = arg[1], arg[2], tonumber(arg[3]), arg[4]

local modem = assert(ftp.open { port = port, baudrate = baudrate })
assert(modem:activate { apn = "internet" })
local session = assert(modem:login { host = "bench", user = "bench", password = "bench" })

local transfers = {}

function transfers.put()
  local file = assert(io.open(path, "rb"))
  local bytes = assert(session:put("bench.bin", file))
  file:close()
  return bytes
end

function transfers.get()
  local file = assert(io.open(path, "wb"))
  local bytes = assert(session:get("bench.bin", { sink = file }))
  assert(file:close())
  return bytes
end

local started, cpu = core.now(), os.clock()
local bytes = transfers[what]()
print("seconds", core.now() - started)
print("cpu", os.clock() - cpu)
print("bytes", bytes)
modem:close()
