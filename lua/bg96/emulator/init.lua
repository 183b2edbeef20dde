--- An emulated module inside a program of one's own, for tests.
--
--   local emulator = require "bg96.emulator"
--
--   emulator.run({ files = { ["config.txt"] = "a" } }, function(port, module, server)
--     -- the script under test, with `port` as the path of its serial port
--     assert(server:get("today.log") == "...")
--   end)
--
-- The module runs in a thread, on a pty. So the script may block, use any event loop, or be a
-- program of its own.
local faults = require("bg96.emulator.faults")
local habits = require("bg96.emulator.habits")
local messages = require("bg96.emulator.messages")
local options = require("bg96.emulator.options")
local thread = require("cqueues.thread")

local emulator = {}

local unpack = require("bg96.emulator.compat").unpack

-- ------------------------------------------------------------- options

local function list(value)
  if type(value) == "table" then return value end
  return { value }
end

local function each(option)
  return function(words, value)
    for _, text in ipairs(list(value)) do
      words[#words + 1] = option
      words[#words + 1] = tostring(text)
    end
  end
end

local adds = {
  quirks = each("--quirk"), faults = each("--fault"), backend = each("--backend"),
  -- In front: quirks win.
  habits = function(words, given)
    if type(given) ~= "table" then return each("--habits")(words, given) end
    for _, text in ipairs(habits.as_quirks(given)) do
      table.insert(words, 1, text)
      table.insert(words, 1, "--quirk")
    end
  end,
  users = function(words, users)
    for name, password in pairs(users) do
      words[#words + 1] = "--account"
      words[#words + 1] = name .. ":" .. password
    end
  end,
  -- "lte-m", or { rtt = 150, uplink = 300000, downlink = 300000, buffer = 4096 }
  radio = function(words, radio)
    if type(radio) ~= "table" then return each("--radio")(words, radio) end
    for name, value in pairs(radio) do each("--" .. name)(words, value) end
  end,
  arguments = function(words, more)
    for _, word in ipairs(more) do words[#words + 1] = word end
  end,
  files = function() end, -- they are put when the module runs
}

-- What has to be a table.
local is_table = { files = true, users = true, arguments = true }

-- The command line of bg96-emulator for `given`. Throws where an option is unknown or wrong.
local function command_line(given)
  local words = given.backend and {} or { "--backend", "memory" }
  for name, value in pairs(given) do
    if not adds[name] then
      error(("bad argument #1 to 'run' (unknown option '%s')"):format(tostring(name)), 3)
    elseif is_table[name] and type(value) ~= "table" then
      error(("bad argument #1 to 'run' (%s: table expected)"):format(name), 3)
    end
    adds[name](words, value)
  end
  local ok, message = options.parser():pparse(words)
  if not ok then error(("bad argument #1 to 'run' (%s)"):format(message), 3) end
  return words
end

-- ------------------------------------------------------------- talking

-- Asks the thread. Throws where it refuses.
local function ask(socket, ...)
  local sent, message = messages.send(socket, ...)
  local answer = sent and messages.receive(socket)
  if not answer then error("the emulator has ended: " .. (message or "no answer"), 3) end
  if answer[1] ~= "ok" then error(answer[2] or "error", 3) end
  return unpack(answer, 2)
end

local Module = {}
Module.__index = Module

--- Sets a fault, such as "drop,bytes=1000"; see docs/emulator.md.
function Module:fault(text)
  local fault, message = faults.parse(text)
  if not fault then error(("bad argument #1 to 'fault' (%s)"):format(message), 2) end
  ask(self.socket, "fault", text)
end

--- The command lines that the module has carried out, as an array.
function Module:commands()
  return { ask(self.socket, "commands") }
end

local Server = {}
Server.__index = Server

--- The content of a file on the server in memory, or nil.
function Server:get(path)
  return (ask(self.socket, "get", path))
end

--- Puts a file onto the server in memory, with the folders on the way to it.
function Server:put(path, content)
  ask(self.socket, "put", path, content)
end

-- ------------------------------------------------------------- running

-- What the thread runs. It has a Lua state of its own: nothing but strings gets there, and only a
-- few as arguments (cqueues does not make room for more).
local function enter(socket, path, cpath)
  package.path, package.cpath = path, cpath
  require("bg96.emulator.inside")(socket)
end

local function finish(worker, socket, ok, ...)
  messages.send(socket, "stop")
  worker:join()
  socket:close()
  if not ok then error((...), 0) end
  return ...
end

local function start(words)
  local worker, socket = thread.start(enter, package.path, package.cpath)
  messages.prepare(socket)
  messages.send(socket, unpack(words))
  local answer = messages.receive(socket)
  if answer and answer[1] == "ready" then return worker, socket, answer[2] end
  worker:join()
  error("the emulator does not start: " .. (answer and answer[2] or "no answer"), 3)
end

--- Runs a module while `test(port, module, server)` runs.
-- @tparam table given the options, each of which may be left out: files (content by path, on
--   the server in memory), users (password by name; any login works without), radio (the name
--   of a link, or its figures), quirks and faults (arrays of texts, as --quirk and --fault take
--   them), habits (the path of a habits file, the name of habits that come with the emulator, or
--   a table such as { model = "BG95-M3", ["pwd-quoted"] = true }; quirks win), backend ("memory",
--   or "network" for real servers), arguments (further words of bg96-emulator's command line)
-- @tparam function test gets the path of the pty; the module, with fault(text) and commands();
--   and the server in memory, with get(path) and put(path, content), nil for real servers
-- @return what the function has returned. Its error is raised here, when all has been given back
function emulator.run(given, test)
  if type(given) ~= "table" then error("bad argument #1 to 'run' (table expected)", 2) end
  if type(test) ~= "function" then error("bad argument #2 to 'run' (function expected)", 2) end
  local worker, socket, port = start(command_line(given))
  local module = setmetatable({ socket = socket }, Module)
  local server = (given.backend or "memory") == "memory"
    and setmetatable({ socket = socket }, Server) or nil
  return finish(worker, socket, pcall(function()
    for path, content in pairs(given.files or {}) do server:put(path, content) end
    return test(port, module, server)
  end))
end

return emulator
