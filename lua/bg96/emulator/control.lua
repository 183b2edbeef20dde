--- The control socket of bg96-emulator: a Unix socket over which a program asks and tells
-- the emulated module something while it runs.
--
-- A request is a line, the answer some lines of text and a last one, which is "ok" or
-- "error: MESSAGE":
--
--   counters       what has gone over the air: lines of "NAME VALUE", then of "word WORD COUNT"
--   fault SPEC     sets a fault
local cqueues = require("cqueues")
local socket = require("cqueues.socket")
local air = require("bg96.emulator.air")
local faults = require("bg96.emulator.faults")
local unpack = require("bg96.emulator.compat").unpack
local values = require("bg96.emulator.values")

local control = {}

local SECONDS = 10

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- ------------------------------------------------------------------ requests

local requests = {}

function requests.counters(module)
  local counters, lines = module:counters(), {}
  for _, name in ipairs(air.names) do
    lines[#lines + 1] = ("%s %d"):format(name, counters[name])
  end
  for _, word in ipairs(values.names(counters.words)) do
    lines[#lines + 1] = ("word %s %d"):format(word, counters.words[word])
  end
  return lines
end

function requests.fault(module, text)
  local fault, message = faults.parse(text)
  if not fault then return nil, message end
  module:fault(fault)
  return {}
end

local function answer(module, line)
  local word, rest = line:match("^(%S+)%s*(.-)%s*$")
  local request = requests[word]
  if not request then return ("error: '%s' is not counters or fault\n"):format(line) end
  local lines, message = request(module, rest)
  if not lines then return ("error: %s\n"):format(message) end
  lines[#lines + 1] = "ok"
  return table.concat(lines, "\n") .. "\n"
end

-- -------------------------------------------------------------------- server

-- Errors are returned, not thrown: a client may go away at any time.
local function give_back(_, _, code) return code end

local function serve(client, module, wake)
  client:onerror(give_back)
  client:setmode("bn", "bn")
  local line = client:read("*l")
  while line do
    module:tick(cqueues.monotime())
    if not client:write(answer(module, line)) then break end
    wake()
    line = client:read("*l")
  end
  client:close()
end

--- Serves `module` on a socket at `path`, in `loop`; `wake()` is called when the module may
-- have something to say. An old socket is replaced, but never a file. Returns a function that
-- removes the socket, or nil and a message.
function control.serve(loop, path, module, wake)
  local free = os.execute(("[ ! -e %s -o -S %s ] && rm -f %s"):format(quoted(path), quoted(path),
    quoted(path)))
  if free ~= true and free ~= 0 then return nil, path .. " is there, and no socket" end
  local listener = socket.listen({ path = path, mode = "0600" })
  listener:onerror(give_back)
  local bound = listener:listen()
  if not bound then return nil, "cannot listen at " .. path end
  loop:wrap(function()
    -- Not listener:clients(): the iterator of a loop cannot yield on Lua 5.1.
    local client = listener:accept()
    while client do
      local each = client
      loop:wrap(function() serve(each, module, wake) end)
      client = listener:accept()
    end
  end)
  return function()
    listener:close()
    os.remove(path)
  end
end

-- -------------------------------------------------------------------- client

--- Sends the request that `words` make to the socket at `path`. Returns the lines of the
-- answer, or nil and a message.
function control.ask(path, words)
  local connection = socket.connect({ path = path })
  connection:onerror(give_back)
  connection:settimeout(SECONDS)
  if not connection:write(table.concat(words, " ") .. "\n") or not connection:flush() then
    return nil, "nobody listens at " .. path
  end
  local lines = {}
  for line in connection:lines("*l") do
    if line == "ok" then return lines end
    local message = line:match("^error: (.*)$")
    if message then return nil, message end
    lines[#lines + 1] = line
  end
  return nil, "no answer from " .. path
end

--- `bg96-emulator ctl SOCKET REQUEST...`. Returns the exit status.
function control.main(arguments)
  if #arguments < 3 then
    io.stderr:write("Usage: bg96-emulator ctl SOCKET counters | fault SPEC\n")
    return 2
  end
  local lines, message = control.ask(arguments[2], { unpack(arguments, 3) })
  if not lines then
    io.stderr:write("bg96-emulator: ", message, "\n")
    return 1
  end
  for _, line in ipairs(lines) do io.stdout:write(line, "\n") end
  return 0
end

return control
