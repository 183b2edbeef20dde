--- The states in which a crashed process may have left the module.
local memory = require("bg96.emulator.memory")
local session = require("bg96.emulator.session")

local states = {}

-- A session that an earlier process has left open. It has a memory server of its own
-- until it is closed, so that it needs no real one.
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
  module:type_unseen(line)
  module.session.transfer:unwatch() -- the state lasts until somebody leaves it
end

--- The states by name: `text` says what the module is like, `enter(module)` brings it
-- there.
states.words = {
  idle = { text = "as after boot", enter = function() end },
  ["half-line"] = {
    text = "half a command is in the line buffer",
    enter = function(module) module.interpreter:feed('AT+QFTPSIZE="half') end,
  },
  session = { text = "an FTP session is open", enter = phantom },
  ["data-upload"] = {
    text = "in data mode, in an upload without a length",
    enter = function(module) in_data_mode(module, 'AT+QFTPPUT="crashed.bin","COM:"') end,
  },
  ["data-download"] = {
    text = "in data mode, in a download that never ends",
    enter = function(module) in_data_mode(module, 'AT+QFTPGET="crashed.log","COM:"') end,
  },
  booting = {
    text = "deaf for a while, then RDY and APP RDY",
    enter = function(module) module:boot(module.options.boot_seconds or 5) end,
  },
  silent = {
    text = "never answers", enter = function(module) module.power = "silent" end,
  },
}

--- Brings `module` into the state `name`.
function states.enter(module, name)
  local state = states.words[name]
  if not state then error(("unknown state '%s'"):format(name), 3) end
  state.enter(module)
end

return states
