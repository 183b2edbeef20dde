-- bg96-ftp with all that a login may need: the card's PIN, an account at the access point, FTPS
-- with certificates of a throwaway authority; for a command, and for the spool.

local certificates = require "spec.support.certificates"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local HOST = "localhost"

local folder, served, server, emulator, environment

before_each(function()
  folder, served = process.folder(), process.folder()
  local authority = certificates.authority("the specs' authority")
  local signed = authority.sign(HOST)
  shell.write(folder .. "/ca.pem", authority.certificate)
  shell.write(folder .. "/other.pem", certificates.authority("another").certificate)
  shell.write(folder .. "/server.pem", signed.key .. signed.certificate)
  server = process.ftp_server(served, "--tls", "explicit", "--certificate", folder .. "/server.pem")
  emulator = process.emulator("--sim", "pin", "--pin", "4711")
  environment = { BG96_PORT = emulator.line, BG96_HOST = HOST, BG96_SERVER_PORT = server.port,
    BG96_USER = "test", BG96_PASSWORD = "test", BG96_PIN = "4711", BG96_APN = "internet",
    BG96_APN_USER = "me", BG96_APN_PASSWORD = "apn-hush", BG96_APN_AUTH = "chap",
    BG96_TLS = "explicit", BG96_CA = folder .. "/ca.pem", BG96_TLS_TIME = "ignore" }
end)

after_each(function()
  emulator:stop()
  server:stop()
  process.remove(folder)
  process.remove(served)
end)

local function run(...)
  return shell.run(folder, environment, { ... })
end

describe("with PIN, APN account and FTPS", function()
  it("a command gets through", function()
    shell.write(folder .. "/a", "over TLS")
    local status, _, err = run("put", folder .. "/a")
    assert.equal("", err)
    assert.equal(0, status)
    assert.equal("over TLS", shell.contents(served .. "/a"))
  end)

  it("the spool does as well", function()
    os.execute(("mkdir %s/spool"):format(folder))
    shell.write(folder .. "/spool/a", "over TLS")
    local status, _, err = run("spool", folder .. "/spool", "--once")
    assert.equal("", err)
    assert.equal(0, status)
    assert.equal("over TLS", shell.contents(served .. "/a"))
  end)

  it("diagnose finds all well", function()
    local status, out = run("diagnose")
    assert.equal(0, status, out)
    assert.matches("\nok TLS +explicit, verify = server\nok login ", out)
  end)

  it("a server that another authority has signed is refused", function()
    environment.BG96_CA = folder .. "/other.pem"
    local status, _, err = run("ls")
    assert.equal(3, status)
    assert.matches("631 SSL authentication failed: check certificates", err)
    local code, out = run("diagnose")
    assert.equal(3, code)
    assert.matches("\nok TLS .*\nNO login +%+QFTPOPEN: 631", out)
  end)

  it("a wrong PIN is entered once, and a missing file of certificates is one of ours", function()
    environment.BG96_CA = "/does/not/exist.pem"
    local status, _, err = run("ls")
    assert.equal(6, status)
    assert.matches("/does/not/exist%.pem: No such file", err)
    environment.BG96_PIN = "1111"
    emulator:stop()
    emulator = process.emulator("--sim", "pin", "--pin", "4711", "--trace", folder .. "/trace")
    environment.BG96_PORT = emulator.line
    status, _, err = run("ls")
    assert.equal(5, status)
    assert.matches("16 incorrect password: check pin in the configuration", err)
    emulator:stop()
    local _, count = shell.contents(folder .. "/trace"):gsub("< AT%+CPIN=", "")
    assert.equal(1, count)
  end)
end)
