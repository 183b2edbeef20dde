-- The emulator's stored settings, slow answers, refusals, and loss of power.

local Host = require("spec.support.host")

local OK = "\r\nOK\r\n"

local function line(text)
  return "\r\n" .. text .. "\r\n"
end

local function result(text)
  return OK .. line(text)
end

describe("settings of an earlier user", function()
  it("are in force at the start, without output", function()
    local host = Host.new({ settings = "V0Q0E1" })
    assert.equal("", host:wait(1))
    assert.equal("AT\r0\r", host:at(""))
    assert.same({ "AT" }, host.module:commands())
  end)

  it("may suppress result codes", function()
    local host = Host.new({ settings = "Q1" })
    assert.equal("", host:at("") .. host:at("+NONSENSE"))
    assert.equal(line("+CSQ: 24,0"), host:at("+CSQ"))
    assert.equal(OK, host:at("Q0"))
  end)

  it("may change the line ends", function()
    assert.equal("", Host.new({ settings = "S3=10" }):at(""))
    local host = Host.new({ settings = "S3=10S4=32" })
    assert.equal("\n OK\n ", host:send("AT\n"))
    assert.equal("\r\nOK\r\n", host:send("ATS3=13S4=10\n"))
    assert.equal(OK, host:at(""))
  end)

  it("may change the backspace character", function()
    local host = Host.new({ settings = "S5=65" })
    assert.equal("", host:at(""))
    assert.equal(line("+CSQ: 24,0") .. OK, host:send("xAat+csqxA\r"))
    host = Host.new()
    assert.equal(line("+CSQ: 24,0") .. OK, host:at("+CSQX\b"))
    assert.equal(line("008") .. OK, host:at("S5?"))
    assert.equal(OK, host:at("S5=127"))
    assert.equal(line("+CSQ: 24,0") .. OK, host:at("+CSQX\127"))
    assert.equal(line("127") .. OK, host:at("S5?"))
    assert.equal(line("ERROR"), host:at("S5=128"))
  end)

  for _, command in ipairs { "&F", "Z" } do
    it("are reset by AT" .. command, function()
      local host = Host.new({ settings = "V0Q1E1S3=13S4=32S5=1" })
      assert.equal("AT" .. command .. "\r" .. OK, host:at(command))
      assert.equal(OK, host:at(""))
      assert.equal(line("008") .. OK, host:at("S5?"))
    end)
  end

  it("may be stored, and come back with ATZ and after a boot", function()
    local host = Host.new({ settings = "V0S4=32&W" })
    host:at("V1S4=10")
    assert.equal("0\r", host:at("Z"))
    host:at("V1S4=10")
    assert.equal(OK, host:at("&F"))
    host:at("+CFUN=1,1")
    assert.equal("\r RDY\r \r APP RDY\r ", host:wait(3))
    assert.equal("0\r", host:at(""))
  end)

  it("are refused if they are not a command line", function()
    assert.has_error(function() Host.new({ settings = "V0 nonsense" }) end)
  end)
end)

