--- `make soak-spool`: the spool service on the pty of an emulated module and a real FTP server,
-- while the link drops, the port goes and comes back, disks are full, and module, server and
-- service are killed. In the end every file has arrived, whole and once.
--
--   lua spec/chaos/spool.lua SECONDS [SEED]

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local lfs = require "lfs"
local process = require "spec.support.process"
local random = require "spec.simulation.random"
local shell = require "spec.support.shell"

local SECONDS, SEED = tonumber(arg[1]) or 600, tonumber(arg[2]) or 1
local SETTLE = 300 -- seconds after the last mischief in which everything has to arrive
local LARGEST = 60000 -- bytes of a file

local draw = random.new(SEED)
local top = process.folder()
local spool, served = top .. "/spool", top .. "/served"
local link, control = top .. "/module", top .. "/control"
local started = core.now()

local function say(text, ...)
  print(("%4.0f s  %s"):format(core.now() - started, text:format(...)))
  io.stdout:flush()
end

-- --- the disks ----------------------------------------------------------------

-- A small disk for a folder, which ends with the mount namespace that `make` has made. False
-- where this machine does not permit that.
local function mount(folder, kilobytes)
  os.execute("mkdir " .. folder)
  local ok = os.execute(("mount -t tmpfs -o size=%dk,mode=777 tmpfs %s 2>/dev/null"):format(
    kilobytes, folder))
  return ok == true or ok == 0
end

local have_disks = mount(spool, 512)
have_disks = mount(served, 65536) and have_disks

local function fill(folder)
  os.execute(("cat /dev/zero > %s/.filler 2>/dev/null"):format(folder))
end

local function empty(folder)
  os.remove(folder .. "/.filler")
end

-- --- what runs ------------------------------------------------------------------

local server, module, service
local port = 0

-- Its log tells what was given its final name.
local function start_server()
  server = process.start { "sh", "-c", ("exec /usr/bin/python3 spec/support/ftpd.py --root %s "
    .. "--port %d --verbose 2>>%s/server.log"):format(served, port, top) }
  port = assert(tonumber(server.line), "the FTP server does not start")
end

local function start_module()
  module = process.emulator("--link", link, "--control", control, "--baud", "460800")
end

local function start_service()
  service = process.start({ "sh", "-c", ("echo started; exec %s bin/bg96-ftp -p %s --wait-port 20 "
    .. "--log %s/log spool %s --interval 5 >>%s/out 2>&1"):format(process.LUA, link, top, spool,
      top) }, {
    LUA_PATH = "./lua/?.lua;./lua/?/init.lua;;", HOME = top, BG96_HOST = "127.0.0.1",
    LUA_CPATH = ("./build/%s/?.so;;"):format(process.LUA:match("[^/]+$")),
    BG96_SERVER_PORT = port, BG96_USER = "test", BG96_PASSWORD = "test", BG96_APN = "internet",
  })
end

-- --- files ----------------------------------------------------------------------

local NAMES = { "plain %d.log", "  blanks  %d ", "it's %d", "gr\195\188\195\159e-%d.txt",
  "-rf %d", "%d;echo $HOME `x` &.log", "\230\151\165\230\156\172 %d", "%%s%%d %d", "#%d,0\\n",
  "%d.part", "+++%d" }
-- The server cannot be asked to take these: they stay, and the service says so.
local REFUSED = { 'quote"%d', "line\n%d" }

local made, refused, bytes = {}, {}, 0

local function content_of_size(size)
  local block = {}
  for i = 1, 257 do block[i] = string.char(draw:integer(0, 255)) end
  return table.concat(block):rep(math.ceil(size / 257)):sub(1, size)
end

