-- A disk without room: the spool's own, the server's, and that of a download. A small disk of
-- memory is mounted for the program alone, in a mount namespace of its own.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local MOUNT = "unshare --map-root-user --mount"
local may_mount = shell.execute("/tmp", MOUNT .. " mount -t tmpfs none /mnt 2>/dev/null") == 0

local folder, served, server, emulator, environment

before_each(function()
  folder, served = process.folder(), process.folder()
  server = process.ftp_server(served)
  emulator = process.emulator("--baud", "921600")
  environment = { BG96_PORT = emulator.line, BG96_HOST = "127.0.0.1", BG96_APN = "internet",
    BG96_SERVER_PORT = server.port, BG96_USER = "test", BG96_PASSWORD = "test" }
end)

after_each(function()
  emulator:stop()
  server:stop()
  process.remove(folder)
  process.remove(served)
end)

-- Runs a script of the shell on a disk of 64 KiB, $DISK; $FTP is the program. Returns its exit
-- status and what it has printed.
local function on_a_small_disk(script)
  os.execute("mkdir " .. folder .. "/disk")
  environment.HOME, environment.DISK = folder, folder .. "/disk"
  environment.FTP = process.LUA .. " bin/bg96-ftp"
  local words = { "env" }
  for name, value in pairs(environment) do words[#words + 1] = shell.quote(name .. "=" .. value) end
  shell.write(folder .. "/script", "mount -t tmpfs -o size=64k tmpfs $DISK || exit 99\n" .. script)
  local status = shell.execute(folder, ("%s %s sh %s/script > %s/out 2>&1"):format(
    table.concat(words, " "), MOUNT, folder, folder))
  return status, shell.contents(folder .. "/out")
end

describe("a full disk", function()
  it("of the spool keeps no file from arriving", function()
    if not may_mount then pending("this machine does not permit mounts"); return end
    local status, out = on_a_small_disk [[
head -c 20000 /dev/zero | tr '\0' a > $DISK/a.log
head -c 10000 /dev/zero | tr '\0' b > $DISK/b.log
cat /dev/zero > $DISK/.filler 2>/dev/null
$FTP spool $DISK --once || exit
ls -A $DISK]]
    assert.equal(0, status, out)
    assert.equal(("a"):rep(20000), shell.contents(served .. "/a.log"))
    assert.equal(("b"):rep(10000), shell.contents(served .. "/b.log"))
    assert.matches("\n%.filler\n$", out) -- nothing else is left, and it was full all the time
  end)

  it("of a download is said, and the download goes on when there is room", function()
    if not may_mount then pending("this machine does not permit mounts"); return end
    shell.write(served .. "/big.bin", ("0123456789"):rep(4000))
    local status, out = on_a_small_disk [[
head -c 40000 /dev/zero > $DISK/.filler
$FTP get big.bin $DISK/big.bin; echo "status $?"
ls $DISK
rm $DISK/.filler
$FTP get big.bin $DISK/big.bin || exit
cp $DISK/big.bin $DISK/../result]]
    assert.equal(0, status, out)
    assert.matches("[Nn]o space left on device", out)
    assert.matches("\nstatus 6\nbig%.bin%.part\n", out)
    assert.equal(("0123456789"):rep(4000), shell.contents(folder .. "/result"))
  end)

  it("of the server leaves the file in the spool, and the next one is tried", function()
    server:stop()
    server = process.ftp_server(served, "--quota", "5000")
    environment.BG96_SERVER_PORT = server.port
    os.execute("mkdir " .. folder .. "/spool")
    shell.write(folder .. "/spool/a.log", ("a"):rep(20000))
    shell.write(folder .. "/spool/b.log", "b")
    local status, _, err = shell.run(folder, environment, { "spool", folder .. "/spool", "--once" })
    assert.equal(3, status, err)
    assert.matches("a%.log: [^\n]*552", err)
    assert.equal("b", shell.contents(served .. "/b.log"))
    assert.equal(20000, #shell.contents(folder .. "/spool/a.log"))
    assert.is_nil(io.open(served .. "/a.log"))
    assert.is_nil(io.open(folder .. "/spool/b.log"))
  end)
end)