describe("a habit of the emulator", function()
  local exchanges = {
    { "no-echo", "E1", OK, "", OK },
    { "unknown-58", "+NONSENSE", line("+CME ERROR: 58"), "+CSQ", line("+CSQ: 24,0") .. OK },
    { "old-ftpcfg", '+QFTPCFG="ssltype",0', line("ERROR"), '+QFTPCFG="filetype",0', OK },
    { "old-ftpcfg", '+QFTPCFG="sslctxid",1', line("ERROR"), '+QFTPCFG="filetype"',
      line('+QFTPCFG: "filetype",0') .. OK },
    { "old-ftpcfg", '+QFTPCFG="data_address",1', line("ERROR"), '+QFTPCFG="transmode",1', OK },
    { "masked-password=6", '+QFTPCFG="account"', line('+QFTPCFG: "account","joe","******"') .. OK,
      "+QICSGP=1", line('+QICSGP: 1,"net","me","******",1') .. OK },
    { "masked-password=0", '+QFTPCFG="account"', line('+QFTPCFG: "account","joe","****"') .. OK,
      "+QICSGP=1", line('+QICSGP: 1,"net","me","*****",1') .. OK },
  }
  for _, case in ipairs(exchanges) do
    it("is " .. case[1] .. ": " .. case[2], function()
      local host = Host.new({ quirks = { case[1] } })
      host:at("+CMEE=1", '+QFTPCFG="account","joe","1234"', '+QICSGP=1,1,"net","me","12345",1')
      assert.equal(case[3], host:at(case[2]))
      assert.equal(case[5], host:at(case[4]))
    end)
  end

  it("is old-ftpcfg, in the test form as well", function()
    local shown = Host.new({ quirks = { "old-ftpcfg" } }):at("+QFTPCFG=?")
    assert.matches('"rsptimeout",%(20%-180%)\r\n' .. OK .. "$", shown)
  end)

  it("may delay every answer", function()
    local host = Host.new({ quirks = { "answer=1500" }, echo = true })
    for _ = 1, 3 do
      assert.equal("AT\r", host:at(""))
      assert.equal("", host:wait(1.4))
      assert.equal(OK, host:wait(0.2))
    end
  end)

  it("may delay answers, but not chatter", function()
    local host = Host.new({ quirks = { "answer=3000" } })
    host.module:fault("chatter,every=1000,count=2,line=RING")
    assert.equal("", host:at("+CSQ"))
    assert.equal(line("RING"):rep(2) .. line("+CSQ: 24,0") .. OK, host:wait(3.1))
  end)

  it("may delay each answer by another time, the same for a seed", function()
    local function times(seed)
      local host, all = Host.new({ quirks = { "answer=10-3000" }, seed = seed }), {}
      for i = 1, 20 do
        local start = host.now
        host:at("")
        host.now = host.module:deadline()
        host:wait(0)
        all[i] = host.now - start
        assert.is_true(all[i] >= 0.01 and all[i] <= 3, "takes " .. all[i])
      end
      return all
    end
    assert.same(times(7), times(7))
    assert.not_same(times(7), times(8))
  end)

  for _, text in ipairs { "answer=fast", "answer=20-10", "spacing", "spacing=wide",
    "spacing=blank+", "masked-password=-1", "no-echo=1", "booting=x" } do
    it("is refused when it is " .. text, function()
      local ok, message = pcall(Host.new, { quirks = { text } })
      assert.is_false(ok)
      assert.matches("^[^:]+:%d+: quirk '", message)
    end)
  end
end)

describe("a boot of the emulator", function()
  local function boot(host)
    host:at("+CFUN=1,1")
    return host:wait(2)
  end

  it("may answer ERROR until APP RDY", function()
    local host = Host.new({ quirks = { "booting=4000" } })
    assert.equal(line("RDY"), boot(host))
    assert.equal(line("ERROR"), host:at("E0"))
    assert.equal("", host:wait(3.9))
    assert.equal(line("ERROR"), host:at(""))
    assert.equal(line("APP RDY"), host:wait(0.2))
    assert.equal(OK, host:at(""))
  end)

  it("may answer ERROR for a time without APP RDY", function()
    local host = Host.new({ quirks = { "booting=4000", "no-app-ready" } })
    assert.equal(line("RDY"), boot(host))
    assert.equal(line("ERROR"), host:at(""))
    assert.equal("", host:wait(4.1))
    assert.equal(OK, host:at(""))
  end)

  it("may find the SIM late", function()
    local host = Host.new({ quirks = { "slow-sim=300" } })
    assert.equal(line("+CPIN: READY") .. OK, host:at("+CPIN?"))
    boot(host)
    host:at("+CMEE=1")
    assert.equal(line("+CME ERROR: 10"), host:at("+CPIN?"))
    assert.equal(line("+CME ERROR: 10"), host:at("+QIACT=1"))
    host:wait(0.2)
    assert.equal(line("+CME ERROR: 14"), host:at("+CPIN?"))
    host:wait(0.2)
    assert.equal(line("+CPIN: READY") .. OK, host:at("+CPIN?"))
  end)

  it("may print more lines, and echo without answering", function()
    local host = Host.new({ quirks = { "wordy-restart" }, echo = true, active = true,
      boot_seconds = 6 })
    assert.equal("AT+CFUN=1,1\r" .. OK, host:at("+CFUN=1,1"))
    assert.equal(line("POWERED DOWN"), host:wait(0.1))
    assert.equal("AT\r", host:at(""))
    assert.equal(line('+QIURC: "pdpdeact",1'), host:wait(4))
    assert.equal(line("RDY") .. line("APP RDY"), host:wait(2))
    assert.equal("AT\r" .. OK, host:at(""))
  end)
end)