-- Writes a file as a careful program does. Returns whether there was room for it.
local function make_file(format, list)
  local name = format:format(#made + #refused + 1)
  local content = content_of_size(draw:integer(0, 3) == 0 and draw:integer(0, 40)
    or draw:integer(0, LARGEST))
  local hidden = spool .. "/.new"
  local file = io.open(hidden, "wb")
  local ok = file and file:write(content)
  ok = file and file:close() and ok
  if not ok then
    os.remove(hidden)
    return false
  end
  assert(os.rename(hidden, spool .. "/" .. name))
  list[#list + 1] = { name = name, content = content }
  bytes = bytes + #content
  return true
end

local function waiting()
  local count = 0
  for name in lfs.dir(spool) do
    if not name:find("^%.") and not name:find("%.upload$") then count = count + 1 end
  end
  return count
end

-- --- mischief -------------------------------------------------------------------

local counts = {}

local function fault(text)
  return function()
    local spec = text:gsub("N", function() return tostring(draw:integer(100, 50000)) end)
    os.execute(("LUA_PATH='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH='./build/%s/?.so;;' %s "
      .. "bin/bg96-emulator ctl %s fault %s >/dev/null 2>&1"):format(
      process.LUA:match("[^/]+$"), process.LUA, control, shell.quote(spec)))
  end
end

local later = {} -- { at=, act= }

local function after(seconds, act)
  later[#later + 1] = { at = core.now() + seconds, act = act }
end

local function restart_module()
  module:stop("KILL")
  os.remove(link)
  after(draw:integer(1, 8), start_module)
end

local function restart_service(signal)
  return function()
    service:stop(signal)
    start_service()
  end
end

local function restart_server()
  server:stop("KILL")
  after(draw:integer(1, 6), start_server)
end

local function full(folder)
  return function()
    fill(folder)
    after(draw:integer(5, 15), function() empty(folder) end)
  end
end

local mischief = {
  { "a drop", fault "drop,bytes=N" }, { "a silent drop", fault "drop,bytes=N,how=silence" },
  { "a transfer cut", fault "early,bytes=N,code=607,protocol=426" },
  { "the session closed", fault "close,bytes=N" }, { "the context lost", fault "pdp,bytes=N" },
  { "a restart of the module", fault "reset,bytes=N" },
  { "a brown-out", fault "brownout,command=any" },
  { "a module that hangs", fault "hang,bytes=N,wake=9" },
  { "the port gone and back", fault "unplug,bytes=N,back=5" },
  { "the port gone for a moment", fault "unplug,back=3,kept=yes" },
  { "the emulator killed", restart_module }, { "the server killed", restart_server },
  { "the service killed", restart_service "KILL" },
  { "the service stopped", restart_service "TERM" },
}
if have_disks then
  mischief[#mischief + 1] = { "the spool's disk full", full(spool) }
  mischief[#mischief + 1] = { "the server's disk full", full(served) }
end

local function run_later()
  for i = #later, 1, -1 do
    if core.now() >= later[i].at then table.remove(later, i).act() end
  end
end

local function ended(program)
  return not program.pipe or not program:status("State")
end

-- As a supervisor does.
local function keep_running()
  if ended(service) then
    counts["the service ended by itself"] = (counts["the service ended by itself"] or 0) + 1
    service:wait()
    start_service()
  end
end

-- --- the end --------------------------------------------------------------------

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local problems, orphans = {}, 0

-- An upload that was killed while there was no room for its journal: nobody knows of it any more.
local function is_orphan(name, expected)
  local base = name:match("^(.*)%.%x%x%x%x%x%x%x%x%.part$")
  return expected[base or ""] and (counts["the spool's disk full"] or 0) > 0
end

local function complain(text, ...)
  problems[#problems + 1] = text:format(...)
end

local function check_arrived()
  local expected = {}
  for _, file in ipairs(made) do
    expected[file.name] = true
    local content = read(served .. "/" .. file.name)
    if not content then
      complain("%q has not arrived", file.name)
    elseif content ~= file.content then
      complain("%q has %d bytes of %d, or others", file.name, #content, #file.content)
    end
    if read(spool .. "/" .. file.name) then complain("%q is still in the spool", file.name) end
  end
  for name in lfs.dir(served) do
    if is_orphan(name, expected) then
      orphans = orphans + 1
    elseif name ~= "." and name ~= ".." and not expected[name] then
      complain("%q is on the server", name)
    end
  end
  for _, file in ipairs(refused) do
    if read(spool .. "/" .. file.name) ~= file.content then
      complain("%q is not in the spool any more", file.name)
    end
  end
end

-- How often a final name was given, beyond once a file: a service that was killed between the
-- rename on the server and the end of the local file sends it again.
local function count_again()
  local given = 0
  for line in io.lines(top .. "/server.log") do
    if line:find(" RNTO .* 250$") then given = given + 1 end
  end
  return given - #made
end

local function report()
  say("%d files, %d bytes; %d that no server can be asked to take", #made, bytes, #refused)
  for _, entry in ipairs(mischief) do
    if counts[entry[1]] then say("  %d x %s", counts[entry[1]], entry[1]) end
  end
  say("  %d x the service ended by itself", counts["the service ended by itself"] or 0)
  if not have_disks then say("no disk was full: this machine does not permit mounts") end
  say("given their final name again: %d", count_again())
  say("beginnings left on the server, whose journals had no room: %d", orphans)
  for _, problem in ipairs(problems) do say("PROBLEM: %s", problem) end
end

local function run()
  start_server()
  start_module()
  start_service()
  local next_file, next_mischief, next_line = 0, core.now() + 5, core.now() + 60
  while core.now() - started < SECONDS do
    run_later()
    keep_running()
    if core.now() >= next_file and waiting() < 25 then
      local is_refused = draw:integer(1, 40) == 1 and #refused < 6
      make_file(draw:choice(is_refused and REFUSED or NAMES), is_refused and refused or made)
      next_file = core.now() + draw:integer(1, 5)
    end
    -- What was stopped has to run again first.
    if core.now() >= next_mischief and #later == 0 then
      local entry = draw:choice(mischief)
      counts[entry[1]] = (counts[entry[1]] or 0) + 1
      entry[2]()
      next_mischief = core.now() + draw:integer(4, 10)
    end
    if core.now() >= next_line then
      next_line = core.now() + 60
      say("%d files made, %d wait", #made, waiting())
    end
    ftp.sleep(0.2)
  end
end

local function settle()
  while #later > 0 do
    run_later()
    ftp.sleep(0.1)
  end
  service:stop("TERM")
  start_service()
  local stop = core.now() + SETTLE
  while waiting() > #refused and core.now() < stop do
    keep_running()
    ftp.sleep(0.5)
  end
  say("the rest has taken %.0f s", core.now() - (stop - SETTLE))
end

local ok, message = xpcall(function()
  run()
  settle()
  service:stop("TERM")
  check_arrived()
end, debug.traceback)
report()
for _, program in ipairs { service, module, server } do program:stop() end
os.execute(("mkdir -p build/soak-spool && cp %s/out %s/log %s/server.log build/soak-spool"):format(
  top, top, top))
if ok and #problems == 0 then
  os.execute(("umount %s %s 2>/dev/null"):format(spool, served))
  process.remove(top)
  print("every file has arrived, whole and once")
else
  print(ok and "" or message)
  print(("again: make soak-spool SECONDS=%d SEED=%d; logs are in build/soak-spool"):format(SECONDS,
    SEED))
  os.exit(1)
end
