--- The desk at which the blocks of the pages are run: a folder for everything that they name by
-- an absolute path, the programs under their names, and an emulated module, whose server is in
-- memory or real.

local emulator = require "bg96.emulator"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local desk = {}

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*l")
  pipe:close()
  return assert(text, command)
end

local REPOSITORY = output_of("pwd")
local LUA = output_of("command -v " .. process.LUA)
local MAKE = output_of("command -v make")

-- The folders of the pages are in the desk's, and so are the files in them.
local MOVED = { tmp = true, etc = true, srv = true, var = true }

local function moved(text, world)
  local port = world.port or "/dev/ttyUSB2"
  text = text:gsub("/dev/ttyUSB2", port):gsub('port = "auto"', ("port = %q"):format(port))
  text = (" " .. text):gsub("([%s\"'=])/(%a+)%f[^%w_.-]", function(before, name)
    if MOVED[name] then return before .. world.folder .. "/" .. name end
  end)
  return text:sub(2)
end

-- The programs, run by the Lua of the specs. A service is stopped when its folder is empty.
local PROGRAMS = {
  ["lua5.4"] = 'exec $LUA "$@"',
  make = 'exec $MAKE LUA=$LUA_NAME DESTDIR=$DESK/root $MAKE_OPTIONS "$@"',
  sudo = 'exec "$@"',
  logger = 'echo "$@" >>$DESK/syslog; cat >>$DESK/syslog',
  ["bg96-emulator"] = 'exec $LUA $REPOSITORY/bin/bg96-emulator "$@"',
  ["bg96-ftp"] = [[
case $1 in
spool)
  $LUA $REPOSITORY/bin/bg96-ftp "$@" & service=$!
  while kill -0 $service && [ -n "$(ls $2)" ]; do sleep 0.2; done
  kill $service; wait $service; [ $? = 143 ] || exit; exit 0
esac
exec $LUA $REPOSITORY/bin/bg96-ftp "$@"]],
}

local function write_programs(folder)
  for name, body in pairs(PROGRAMS) do
    body = body:gsub("%$([A-Z_]+)", { LUA = LUA, MAKE = MAKE, REPOSITORY = REPOSITORY,
      LUA_NAME = process.LUA, DESK = folder })
    shell.write(folder .. "/bin/" .. name, "#!/bin/sh\n" .. body .. "\n")
  end
  assert(os.execute("chmod +x " .. folder .. "/bin/*"))
end

local function write_files(folder, files)
  for path, content in pairs(files or {}) do
    local parent = path:match("^(.*)/")
    if parent then os.execute(("mkdir -p %s/%s"):format(folder, parent)) end
    if content ~= "" or not path:find("/$") then
      shell.write(folder .. "/" .. path, content)
    end
  end
end

local function new_world(row)
  local folder = process.folder()
  assert(os.execute(("cd %s && mkdir -p bin tmp etc srv/spool var/log served"):format(folder)))
  write_programs(folder)
  write_files(folder, row.files)
  return { folder = folder }
end

