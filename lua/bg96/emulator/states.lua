--- Where a crashed process may have left the module.
local memory = require("bg96.emulator.memory")
local session = require("bg96.emulator.session")

local states = {}

-- A session that nobody of today opened: with a server of its own, so that it
-- needs no real one, until it is closed.
local function phantom(module)
  local server = memory.new()
  local rows = {}
  for i = 1, 64 do rows[i] = ("%06d OK\r\n+QFTPGET: 0,%d\r\n"):format(i, i) end
  server:put("/crashed.log", table.concat(rows))
  server.tree:node("/crashed.log").endless = true
  server:start({ verb = "open", host = "phantom", port = 21 })
  server:poll(module.clock.now)
  module.pdp.contexts[1].active = true
  module.session.backend, module.session.open = server, session.IDLE
end

local function in_data_mode(module, line)
  phantom(module)
  module.interpreter:feed(line .. "\r")
  module:run()
  module.session.transfer:unwatch() -- the state lasts until somebody leaves it
  module.interpreter.log = {}
  module.output:drop_texts()
end

states.known = {
  idle = function() end,
  ["half-line"] = function(module) module.interpreter:feed('AT+QFTPSIZE="half') end,
  session = phantom,
  ["data-upload"] = function(module) in_data_mode(module, 'AT+QFTPPUT="crashed.bin","COM:"') end,
  ["data-download"] = function(module) in_data_mode(module, 'AT+QFTPGET="crashed.log","COM:"') end,
  booting = function(module) module:boot(module.options.boot_seconds or 5) end,
  silent = function(module) module.power = "silent" end,
}

--- Brings `module` into the state `name`.
function states.enter(module, name)
  local enter = states.known[name]
  if not enter then error(("unknown state '%s'"):format(name), 3) end
  enter(module)
end

return states
