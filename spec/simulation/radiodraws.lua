--- Draws the radio of a seed, its buffer, and whether the line has flow control. From random
-- numbers of its own: what else a seed draws does not depend on them.

local Random = require "spec.simulation.random"

local radiodraws = {}

-- Round trips in milliseconds, bits a second. Nothing is slower than NB-IoT, as a run would
-- then mostly wait.
local RADIOS = {
  { profile = "lte-m" }, { profile = "gprs" }, { profile = "nb-iot" },
  { rtt = 50 }, { rtt = 300 }, { rtt = 20, uplink = 24000 }, { rtt = 900, downlink = 30000 },
}

local BUFFERS = { 512, 1500, 4096, 4096, 16384, 65536 }

-- Without flow control, those that most uploads fill.
local SMALL_BUFFERS = { 16, 64, 256, 512, 1500, 4096 }

--- Adds the radio to a plan, or leaves it without.
function radiodraws.add(plan)
  local random = Random.new(plan.seed + 1000003)
  if not random:one_in(3) then return end
  local radio = {}
  for name, value in pairs(random:choice(RADIOS)) do radio[name] = value end
  plan.flow = not random:one_in(4)
  radio.buffer = random:choice(plan.flow and BUFFERS or SMALL_BUFFERS)
  plan.module.radio = radio
  if random:one_in(3) then table.insert(plan.module.quirks, "confirms=taken") end
end

return radiodraws
