-- examples/spool.lua, the service for a router: one round of it.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, served, server, emulator

before_each(function()
  folder, served = process.folder(), process.folder()
  server = process.ftp_server(served)
  emulator = process.emulator("--active")
end)

after_each(function()
  emulator:stop()
  server:stop()
  process.remove(folder)
  process.remove(served)
end)

-- Returns the exit status, and what went to syslog: `logger` is replaced here. `more` are
-- variables of the environment.
local function run_once(password, more)
  os.execute(("mkdir -p %s/.bin"):format(folder))
  shell.write(folder .. "/.bin/logger", ("#!/bin/sh\ncat >> %s/.log\n"):format(folder))
  os.execute(("chmod +x %s/.bin/logger; : > %s/.log"):format(folder, folder))
  local status = shell.execute(folder, ("env PATH=%s/.bin:$PATH BG96_PORT=%s BG96_HOST=127.0.0.1"
    .. " BG96_SERVER_PORT=%d BG96_USER=test BG96_PASSWORD='%s' %s %s examples/spool.lua %s --once")
    :format(folder, emulator.line, server.port, password, more or "", process.LUA, folder))
  return status, shell.contents(folder .. "/.log")
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

describe("the spool", function()
  it("uploads files that are complete, and deletes what has arrived", function()
    shell.write(folder .. "/1.log", "one")
    shell.write(folder .. "/2.log", "two")
    shell.write(folder .. "/.3.log", "half writ")
    local status, log = run_once("test")
    assert.equal(0, status)
    assert.equal("one", shell.contents(served .. "/1.log"))
    assert.equal("two", shell.contents(served .. "/2.log"))
    assert.is_false(exists(folder .. "/1.log"))
    assert.is_false(exists(folder .. "/2.log"))
    assert.is_true(exists(folder .. "/.3.log"))
    assert.is_false(exists(served .. "/.3.log"))
    assert.matches("^1%.log: 3 bytes in .*\n2%.log: 3 bytes in", log)
  end)

  it("raises the baud rate of a module that it looks for, and waits for a locked port", function()
    shell.write(folder .. "/1.log", "one")
    os.execute(("flock %s sleep 1 &"):format(emulator.line))
    os.execute("sleep 0.3")
    local status, log = run_once("test", "BG96_BAUDRATE=auto BG96_SPEED=921600 BG96_WAIT_PORT=20")
    assert.equal(0, status, log)
    assert.equal("one", shell.contents(served .. "/1.log"))
    shell.write(folder .. "/2.log", "two")
    assert.matches("baudrate", select(2, run_once("test", "BG96_BAUDRATE=115200x")))
  end)

  it("sends the files behind one whose name cannot be sent", function()
    local names = { '1"quote.log', "2\nline.log", ("3"):rep(250) .. ".log", "4.log" }
    for _, name in ipairs(names) do
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write("content")
      file:close()
    end
    local status, log = run_once("test")
    assert.equal(1, status)
    assert.equal("content", shell.contents(served .. "/4.log"))
    assert.equal("content", shell.contents(served .. "/" .. names[3]))
    assert.is_false(exists(folder .. "/4.log"))
    assert.is_true(exists(folder .. "/" .. names[1]))
    assert.is_true(exists(folder .. "/" .. names[2]))
    assert.matches('1"quote.log: .*a quote', log)
    assert.matches("2%?line.log: .*LF", log)
    local _, lines = log:gsub("\n", "")
    assert.equal(4, lines)
  end)

  it("keeps what did not get through, and logs why", function()
    shell.write(folder .. "/1.log", "one")
    local status, log = run_once("wrong-one")
    assert.equal(1, status)
    assert.is_true(exists(folder .. "/1.log"))
    assert.matches("^1 files wait: .*625 not logged in", log)
    assert.is_nil(log:find("wrong-one", 1, true))
  end)

  it("ends with a line in the log where a module cannot take its password", function()
    shell.write(folder .. "/1.log", "one")
    local status, log = run_once('wrong"one')
    assert.equal(2, status)
    assert.is_true(exists(folder .. "/1.log"))
    assert.matches("^[^\n]*password[^\n]*\n$", log)
    assert.is_nil(log:find("wrong", 1, true))
  end)
end)