describe("a loss of power of the emulator", function()
  it("may be short: the command is answered, with echo on and all settings lost", function()
    local host = Host.new()
    host:log_in()
    host.module:fault("brownout,command=CSQ")
    assert.equal(line("+CSQ: 24,0") .. OK, host:at("+CSQ"))
    assert.equal("AT+QFTPSTAT\r" .. result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
    assert.equal("AT+CMEE?\r" .. line("+CMEE: 0") .. OK, host:at("+CMEE?"))
    assert.equal("AT+QIACT?\r" .. OK, host:at("+QIACT?"))
  end)

  for answer, said in pairs { ["answer=ERROR"] = line("ERROR"), ["times=1"] = OK } do
    it("may hit a command that waits: " .. answer, function()
      local host = Host.new({ pdp_seconds = 5 })
      host.module:fault("brownout,seconds=2," .. answer)
      assert.equal("", host:at("+QIACT=1"))
      assert.equal(said, host:wait(10))
      assert.equal("AT+QIACT?\r" .. OK, host:at("+QIACT?"))
    end)
  end

  it("may hit an upload, whose rest then runs as commands", function()
    local host = Host.new()
    host:log_in()
    host.module:fault("brownout,bytes=3")
    host:at('+QFTPPUT="f","COM:",0,10,1')
    assert.equal("AT+CSQ\r" .. line("+CSQ: 24,0") .. OK, host:send("012AT+CSQ\r"))
  end)

  for _, text in ipairs { "PSM POWER DOWN", "NORMAL POWER DOWN" } do
    it("is announced by " .. text .. ", and ends after a while", function()
      local host = Host.new()
      host:log_in()
      host.module.backend:put("/f", "0123456789")
      host.module:fault("power,bytes=5,wake=60,line=" .. text)
      assert.equal("\r\nCONNECT\r\n01234" .. line(text), host:at('+QFTPGET="f","COM:",0,10'))
      assert.equal("", host:wait(59) .. host:at(""))
      assert.equal(line("RDY") .. line("APP RDY"), host:wait(4))
      assert.equal(OK, host:at(""))
    end)
  end

  it("lasts until the module is woken", function()
    local host = Host.new({ pdp_seconds = 5 })
    host.module:fault("power,seconds=2")
    assert.equal("", host:at("+QIACT=1"))
    assert.equal(line("PSM POWER DOWN"), host:wait(3))
    assert.equal("", host:wait(86400) .. host:at(""))
    host.module:wake()
    assert.equal(line("RDY") .. line("APP RDY"), host:wait(3))
  end)

  it("does not happen if only the port goes away", function()
    local host = Host.new()
    host:log_in()
    host.module:fault("unplug,back=2,kept=yes")
    assert.equal(2, host.module.unplugged.back)
    assert.equal("", host:at("") .. host:wait(2))
    host.module:plug()
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
  end)
end)

describe("an upload to the emulator's flash that loses bytes", function()
  it("ends after its timeout, as if all were well", function()
    local host = Host.new()
    host.module:fault("ufs-loss,at=2,count=3")
    assert.equal("\r\nCONNECT\r\n", host:at('+QFUPL="u",10,5'))
    assert.equal("", host:send("0") .. host:send("1234567") .. host:send("89"))
    assert.equal("", host:wait(4.9))
    assert.equal(line("+QFUPL: 7,b3f") .. OK, host:wait(0.2))
    assert.equal("0156789", host.module.ufs:content("u"))
    host:at('+QFUPL="v",3')
    assert.matches("^\r\n%+QFUPL: 3,", host:send("abc"))
  end)
end)

describe("a server behind the emulator refuses", function()
  local function with_server(refuse)
    local host = Host.new()
    host:log_in()
    local server = host.module.backend
    server:put("/f", "0123456789")
    server:put("/taken", "x")
    server:put("/empty/x", "")
    server.tree:remove("/empty/x")
    server.refuse = refuse
    return host
  end

  local exchanges = {
    { "SIZE", 550, '+QFTPSIZE="f"', result("+QFTPSIZE: 627,550") },
    { "SIZE", 202, '+QFTPSIZE="f"', result("+QFTPSIZE: 601,202") },
    { "MDTM", 250, '+QFTPMDTM="f"', result("+QFTPMDTM: 601,250") },
    { "MDTM", 450, '+QFTPMDTM="f"', result("+QFTPMDTM: 617,450") },
    { "MDTM", 500, '+QFTPMDTM="f"', result("+QFTPMDTM: 620,500") },
    { "MDTM", 501, '+QFTPMDTM="f"', result("+QFTPMDTM: 621,501") },
    { "MDTM", 504, '+QFTPMDTM="f"', result("+QFTPMDTM: 624,504") },
    { "REST", 502, '+QFTPGET="f","COM:",5', result("+QFTPGET: 622,502") },
    { "REST-STOR", 451, '+QFTPPUT="f","COM:",5,3,1', result("+QFTPPUT: 618,451") },
    { "REST-STOR", 451, '+QFTPGET="f","COM:",8', "\r\nCONNECT\r\n89" .. result("+QFTPGET: 0,2") },
    { "RNTO", 553, '+QFTPRENAME="f","new"', result("+QFTPRENAME: 630,553") },
    { "RNTO-EXISTING", 550, '+QFTPRENAME="f","taken"', result("+QFTPRENAME: 627,550") },
    { "RNTO-EXISTING", 550, '+QFTPRENAME="f","new"', result("+QFTPRENAME: 0,0") },
    { "NLST-EMPTY", 450, '+QFTPNLST="empty"', result("+QFTPNLST: 617,450") },
    { "NLST-EMPTY", 550, '+QFTPNLST="empty"', result("+QFTPNLST: 627,550") },
    { "NLST-EMPTY", 226, '+QFTPNLST="empty"', "\r\nCONNECT\r\n" .. result("+QFTPNLST: 0,0") },
    { "NLST-EMPTY", 550, '+QFTPNLST="taken"', "\r\nCONNECT\r\ntaken\r\n"
      .. result("+QFTPNLST: 0,7") },
  }
  for _, case in ipairs(exchanges) do
    it(("%s by %d: %s"):format(case[1], case[2], case[3]), function()
      assert.equal(case[4], with_server({ [case[1]] = case[2] }):at(case[3]))
    end)
  end

  it("only known commands", function()
    local memory = require("bg96.emulator.memory")
    assert.same({ "SIZE", 550 }, { memory.parse_refusal("SIZE=550") })
    for _, text in ipairs { "SIZE", "NONSENSE=550", "SIZE=100", "SIZE=x" } do
      local word, message = memory.parse_refusal(text)
      assert.is_nil(word)
      assert.is_string(message)
    end
  end)

  it("nothing, and may have facts with blanks", function()
    local host = with_server()
    host.module.backend.refuse = {}
    host.module.backend:link("/empty/l", "/my files/www")
    local heard = host:at('+QFTPMLSD="empty"')
    assert.matches("\r\ntype=OS%.unix=slink:/my files/www;modify=%d+; l\r\n", heard)
  end)
end)
