--- The thread of an emulator that a program runs inside itself; see bg96.emulator. It runs
-- bg96-emulator's main program, and does what the other side of the socket asks for.
local condition = require("cqueues.condition")
local messages = require("bg96.emulator.messages")
local unpack = require("bg96.emulator.compat").unpack

-- Names are relative to the folder of a login, which is the root.
local function absolute(path)
  return path:sub(1, 1) == "/" and path or "/" .. path
end

local requests = {}

function requests.fault(emulator, text)
  emulator.core:fault(text)
  emulator.front:wake()
end

function requests.commands(emulator)
  return unpack(emulator.core:commands())
end

function requests.put(emulator, path, content)
  emulator.backend:put(absolute(path), content)
end

function requests.get(emulator, path)
  local content = emulator.backend:get(absolute(path))
  if content then return content end -- otherwise nothing, as only strings can be sent
end

-- Answers until the other side has had enough.
local function serve(socket, emulator)
  while true do
    local request = messages.receive(socket)
    if not request or request[1] == "stop" then break end
    local function answer(ok, ...)
      messages.send(socket, ok and "ok" or "error", ...)
    end
    answer(pcall(requests[request[1]], emulator, request[2], request[3]))
  end
  emulator.front.stopping = true
  emulator.front:wake()
end

--- Runs the emulator until it is told to stop. The first message it gets is its command line; the
-- first that it sends says "ready" and the path of the pty, or "error" and why not.
return function(socket)
  messages.prepare(socket)
  local arguments = messages.receive(socket)
  if not arguments then return end
  os.exit = function() error("wrong options", 0) end -- luacheck: ignore 122
  local main = require("bg96.emulator.main")
  local ok, message = pcall(main, arguments, {
    signals = condition.new(), -- none come here
    ready = function(loop, path, emulator)
      loop:wrap(function()
        messages.send(socket, "ready", path)
        serve(socket, emulator)
      end)
    end,
  })
  if not ok then messages.send(socket, "error", tostring(message)) end
end
