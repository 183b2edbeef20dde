-- bg96-emulator as a program: its pty, its link, its signals, its log.

local cqueues = require("cqueues")
local pty = require("bg96.emulator.pty")
local process = require("spec.support.process")

local SECONDS = 10

-- A host at the pty.
local Host = {}
Host.__index = Host

local function open(path)
  return setmetatable({ fd = assert(pty.attach(path)) }, Host)
end

-- Reads until the input ends with the text; returns the input and the number of reads.
function Host:listen(ending)
  local heard, reads, stop = "", 0, cqueues.monotime() + SECONDS
  while heard:sub(-#ending) ~= ending do
    assert(cqueues.monotime() < stop, ("%q in place of %q"):format(heard:sub(-200), ending))
    cqueues.poll({ pollfd = self.fd, events = "r" }, 1)
    local bytes, message = pty.read(self.fd, 65536)
    assert(bytes or message == "again", message)
    heard, reads = heard .. (bytes or ""), reads + (bytes and 1 or 0)
  end
  return heard, reads
end

function Host:send(bytes)
  assert(pty.write(self.fd, bytes) == #bytes)
end

function Host:at(command, ending)
  self:send("AT" .. command .. "\r")
  return self:listen(ending or "\r\nOK\r\n")
end

function Host:close()
  pty.close(self.fd)
end

local function exists(path)
  local status = os.execute("test -e '" .. path .. "' -o -L '" .. path .. "'")
  return status == true or status == 0
end

local emulator, folder

before_each(function() folder = process.folder() end)

after_each(function()
  if emulator then emulator:stop("KILL") end
  emulator = nil
  process.remove(folder)
end)

describe("bg96-emulator", function()
  it("prints its pty, and answers there", function()
    emulator = process.emulator("--backend", "memory")
    assert.matches("^/dev/pts/%d+$", emulator.line)
    local host = open(emulator.line)
    assert.equal("\r\nOK\r\n", host:at(""))
    host:close()
  end)

  for _, signal in ipairs { "TERM", "INT" } do
    it("ends at SIG" .. signal .. ", at once, with its link", function()
      local link = folder .. "/modem"
      emulator = process.emulator("--link", link)
      local host = open(link)
      host:at("")
      local start = cqueues.monotime()
      assert.equal(0, emulator:stop(signal))
      assert.is_true(cqueues.monotime() - start < 0.5)
      assert.is_false(exists(link))
      host:close()
    end)
  end

  it("does not replace a file by its link", function()
    local path = folder .. "/precious"
    io.open(path, "w"):close()
    emulator = process.emulator("--link", path)
    assert.is_nil(emulator.line)
    assert.equal(1, emulator:wait())
    assert.is_true(exists(path))
  end)

  it("replaces a link that another emulator left", function()
    local link = folder .. "/modem"
    os.execute(("ln -s /dev/pts/none '%s'"):format(link))
    emulator = process.emulator("--link", link)
    local host = open(link)
    assert.equal("\r\nOK\r\n", host:at(""))
    host:close()
  end)

  it("survives a host that closes and opens the port again", function()
    emulator = process.emulator("--backend", "memory")
    for _ = 1, 5 do
      local host = open(emulator.line)
      assert.equal("\r\nOK\r\n", host:at(""))
      host:close()
    end
  end)
end)

describe("bg96-emulator with options", function()
  it("refuses wrong options with status 2", function()
    for _, option in ipairs { "--nonsense", "--baud=fast", "--fault=nonsense", "--quirk=nonsense",
      "--state=nonsense", "--chunk=0", "--account=nobody", "--quirk=spacing", "--quirk=answer=x",
      "--settings=V0 nonsense", "--refuse=SIZE=550", "--refuse=SIZE" } do
      emulator = process.emulator(option)
      assert.is_nil(emulator.line)
      assert.equal(2, emulator:wait(), option)
    end
  end)

  it("takes habits, settings and refusals", function()
    emulator = process.emulator("--backend", "memory", "--active", "--settings", "E1S4=32",
      "--quirk", "spacing=blank+joined", "--refuse", "SIZE=504", "--seed", "7", "--quirk",
      "answer=1-20")
    local host = open(emulator.line)
    assert.equal("AT+CSQ\r\r +CSQ: 24, 0\r \r OK\r ", host:at("+CSQ", "\r OK\r "))
    host:at('+QFTPOPEN="server",21', "0, 0\r ")
    assert.equal('AT+QFTPSIZE="f"\r\r OK\r +QFTPSIZE: 624, 504\r ',
      host:at('+QFTPSIZE="f"', "504\r "))
    host:close()
  end)

  it("prints its help", function()
    emulator = process.emulator("--help")
    assert.matches("^Usage: bg96%-emulator", emulator.line)
  end)

  it("lists its words", function()
    emulator = process.emulator("--list")
    assert.equal("Habits:", emulator.line)
    assert.equal(0, emulator:wait())
  end)

  it("gives one byte at a time", function()
    emulator = process.emulator("--backend", "memory", "--chunk", "1")
    local host = open(emulator.line)
    local answer, reads = host:at("I")
    assert.is_true(reads > #answer * 0.9, ("%d reads for %d bytes"):format(reads, #answer))
    host:close()
  end)

  it("sleeps while a host does not read, and goes on when it does", function()
    emulator = process.emulator("--backend", "memory", "--chunk", "1")
    local host = open(emulator.line)
    host:send("ATI\r")
    cqueues.poll(0.5) -- until it has given up looking
    local before = emulator:ticks()
    cqueues.poll(1)
    assert.is_true(emulator:ticks() - before <= 10, "ticks of 10 ms in a second of nothing")
    host:listen("\r\nOK\r\n")
    host:close()
  end)
end)

describe("bg96-emulator at work", function()
  it("starts in its states", function()
    emulator = process.emulator("--state", "booting", "--boot-seconds", "0.2")
    local host = open(emulator.line)
    host:listen("\r\nRDY\r\n\r\nAPP RDY\r\n")
    host:close()
  end)

  it("logs both directions without secrets and without payload", function()
    local log = folder .. "/log"
    emulator = process.emulator("--backend", "memory", "--trace", log, "--active")
    local host = open(emulator.line)
    host:at('+QFTPCFG="account","user","top-secret"')
    host:at('+QFTPCFG="account"')
    host:at('+QICSGP=1,1,"net","user","top-secret",1', "\r\nERROR\r\n")
    host:at('+QFTPOPEN="server",21', "+QFTPOPEN: 0,0\r\n")
    host:at('+QFTPPUT="f","COM:",0,7,1', "\r\nCONNECT\r\n")
    host:send("payload")
    host:listen("+QFTPPUT: 0,7\r\n")
    host:at('+QFTPGET="f","COM:"', "+QFTPGET: 0,7\r\n")
    host:close()
    emulator:stop()
    local file = io.open(log)
    local text = file:read("*a")
    file:close()
    assert.is_nil(text:find("top-secret", 1, true))
    assert.is_nil(text:find("payload", 1, true))
    assert.matches('< AT%+QFTPCFG="account",%*%*%*\n', text)
    assert.matches("< %[7 bytes%]\n", text)
    assert.matches("> %[7 bytes%]\n", text)
    assert.matches("> %+QFTPGET: 0,7\n", text)
  end)

  it("is unplugged, and comes back at the same link", function()
    local link = folder .. "/modem"
    emulator = process.emulator("--backend", "memory", "--active", "--link", link,
      "--boot-seconds", "0.1", "--fault", "unplug,command=CSQ,back=0.2")
    local host = open(link)
    host:send("AT+CSQ\r")
    local bytes, message
    repeat
      cqueues.poll({ pollfd = host.fd, events = "r" }, 1)
      bytes, message = pty.read(host.fd, 100)
    until not bytes and message ~= "again"
    assert.equal("closed", message)
    host:close()
    local stop = cqueues.monotime() + 5
    repeat cqueues.sleep(0.02) until exists(link) or cqueues.monotime() > stop
    host = open(link)
    host:listen("\r\nRDY\r\n\r\nAPP RDY\r\n")
    host:close()
  end)

  it("ends when it is unplugged for good", function()
    emulator = process.emulator("--backend", "memory", "--fault", "unplug,command=CSQ")
    local host = open(emulator.line)
    host:send("AT+CSQ\r")
    assert.equal(0, emulator:wait())
    host:close()
  end)

  it("sleeps while there is nothing to do", function()
    emulator = process.emulator("--baud", "921600")
    local host = open(emulator.line)
    host:at("")
    cqueues.sleep(0.2)
    local before = emulator:status("voluntary_ctxt_switches")
    cqueues.sleep(1)
    assert.equal(before, emulator:status("voluntary_ctxt_switches"))
    host:close()
  end)
end)
