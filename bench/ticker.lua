-- A ticker of 10 ms, while a mebibyte is uploaded and downloaded again and again through
-- an emulator on an unpaced pty, until there are enough ticks. Prints how many there were,
-- and by how many seconds they were late: `median`, `latest`, and `own`, an upper limit for
-- the part of this process. Prints nothing if this Lua does not have the loop.
--
--   ticker.lua LOOP TICKS BYTES

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local loops = require "spec.support.loops"
local process = require "spec.support.process"

local PERIOD = 0.01

local enough, size = tonumber(arg[2]), tonumber(arg[3])
local loop = loops.get(arg[1])
if not loop then return end

local emulator = process.emulator("--backend", "memory")
local payload = ("0123456789abcdef"):rep(size / 16)
local late, own, modem, session, is_moving = {}, 0, nil, nil, true

local function move()
  repeat
    assert(session:put("bench.bin", payload))
    assert(assert(session:get("bench.bin")) == payload, "the download differs from the upload")
  until #late >= enough
  is_moving = false
end

local function tick()
  while is_moving do
    local due, cpu = core.now() + PERIOD, os.clock()
    loop.wait(-1, nil, PERIOD)
    local lateness = core.now() - due
    late[#late + 1] = lateness
    own = math.max(own, math.min(lateness, os.clock() - cpu))
  end
end

loop.run(function()
  modem = assert(ftp.open { port = emulator.line, wait = loop.wait })
  assert(modem:activate { apn = "internet" })
  session = assert(modem:login { host = "bench", user = "bench", password = "bench" })
end)
loop.run(move, tick)
loop.run(function() modem:close() end)
emulator:stop()

table.sort(late)
print("ticks", #late)
print("median", late[math.ceil(#late / 2)])
print("latest", late[#late])
print("own", own)
