-- The emulator's data mode and transfers: 1.2, 2.5, 2.6 and 2.11 to 2.13.

local Host = require("spec.support.host")
local memory = require("bg96.emulator.memory")

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"

local function result(text)
  return OK .. "\r\n" .. text .. "\r\n"
end

local function with_session(options)
  local host = Host.new(options)
  host:log_in()
  return host, host.module.backend
end

describe("an upload to the emulator", function()
  it("of known length ends by itself, whatever it holds", function()
    for _, payload in ipairs { "", "+", "+++", "a+++b", "\r\nOK\r\n", "AT\r", "\0\255\r\n",
      ("\r\n+QFTPPUT: 0,5\r\n"):rep(500) } do
      local host, server = with_session()
      local command = ('+QFTPPUT="f","COM:",0,%d,1'):format(#payload)
      local said = host:at(command) .. host:wait(2) .. host:send(payload)
      assert.equal(CONNECT .. result("+QFTPPUT: 0," .. #payload), said)
      assert.equal(payload, server:get("/f"))
      assert.equal(result("+QFTPLEN: 0," .. #payload), host:at("+QFTPLEN"))
    end
  end)

  it("passes what comes behind its length to the interpreter", function()
    local host, server = with_session()
    host:at('+QFTPPUT="f","COM:",0,3,1')
    assert.equal(result("+QFTPPUT: 0,3") .. OK, host:send("abcAT\r"))
    assert.equal("abc", server:get("/f"))
  end)

  it("takes what is typed ahead of CONNECT as payload", function()
    local host, server = with_session({ backend = memory.new({ delay = 1 }) })
    host:wait(2)
    assert.equal("", host:send('AT+QFTPPUT="f","COM:",0,3,1\rabc'))
    assert.equal(CONNECT .. result("+QFTPPUT: 0,3"), host:wait(1.5))
    assert.equal("abc", server:get("/f"))
  end)

  it("without a length ends at a guarded +++, which commits", function()
    local host, server = with_session()
    assert.equal(CONNECT, host:at('+QFTPPUT="f","COM:"'))
    assert.equal("", host:send("some data"))
    assert.equal("", host:wait(1.001))
    assert.equal("", host:send("+++"))
    assert.equal("", host:wait(0.999))
    assert.equal(result("+QFTPPUT: 0,9"), host:wait(0.002))
    assert.equal("some data", server:get("/f"))
  end)
end)

describe("the emulator in an upload of unknown length", function()
  -- What is sent, and the seconds of silence in between.
  local unguarded = {
    { "no silence before", { "data", 0.9, "+++", 2 } },
    { "no silence behind", { "data", 1.1, "+++", 0.9, "x", 2 } },
    { "four of them", { "data", 1.1, "++++", 2 } },
    { "a fourth one a little later", { "data", 1.1, "+++", 0.5, "+", 2 } },
    { "only two", { "data", 1.1, "++", 2 } },
    { "more than a second for the three", { "data", 1.1, "+", 0.6, "+", 0.6, "+", 2 } },
    { "something with them", { "data", 1.1, "+++\r", 2 } },
    { "something before them", { "data", 1.1, "x+++", 2 } },
  }
  for _, case in ipairs(unguarded) do
    it("takes +++ as data: " .. case[1], function()
      local host, server = with_session()
      host:at('+QFTPPUT="f","COM:"')
      local payload = ""
      for _, step in ipairs(case[2]) do
        if type(step) == "number" then
          assert.equal("", host:wait(step))
        else
          payload = payload .. step
          assert.equal("", host:send(step))
        end
      end
      assert.equal("", host:send("end"))
      host:wait(1.1)
      host:send("+++")
      assert.equal(result("+QFTPPUT: 0," .. #payload + 3), host:wait(1.1))
      assert.equal(payload .. "end", server:get("/f"))
    end)
  end

  it("accepts a +++ that comes in parts within a second", function()
    local host, server = with_session()
    host:at('+QFTPPUT="f","COM:"')
    host:send("x")
    host:wait(1)
    host:send("+")
    host:wait(0.4)
    host:send("+")
    host:wait(0.4)
    host:send("+")
    assert.equal(result("+QFTPPUT: 0,1"), host:wait(1))
    assert.equal("x", server:get("/f"))
  end)

  it("does not echo its payload", function()
    local host = with_session({ echo = true })
    host:at('+QFTPPUT="f","COM:",0,4,1')
    assert.equal(result("+QFTPPUT: 0,4"), host:send("abcd"))
  end)
end)

describe("an upload in chunks to the emulator", function()
  it("goes on in chunks with beof 0, over one data connection", function()
    local host, server = with_session()
    local start, stores = server.start, 0
    function server.start(self, request)
      stores = stores + (request.verb == "store" and 1 or 0)
      return start(self, request)
    end
    assert.equal(CONNECT, host:at('+QFTPPUT="f","COM:",0,4,0'))
    assert.equal(result("+QFTPPUT: 0,4"), host:send("abcd"))
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
    assert.equal(CONNECT, host:at('+QFTPPUT="f","COM:",4,2,0'))
    assert.equal(result("+QFTPPUT: 0,2"), host:send("ef"))
    assert.equal(CONNECT, host:at('+QFTPPUT="f","COM:",6,3,1'))
    assert.equal(result("+QFTPPUT: 0,3"), host:send("ghi"))
    assert.equal("abcdefghi", server:get("/f"))
    assert.equal(1, stores)
  end)

  it("commits a chunk when something else comes between", function()
    local host, server = with_session()
    host:at('+QFTPPUT="f","COM:",0,4,0')
    host:send("abcd")
    assert.equal(result("+QFTPSIZE: 0,4"), host:at('+QFTPSIZE="f"'))
    host:at('+QFTPPUT="f","COM:",4,2,1')
    host:send("ef")
    assert.equal("abcdef", server:get("/f"))
  end)

  it("overwrites from startpos and keeps the tail", function()
    local host, server = with_session()
    server:put("/f", "0123456789")
    host:at('+QFTPPUT="f","COM:",2,3,1')
    host:send("abc")
    assert.equal("01abc56789", server:get("/f"))
  end)

  it("ends with 609 if nothing comes for rsptimeout", function()
    local host, server = with_session()
    host:at('+QFTPCFG="rsptimeout",30', '+QFTPPUT="f","COM:",0,10,1')
    host:wait(20)
    host:send("abc")
    assert.equal("", host:wait(29.9))
    assert.equal(result("+QFTPPUT: 609,0"), host:wait(0.2))
    assert.equal("abc", server:get("/f"))
  end)

  it("cannot be entered again by ATO", function()
    local host = with_session()
    host:at('+QFTPPUT="f","COM:"')
    host:wait(1.1)
    host:send("+++")
    host:wait(1.1)
    assert.equal("\r\nNO CARRIER\r\n", host:at("O"))
  end)

  it("needs uploadlen and beof together, and COM:", function()
    local host = with_session()
    assert.equal("\r\n+CME ERROR: 610\r\n", host:at('+QFTPPUT="f","COM:",0,10'))
    assert.equal("\r\n+CME ERROR: 610\r\n", host:at('+QFTPPUT="f","COM:",0,10,2'))
    assert.equal("\r\n+CME ERROR: 610\r\n", host:at('+QFTPPUT="f"'))
    assert.equal(result("+QFTPPUT: 627,550"), host:at('+QFTPPUT="none/f","COM:",0,1,1'))
  end)
end)

-- Sends a command and reads `count` bytes of its answer, as over a slow line.
local function begin(host, command, count)
  host.module:feed("AT" .. command .. "\r", host.now)
  return host.module:take(host.now, count)
end

describe("a download from the emulator", function()
  local host, server

  before_each(function()
    host, server = with_session()
    server:put("/f", ("0123456789"):rep(100))
  end)

  it("frames its payload exactly", function()
    assert.equal(CONNECT .. ("0123456789"):rep(100) .. result("+QFTPGET: 0,1000"),
      host:at('+QFTPGET="f","COM:"'))
  end)

  it("sends any part of the file", function()
    assert.equal(CONNECT .. "56789" .. result("+QFTPGET: 0,5"), host:at('+QFTPGET="f","COM:",995'))
    assert.equal(CONNECT .. "5678" .. result("+QFTPGET: 0,4"), host:at('+QFTPGET="f","COM:",5,4'))
    assert.equal(CONNECT .. "789" .. result("+QFTPGET: 0,3"),
      host:at('+QFTPGET="f","COM:",997,500'))
    assert.equal(CONNECT .. result("+QFTPGET: 0,0"), host:at('+QFTPGET="f","COM:",1000'))
    assert.equal(CONNECT .. result("+QFTPGET: 0,0"), host:at('+QFTPGET="f","COM:",0,0'))
  end)

  it("reports an error instead of CONNECT", function()
    assert.equal(result("+QFTPGET: 627,550"), host:at('+QFTPGET="none","COM:"'))
    assert.equal(result("+QFTPGET: 627,550"), host:at('+QFTPGET="f","COM:",1001'))
    host = with_session({ quirks = { "sync-errors" } })
    assert.equal("\r\n+CME ERROR: 627\r\n", host:at('+QFTPGET="none","COM:"'))
    host = with_session({ quirks = { "bare-failure" } })
    assert.equal("\r\n+QFTPGET: 627,550\r\n", host:at('+QFTPGET="none","COM:"'))
    assert.equal(OK, host:at(""))
  end)
end)

describe("a download from the emulator that is left early", function()
  local host, server

  before_each(function()
    host, server = with_session()
    server:put("/f", ("0123456789"):rep(100))
  end)

  it("stops at +++ and resumes with ATO", function()
    assert.equal(CONNECT .. "01234", begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5))
    host.now = host.now + 1.5
    host.module:feed("+++", host.now)
    host.now = host.now + 1.1
    host.module:tick(host.now)
    assert.equal(OK, host:send(""))
    assert.equal(result("+QFTPSTAT: 0,2"), host:at("+QFTPSTAT"))
    assert.equal(result("+QFTPLEN: 0,5"), host:at("+QFTPLEN"))
    assert.equal("\r\n+CME ERROR: 603\r\n", host:at('+QFTPSIZE="f"'))
    assert.equal(CONNECT .. ("5678901234"):rep(99) .. "56789" .. result("+QFTPGET: 0,1000"),
      host:at("O"))
    assert.equal("\r\nNO CARRIER\r\n", host:at("O"))
  end)

  it("can be closed after +++", function()
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5)
    host.now = host.now + 1.5
    host.module:feed("+++", host.now)
    host.now = host.now + 1.1
    host.module:tick(host.now)
    assert.equal(OK, host:send(""))
    assert.equal(result("+QFTPCLOSE: 0,0"), host:at("+QFTPCLOSE"))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)

  it("is stopped by DTR with AT&D1, and not with AT&D0", function()
    host.module:set_dtr(true, host.now)
    host:at("&D0")
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5)
    host.module:set_dtr(false, host.now)
    assert.equal(("5678901234"):rep(99) .. "56789" .. result("+QFTPGET: 0,1000"), host:send(""))
    host.module:set_dtr(true, host.now)
    host:at("&D1")
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5)
    host.module:set_dtr(false, host.now)
    assert.equal(OK, host:send(""))
    assert.equal(result("+QFTPSTAT: 0,2"), host:at("+QFTPSTAT"))
  end)

  it("is ended by +++ if ATO is refused", function()
    host, server = with_session({ quirks = { "ato-refused" } })
    server:put("/f", "0123456789")
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5)
    host.now = host.now + 1.5
    host.module:feed("+++", host.now)
    host.now = host.now + 1.1
    host.module:tick(host.now)
    assert.equal(OK, host:send(""))
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
    assert.equal("\r\nNO CARRIER\r\n", host:at("O"))
  end)

  it("ignores input from the host", function()
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 5)
    assert.equal(("5678901234"):rep(99) .. "56789" .. result("+QFTPGET: 0,1000"),
      host:send("AT+QFTPDEL=\"f\"\r"))
    assert.truthy(server:get("/f"))
  end)

  it("holds unsolicited lines back until it is over", function()
    begin(host, '+QFTPGET="f","COM:"', #CONNECT + 995)
    host.module:fault("urc,line=RING")
    assert.equal("56789" .. result("+QFTPGET: 0,1000") .. "\r\nRING\r\n", host:send(""))
  end)
end)

describe("a listing of the emulator", function()
  local host

  before_each(function()
    local server
    host, server = with_session()
    server:put("/dir/b.txt", "12345")
    server:put("/dir/a b", "")
    host:at('+QFTPMKDIR="dir/sub"')
  end)

  local function listed(word, text)
    return CONNECT .. text .. result(("+QFTP%s: 0,%d"):format(word, #text))
  end

  it("gives names", function()
    assert.equal(listed("NLST", "a b\r\nb.txt\r\nsub\r\n"), host:at('+QFTPNLST="dir"'))
    assert.equal(listed("NLST", "dir\r\n"), host:at('+QFTPNLST=".","COM:"'))
  end)

  it("gives facts", function()
    assert.equal(listed("MLSD", "type=file;size=0;modify=20240101000001; a b\r\n"
      .. "type=file;size=5;modify=20240101000001; b.txt\r\n"
      .. "type=dir;modify=20240101000001; sub\r\n"), host:at('+QFTPMLSD="dir"'))
  end)

  it("gives lines", function()
    local said = host:at('+QFTPLIST="dir"')
    assert.matches("\r\ndrwxr%-xr%-x   1 ftp      ftp               0 Jan 01 00:00 sub\r\n", said)
  end)

  it("reports a missing folder", function()
    assert.equal(result("+QFTPLIST: 627,550"), host:at('+QFTPLIST="none"'))
  end)

  it("goes to a file in UFS", function()
    assert.equal(result("+QFTPNLST: 0,17"), host:at('+QFTPNLST="dir","names.txt"'))
    assert.equal("a b\r\nb.txt\r\nsub\r\n", host.module.ufs:content("names.txt"))
  end)
end)
