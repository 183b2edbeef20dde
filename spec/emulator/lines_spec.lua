-- Unsolicited lines of the emulator, and the spacing of its answers.

local Host = require("spec.support.host")

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"

local function line(text)
  return "\r\n" .. text .. "\r\n"
end

local function result(text)
  return OK .. line(text)
end

local function with_session(options)
  local host = Host.new(options)
  host:log_in()
  host.module.backend:put("/f", ("0123456789"):rep(10))
  return host
end

local GET = '+QFTPGET="f","COM:",0,100'
local PAYLOAD = ("0123456789"):rep(10)

describe("an unsolicited line of the emulator", function()
  local host

  before_each(function() host = with_session() end)

  it("comes before the echo and behind it", function()
    host:at("E1")
    host.module:fault("urc,command=CSQ,when=before-echo,line=RING")
    host.module:fault("urc,command=CSQ,when=before,line=+CMTI: \"ME\",1")
    assert.equal(line("RING") .. "AT+CSQ\r" .. line('+CMTI: "ME",1') .. line("+CSQ: 24,0") .. OK,
      host:at("+CSQ"))
  end)

  it("comes before OK, and between OK and the result", function()
    for _, when in ipairs { "inside", "before-result", "after-result" } do
      host.module:fault(("urc,command=QFTPSIZE,when=%s,line=+X: %s"):format(when, when))
    end
    assert.equal(line("+X: inside") .. OK .. line("+X: before-result") .. line("+QFTPSIZE: 0,100")
      .. line("+X: after-result"), host:at('+QFTPSIZE="f"'))
  end)

  it("comes between the payload and its OK, and the result", function()
    for _, when in ipairs { "before", "behind-payload", "before-result", "after-result" } do
      host.module:fault(("urc,command=QFTPGET,when=%s,line=+X: %s"):format(when, when))
    end
    assert.equal(line("+X: before") .. CONNECT .. PAYLOAD .. line("+X: behind-payload") .. OK
      .. line("+X: before-result") .. line("+QFTPGET: 0,100") .. line("+X: after-result"),
      host:at(GET))
  end)

  it("does not come at a result that belongs to no command", function()
    host.module:fault("urc,command=any,times=0,when=before-result,line=+X: before")
    host.module.backend:break_connection()
    assert.equal(line("+QFTPCLOSE: 606,0"), host:wait(0))
    assert.equal(OK .. line("+X: before") .. line("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)

  it("comes behind an upload as well", function()
    host.module:fault("urc,command=any,when=behind-payload,line=+QIND: SMS DONE")
    assert.equal(CONNECT, host:at('+QFTPPUT="g","COM:",0,3,1'))
    assert.equal(line("+QIND: SMS DONE") .. result("+QFTPPUT: 0,3"), host:send("abc"))
  end)

  it("comes behind a file for the flash", function()
    host.module:fault("urc,command=QFUPL,when=behind-payload,line=RING")
    host:at('+QFUPL="u",3')
    assert.equal(line("RING") .. line("+QFUPL: 3,262") .. OK, host:send("abc"))
  end)

  it("may have the word of the running query", function()
    host.module:fault("urc,command=CREG,line=+CREG: 1")
    assert.equal(line("+CREG: 1") .. line("+CREG: 0,1") .. OK, host:at("+CREG?"))
  end)
end)

describe("chatter of the emulator", function()
  it("continues until it is cancelled", function()
    local host = Host.new()
    host.module:fault('chatter,every=1000,line=+QIND: "csq",20,99')
    assert.equal(line('+QIND: "csq",20,99'):rep(3), host:wait(3.5))
    assert.equal(OK, host:at(""))
    assert.equal(line('+QIND: "csq",20,99'):rep(3600), host:wait(3600))
    host.module.faults:clear()
    assert.equal("", host:wait(10))
  end)

  it("ends at its count", function()
    local host = Host.new({ faults = { "chatter,every=500,count=2,line=+CREG: 1" } })
    assert.equal(line("+CREG: 1"):rep(2), host:wait(60))
  end)

  it("comes between OK and the result of a slow server", function()
    local host = with_session()
    host.module.backend.delay = 2.5
    host.module:fault("chatter,command=QFTPSIZE,every=1000,line=RING")
    assert.equal(OK, host:at('+QFTPSIZE="f"'))
    assert.equal(line("RING"):rep(2) .. line("+QFTPSIZE: 0,100"), host:wait(2.6))
  end)

  it("pauses during a payload, and continues after an early end", function()
    local host = with_session()
    host.module:fault("chatter,bytes=40,every=1000,count=2,line=+CREG: 1")
    host.module:fault("early,bytes=40,code=607,protocol=426")
    assert.equal(CONNECT .. PAYLOAD:sub(1, 40) .. result("+QFTPGET: 607,426"), host:at(GET))
    assert.equal(line("+CREG: 1"):rep(2), host:wait(5))
    host.module:fault("chatter,every=1000,count=1,line=+CREG: 2")
    assert.equal(CONNECT, host:at('+QFTPPUT="g","COM:",0,3,1'))
    assert.equal("", host:wait(5))
    assert.equal(result("+QFTPPUT: 0,3"), host:send("abc"))
    assert.equal(line("+CREG: 2"), host:wait(2))
  end)
end)

describe("a foreign final result code of the emulator", function()
  for _, code in ipairs { "OK", "ERROR", "+CME ERROR: 3", "NO CARRIER", "RING" } do
    it("comes at every place: " .. code, function()
      local host = with_session()
      for _, when in ipairs { "before", "inside", "before-result" } do
        host.module:fault(("foreign,command=QFTPSIZE,when=%s,line=%s"):format(when, code))
      end
      assert.equal(line(code):rep(2) .. OK .. line(code) .. line("+QFTPSIZE: 0,100"),
        host:at('+QFTPSIZE="f"'))
      host.module:fault("foreign,seconds=5,line=" .. code)
      assert.equal(line(code), host:wait(6))
    end)
  end

  it("follows ATV and ATQ", function()
    local host = Host.new({ settings = "V0" })
    host.module:fault("foreign,line=ERROR")
    assert.equal("4\r", host:wait(0))
  end)
end)

describe("a download of the emulator ends early", function()
  local endings = {
    { "early,bytes=40,code=607,protocol=426", result("+QFTPGET: 607,426"), 1 },
    { "early,bytes=40,how=bare,code=616,protocol=426", line("+QFTPGET: 616,426"), 1 },
    { "early,bytes=40,how=carrier", line("NO CARRIER"), 1 },
    { "early,bytes=40,how=none", "", 1 },
    { "drop,bytes=40,how=bare", line("+QFTPGET: 605,0"), 4 },
    { "pdp,bytes=40,how=none", line('+QIURC: "pdpdeact",1'), 4 },
    { "pdp,bytes=40,how=result", result("+QFTPGET: 605,0") .. line('+QIURC: "pdpdeact",1'), 4 },
  }
  for _, case in ipairs(endings) do
    it("by " .. case[1], function()
      local host = with_session()
      host.module:fault(case[1])
      assert.equal(CONNECT .. PAYLOAD:sub(1, 40) .. case[2], host:at(GET))
      assert.equal(result("+QFTPSTAT: 0," .. case[3]), host:at("+QFTPSTAT"))
    end)
  end

  it("by a result on a line of its own, also of a module that joins it to OK", function()
    local host = with_session({ quirks = { "spacing=joined" } })
    host.module:fault("early,bytes=40,how=bare,code=616")
    assert.equal(CONNECT .. PAYLOAD:sub(1, 40) .. line("+QFTPGET: 616,0"), host:at(GET))
  end)

  it("by a boot", function()
    local host = with_session()
    host.module:fault("reset,bytes=40")
    assert.equal(CONNECT .. PAYLOAD:sub(1, 40), host:at(GET))
    assert.equal(line("RDY") .. line("APP RDY"), host:wait(3))
  end)
end)

describe("an upload of the emulator that ends early", function()
  it("lets the rest run as commands, each with an answer of its own", function()
    local host = with_session({ quirks = { "noise-error" } })
    host.module:fault("early,bytes=10,how=carrier")
    host:at('+QFTPPUT="g","COM:",0,100,1')
    assert.equal(line("NO CARRIER") .. line("ERROR") .. line("ERROR") .. line("+CSQ: 24,0") .. OK,
      host:send("0123456789abc\r\ndef\r\n\r\nAT+CSQ\r"))
    assert.equal("0123456789", host.module.backend:get("/g"))
  end)

  it("gets no answer to lines without AT, unless the quirk is set", function()
    local host = with_session()
    host.module:fault("early,bytes=10,how=carrier")
    host:at('+QFTPPUT="g","COM:",0,100,1')
    assert.equal(line("NO CARRIER") .. line("ERROR"), host:send("0123456789abc\rdATa\r"))
  end)
end)

describe("the emulator's spacing", function()
  local styles = {
    { "blank", OK .. line("+QFTPSIZE: 0, 100"), line('+QFTPCFG: "account", "a,b","c"') .. OK },
    { "tight", OK .. line("+QFTPSIZE:0,100"), line('+QFTPCFG:"account","a,b","c"') .. OK },
    { "trailing", OK .. line("+QFTPSIZE: 0,100 "),
      line('+QFTPCFG: "account","a,b","c" ') .. OK },
    { "joined", OK .. "+QFTPSIZE: 0,100\r\n", line('+QFTPCFG: "account","a,b","c"') .. OK },
    { "airy", OK .. "\r\n" .. line("+QFTPSIZE: 0,100"),
      "\r\n" .. line('+QFTPCFG: "account","a,b","c"') .. OK },
    { "blank+tight+joined", OK .. "+QFTPSIZE:0, 100\r\n",
      line('+QFTPCFG:"account", "a,b","c"') .. OK },
  }
  for _, case in ipairs(styles) do
    it("is " .. case[1], function()
      local host = with_session({ quirks = { "spacing=" .. case[1] } })
      assert.equal(case[2], host:at('+QFTPSIZE="f"'))
      host:at('+QFTPCFG="account","a,b","c"')
      assert.equal(case[3], host:at('+QFTPCFG="account"'))
    end)
  end

  it("is that of the results of downloads and listings", function()
    local host = with_session({ quirks = { "spacing=blank+joined" } })
    assert.equal(CONNECT .. PAYLOAD .. OK .. "+QFTPGET: 0, 100\r\n", host:at(GET))
    assert.equal(CONNECT .. "f\r\n" .. OK .. "+QFTPNLST: 0, 3\r\n", host:at('+QFTPNLST="/"'))
  end)
end)
