-- The emulator's faults, start states and quirks.

local Host = require("spec.support.host")
local faults = require("bg96.emulator.faults")
local quirks = require("bg96.emulator.quirks")

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"

local function result(text)
  return OK .. "\r\n" .. text .. "\r\n"
end

local function with_session(options)
  local host = Host.new(options)
  host:log_in()
  host.module.backend:put("/f", ("0123456789"):rep(100))
  return host, host.module.backend
end

local GET = '+QFTPGET="f","COM:",0,1000'
local PUT = '+QFTPPUT="g","COM:",0,1000,1'

describe("a fault's text", function()
  it("is read into a table", function()
    assert.same({ kind = "drop", bytes = 1000, how = "carrier", times = 1 },
      faults.parse("drop,bytes=1000,how=carrier"))
    local urc = faults.parse('urc,command=at+csq,when=inside,line=+QIURC: "recv",0')
    assert.equal("CSQ", urc.word)
    assert.equal('+QIURC: "recv",0', urc.line)
  end)

  for _, text in ipairs { "nonsense", "drop,bytes", "drop,line=x", "silence", "byte,how=lost",
    "urc", "drop,bytes=5,how=somehow", "",
    "drop,bytes=x", "late,command=AT,ms=-1", "chatter,line=x", "foreign,when=never,line=OK",
    "ufs-loss,count=0", "ufs-loss,bytes=5", "unplug,kept=maybe" } do
    it("is refused when it is " .. text, function()
      local fault, message = faults.parse(text)
      assert.is_nil(fault)
      assert.is_string(message)
    end)
  end

  it("is refused by the module as well", function()
    assert.has_error(function() Host.new({ faults = { "nonsense" } }) end)
  end)
end)

describe("the emulator with a fault of an answer", function()
  local host, server

  before_each(function() host, server = with_session() end)

  it("is silent after a command, once", function()
    host.module:fault("silence,command=QFTPSIZE")
    assert.equal("", host:at('+QFTPSIZE="f"') .. host:wait(1000))
    assert.equal(result("+QFTPSIZE: 0,1000"), host:at('+QFTPSIZE="f"'))
  end)

  it("is silent after a command, three times", function()
    host.module:fault("silence,command=AT,times=3")
    for _ = 1, 3 do assert.equal("", host:at("")) end
    assert.equal(OK, host:at(""))
  end)

  it("loses a result behind OK", function()
    host.module:fault("silence,command=QFTPSIZE,what=result")
    assert.equal(OK, host:at('+QFTPSIZE="f"'))
    assert.equal(result("+QFTPSIZE: 0,1000"), host:at('+QFTPSIZE="f"'))
  end)

  it("answers late, and in order", function()
    host.module:fault("late,command=QFTPSIZE,ms=3000")
    assert.equal("", host:at('+QFTPSIZE="f"'))
    assert.equal("", host:at("+CSQ"))
    assert.equal("", host:wait(2.9))
    assert.equal(result("+QFTPSIZE: 0,1000") .. "\r\n+CSQ: 24,0\r\n" .. OK, host:wait(0.2))
    assert.equal(OK, host:at(""))
  end)

  it("returns the given result", function()
    host.module:fault("result,command=QFTPSIZE,err=609")
    assert.equal(result("+QFTPSIZE: 609,0"), host:at('+QFTPSIZE="f"'))
    host.module:fault("result,command=QFTPDEL,err=627,protocol=550")
    assert.equal(result("+QFTPDEL: 627,550"), host:at('+QFTPDEL="f"'))
    assert.truthy(server:get("/f"))
    host.module:fault("result,command=QFTPSIZE,cme=603,times=2")
    assert.equal("\r\n+CME ERROR: 603\r\n", host:at('+QFTPSIZE="f"'))
    assert.equal("\r\n+CME ERROR: 603\r\n", host:at('+QFTPSIZE="f"'))
    assert.equal(result("+QFTPSIZE: 0,1000"), host:at('+QFTPSIZE="f"'))
  end)

  it("sends unsolicited lines before, inside and behind an answer", function()
    for _, when in ipairs { "before", "inside", "after" } do
      host.module:fault("urc,command=CSQ,when=" .. when .. ",line=+CREG: 1")
    end
    local urc = "\r\n+CREG: 1\r\n"
    assert.equal(urc .. "\r\n+CSQ: 24,0\r\n" .. urc .. OK .. urc, host:at("+CSQ"))
    assert.equal("\r\n+CSQ: 24,0\r\n" .. OK, host:at("+CSQ"))
  end)

  it("sends unsolicited lines every few seconds", function()
    host.module:fault('urc,seconds=10,times=3,line=+QIURC: "recv",0')
    local urc = '\r\n+QIURC: "recv",0\r\n'
    assert.equal(urc, host:wait(15))
    assert.equal(urc .. urc, host:wait(100))
  end)

  it("loses, doubles and garbles one byte", function()
    host.module:fault("byte,at=4,how=lost")
    assert.equal("\r\nO\r\n", host:at(""))
    host.module:fault("byte,at=10,how=doubled")
    assert.equal(OK, host:at(""))
    assert.equal("\r\nOKK\r\n", host:at(""))
    host.module:fault("byte,at=3")
    assert.equal("\r\n\26K\r\n", host:at(""))
    assert.equal(OK, host:at(""))
  end)
end)

