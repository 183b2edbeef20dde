--- What has gone over the air: the connections, the FTP commands and the bytes of a backend.
-- Bytes are those of FTP and of payload, without the headers of TCP, IP and TLS.
--
-- For each operation a backend also keeps its steps, in order, in `operation.steps`. From
-- them the radio (bg96.emulator.radio) tells how long the operation takes:
--
--   { kind = "connect", data = true }     a TCP connection; `data` for a data connection
--   { kind = "tls" }                      a TLS handshake
--   { kind = "greeting", down = bytes }   what a server says on a new connection
--   { kind = "command", word =, up = bytes, down = bytes }    a command and its reply
--   { kind = "reply", down = bytes }      the second reply to a transfer, at its end
local air = {}
air.__index = air

--- Counters, all of them at 0: `commands`, `control_connections`, `data_connections`, `up`
-- and `down` (bytes), `lost` (bytes from the host that found the module's buffer full), and
-- `words`, the commands by word.
function air.new()
  return setmetatable({
    commands = 0, control_connections = 0, data_connections = 0, up = 0, down = 0, lost = 0,
    words = {},
  }, air)
end

--- The names of the counters, in the order in which they are shown.
air.names = { "commands", "control_connections", "data_connections", "up", "down", "lost" }

--- Counts a step of `operation` and appends it.
function air:note(operation, step)
  operation.steps[#operation.steps + 1] = step
  self.up, self.down = self.up + (step.up or 0), self.down + (step.down or 0)
  if step.kind == "command" then
    self.commands = self.commands + 1
    self.words[step.word] = (self.words[step.word] or 0) + 1
  elseif step.kind == "connect" then
    local name = step.data and "data_connections" or "control_connections"
    self[name] = self[name] + 1
  end
end

--- Counts payload: `up` bytes to the server, `down` bytes from it.
function air:payload(up, down)
  self.up, self.down = self.up + up, self.down + down
end

--- The counters as they are now, as a plain table.
function air:counters()
  local copy = { words = {} }
  for _, name in ipairs(air.names) do copy[name] = self[name] end
  for word, count in pairs(self.words) do copy.words[word] = count end
  return copy
end

return air
