-- bg96-ftp -v writes a trace, which bg96-emulator --replay plays.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, emulator, environment

before_each(function()
  folder = process.folder()
  environment = {
    BG96_PORT = folder .. "/modem", BG96_HOST = "ftp.example.com", BG96_USER = "joe",
    BG96_PASSWORD = "s3cret",
  }
end)

after_each(function()
  if emulator then emulator:stop("KILL") end
  emulator = nil
  process.remove(folder)
end)

local function start(...)
  emulator = process.emulator("--link", folder .. "/modem", ...)
end

-- What bg96-ftp -v shows while it does what `words` say.
local function record(words)
  shell.write(folder .. "/a.txt", ("x"):rep(2000))
  start("--backend", "memory", "--active")
  local status, _, trace = shell.run(folder, environment, words)
  assert.equal(0, status)
  emulator:stop()
  return trace
end

describe("bg96-emulator --replay", function()
  it("plays what bg96-ftp -v has shown, with its times", function()
    local trace = record { "-v", "-q", "put", folder .. "/a.txt" }
    assert.matches("^ +0%.000 > AT\n", trace)
    assert.matches("\n +%d+%.%d%d%d > %(2000 bytes of payload%)\n", trace)
    shell.write(folder .. "/put.trace", trace)
    start("--replay", folder .. "/put.trace")
    assert.equal(0, (shell.run(folder, environment, { "-q", "put", folder .. "/a.txt" })))
    assert.equal(0, emulator:stop())
  end)

  it("ends with status 1 where something else comes", function()
    local trace = record { "-v", "-q", "put", folder .. "/a.txt" }
    shell.write(folder .. "/put.trace", trace)
    start("--replay", folder .. "/put.trace")
    assert.not_equal(0, (shell.run(folder, environment, { "-q", "size", "a.txt" })))
    assert.equal(1, emulator:wait())
  end)

  it("ends with status 1 where not all was played", function()
    shell.write(folder .. "/a.trace", "> AT\n< OK\n")
    start("--replay", folder .. "/a.trace")
    assert.equal(1, emulator:stop())
  end)

  it("refuses what is no trace, and options without each other", function()
    shell.write(folder .. "/a.trace", "> AT\nhello\n")
    start("--replay", folder .. "/a.trace")
    assert.equal(1, emulator:wait())
    start("--tolerant")
    assert.equal(2, emulator:wait())
  end)

  it("plays with --tolerant what strictly would not be", function()
    local trace = record { "-v", "-q", "put", folder .. "/a.txt" }
    shell.write(folder .. "/put.trace", trace .. "Terminated\n")
    start("--replay", folder .. "/put.trace", "--tolerant")
    assert.equal(0, (shell.run(folder, environment, { "-q", "put", folder .. "/a.txt" })))
    assert.equal(0, emulator:stop())
  end)
end)