describe("the emulator with a fault of a payload", function()
  local host, server

  before_each(function() host, server = with_session() end)

  local endings = {
    carrier = "\r\nNO CARRIER\r\n", result = result("+QFTPGET: 605,0"), silence = "",
  }
  for how, ending in pairs(endings) do
    it("drops the link after so many bytes of a download: " .. how, function()
      host.module:fault("drop,bytes=123,how=" .. how)
      assert.equal(CONNECT .. ("0123456789"):rep(12) .. "012" .. ending, host:at(GET))
      if how == "silence" then
        assert.equal("", host:send("AT\r"))
        host:wait(2)
        host:send("+++")
        assert.equal(OK, host:wait(1.1))
      end
      assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
      assert.equal(result("+QFTPOPEN: 0,0"), host:at('+QFTPOPEN="server",21'))
      assert.equal(result("+QFTPSIZE: 0,1000"), host:at('+QFTPSIZE="f"'))
    end)
  end

  it("ends the silence after a drop with 609", function()
    host.module:fault("drop,bytes=10,how=silence")
    host:at(GET)
    assert.equal("", host:wait(89))
    assert.equal(result("+QFTPGET: 609,0"), host:wait(2))
  end)

  it("adds an unsolicited CLOSE on request", function()
    host.module:fault("drop,bytes=10,how=result,close=yes")
    assert.equal(CONNECT .. "0123456789" .. result("+QFTPGET: 605,0")
      .. "\r\n+QFTPCLOSE: 606,0\r\n", host:at(GET))
  end)

  it("drops an upload, keeps what came, and runs the rest as commands", function()
    host.module:fault("drop,bytes=10,how=carrier")
    host:at(PUT)
    assert.equal("\r\nNO CARRIER\r\n" .. OK, host:send("0123456789\r\nAT\r"))
    assert.equal("0123456789", server:get("/g"))
    local log = host.module:commands()
    assert.equal("AT", log[#log])
  end)

  it("leaves data mode early and runs the rest as commands", function()
    host.module:fault("early,bytes=500")
    host:at(PUT)
    local payload = ("x"):rep(500) .. '\rAT+QFTPDEL="f"\r' .. ("y"):rep(400)
    assert.equal(result("+QFTPPUT: 605,0") .. result("+QFTPDEL: 0,0"), host:send(payload))
    local log = host.module:commands()
    assert.equal('AT+QFTPDEL="f"', log[#log])
    assert.is_nil(server:get("/f"))
    assert.equal(("x"):rep(500), server:get("/g"))
  end)

  it("counts payload over several transfers", function()
    host.module:fault("drop,bytes=1500")
    assert.equal(CONNECT .. ("0123456789"):rep(100) .. result("+QFTPGET: 0,1000"), host:at(GET))
    assert.equal(CONNECT .. ("0123456789"):rep(50) .. "\r\nNO CARRIER\r\n", host:at(GET))
  end)

  it("drops the link again and again", function()
    host.module:fault("drop,bytes=300,times=0")
    for _ = 1, 3 do
      assert.equal(CONNECT .. ("0123456789"):rep(30) .. "\r\nNO CARRIER\r\n", host:at(GET))
      host:at('+QFTPOPEN="server",21')
    end
  end)
end)

describe("the emulator with a fault of the hardware", function()
  local host, server

  before_each(function() host, server = with_session() end)

  it("resets in the middle of a payload", function()
    host.module:fault("reset,bytes=10")
    assert.equal(CONNECT .. "0123456789", host:at(GET))
    assert.equal("", host:at(""))
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(3))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)

  it("forgets its input at a reset", function()
    host.module:fault("reset,bytes=3")
    assert.equal(CONNECT, host:at('+QFTPPUT="f","COM:",0,10,1'))
    assert.equal("", host:send("012AT+CSQ\r"))
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(3))
  end)

  it("hangs, until its watchdog restarts it", function()
    host.module:fault("hang,bytes=10,wake=60")
    assert.equal(CONNECT .. "0123456789", host:at(GET))
    assert.equal("", host:at("") .. host:wait(59) .. host:at(""))
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(5))
    host.module:fault("hang,command=CSQ")
    assert.equal("", host:at("+CSQ") .. host:wait(3600) .. host:at(""))
  end)

  it("loses its PDP context", function()
    host.module:fault("pdp,bytes=10")
    assert.equal(CONNECT .. "0123456789\r\nNO CARRIER\r\n" .. '\r\n+QIURC: "pdpdeact",1\r\n',
      host:at(GET))
    assert.equal(OK, host:at("+QIACT?"))
    assert.equal("\r\n+CME ERROR: 605\r\n", host:at('+QFTPOPEN="server",21'))
  end)

  it("loses its control connection", function()
    host.module:fault("close,seconds=30")
    assert.equal("\r\n+QFTPCLOSE: 606,0\r\n", host:wait(31))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
    host:at('+QFTPOPEN="server",21')
    server:break_connection()
    assert.equal("\r\n+QFTPCLOSE: 606,0\r\n", host:wait(0))
  end)

  it("is unplugged", function()
    host.module:fault("unplug,bytes=10,back=3")
    assert.equal(CONNECT .. "0123456789", host:at(GET))
    assert.same({ back = 3 }, host.module.unplugged)
    host.module:plug()
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(3))
  end)

  it("hangs in the middle of a transfer, and has no stale deadlines afterwards", function()
    host.module.backend.delay = 1
    host:at('+QFTPSIZE="f"')
    host.module:fault("hang")
    host.module:tick(5)
    assert.is_true(host.module:deadline() > 5)
  end)

  it("runs out of flash", function()
    host.module:fault("ufs-full")
    assert.equal(result("+QFTPGET: 613,0"), host:at('+QFTPGET="f","local"'))
    assert.equal("\r\n+CME ERROR: 420\r\n", host:at('+QFUPL="u",10'))
    assert.equal("\r\n+QFLDS: 0,0\r\n" .. OK, host:at('+QFLDS="UFS"'))
  end)

  it("accepts faults as options, and cancels them", function()
    host = with_session({ faults = { "silence,command=CSQ,times=0" } })
    assert.equal("", host:at("+CSQ"))
    host.module.faults:clear()
    assert.equal("\r\n+CSQ: 24,0\r\n" .. OK, host:at("+CSQ"))
  end)

  it("cancels one that was to strike later", function()
    host = with_session({ faults = { "hang,seconds=5" } })
    host.module.faults:clear()
    host:wait(10)
    assert.equal("\r\n+CSQ: 24,0\r\n" .. OK, host:at("+CSQ"))
  end)
end)

