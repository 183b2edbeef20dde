--- Programs that a spec starts and ends: the FTP server and the emulator.
local habits = require "spec.support.habits"

local process = {}
process.__index = process

local function quoted(words)
  local list = {}
  for i, word in ipairs(words) do list[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
  return table.concat(list, " ")
end

-- Programs run in the same Lua as the specs, with the modules that were built for it, but
-- without a memory checker.
process.LUA = os.getenv("LUA") or "lua5.4"
local LUA_ENVIRONMENT = {
  LUA_PATH = "./lua/?.lua;./lua/?/init.lua;;",
  LUA_CPATH = ("./build/%s/?.so;;"):format(process.LUA:match("[^/]+$")),
}

-- Prints its process id first and its exit status last, because io.close of Lua 5.1 does not
-- return it. The shell's message about a killed program is dropped.
local RUN = [[exec 3>&2 2>/dev/null
  sh -c 'echo $$; exec "$@" 2>&3 3>&-' sh env -u LD_PRELOAD %s %s
  status=$?; echo; echo "exit status $status"; exit $status]]

--- The next line of output; nil at the end, when the exit status is known.
function process:read_line()
  local line = self.pipe:read("*l")
  if line == "" then
    local last = self.pipe:read("*l")
    self.exit_status = tonumber((last or ""):match("^exit status (%d+)$"))
    if self.exit_status then return nil end
  end
  return line
end

--- Starts a program, an array of words; `environment` is a table. It gets SIGTERM
-- from `stop`. Its first line of output is read at once, into `line`.
function process.start(words, environment)
  local settings = {}
  for name, value in pairs(environment or {}) do settings[#settings + 1] = name .. "=" .. value end
  local pipe = assert(io.popen(RUN:format(quoted(settings), quoted(words)), "r"))
  local self = setmetatable({ pipe = pipe, pid = assert(tonumber(pipe:read("*l"))) }, process)
  self.line = self:read_line()
  -- Before Lua 5.2 the collector ignores the __gc of a table.
  local newproxy = rawget(_G, "newproxy")
  if newproxy then
    self.guard = newproxy(true)
    getmetatable(self.guard).__gc = function() self:stop() end
  end
  return self
end

--- Starts a program in the Lua that runs the specs.
function process.lua(...)
  return process.start({ process.LUA, ... }, LUA_ENVIRONMENT)
end

--- Waits until the program ends by itself. Returns its exit status; after a signal, 128 plus
-- its number.
function process:wait()
  if not self.pipe then return self.exit_status end
  while not self.exit_status and self:read_line() do end
  self.pipe:close()
  self.pipe = nil
  return self.exit_status
end

--- Ends the program and returns its exit status.
function process:stop(signal)
  if not self.pipe then return self.exit_status end
  os.execute(("kill -%s %d 2>/dev/null"):format(signal or "TERM", self.pid))
  return self:wait()
end

-- A failing spec leaves no process behind either.
process.__gc = process.stop

--- A field of the program's /proc/PID/status.
function process:status(field)
  local file = io.open(("/proc/%d/status"):format(self.pid))
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text:match(field .. ":%s*([^\n]*)")
end

--- The path of a library that was built for specs, such as "spec.support.serial_shim".
function process.library(name)
  name = name:gsub("%.", "/")
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", name)
    local file = io.open(path)
    if file then
      file:close()
      return path
    end
  end
  error("there is no " .. name .. " in " .. package.cpath)
end

--- The CPU time that the program has used, in ticks of 10 ms.
function process:ticks()
  local file = assert(io.open(("/proc/%d/stat"):format(self.pid)))
  local user, system = file:read("*a"):match("^.*%)%s%S+" .. ("%s%S+"):rep(10) .. "%s(%d+)%s(%d+)")
  file:close()
  return tonumber(user) + tonumber(system)
end

--- Makes an empty folder and returns its path.
function process.folder()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

function process.remove(path)
  os.execute("rm -rf " .. quoted({ path }))
end

--- The FTP server over a folder; its port is in `port`.
function process.ftp_server(root, ...)
  local words = { "/usr/bin/python3", "spec/support/ftpd.py", "--root", root, ... }
  local self = process.start(words)
  self.port = assert(tonumber(self.line), "the FTP server does not start")
  return self
end

--- The emulator with its options; the path of its pty is in `line`.
function process.emulator(...)
  local words = { process.LUA, "bin/bg96-emulator" }
  for _, word in ipairs(habits.words()) do words[#words + 1] = word end
  for _, word in ipairs { ... } do words[#words + 1] = word end
  return process.start(words, LUA_ENVIRONMENT)
end

return process
