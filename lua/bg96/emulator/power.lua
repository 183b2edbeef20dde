--- Methods of a module (bg96.emulator.module): how it boots, goes down and comes back.
-- Its field `power` is "on", "booting", "off", "hung" or "silent".
local power = {}

local BOOT_SECONDS = 2

local function boot_seconds(module)
  return module.options.boot_seconds or BOOT_SECONDS
end

--- Silent for `seconds`, then the lines that say that it is there.
function power:boot(seconds)
  self:start_afresh()
  self.power = "booting"
  self:after(seconds, function()
    self.power = "on"
    self:urc("RDY")
    self.sim:start(self)
    self:become_ready()
  end)
end

-- Some modules refuse everything until they say APP RDY.
function power:become_ready()
  local function ready()
    self.refuses_all = false
    if not self.quirks["no-app-ready"] then self:urc("APP RDY") end
  end
  local ms = self.quirks.booting
  if not ms then return ready() end
  self.refuses_all = true
  self:after(ms / 1000, ready)
end

--- AT+CFUN=1,1: what has been said already still goes out.
function power:restart()
  local was_active = self.pdp:is_active(1)
  self:boot(boot_seconds(self))
  if not self.quirks["wordy-restart"] then return end
  self:after(0.04, function() self:urc("POWERED DOWN") end)
  if was_active then
    self:after(boot_seconds(self) / 2, function() self:urc('+QIURC: "pdpdeact",1') end)
  end
end

--- A reset without notice.
function power:crash()
  self.output:clear()
  self:restart()
end

function power:power_off()
  self.power = "off"
end

--- A short loss of power: everything is forgotten, echo is on, and the command that
-- waits gets the final result code `answer`.
function power:brown_out(answer)
  local waits = self.interpreter.executing
  self:start_afresh()
  self.interpreter.echo = true
  if waits and answer then self.interpreter:final(answer) end
end

--- Says `line` and is off, or boots again after `wake` seconds.
function power:go_down(line, wake)
  self:start_afresh()
  self:urc(line)
  self:power_off()
  if wake then self:after(wake, function() self:wake() end) end
end

--- Wakes a module that has gone down; does nothing to one that is on.
function power:wake()
  if self.power == "off" and not self.unplugged then
    self:boot(boot_seconds(self))
  end
end

--- Neither hears nor answers, or only until the watchdog restarts it after `wake`
-- seconds.
function power:hang(wake)
  self.power = "hung"
  self.output:clear()
  if wake then self:after(wake, function() self:boot(BOOT_SECONDS) end) end
end

--- The line is pulled. `back`: seconds until it is there again, or nil; `kept`:
-- the module stays powered, and only what it was saying is lost.
function power:unplug(back, kept)
  self.unplugged = { back = back, power = kept and self.power or nil }
  self.power = "off"
  if kept then self.output:drop_texts() else self.output:clear() end
end

--- The line is there again. A module that has lost its power boots.
function power:plug()
  local kept = self.unplugged.power
  self.unplugged = nil
  if kept then
    self.power = kept
  else
    self:boot(boot_seconds(self))
  end
end

return power
