--- Programs that a spec starts and ends: the FTP server and the emulator.
local process = {}
process.__index = process

local function quoted(words)
  local list = {}
  for i, word in ipairs(words) do list[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
  return table.concat(list, " ")
end

--- Starts a program, an array of words; `environment` is a table. It gets SIGTERM
-- from `stop`. Its first line of output is read at once, into `line`.
function process.start(words, environment)
  local settings = {}
  for name, value in pairs(environment or {}) do settings[#settings + 1] = name .. "=" .. value end
  -- A checker that was loaded into this process is not meant for that one.
  local command = ("echo $$; exec env -u LD_PRELOAD %s %s")
    :format(quoted(settings), quoted(words))
  local pipe = assert(io.popen(command, "r"))
  local self = setmetatable({ pipe = pipe, pid = assert(pipe:read("n", "l")) }, process)
  self.line = pipe:read("l")
  return self
end

--- Ends the program and gives what io.close says: true, "exit", status.
function process:stop(signal)
  if not self.pipe then return end
  os.execute(("kill -%s %d 2>/dev/null"):format(signal or "TERM", self.pid))
  local pipe = self.pipe
  self.pipe = nil
  return pipe:close()
end

-- A spec that fails in the middle leaves nothing behind either.
process.__gc = process.stop

--- What the system says about the program: a field of /proc/PID/status.
function process:status(field)
  local file = io.open(("/proc/%d/status"):format(self.pid))
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text:match(field .. ":%s*([^\n]*)")
end

--- An empty folder of its own.
function process.folder()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("l")
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
  return process.start({ "lua5.4", "bin/bg96-emulator", ... }, {
    LUA_PATH = "./lua/?.lua;./lua/?/init.lua;;", LUA_CPATH = "./build/lua5.4/?.so;;",
  })
end

return process
