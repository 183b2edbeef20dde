--- How the blocks of the pages are run, and what they must print or do. A row belongs to the
-- block of its page that holds the row's first value.
--
-- A row may have
--   skip            why the block is not run
--   by              what runs it: another block, which saves it
--   dry             `make -n`: the targets are there, but take too long or change the machine
--   needs           what a block of Lua finds made: "ftp", "modem" or "session"
--   prelude, before code before and behind what it needs, for a block of Lua
--   opening         what comes before it at a shell
--   lasts           a block of the shell goes on behind a command that fails
--   ending          code behind the block
--   file, command   where a block of Lua is written to, and what runs it
--   saves           blocks of the same page by the names that they get, as this one needs them
--   files           local files; names are those of the page without the first slash
--   options         of bg96.emulator.run(): files on the server, faults, ...
--   real, alone     a real FTP server and no module; neither (the block starts its own)
--   in_repository   run there, not on the desk
--   checkout        run in a copy of the repository, of which this folder may be changed
--   lua             the version of Lua that it needs
--   status          the exit status, 0 unless given
--   prints          patterns that the output matches, in this order
--   check           function(world): what else has to be so

local LOG = ("x"):rep(1000)

-- A check that the server has these files.
local function arrived(...)
  local paths = { ... }
  return function(world)
    for _, path in ipairs(paths) do
      assert(world.server:get(path), path .. " is not on the server")
    end
  end
end

local function has_sent(...)
  local words = { ... }
  return function(world)
    local sent = table.concat(world.module:commands(), "\n")
    for _, word in ipairs(words) do assert(sent:find(word, 1, true), word .. " was not sent") end
  end
end

local function is_there(...)
  local paths = { ... }
  return function(world)
    for _, path in ipairs(paths) do
      local file = assert(io.open(world.folder .. "/" .. path), path .. " is not there")
      file:close()
    end
  end
end

-- A certificate that nobody checks: the server is in memory.
local CERTIFICATE = require("spec.support.certificates").authority("example").certificate

local TLS_SENT = has_sent('AT+QSSLCFG="seclevel",1,1', 'AT+QSSLCFG="cacert",1,',
  'AT+QFTPCFG="ssltype",2', 'AT+QFTPCFG="sslctxid",1')

-- The configuration of docs/hardware.md counts, and nothing in the environment.
local BY_FILE = { [".config/bg96-ftp.conf"] = "port = /dev/ttyUSB2" }
local NO_ENVIRONMENT = { BG96_PORT = false, BG96_HOST = false, BG96_USER = false,
  BG96_PASSWORD = false, BG96_APN = false }

-- What an unknown access point would make differ in a replay.
local WITHOUT_APN = { BG96_APN = false }
local CUT_LISTING = { files = { ["logs/a.txt"] = LOG, ["logs/b.txt"] = LOG },
  faults = { "drop,bytes=6,how=result" } }

local FIRMWARE = ("f"):rep(3000)

