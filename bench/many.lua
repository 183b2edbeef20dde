-- Many modems in one process, one coroutine each, all transfers at once. Prints the
-- seconds of each, from call to return.
--
--   many.lua get|put BAUDRATE BYTES PORT...

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local wait = require "bg96.ftp.run".wait

local unpack = table.unpack or unpack -- luacheck: std max

local what, baudrate, size = arg[1], tonumber(arg[2]), tonumber(arg[3])
local payload = what == "put" and io.read("a") or nil

local function open(port)
  local modem = assert(ftp.open { port = port, baudrate = baudrate })
  assert(modem:activate { apn = "internet" })
  return modem, assert(modem:login { host = "bench", user = "bench", password = "bench" })
end

local function transfer(session)
  if what == "put" then return session:put("bench.bin", payload) end
  return session:get("bench.bin", { sink = function() return true end })
end

local jobs, waiting = {}, #arg - 3
for i = 4, #arg do
  jobs[#jobs + 1] = function()
    local modem, session = open(arg[i])
    waiting = waiting - 1
    -- All begin when the last has logged in.
    while waiting > 0 do wait(-1, nil, 0.01) end
    local started = core.now()
    assert(transfer(session) == size)
    print(core.now() - started)
    modem:close()
  end
end

ftp.run(unpack(jobs))
