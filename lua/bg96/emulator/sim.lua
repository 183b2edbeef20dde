--- The SIM: its PIN and what it refuses.
local arguments = require("bg96.emulator.arguments")

local sim = { words = {} }
local words = sim.words
sim.__index = sim

local TRIES = 3
local NOT_INSERTED, BUSY = 10, 14

--- `options.sim`: "ready", "pin", "puk" or "none"; `options.pin`, "1234".
function sim.new(options)
  local self = setmetatable({ pin = options.pin or "1234", at_boot = options.sim or "ready",
    tries = TRIES }, sim)
  self:reset()
  return self
end

--- As after boot: a card with a PIN asks for it again.
function sim:reset()
  self.state, self.code = self.tries == 0 and "puk" or self.at_boot, nil
end

--- The module boots: with the quirk `slow-sim` it does not see the card at first,
-- then finds it busy.
function sim:start(module)
  local ms = module.quirks["slow-sim"]
  if not ms then return end
  self.code = NOT_INSERTED
  module:after(ms / 2000, function() self.code = BUSY end)
  module:after(ms / 1000, function() self.code = nil end)
end

--- The code with which commands that need the card are refused, or nil.
function sim:refusal()
  return self.code or ({ pin = 11, puk = 12, none = NOT_INSERTED })[self.state]
end

--- Enters a PIN; returns a code if it is refused. The third wrong one blocks.
function sim:enter(pin)
  if self.state ~= "pin" then return self.state == "ready" and 3 or self:refusal() end
  if pin == self.pin then
    self.state, self.tries = "ready", TRIES
    return nil
  end
  self.tries = self.tries - 1
  if self.tries == 0 then self.state = "puk" end
  return self.tries == 0 and 12 or 16
end

local NAMES = { ready = "READY", pin = "SIM PIN", puk = "SIM PUK" }

words["+CPIN"] = {
  test = true,
  kinds = { arguments.any(8), arguments.optional(arguments.any(8)) },
  read = function(module)
    local name = NAMES[module.sim.state]
    if module.sim.code or not name then return false, module.sim:refusal() end
    module:reply("+CPIN: " .. name)
  end,
  write = function(module, pin)
    local code = module.sim:enter(pin)
    if code then return false, code end
    return true, function() module:unsolicited("+CPIN: READY") end
  end,
}

return sim