-- What the shell of a block has in its environment.
local function environment(world, row)
  local set = {
    PATH = ("%s/bin:%s"):format(world.folder, os.getenv("PATH")), HOME = world.folder,
    DESK = world.folder, LUA_NAME = process.LUA, REPOSITORY = REPOSITORY,
    MAKE_OPTIONS = row.dry and "-n" or "",
    -- What the specs were made with, so that nothing is compiled anew.
    MAKEFLAGS = os.getenv("MAKEFLAGS"), MAKELEVEL = os.getenv("MAKELEVEL"),
    LUA_PATH = ("%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;%s/?.lua;;"):format(REPOSITORY,
      REPOSITORY, REPOSITORY, world.folder),
    LUA_CPATH = ("%s/build/%s/?.so;;"):format(REPOSITORY, process.LUA:match("[^/]+$")),
    BG96_PORT = world.port, BG96_HOST = "ftp.example.com", BG96_USER = "me",
    BG96_PASSWORD = "secret", BG96_APN = "internet",
  }
  if world.ftpd then
    set.BG96_HOST, set.BG96_SERVER_PORT = "127.0.0.1", world.ftpd.port
    set.BG96_USER, set.BG96_PASSWORD = "test", "test"
  end
  for name, value in pairs(row.environment or {}) do
    set[name] = value and moved(value, world) or nil
  end
  local words = { "env -i" }
  for name, value in pairs(set) do words[#words + 1] = shell.quote(name .. "=" .. value) end
  return table.concat(words, " ")
end

-- --- what is run ------------------------------------------------------------

local PRELUDES = {
  ftp = 'local ftp = require "bg96.ftp" ',
  modem = 'local modem = ftp.check(ftp.open{ port = %q }) '
    .. 'ftp.check(modem:activate{ apn = "internet" }) ',
  session = 'local session = ftp.check(modem:login{ host = "ftp.example.com", user = "me", '
    .. 'password = "secret" }) ',
}
local NEEDS = { ftp = 1, modem = 2, session = 3 }

local function prelude(row, world)
  local text = row.prelude and row.prelude .. " " or ""
  for i, name in ipairs { "ftp", "modem", "session" } do
    if i <= (NEEDS[row.needs] or 0) then text = text .. PRELUDES[name]:format(world.port) end
  end
  return text .. (row.before and row.before .. " " or "")
end

-- The commands of a console block, without what they print.
local function commands(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line:match("^%$ (.*)$") end
  return table.concat(lines, "\n") .. "\n"
end

local scripts = {}

function scripts.lua(block, row, world)
  shell.write(world.folder .. "/" .. (row.file or "block.lua"), prelude(row, world)
    .. moved(block.text, world) .. moved(row.ending or "", world) .. "\n")
  return row.command or ("lua5.4 $DESK/" .. (row.file or "block.lua"))
end

function scripts.sh(block, row, world)
  return (row.opening or "") .. moved(block.text, world) .. moved(row.ending or "", world)
end

function scripts.console(block, row, world)
  return moved(commands(block.text), world) .. moved(row.ending or "", world)
end

-- Makes a copy of the repository by links. One folder, PARENT/NAME, is copied.
local function make_checkout(world, folder)
  local parent, name = folder:match("^(.*)/(.*)$")
  assert(os.execute(("cd %s && mkdir -p checkout/%s && cd checkout && ln -s %s/* . 2>/dev/null; "
    .. "ln -s %s/.busted . && cd %s && ln -s %s/%s/* . && rm %s && cp -r %s/%s ."):format(
    world.folder, parent, REPOSITORY, REPOSITORY, parent, REPOSITORY, parent, name, REPOSITORY,
    folder)))
  return "$DESK/checkout"
end

local function place(row, world)
  if row.checkout then return make_checkout(world, row.checkout) end
  return row.in_repository and REPOSITORY or "$DESK"
end

-- Runs the block; what it has started in the background ends with it.
local function run(block, row, world)
  local script = scripts[block.language](block, row, world)
  shell.write(world.folder .. "/block.sh", ("%s\ntrap 'kill $! 2>/dev/null || :' EXIT\n"
    .. "cd %s\n%s\n"):format(row.lasts and "" or "set -e", place(row, world), script))
  local line = ("timeout 300 %s sh %s/block.sh"):format(environment(world, row), world.folder)
  if block.language == "console" then
    local terminal = shell.start_line(world.folder, line)
    world.status = terminal:finish()
    world.out = terminal.screen
  else
    world.status = shell.execute(world.folder, ("%s < /dev/null > %s/out 2>&1"):format(line,
      world.folder))
    world.out = shell.contents(world.folder .. "/out")
  end
end

local function save_others(row, world, find)
  for name, text in pairs(row.saves or {}) do
    write_files(world.folder, { [name] = moved(find(text).text, world) })
    assert(os.execute(("chmod 600 %s/%s"):format(world.folder, name)))
  end
end

--- Runs a block by its row in spec/support/blockrows.lua, then judge(world): with the `folder`
-- of the desk, the exit `status`, what was printed (`out`), and `server` and `module` as
-- those of bg96.emulator.run().
-- @tparam function find gives the block of the same page that holds a text
function desk.run(block, row, find, judge)
  local world = new_world(row)
  local function act()
    save_others(row, world, find)
    run(block, row, world)
    judge(world)
  end
  local ok, message = pcall(function()
    if row.real then world.ftpd = process.ftp_server(world.folder .. "/served") end
    if row.real or row.alone then return act() end
    return emulator.run(row.options or {}, function(port, module, server)
      world.port, world.module, world.server = port, module, server
      act()
    end)
  end)
  if world.ftpd then world.ftpd:stop() end
  process.remove(world.folder)
  if not ok then error(message, 0) end
end

return desk
