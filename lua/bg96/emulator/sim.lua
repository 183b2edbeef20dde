--- The SIM: its PIN and what it refuses.
local arguments = require("bg96.emulator.arguments")

local sim = { words = {} }
sim.__index = sim

local TRIES = 3

--- `options.sim`: "ready", "pin", "puk" or "none"; `options.pin`, "1234".
function sim.new(options)
  local self = setmetatable({ pin = options.pin or "1234", at_boot = options.sim or "ready",
    tries = TRIES }, sim)
  self:reset()
  return self
end

--- As after boot: a card with a PIN asks for it again.
function sim:reset()
  self.state = self.tries == 0 and "puk" or self.at_boot
end

--- The code that commands which need the card get, or nil.
function sim:refusal()
  return ({ pin = 11, puk = 12, none = 10 })[self.state]
end

--- Enters a PIN; gives a code where it is refused. The third wrong one blocks.
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

sim.words["+CPIN"] = {
  test = true,
  kinds = { arguments.any(8), arguments.optional(arguments.any(8)) },
  read = function(module)
    local name = NAMES[module.sim.state]
    if not name then return false, module.sim:refusal() end
    module:reply("+CPIN: " .. name)
  end,
  write = function(module, pin)
    local code = module.sim:enter(pin)
    if code then return false, code end
    return true, function() module:unsolicited("+CPIN: READY") end
  end,
}

return sim
