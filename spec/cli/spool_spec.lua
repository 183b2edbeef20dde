-- `bg96-ftp spool`, the service that uploads a folder; and the example that does the same in a
-- few lines.

local Error = require "bg96.ftp.error"
local Spool = require "bg96.cli.spool"
local process = require "spec.support.process"
local shell = require "spec.support.shell"
local status = require "bg96.cli.status"

local folder, home

before_each(function() folder, home = process.folder(), process.folder() end)

after_each(function()
  process.remove(folder)
  process.remove(home)
end)

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write(text or name))
  assert(file:close())
end

describe("the spool", function()
  local served, server, emulator, environment

  local function start(...)
    emulator = process.emulator(...)
    environment = { BG96_PORT = emulator.line, BG96_HOST = "127.0.0.1", BG96_APN = "internet",
      BG96_SERVER_PORT = server.port, BG96_USER = "test", BG96_PASSWORD = "test" }
  end

  before_each(function()
    served = process.folder()
    server = process.ftp_server(served)
    start()
  end)

  after_each(function()
    emulator:stop()
    server:stop()
    process.remove(served)
  end)

  local function run(...)
    return shell.run(home, environment, { "spool", folder, ... })
  end

  it("uploads files that are complete, and deletes what has arrived", function()
    write("1.log", "one")
    write("2.log", "two")
    write(".3.log", "half writ")
    local code, out, err = run("--once")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal("one", shell.contents(served .. "/1.log"))
    assert.equal("two", shell.contents(served .. "/2.log"))
    assert.is_false(exists(folder .. "/1.log") or exists(folder .. "/2.log"))
    assert.is_true(exists(folder .. "/.3.log"))
    assert.is_false(exists(served .. "/.3.log"))
    assert.matches("^1%.log: 3 B in [^\n]*\n2%.log: 3 B in [^\n]*\n$", out)
  end)

  it("touches no module while there is nothing to send", function()
    emulator:stop()
    assert.equal(0, (run("--once")))
  end)

  it("raises the baud rate of a module that it looks for, and waits for a locked port", function()
    write("1.log", "one")
    os.execute(("flock %s sleep 1 &"):format(emulator.line))
    os.execute("sleep 0.3")
    environment.BG96_BAUDRATE, environment.BG96_SPEED = "auto", "921600"
    environment.BG96_WAIT_PORT = "20"
    local code, _, err = run("--once")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal("one", shell.contents(served .. "/1.log"))
  end)

  it("sends the files behind one whose name cannot be sent, and says which", function()
    local names = { '1"quote.log', "2\nline.log", ("3"):rep(250) .. ".log", "4.log" }
    for _, name in ipairs(names) do write(name) end
    local code, _, err = run("--once")
    assert.equal(6, code)
    assert.is_true(exists(served .. "/4.log"))
    assert.is_true(exists(served .. "/" .. names[3]))
    assert.is_false(exists(folder .. "/4.log"))
    assert.is_true(exists(folder .. "/" .. names[1]))
    assert.is_true(exists(folder .. "/" .. names[2]))
    assert.matches('1"quote%.log: must not hold a quote\n', err)
    assert.matches("2 line%.log: must not hold LF\n", err)
  end)

  it("puts away with --keep, and uploads into a folder with --into", function()
    os.execute(("mkdir '%s/logs'"):format(served))
    write("1.log", "one")
    assert.equal(0, (run("--once", "--keep", "--into", "logs")))
    assert.equal("one", shell.contents(served .. "/logs/1.log"))
    assert.equal("one", shell.contents(folder .. "/sent/1.log"))
    assert.is_false(exists(folder .. "/1.log"))
  end)

  it("keeps what did not get through, and says why without the password", function()
    write("1.log", "one")
    environment.BG96_PASSWORD = "wrong-one"
    local code, _, err = run("--once", "--log", home .. "/log")
    assert.equal(3, code)
    assert.is_true(exists(folder .. "/1.log"))
    assert.matches("1 file waits: .*625 not logged in", err)
    assert.matches("Z err 1 file waits: .*625 not logged in", shell.contents(home .. "/log"))
    assert.is_nil((err .. shell.contents(home .. "/log")):find("wrong-one", 1, true))
  end)

  it("logs to syslog by logger", function()
    write("1.log", "one")
    os.execute("mkdir " .. home .. "/bin")
    shell.write(home .. "/bin/logger", ("#!/bin/sh\necho \"$@\" >> %s/said; cat >> %s/said\n")
      :format(home, home))
    os.execute("chmod +x " .. home .. "/bin/logger")
    environment.PATH = home .. "/bin:" .. os.getenv("PATH")
    assert.equal(0, (run("--once", "--log", "syslog")))
    assert.matches("^%-t bg96%-ftp %-p daemon%.info\n1%.log: 3 B in ",
      shell.contents(home .. "/said"))
  end)

  it("refuses at its start what it cannot do", function()
    assert.equal(6, (shell.run(home, environment, { "spool", "/does/not/exist", "--once" })))
    assert.equal(2, (run("--interval", "0", "--once")))
    assert.equal(2, (run("--into", 'a"b', "--once")))
    assert.equal(2, (shell.run(home, environment, { "--json", "spool", folder, "--once" })))
    environment.BG96_PASSWORD = 'wrong"one'
    local code, _, err = run("--once")
    assert.equal(2, code)
    assert.is_nil(err:find("wrong", 1, true))
    environment.BG96_HOST = nil
    assert.equal(2, (run("--once")))
  end)

  it("serves until it is stopped, and goes on where it was killed", function()
    emulator:stop()
    start("--baud", "460800", "--fault", "drop,bytes=60000")
    write("big.bin", ("0123456789abcdef"):rep(10000))
    local service = shell.start(home, environment, { "spool", folder, "--interval", "1" })
    service:expect("[2-6]%d%% %[")
    service:kill("KILL")
    service:finish()
    assert.is_true(exists(folder .. "/big.bin"))
    service = shell.start(home, environment, { "spool", folder, "--interval", "1" })
    service:expect("big%.bin: 160 kB in [^\r]*\r\n")
    write("late.log", "late")
    service:expect("late%.log: 4 B in ")
    service:kill("TERM")
    assert.equal(143, service:finish())
    assert.equal(160000, #shell.contents(served .. "/big.bin"))
    assert.is_false(exists(folder .. "/big.bin"))
  end)

  it("is what the example does in a few lines", function()
    write("1.log", "one")
    write(".2.log", "half")
    local code = shell.execute(home, ("env BG96_PORT=%s BG96_HOST=127.0.0.1 BG96_SERVER_PORT=%d "
      .. "BG96_APN=internet BG96_USER=test BG96_PASSWORD=test %s examples/spool.lua %s > %s/out")
      :format(emulator.line, server.port, process.LUA, folder, home))
    assert.equal(0, code)
    assert.equal("1.log\t3 bytes\n", shell.contents(home .. "/out"))
    assert.equal("one", shell.contents(served .. "/1.log"))
    assert.is_false(exists(folder .. "/1.log"))
    assert.is_true(exists(folder .. "/.2.log"))
  end)
end)

-- The same without programs: a link whose answers are given, and a clock that only counts.
describe("a spool that fails", function()
  local answers, slept, said, uploads, spool

  -- Each round takes the next answer: true, or the error that login or upload gives.
  local function new(options)
    slept, said, uploads = {}, {}, {}
    local link = { close = function() end }
    function link.login()
      local answer = table.remove(answers, 1)
      if answer and answer.at == "login" then return nil, answer.err end
      return { upload = function(_, path)
        uploads[#uploads + 1] = path:match("[^/]*$")
        if answer and answer.at == "upload" then return nil, answer.err end
        if answer and answer.during then answer.during() end
        return {}
      end }
    end
    local output = {
      warn = function(_, err, subject) said[#said + 1] = (subject or "") .. " " .. err.kind end,
      report = function() end,
    }
    spool = Spool.new { folder = folder, link = link, output = output, interval = 60,
      keep = options and options.keep, upload = function() return {} end,
      describe = function() return "" end,
      sleep = function(seconds)
        slept[#slept + 1] = seconds
        if #answers == 0 then error("end", 0) end
      end }
  end

  local function failure(at, fields)
    return { at = at, err = Error.new(fields) }
  end

  local lost = { kind = "pdp", command = "+QIACT" }

  it("waits longer and longer, an hour at most, and as usual once it works", function()
    write("a")
    answers = {}
    for i = 1, 8 do answers[i] = failure("login", lost) end
    answers[9] = { at = "well" }
    new()
    pcall(spool.serve, spool)
    assert.same({ 60, 120, 240, 480, 960, 1920, 3600, 3600, 60 }, slept)
  end)

  it("goes on with other files where the server refuses one, not where the link fails", function()
    write("a")
    write("b")
    answers = { failure("upload", { kind = "ftp", code = 630, protocol = 553,
      command = "+QFTPPUT" }) }
    new()
    assert.equal(status.REFUSED, (spool:round()))
    assert.same({ "a", "b" }, uploads)
    answers = { failure("upload", lost) }
    new()
    assert.equal(status.LINK, (spool:round()))
    assert.same({ "a" }, uploads)
    assert.same({ "a pdp" }, said)
  end)

  it("says once what no round will change", function()
    write('a"b')
    answers = {}
    new()
    assert.equal(status.FILE, (spool:round()))
    assert.equal(status.FILE, (spool:round()))
    assert.same({ 'a"b usage' }, said)
    os.remove(folder .. '/a"b')
    assert.equal(status.DONE, (spool:round()))
    write('a"b')
    assert.equal(status.FILE, (spool:round()))
    assert.equal(2, #said)
  end)

  it("does not delete a file that was written to meanwhile, but sends it again", function()
    write("a", "short")
    answers = { { at = "well", during = function() write("a", "longer than before") end } }
    new()
    assert.equal(status.FILE, (spool:round()))
    assert.is_true(exists(folder .. "/a"))
    assert.equal(status.DONE, (spool:round()))
    assert.same({ "a", "a" }, uploads)
    assert.is_false(exists(folder .. "/a"))
  end)

  it("sends a file once that it cannot take out of the folder", function()
    write("a")
    write("sent", "a file where the folder for what has arrived is to be")
    answers = {}
    new { keep = true }
    spool:round()
    spool:round()
    local _, count = table.concat(uploads, " "):gsub("%f[%w]a%f[%W]", "")
    assert.equal(1, count)
    assert.is_true(exists(folder .. "/a"))
  end)

  it("outlives a folder that has gone", function()
    answers = {}
    new()
    process.remove(folder)
    assert.equal(status.FILE, (spool:round()))
    assert.same({ " local" }, said)
  end)

  it("ends at an interruption", function()
    write("a")
    answers = { failure("upload", { kind = "cancelled" }) }
    new()
    local code, err = spool:serve()
    assert.is_nil(code)
    assert.equal("cancelled", err.kind)
  end)
end)
