-- A ticker of 10 ms, while a mebibyte goes up and comes back through an emulator on a
-- pty without a pace, as often as it takes until there are enough ticks. Prints how many
-- there were, and how many seconds they came late: half of them at most `median`, all
-- of them at most `latest`, and at most `own` as far as this process was running. Says
-- nothing where this Lua does not have the loop.
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
    assert(assert(session:get("bench.bin")) == payload, "what came back is not what was sent")
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
