-- The emulator's flash (UFS) and its SSL contexts.

local Host = require("spec.support.host")
local checksum = require("bg96.emulator.checksum")

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"

local function cme(code)
  return ("\r\n+CME ERROR: %d\r\n"):format(code)
end

describe("the emulator's checksum", function()
  local vectors = { [""] = 0, a = 0x6100, ab = 0x6162, abc = 0x0262, abcd = 0x0206 }
  for text, expected in pairs(vectors) do
    it(("is %04X for '%s', whole and byte by byte"):format(expected, text), function()
      local whole, bytewise = checksum.new(), checksum.new()
      whole:add(text)
      for i = 1, #text do bytewise:add(text:sub(i, i)) end
      assert.equal(expected, whole:value())
      assert.equal(expected, bytewise:value())
    end)
  end
end)

local function upload(host, name, content)
  return host:at(('+QFUPL="%s",%d'):format(name, #content)) .. host:send(content)
end

describe("the emulator's flash", function()
  local host

  before_each(function()
    host = Host.new({ ufs_space = 5000 })
    host:at("+CMEE=1")
  end)

  it("takes a file of known size", function()
    assert.equal(CONNECT .. "\r\n+QFUPL: 4,206\r\n" .. OK, upload(host, "f", "abcd"))
    assert.equal("abcd", host.module.ufs:content("f"))
    assert.equal(CONNECT .. "\r\n+QFUPL: 0,0\r\n" .. OK, upload(host, "empty", ""))
    assert.equal(CONNECT .. "\r\n+QFUPL: 3,2b\r\n" .. OK, upload(host, "plus", "+++"))
  end)

  it("pads checksums by the quirk", function()
    host = Host.new({ quirks = { "padded-checksum" } })
    assert.equal(CONNECT .. "\r\n+QFUPL: 4,0206\r\n" .. OK, upload(host, "f", "abcd"))
  end)

  it("accepts a file until +++", function()
    assert.equal(CONNECT, host:at('+QFUPL="f"'))
    host:send("abc")
    host:wait(1.1)
    host:send("+++")
    assert.equal("\r\n+QFUPL: 3,262\r\n" .. OK, host:wait(1.1))
  end)

  it("acknowledges each full 1024 bytes", function()
    host:at('+QFUPL="f",2050,5,1')
    assert.equal("", host:send(("x"):rep(1023)))
    assert.equal("A", host:send("x"))
    assert.equal("", host:send(("x"):rep(1000)))
    assert.equal("A\r\n+QFUPL: 2050,7878\r\n" .. OK, host:send(("x"):rep(26)))
  end)

  it("gives up after its timeout", function()
    host:at('+QFUPL="f",10,30')
    host:send("abc")
    assert.equal("", host:wait(29.9))
    assert.equal(cme(421), host:wait(0.2))
    assert.equal(OK, host:at(""))
  end)

  it("refuses names that exist, bad names and what does not fit", function()
    upload(host, "f", "abcd")
    assert.equal(cme(407), host:at('+QFUPL="f",4'))
    assert.equal(cme(406), host:at('+QFUPL="a/b",4'))
    assert.equal(cme(420), host:at('+QFUPL="g",4997'))
    assert.equal(cme(400), host:at('+QFUPL="g",-1'))
    assert.equal(CONNECT, host:at('+QFUPL="g"'))
    assert.equal(cme(403), host:send(("x"):rep(5000)))
  end)
end)

describe("files in the emulator's flash", function()
  local host

  before_each(function()
    host = Host.new({ ufs_space = 5000 })
    host:at("+CMEE=1")
  end)

  it("are read back", function()
    upload(host, "f", "abcd")
    assert.equal(CONNECT .. "abcd\r\n+QFDWL: 4,206\r\n" .. OK, host:at('+QFDWL="f"'))
    assert.equal(CONNECT .. "abcd\r\n+QFDWL: 4,206\r\n" .. OK, host:at('+QFDWL="UFS:f"'))
    assert.equal(cme(405), host:at('+QFDWL="g"'))
  end)

  it("are listed, counted and deleted", function()
    assert.equal(OK, host:at('+QFLST="*"'))
    upload(host, "b.txt", "abcd")
    upload(host, "a.bin", "x")
    assert.equal('\r\n+QFLST: "a.bin",1\r\n+QFLST: "b.txt",4\r\n' .. OK, host:at("+QFLST"))
    assert.equal('\r\n+QFLST: "b.txt",4\r\n' .. OK, host:at('+QFLST="*.txt"'))
    assert.equal(cme(405), host:at('+QFLST="c"'))
    assert.equal("\r\n+QFLDS: 4995,5000\r\n" .. OK, host:at('+QFLDS="UFS"'))
    assert.equal(OK, host:at('+QFDEL="a.bin"'))
    assert.equal(cme(405), host:at('+QFDEL="a.bin"'))
    assert.equal(OK, host:at('+QFDEL="*"'))
    assert.equal("\r\n+QFLDS: 5000,5000\r\n" .. OK, host:at('+QFLDS="UFS"'))
  end)

  it("are listed with a prefix by the quirk", function()
    host = Host.new({ quirks = { "ufs-prefix" } })
    upload(host, "f", "abcd")
    assert.equal('\r\n+QFLST: "UFS:f",4\r\n' .. OK, host:at("+QFLST"))
  end)

  it("are read and written through handles", function()
    assert.equal("\r\n+QFOPEN: 1\r\n" .. OK, host:at('+QFOPEN="f",0'))
    assert.equal(cme(426), host:at('+QFOPEN="f",0'))
    assert.equal(CONNECT, host:at("+QFWRITE=1,6"))
    assert.equal("\r\n+QFWRITE: 6,6\r\n" .. OK, host:send("abcdef"))
    assert.equal(cme(402), host:at("+QFREAD=1"))
    assert.equal(OK, host:at("+QFSEEK=1,2"))
    assert.equal("\r\nCONNECT 3\r\ncde" .. OK, host:at("+QFREAD=1,3"))
    assert.equal("\r\nCONNECT 1\r\nf" .. OK, host:at("+QFREAD=1,300"))
    assert.equal(OK, host:at("+QFCLOSE=1"))
    assert.equal(cme(416), host:at("+QFREAD=1"))
    assert.equal(cme(405), host:at('+QFOPEN="none",2'))
    host:at('+QFOPEN="f",2')
    assert.equal(cme(414), host:at("+QFWRITE=1,1"))
  end)

  it("are source and target of transfers", function()
    host = Host.new()
    host:log_in()
    local server = host.module.backend
    server:put("/remote", ("0123456789"):rep(5000))
    assert.equal(OK .. "\r\n+QFTPGET: 0,49990\r\n", host:at('+QFTPGET="remote","here",10'))
    assert.equal(49990, host.module.ufs:size("here"))
    assert.equal(OK .. "\r\n+QFTPPUT: 0,49990\r\n", host:at('+QFTPPUT="back","UFS:here"'))
    assert.equal(("0123456789"):rep(4999), server:get("/back"))
    assert.equal(cme(611), host:at('+QFTPPUT="back","missing"'))
    assert.equal(OK .. "\r\n+QFTPGET: 627,550\r\n", host:at('+QFTPGET="none","there"'))
    assert.equal(cme(610), host:at('+QFTPGET="remote","there",0,10'))
    assert.equal(cme(610), host:at(('+QFTPGET="remote","%s"'):format(("n"):rep(61))))
  end)

  it("end an upload of theirs when they are deleted in the middle of it", function()
    host = Host.new({ radio = "nb-iot", ufs_space = 100000 })
    host:at("+CMEE=1", "+QIACT=1")
    host:wait(1)
    host:at('+QFTPCFG="account","test","secret"', '+QFTPOPEN="server",21')
    host:wait(60)
    upload(host, "here", ("0123456789"):rep(2000))
    assert.equal(OK, host:at('+QFTPPUT="back","here"'))
    host:wait(6)
    assert.equal(OK .. "\r\n+QFTPPUT: 613,0\r\n", host:at('+QFDEL="here"'))
    assert.equal("\r\n+QFTPSTAT: 0,1\r\n", host:at("+QFTPSTAT"):sub(#OK + 1))
  end)

  it("survive a reboot", function()
    upload(host, "f", "abcd")
    host:at("+CFUN=1,1")
    host:wait(3)
    assert.equal('\r\n+QFLST: "f",4\r\n' .. OK, host:at("+QFLST"))
  end)
end)

describe("the emulator's SSL contexts", function()
  local host

  before_each(function()
    host = Host.new()
    host:at("+CMEE=1")
  end)

  local numbers = {
    sslversion = { 0, 4 }, seclevel = { 0, 2 }, sni = { 0, 1 }, checkhost = { 0, 1 },
    ignorelocaltime = { 0, 1 }, negotiatetime = { 10, 300 },
  }
  for name, range in pairs(numbers) do
    it("keep " .. name .. " in its range", function()
      for _, value in ipairs(range) do
        assert.equal(OK, host:at(('+QSSLCFG="%s",5,%d'):format(name, value)))
        assert.equal(('\r\n+QSSLCFG: "%s",5,%d\r\n'):format(name, value) .. OK,
          host:at(('+QSSLCFG="%s",5'):format(name)))
      end
      assert.equal(cme(50), host:at(('+QSSLCFG="%s",5,%d'):format(name, range[1] - 1)))
      assert.equal(cme(50), host:at(('+QSSLCFG="%s",5,%d'):format(name, range[2] + 1)))
      assert.equal(cme(50), host:at(('+QSSLCFG="%s",6,%d'):format(name, range[1])))
    end)
  end

  it("keep cipher suites and names of certificates", function()
    assert.equal(OK, host:at('+QSSLCFG="ciphersuite",1,0xffff'))
    assert.equal('\r\n+QSSLCFG: "ciphersuite",1,0XFFFF\r\n' .. OK,
      host:at('+QSSLCFG="ciphersuite",1'))
    assert.equal(OK, host:at('+QSSLCFG="cacert",1,"UFS:ca.pem"'))
    assert.equal('\r\n+QSSLCFG: "cacert",1,"UFS:ca.pem"\r\n' .. OK, host:at('+QSSLCFG="cacert",1'))
    assert.equal('\r\n+QSSLCFG: "cacert",0,""\r\n' .. OK, host:at('+QSSLCFG="cacert",0'))
    assert.equal(cme(50), host:at('+QSSLCFG="nonsense",1,1'))
  end)

  it("pass their settings to the backend", function()
    host.module.ufs:put("ca.pem", "PEM")
    host:at('+QSSLCFG="cacert",2,"ca.pem"', '+QSSLCFG="seclevel",2,1', '+QSSLCFG="checkhost",2,1',
      '+QSSLCFG="sslversion",2,3')
    local client = host.module.ssl:client(2, 2)
    assert.equal("explicit", client.mode)
    assert.equal("PEM", client.ca)
    assert.same({ 1, 3, true }, { client.level, client.version, client.check_host })
  end)

  it("lead to 631 if the server is not trusted", function()
    local memory = require("bg96.emulator.memory")
    host = Host.new({ active = true, backend = memory.new({ tls = false }) })
    host:at('+QFTPCFG="ssltype",1', '+QSSLCFG="seclevel",0,1')
    assert.equal(OK .. "\r\n+QFTPOPEN: 631,0\r\n", host:at('+QFTPOPEN="server",990'))
    host:at('+QSSLCFG="seclevel",0,0')
    assert.equal(OK .. "\r\n+QFTPOPEN: 0,0\r\n", host:at('+QFTPOPEN="server",990'))
  end)
end)