describe("the emulator starts", function()
  local function escape(host)
    host:wait(1.1)
    host:send("+++")
    return host:wait(1.1)
  end

  it("with half a line typed", function()
    local host = Host.new({ state = "half-line" })
    assert.equal("\r\nERROR\r\n", host:at(""))
    assert.equal(OK, host:at(""))
  end)

  it("with a session open, which can be closed", function()
    local host = Host.new({ state = "session" })
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
    assert.equal(result("+QFTPCLOSE: 0,0"), host:at("+QFTPCLOSE"))
    assert.equal(result("+QFTPOPEN: 0,0"), host:at('+QFTPOPEN="server",21'))
  end)

  it("in the data mode of an upload", function()
    local host = Host.new({ state = "data-upload" })
    assert.equal("", host:at(""))
    assert.matches("^\r\nOK\r\n", escape(host))
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
    assert.same({ "AT+QFTPSTAT" }, host.module:commands())
  end)

  it("in the data mode of a download that does not end", function()
    local host = Host.new({ state = "data-download" })
    local heard = host.module:take(0, 1000)
    assert.equal(1000, #heard)
    assert.matches("^%d+ OK\r\n%+QFTPGET: 0,%d+\r\n", heard)
    assert.equal(1000, #host.module:take(100, 1000))
    host.module:feed("+++", 101)
    host.module:tick(102.1)
    host.now = 102.1
    assert.equal(OK, host:send(""))
    assert.equal(result("+QFTPCLOSE: 0,0"), host:at("+QFTPCLOSE"))
  end)

  it("booting", function()
    local host = Host.new({ state = "booting", boot_seconds = 7 })
    assert.equal("", host:at("") .. host:wait(6.9))
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(0.2))
    assert.equal(OK, host:at(""))
  end)

  it("silent, for ever", function()
    local host = Host.new({ state = "silent" })
    assert.equal("", host:at("") .. host:wait(86400) .. host:at(""))
  end)
end)

describe("a quirk of the emulator", function()
  local exchanges = {
    { "size-without-err", '+QFTPSIZE="f"', result("+QFTPSIZE: 1000") },
    { "pwd-quoted", "+QFTPPWD", result('+QFTPPWD: 0,"/"') },
    { "pwd-unquoted", "+QFTPPWD", result("+QFTPPWD: 0,/") },
    { "stat-before-ok", "+QFTPSTAT", "\r\n+QFTPSTAT: 0,1\r\n" .. OK },
    { "masked-password", '+QFTPCFG="account"', '\r\n+QFTPCFG: "account","test","***"\r\n' .. OK },
  }
  for _, case in ipairs(exchanges) do
    it("is " .. case[1], function()
      local host = with_session({ quirks = { case[1] } })
      assert.equal(case[3], host:at(case[2]))
    end)
  end

  it("is text-errors, with AT+CMEE=2 only", function()
    local host = with_session({ quirks = { "text-errors" } })
    assert.equal(result("+QFTPSIZE: 627,550"), host:at('+QFTPSIZE="none"'))
    host:at("+CMEE=2")
    assert.equal(result("+QFTPSIZE: Requested action not taken,550"), host:at('+QFTPSIZE="none"'))
  end)

  it("is stubborn-echo", function()
    local host = Host.new({ echo = true, quirks = { "stubborn-echo" } })
    assert.equal("ATE0\r" .. OK, host:at("E0"))
    assert.equal("AT\r" .. OK, host:at(""))
  end)

  it("is sync-615, and busy until CLOSE", function()
    local host = with_session({ quirks = { "sync-615" } })
    local backend = require("bg96.emulator.backend")
    local start = host.module.backend.start
    host.module.backend.start = function(self, request)
      if request.verb ~= "retrieve" then return start(self, request) end
      local operation = backend.operation({})
      backend.finish(operation, 615, 425)
      return operation
    end
    assert.equal("\r\n+CME ERROR: 615\r\n", host:at(GET))
    assert.equal("\r\n+CME ERROR: 603\r\n", host:at('+QFTPSIZE="f"'))
    assert.equal(result("+QFTPCLOSE: 0,0"), host:at("+QFTPCLOSE"))
    assert.equal(result("+QFTPOPEN: 0,0"), host:at('+QFTPOPEN="server",21'))
    assert.equal(result("+QFTPSIZE: 0,1000"), host:at('+QFTPSIZE="f"'))
  end)

  it("is known by name", function()
    assert.is_nil((quirks.parse("nonsense")))
    assert.same({ "slow-close", 2.5 }, { quirks.parse("slow-close=2.5") })
    assert.has_error(function() Host.new({ quirks = { "nonsense" } }) end)
  end)
end)
