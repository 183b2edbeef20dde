--- Runs bg96-ftp in a shell: with redirections, or at a terminal.
local cqueues = require "cqueues"
local pty = require "bg96.emulator.pty"

local shell = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The command line of the program: its environment has no other configuration.
local function command_line(folder, environment, words)
  local line = { "env", "-u", "BG96_CONFIG", "HOME=" .. quote(folder), "XDG_CONFIG_HOME=" }
  for name, value in pairs(environment) do
    line[#line + 1] = quote(name .. "=" .. tostring(value))
  end
  line[#line + 1] = os.getenv("LUA") or "lua5.4"
  line[#line + 1] = "bin/bg96-ftp"
  for _, word in ipairs(words) do line[#line + 1] = quote(word) end
  return table.concat(line, " ")
end

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

shell.contents = contents
shell.quote = quote

--- Writes a file.
function shell.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- Has a command store its exit status, which Lua 5.1 does not return.
local function with_status(folder, command)
  return ("%s; echo $? > %s/.status"):format(command, folder)
end

local function read_status(folder)
  return tonumber(contents(folder .. "/.status"))
end

--- Runs any command of the shell. Returns its exit status.
function shell.execute(folder, command)
  os.execute(with_status(folder, command))
  return read_status(folder)
end

--- Runs the program to its end.
-- @tparam string folder for its files, and its HOME
-- @tparam table environment
-- @tparam table words of the command line; `input` is its standard input, `output` the
--   file for its standard output, if not one in the folder
-- @treturn integer its exit status
-- @treturn string what it wrote to standard output
-- @treturn string to standard error
function shell.run(folder, environment, words)
  shell.write(folder .. "/.stdin", words.input or "")
  shell.write(folder .. "/.stdout", "")
  local status = shell.execute(folder, ("%s < %s/.stdin > %s 2> %s/.stderr"):format(
    command_line(folder, environment, words), folder, words.output or folder .. "/.stdout", folder))
  return status, contents(folder .. "/.stdout"), contents(folder .. "/.stderr")
end

-- --- at a terminal -----------------------------------------------------------

local Terminal = {}
Terminal.__index = Terminal

--- Starts a command line at a terminal of 24 lines of 80 columns, or as many as given.
function shell.start_line(folder, line, columns)
  local master, path, slave = pty.open()
  assert(os.execute(("stty -F %s sane rows 24 cols %d"):format(path,
    columns or 80)))
  local program = ("echo $$ > %s/.pid; exec %s"):format(folder, line)
  local session = ("setsid --ctty --wait sh -c %s < %s > %s 2>&1"):format(quote(program), path,
    path)
  return setmetatable({ master = master, slave = slave, folder = folder, screen = "",
    pipe = assert(io.popen(with_status(folder, session))) }, Terminal)
end

--- Starts the program at such a terminal.
function shell.start(folder, environment, words, columns)
  return shell.start_line(folder, command_line(folder, environment, words), columns)
end

--- Reads until the input matches the pattern, for `seconds` (20) at most.
function Terminal:expect(pattern, seconds)
  local stop = cqueues.monotime() + (seconds or 20)
  while not self.screen:find(pattern) do
    assert(cqueues.monotime() < stop, ("no %q in %q"):format(pattern, self.screen))
    cqueues.poll({ pollfd = self.master, events = "r" }, 0.2)
    self.screen = self.screen .. (pty.read(self.master, 65536) or "")
  end
end

--- Types something.
function Terminal:type(bytes)
  assert(pty.write(self.master, bytes) == #bytes)
end

--- Sends the program a signal.
function Terminal:kill(signal)
  assert(os.execute(("kill -%s %d"):format(signal, tonumber(contents(self.folder .. "/.pid")))))
end

--- Waits for the end of the program. Returns its exit status.
function Terminal:finish()
  self.pipe:close()
  self.is_finished = true
  repeat
    local bytes = pty.read(self.master, 65536)
    self.screen = self.screen .. (bytes or "")
  until not bytes
  cqueues.cancel(self.master)
  pty.close(self.master)
  pty.close(self.slave)
  return read_status(self.folder)
end

--- Ends a program that a failed spec has left behind.
function Terminal:abandon()
  if self.is_finished then return end
  self:kill("KILL")
  self:finish()
end

--- The successive contents of a line that was overwritten.
function Terminal:frames()
  local frames = {}
  for frame in self.screen:gmatch("\r([^\r\n]+)\27%[K") do frames[#frames + 1] = frame end
  return frames
end

return shell