return {
  ["CONTRIBUTING.md"] = {
    { "bg96-ftp -v ls logs", options = CUT_LISTING, environment = WITHOUT_APN, status = 4,
      check = is_there("failure.trace") },
    { "spec/reports/cut-listing.trace", options = CUT_LISTING, environment = WITHOUT_APN,
      checkout = "spec/reports", lasts = true,
      opening = "bg96-ftp -v ls logs 2>failure.trace\n",
      prints = { "605 network error", "\n%d+ successes / 0 failures / 0 errors" } },
    { "make lint", dry = true },
  },
  ["README.md"] = {
    { "make demo", dry = true },
    { "bg96-emulator --backend memory", alone = true, in_repository = true,
      saves = { ["hello.lua"] = "hello.txt" },
      ending = "lua5.4 $DESK/hello.lua; bg96-ftp --version",
      environment = { LUA_PATH = false, LUA_CPATH = false },
      prints = { "18\tbytes on the server\nHello from a BG96\n", "\nbg96%-ftp %d" } },
    { "hello.txt", by = "the block before it" },
    { "deadline = 3600", needs = "session", files = { ["today.log"] = LOG },
      prints = { "^1000\t1\t%d" }, check = arrived("today.log") },
    { "put *.log --into logs", files = { ["mon.log"] = ("m"):rep(18000),
      ["tue.log"] = ("t"):rep(21000), ["big.bin"] = ("b"):rep(400000),
      ["srv/spool/a.log"] = LOG }, options = { files = { ["logs/old.log"] = "" },
        faults = { "drop,bytes=30000" }, arguments = { "--baud", "921600" } },
      check = arrived("logs/mon.log", "logs/tue.log", "big.bin", "a.log") },
  },
  ["docs/architecture.md"] = {},
  ["docs/emulator.md"] = {
    { "--baud 115200", alone = true, in_repository = true,
      ending = "bg96-ftp -p /tmp/modem --wait-port 60 at +CSQ", prints = { "%+CSQ: 24,0" },
      environment = { LUA_PATH = false, LUA_CPATH = false } },
    { "ctl /tmp/control counters", real = true, files = { ["reading.txt"] = LOG } },
    { "--replay failure.trace", files = { ["a.bin"] = LOG }, environment = WITHOUT_APN,
      prints = { "a%.bin: 1%.0 kB", "a%.bin: 1%.0 kB" } },
    { "memory.new", prints = { "^\r\nOK\r\n" } },
  },
  ["docs/errors.md"] = {
    { "modem:diagnose()", needs = "modem", prints = { "ok  \tSIM", "ok  \tDNS" } },
  },
  ["docs/first-contact.md"] = {
    { "bg96-ftp diagnose" },
    { "survey -o habits.txt", check = is_there("habits.txt") },
    { "--habits habits.txt", alone = true, saves = { ["habits.txt"] = "# bg96 habits 1" },
      prints = { "BG96MAR02A07M1G" } },
    { "make test HABITS", dry = true },
    { "survey.run", prints = { "^# bg96 habits 1\n" } },
  },
  ["docs/ftps.md"] = {
    { 'ca = "/etc/bg96/ca.pem"', needs = "modem", files = { ["etc/bg96/ca.pem"] = CERTIFICATE },
      ending = "print(session:pwd())", prints = { "^/\n" }, check = TLS_SENT },
  },
  ["docs/fuzzing.md"] = {
    { "make fuzz", dry = true },
  },
  ["docs/guide.md"] = {
    { "ftp.open{ port", ending = "print(modem:info().model)", prints = { "^BG96" } },
    { "wrong", needs = "modem", options = { users = { me = "secret" } } },
  },
  ["docs/hardware.md"] = {
    { "at ATI" },
    { "diagnose", saves = BY_FILE, environment = NO_ENVIRONMENT,
      options = { users = { me = "secret" } } },
    { "put hello.txt", saves = BY_FILE, environment = NO_ENVIRONMENT,
      files = { ["hello.txt"] = ("h"):rep(18) }, options = { users = { me = "secret" } } },
  },
  ["docs/installing.md"] = {
    { "sudo make install", in_repository = true, check = is_there("root/usr/local/bin/bg96-ftp",
      "root/usr/local/bin/bg96-emulator") },
    { "luarocks --lua-version=5.4 make", skip = "luarocks fetches rocks; `make test-install` "
      .. "builds and uses all three" },
    { "--local install", skip = "nothing has been published; `make test-install` installs the "
      .. "rocks of a release" },
    { "lua_interpreter", ending = "assert(lua_interpreter == 'luajit' and variables.LUA_INCDIR)" },
  },
  ["docs/links.md"] = {
    { "ctl /tmp/control counters", real = true, files = { ["today.log"] = LOG },
      prints = { "word PASV 1" } },
  },
  ["docs/openwrt.md"] = {
    { "feeds update", skip = "OpenWrt's build system; `make test-openwrt` runs it" },
    { "opkg update", skip = "a router's package manager" },
    { "kmod-usb-serial-option", skip = "a router's package manager" },
    { "cat > /etc/bg96-ftp.conf", files = { ["etc/openwrt_release"] = LOG },
      options = { users = { me = "secret" } },
      environment = { BG96_HOST = false, BG96_USER = false, BG96_PASSWORD = false,
        BG96_APN = false, BG96_CONFIG = "/etc/bg96-ftp.conf" },
      prints = { "ok login", "openwrt_release" }, check = arrived("openwrt_release") },
    { "uci set", skip = "a router's configuration and services; spec/openwrt/init_spec.lua runs "
      .. "the init script" },
  },
  ["docs/performance.md"] = {
    { "make bench", dry = true },
  },
  ["docs/recipes.md"] = {
    { "big.bin\", ftp.check(io.open", needs = "session", files = { ["big.bin"] = LOG },
      prints = { "1000 of 1000" }, check = arrived("big.bin") },
    { "sink = file", needs = "session", options = { files = { ["firmware.bin"] = FIRMWARE } },
      ending = "print(bytes)", prints = { "^3000\n" }, check = is_there("firmware.bin") },
    { '"/tmp/firmware.bin", { reboot', needs = "session", files = { ["big.bin"] = LOG },
      options = { files = { ["firmware.bin"] = FIRMWARE } }, prints = { "^1000\t1\t" },
      check = function(world)
        arrived("big.bin")(world)
        is_there("tmp/firmware.bin")(world)
      end },
    { "session:mlsd", needs = "session", options = { files = { ["a.txt"] = "12345" } },
      prints = { "file\t5\t.*a%.txt\n" } },
    { "ftp.run(", needs = "session", prelude = "local data = ('x'):rep(9000)",
      prints = { "^%-%d+\n" }, check = arrived("big.bin") },
    { "interrupt = true", needs = "modem", prints = { "^%+CSQ: 24,0\n" } },
    { "modem:tls{ ctx = 1", needs = "modem", files = { ["etc/ssl/my-ca.pem"] = CERTIFICATE },
      ending = "print(session:pwd())", prints = { "^/\n" }, check = TLS_SENT },
    { 'via = "ufs"', needs = "session", files = { ["firmware.bin"] = FIRMWARE },
      check = function(world)
        arrived("firmware.bin")(world)
        has_sent("AT+QFUPL=")(world)
      end },
    { "modem:diagnose()", needs = "modem", prints = { "ok \tSIM" } },
    { "modem:on(", needs = "modem", ending = "modem:signal()",
      options = { faults = { 'urc,command=CSQ,line=+QIURC: "pdpdeact",1' } },
      prints = { '^the module says\t%+QIURC: "pdpdeact",1\n' } },
    { "<close>", needs = "ftp", lua = "5.4", prints = { "^%-%d+\n" }, check = has_sent("AT+CSQ") },
    { "pcall(round)", files = { ["today.log"] = LOG },
      before = 'require "bg96.ftp".sleep = function(s) print("pause", s) os.exit(0) end',
      prints = { "^pause\t600" }, check = arrived(os.date("!%Y-%m-%d.log")) },
    { "bg96-ftp put today.log", files = { ["today.log"] = LOG, ["b.log"] = LOG },
      options = { files = { ["logs/x"] = "", ["config/a.conf"] = "a" } },
      prints = { "today%.log: 1%.0 kB", "SIM", "ok login" },
      check = function(world)
        arrived("logs/b.log")(world)
        is_there("etc/config/a.conf")(world)
      end },
    { "case $? in", files = { ["var/log/today.log"] = LOG },
      options = { files = { ["logs/x"] = "" } }, check = function(world)
        arrived("logs/today.log")(world)
        is_there("syslog")(world)
      end },
    { "bg96-ftp batch", files = { ["today.log"] = LOG, ["srv/spool/a"] = "a" },
      prints = { "today.log" }, check = arrived("logs/2024/today.log", "a") },
  },
  ["docs/releasing.md"] = {
    { "make rocks", skip = "luarocks packs what it fetches; `make test-install` does the same" },
  },
  ["docs/testing-your-script.md"] = {
    { "emulator.run(options", prelude = "local options = {}", ending = "print('run')",
      alone = true, prints = { "^run\n" } },
    { "return function(port, host", by = "the next block" },
    { 'describe("the report"', alone = true, file = "report_spec.lua", in_repository = true,
      saves = { ["report.lua"] = "return function(port, host" },
      command = "lua5.4 spec/support/busted.lua --cpath=build/$LUA_NAME/?.so $DESK/report_spec.lua",
      prints = { "3 successes / 0 failures / 0 errors" } },
    { "os.execute", prelude = 'local emulator = require "bg96.emulator"', alone = true,
      files = { ["today.log"] = LOG }, ending = "print('sent')", prints = { "sent\n$" } },
  },
  ["docs/testing.md"] = {
    { "make test", dry = true, in_repository = true },
  },
  ["docs/transfers.md"] = {
    { 'session:upload("/var/log/today.log"', needs = "session",
      files = { ["var/log/today.log"] = LOG },
      options = { files = { ["firmware.bin"] = FIRMWARE } }, ending = "ftp.check(report, err)",
      prints = { "^1000\t1\t" }, check = is_there("tmp/firmware.bin") },
    { "send_spool", needs = "session", prelude = 'local lfs = require "lfs"',
      files = { ["srv/spool/a.log"] = "a", ["srv/spool/.b"] = "b" },
      ending = 'ftp.check(send_spool(session, "/srv/spool"))',
      check = arrived("a.log") },
  },
  ["docs/ufs.md"] = {
    { 'modem:ufs("config.txt")', needs = "modem", prints = { "6\na = 1\n", "%d+\t%d+" } },
    { 'session:put("log.txt"', needs = "session",
      options = { files = { ["new.bin"] = FIRMWARE } },
      ending = "print(#modem:files('*'))", prints = { "^3\n" },
      before = 'ftp.check(modem:ufs("log.txt"):write("log"))', check = arrived("log.txt") },
    { 'via = "ufs"', needs = "session", files = { ["firmware.bin"] = FIRMWARE },
      check = arrived("firmware.bin") },
  },
}
