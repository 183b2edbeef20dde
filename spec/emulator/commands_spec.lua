-- The emulator's command interpreter and the commands, form by form.

local Host = require("spec.support.host")

local OK = "\r\nOK\r\n"

local function cme(code)
  return ("\r\n+CME ERROR: %d\r\n"):format(code)
end

local function result(text)
  return OK .. "\r\n" .. text .. "\r\n"
end

describe("the emulator's command line", function()
  local host

  before_each(function() host = Host.new() end)

  it("answers AT at any split of the bytes", function()
    assert.equal("", host:send("A"))
    assert.equal("", host:send("T"))
    assert.equal(OK, host:send("\r"))
  end)

  it("ignores the line feed behind a carriage return", function()
    assert.equal(OK, host:send("AT\r\n"))
    assert.equal(OK, host:send("AT\r\n"))
  end)

  it("echoes only if echo is on", function()
    assert.equal(OK, host:at("E1"))
    assert.equal("AT\r" .. OK, host:at(""))
    assert.equal("ATE0\r" .. OK, host:at("E0"))
    assert.equal(OK, host:at(""))
  end)

  it("starts with echo on request", function()
    assert.equal("AT\r" .. OK, Host.new({ echo = true }):at(""))
  end)

  it("answers ERROR without codes until AT+CMEE", function()
    assert.equal("\r\nERROR\r\n", host:at('+QFTPSIZE="a"'))
    assert.equal(OK, host:at("+CMEE=1"))
    assert.equal(cme(606), host:at('+QFTPSIZE="a"'))
    assert.equal(OK, host:at("+CMEE=2"))
    assert.equal("\r\n+CME ERROR: Control connection closed\r\n", host:at('+QFTPSIZE="a"'))
    assert.equal("\r\n+CMEE: 2\r\n" .. OK, host:at("+CMEE?"))
  end)

  it("runs several commands of a line with one final", function()
    assert.equal("\r\n+CSQ: 24,0\r\n\r\n+CMEE: 0\r\n" .. OK, host:at("+CSQ;+CMEE?"))
    assert.equal("\r\n+CSQ: 24,0\r\n\r\nERROR\r\n", host:at("+CSQ;+NONSENSE;+CSQ"))
    assert.equal("ATE0V1Q0\r" .. OK, Host.new({ echo = true }):at("E0V1Q0"))
  end)

  it("answers with numbers or not at all on request", function()
    assert.equal("0\r", host:at("V0"))
    assert.equal("4\r", host:at("+NONSENSE"))
    assert.equal(OK, host:at("V1"))
    assert.equal("", host:at("Q1"))
    assert.equal("", host:at(""))
    assert.equal(OK, host:at("Q0"))
  end)
end)

describe("a line typed at the emulator", function()
  local host

  before_each(function() host = Host.new() end)

  it("may have other input before its AT", function()
    assert.equal("", host:send("hello\r"))
    assert.equal(OK, host:send("noiseAT\r"))
    assert.same({ "AT" }, host.module:commands())
  end)

  it("is edited by backspace", function()
    assert.equal(OK, host:send("ATX\b\r"))
  end)

  it("that is too long is refused, and the next one works", function()
    assert.equal("\r\nERROR\r\n", host:at(("x"):rep(100000)))
    assert.equal(OK, host:at(""))
  end)

  it("may hold a quote that does not close", function()
    host:at("+CMEE=1")
    assert.equal(cme(610), host:at('+QFTPSIZE="abc'))
    assert.equal(OK, host:at(""))
  end)

  it("waits while another one is being answered", function()
    host = Host.new({ echo = true, pdp_seconds = 2 })
    assert.equal("AT+QIACT=1\r", host:send("AT+QIACT=1\rAT\r"))
    assert.equal(OK .. "AT\r" .. OK, host:wait(2))
  end)

  it("is repeated by A/", function()
    host:at("+CSQ")
    assert.equal("\r\n+CSQ: 24,0\r\n" .. OK, host:send("A/"))
  end)

  it("is recorded if it was a command", function()
    host:at("", "+CSQ", "E0")
    assert.same({ "AT", "AT+CSQ", "ATE0" }, host.module:commands())
  end)

  it("is answered after the latency", function()
    host = Host.new({ latency = 0.25 })
    assert.equal("", host:at(""))
    assert.equal("", host:wait(0.2))
    assert.equal(OK, host:wait(0.1))
  end)
end)

describe("the emulator's general commands", function()
  local host

  before_each(function()
    host = Host.new()
    host:at("+CMEE=1")
  end)

  local answers = {
    ["I"] = "\r\nQuectel\r\nBG96\r\nRevision: BG96MAR02A07M1G\r\n",
    ["+CGMI"] = "\r\nQuectel\r\n", ["+GMM"] = "\r\nBG96\r\n",
    ["+CGSN"] = "\r\n866425030000001\r\n", ["+CSQ"] = "\r\n+CSQ: 24,0\r\n",
    ["+CPIN?"] = "\r\n+CPIN: READY\r\n", ["+CGATT?"] = "\r\n+CGATT: 1\r\n",
    ["+CEREG?"] = "\r\n+CEREG: 0,1\r\n", ["+IFC?"] = "\r\n+IFC: 0,0\r\n",
    ["+IPR?"] = "\r\n+IPR: 115200\r\n", ["+CFUN?"] = "\r\n+CFUN: 1\r\n",
    ["+QIACT?"] = "", ["+QICSGP=1"] = '\r\n+QICSGP: 1,"","","",0\r\n',
    ["&D1"] = "", ["+IFC=2,2"] = "",
  }
  for command, info in pairs(answers) do
    it("answers AT" .. command, function()
      assert.equal(info .. OK, host:at(command))
    end)
  end

  it("restarts on AT+CFUN=1,1, with OK first and defaults afterwards", function()
    host:at("E1")
    host:log_in()
    assert.matches("\r\nOK\r\n$", host:at("+CFUN=1,1"))
    assert.equal("", host:at(""))
    assert.equal("\r\nRDY\r\n\r\nAPP RDY\r\n", host:wait(3))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
    assert.equal(OK, host:at("+QIACT?"))
    assert.equal("\r\nERROR\r\n", host:at("+NONSENSE"))
  end)

  it("powers down", function()
    assert.equal(OK, host:at("+QPOWD"))
    assert.equal("\r\nPOWERED DOWN\r\n", host:wait(2))
    assert.equal("", host:at(""))
  end)
end)

describe("the emulator's SIM and PDP contexts", function()
  it("asks for the PIN, at most three times", function()
    local host = Host.new({ sim = "pin", pin = "4711" })
    host:at("+CMEE=1")
    assert.equal("\r\n+CPIN: SIM PIN\r\n" .. OK, host:at("+CPIN?"))
    assert.equal(cme(11), host:at("+QIACT=1"))
    assert.equal(cme(11), host:at("+QFTPSTAT"))
    assert.equal(cme(16), host:at("+CPIN=1111"))
    assert.equal(OK .. "\r\n+CPIN: READY\r\n", host:at('+CPIN="4711"'))
    assert.equal("\r\n+CPIN: READY\r\n" .. OK, host:at("+CPIN?"))
    local other = Host.new({ sim = "pin" })
    other:at("+CMEE=1", "+CPIN=1", "+CPIN=2")
    assert.equal(cme(12), other:at("+CPIN=3"))
    assert.equal(cme(12), other:at("+CPIN=1234"))
  end)

  it("may have no SIM", function()
    local host = Host.new({ sim = "none" })
    host:at("+CMEE=1")
    assert.equal(cme(10), host:at("+CPIN?"))
  end)

  it("configures, activates once, shows and deactivates", function()
    local host = Host.new({ pdp_seconds = 1.5 })
    assert.equal(OK, host:at('+QICSGP=1,1,"net","u","p",1'))
    assert.equal('\r\n+QICSGP: 1,"net","u","p",1\r\n' .. OK, host:at("+QICSGP=1"))
    assert.equal("", host:at("+QIACT=1"))
    assert.equal("", host:wait(1.4))
    assert.equal(OK, host:wait(0.2))
    assert.equal('\r\n+QIACT: 1,1,1,"10.7.157.1"\r\n' .. OK, host:at("+QIACT?"))
    assert.equal("\r\nERROR\r\n", host:at("+QIACT=1"))
    host:at("+QIDEACT=1")
    assert.equal(OK, host:wait(2))
    assert.equal(OK, host:at("+QIACT?"))
  end)

  it("activates four contexts and no more", function()
    local host = Host.new()
    for id = 1, 4 do assert.equal(OK, host:at("+QIACT=" .. id) .. host:wait(0)) end
    assert.equal("\r\nERROR\r\n", host:at("+QIACT=5") .. host:wait(0))
  end)
end)

describe("the emulator's FTP commands", function()
  local host

  before_each(function()
    host = Host.new()
    host:at("+CMEE=1")
  end)

  local tests = {
    QFTPOPEN = "<hostname>,<port>", QFTPCWD = "<path_name>", QFTPPWD = false,
    QFTPPUT = "<file_name>,<local_name>,<startpos>,<uploadlen>,<beof>",
    QFTPGET = "<file_name>,<local_name>,<startpos>,<downloadlen>",
    QFTPSIZE = "<file_name>", QFTPDEL = "<file_name>", QFTPMKDIR = "<folder_name>",
    QFTPRMDIR = "<folder_name>", QFTPLIST = "<dirname>,<local_name>",
    QFTPNLST = "<dirname>,<local_name>", QFTPMLSD = "<dirname>,<local_name>",
    QFTPMDTM = "<file_name>", QFTPRENAME = "<old_name>,<new_name>",
    QFTPLEN = false, QFTPSTAT = false, QFTPCLOSE = false,
  }
  for word, parameters in pairs(tests) do
    it("has the test form of " .. word, function()
      local line = parameters and ("\r\n+%s: %s\r\n"):format(word, parameters) or ""
      assert.equal(line .. OK, host:at("+" .. word .. "=?"))
    end)
  end

  it("has the test form of QFTPCFG", function()
    assert.equal('\r\n+QFTPCFG: "account",<username>,<password>\r\n'
      .. '+QFTPCFG: "filetype",(0,1)\r\n+QFTPCFG: "transmode",(0,1)\r\n'
      .. '+QFTPCFG: "contextid",(1-16)\r\n+QFTPCFG: "rsptimeout",(20-180)\r\n'
      .. '+QFTPCFG: "ssltype",(0-2)\r\n+QFTPCFG: "sslctxid",(0-5)\r\n'
      .. '+QFTPCFG: "data_address",(0,1)\r\n' .. OK, host:at("+QFTPCFG=?"))
  end)

  local ranges = {
    filetype = { 0, 1 }, transmode = { 0, 1 }, contextid = { 1, 16 }, rsptimeout = { 20, 180 },
    ssltype = { 0, 2 }, sslctxid = { 0, 5 }, data_address = { 0, 1 },
  }
  for name, range in pairs(ranges) do
    it("keeps QFTPCFG " .. name .. " in its range", function()
      for _, value in ipairs(range) do
        assert.equal(OK, host:at(('+QFTPCFG="%s",%d'):format(name, value)))
        assert.equal(('\r\n+QFTPCFG: "%s",%d\r\n'):format(name, value) .. OK,
          host:at(('+QFTPCFG="%s"'):format(name)))
      end
      assert.equal(cme(610), host:at(('+QFTPCFG="%s",%d'):format(name, range[1] - 1)))
      assert.equal(cme(610), host:at(('+QFTPCFG="%s",%d'):format(name, range[2] + 1)))
      assert.equal(cme(610), host:at(('+QFTPCFG="%s","1"'):format(name)))
      assert.equal(cme(610), host:at(('+QFTPCFG="%s",1,1'):format(name)))
    end)
  end

  it("keeps the account, of 255 bytes each", function()
    local long = ("x"):rep(255)
    assert.equal(OK, host:at(('+QFTPCFG="account","%s","%s"'):format(long, long)))
    assert.equal(cme(610), host:at(('+QFTPCFG="account","%sx","y"'):format(long)))
    assert.equal(cme(610), host:at('+QFTPCFG="account","only"'))
    assert.equal(OK, host:at('+QFTPCFG="account","me","word"'))
    assert.equal('\r\n+QFTPCFG: "account","me","word"\r\n' .. OK, host:at('+QFTPCFG="account"'))
    assert.equal(cme(610), host:at('+QFTPCFG="nonsense",1'))
  end)
end)

describe("the emulator's checks of FTP commands", function()
  local host

  before_each(function()
    host = Host.new()
    host:at("+CMEE=1")
  end)

  local long_name, too_long = ("n"):rep(255), ("n"):rep(256)
  for _, word in ipairs { "CWD", "SIZE", "DEL", "MKDIR", "RMDIR", "MDTM", "LIST", "GET" } do
    it("accept names of up to 255 bytes in QFTP" .. word, function()
      host:log_in()
      local more = word == "GET" and ',"COM:"' or ""
      assert.not_equal(cme(610), host:at(('+QFTP%s="%s"%s'):format(word, long_name, more)))
      host:wait(1)
      assert.equal(cme(610), host:at(('+QFTP%s="%s"%s'):format(word, too_long, more)))
      assert.equal(cme(610), host:at(('+QFTP%s=%s%s'):format(word, "bare", more)))
    end)
  end

  it("need a session", function()
    for _, command in ipairs { 'CWD="/"', "PWD", 'SIZE="a"', 'DEL="a"', 'MKDIR="a"', 'RMDIR="a"',
      'MDTM="a"', 'RENAME="a","b"', 'LIST="."', 'NLST="."', 'MLSD="."', 'GET="a","COM:"',
      'PUT="a","COM:"', "CLOSE" } do
      assert.equal(cme(606), host:at("+QFTP" .. command), command)
    end
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
    assert.equal(result("+QFTPLEN: 0,0"), host:at("+QFTPLEN"))
  end)

  it("allow QFTPOPEN only with an active context, once, and without TLS in active mode", function()
    assert.equal(cme(605), host:at('+QFTPOPEN="server",21'))
    host:at("+QIACT=1")
    host:wait(0)
    assert.equal(OK, host:at('+QFTPCFG="ssltype",1') and host:at('+QFTPCFG="transmode",0'))
    assert.equal(cme(610), host:at('+QFTPOPEN="server",990'))
    host:at('+QFTPCFG="ssltype",0')
    assert.equal(result("+QFTPOPEN: 0,0"), host:at('+QFTPOPEN="server"'))
    assert.equal(cme(603), host:at('+QFTPOPEN="server",21'))
  end)

  it("report why a login failed", function()
    local memory = require("bg96.emulator.memory")
    host = Host.new({ active = true, backend = memory.new({ users = { test = "right" },
      ports = { [21] = true } }) })
    assert.equal(result("+QFTPOPEN: 625,530"), host:log_in())
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
    assert.equal(result("+QFTPOPEN: 606,0"), host:at('+QFTPOPEN="server",22'))
    assert.equal(result("+QFTPOPEN: 604,0"), host:at('+QFTPOPEN="server.invalid",21'))
    host:at('+QFTPCFG="account","test","right"')
    assert.equal(result("+QFTPOPEN: 0,0"), host:at('+QFTPOPEN="server",21'))
  end)
end)

describe("an FTP session of the emulator", function()
  local host

  before_each(function()
    host = Host.new()
    host:at("+CMEE=1")
  end)

  it("works on folders and files as in 3.3 and 3.4", function()
    host:log_in()
    host.module.backend:put("/test_my1.txt", ("x"):rep(1000))
    local exchange = {
      { 'CWD="/"', "CWD: 0,0" }, { "PWD", "PWD: 0,/" }, { 'MKDIR="TEST"', "MKDIR: 0,0" },
      { 'MKDIR="TEST"', "MKDIR: 627,550" },
      { 'RENAME="TEST","TEST_NEW"', "RENAME: 0,0" }, { 'CWD="TEST_NEW"', "CWD: 0,0" },
      { "PWD", "PWD: 0,/TEST_NEW" }, { 'CWD=".."', "CWD: 0,0" },
      { 'RMDIR="TEST_NEW"', "RMDIR: 0,0" }, { 'RMDIR="TEST_NEW"', "RMDIR: 627,550" },
      { 'SIZE="test_my1.txt"', "SIZE: 0,1000" },
      { 'RENAME="test_my1.txt","test_new.txt"', "RENAME: 0,0" },
      { 'MDTM="test_new.txt"', 'MDTM: 0,"20240101000001"' },
      { 'DEL="test_new.txt"', "DEL: 0,0" }, { 'DEL="test_new.txt"', "DEL: 627,550" },
      { 'SIZE="test_new.txt"', "SIZE: 627,550" }, { 'CWD="none"', "CWD: 627,550" },
    }
    for _, step in ipairs(exchange) do
      assert.equal(result("+QFTP" .. step[2]), host:at("+QFTP" .. step[1]))
    end
  end)

  it("runs one command at a time", function()
    local memory = require("bg96.emulator.memory")
    host = Host.new({ active = true, backend = memory.new({ delay = 5 }) })
    host:at("+CMEE=1")
    assert.equal(OK, host:at('+QFTPOPEN="server",21'))
    assert.equal(result("+QFTPSTAT: 0,0"), host:at("+QFTPSTAT"))
    assert.equal(cme(603), host:at("+QFTPPWD"))
    assert.equal("\r\n+QFTPOPEN: 0,0\r\n", host:wait(6))
    assert.equal(OK, host:at('+QFTPSIZE="a"'))
    assert.equal(cme(603), host:at("+QFTPPWD"))
    assert.equal(cme(603), host:at("+QFTPCLOSE"))
    assert.equal("\r\n+QFTPSIZE: 627,550\r\n", host:wait(6))
  end)

  it("gives up after rsptimeout, to the second", function()
    local memory = require("bg96.emulator.memory")
    host = Host.new({ active = true, backend = memory.new({ delay = 500 }) })
    host:at('+QFTPCFG="rsptimeout",20', '+QFTPOPEN="server",21')
    assert.equal("", host:wait(19.9))
    assert.equal("\r\n+QFTPOPEN: 609,0\r\n", host:wait(0.2))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)

  it("refuses everything but STAT until CLOSE has its result", function()
    host = Host.new({ quirks = { "slow-close=3" } })
    host:log_in()
    assert.equal(OK, host:at("+QFTPCLOSE"))
    assert.equal(result("+QFTPSTAT: 0,3"), host:at("+QFTPSTAT"))
    for _, command in ipairs { "PWD", 'OPEN="server",21', "CLOSE", "LEN", 'CFG="filetype",1',
      'GET="a","COM:"' } do
      assert.equal(cme(603), host:at("+QFTP" .. command), command)
    end
    assert.equal("", host:wait(2.9))
    assert.equal("\r\n+QFTPCLOSE: 0,0\r\n", host:wait(0.2))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)

  it("reports a CLOSE at once where the connection is lost meanwhile, and not twice", function()
    host = Host.new({ quirks = { "slow-close=3" } })
    host:log_in()
    host:at("+QFTPCLOSE")
    host:wait(1)
    host.module:fault("drop,how=result")
    assert.equal("\r\n+QFTPCLOSE: 0,0\r\n", host:wait(0.1))
    assert.equal(OK .. "\r\n+QFTPOPEN: 0,0\r\n", host:at('+QFTPOPEN="server",21'))
    assert.equal("", host:wait(10))
    assert.equal(result("+QFTPSTAT: 0,1"), host:at("+QFTPSTAT"))
  end)
end)

describe("the commands that people type at a module", function()
  local host

  before_each(function() host = Host.new() end)

  local function reply(command, options)
    return (options and Host.new(options) or host):at(command):match("^\r\n(.-)\r\n" .. OK .. "$")
  end

  it("tell card and network", function()
    assert.equal("262011234567890", reply("+CIMI"))
    assert.matches("^%+QCCID: 89%d+F$", reply("+QCCID"))
    assert.equal('+QNWINFO: "CAT-M1","26201","LTE BAND 20",6300', reply("+QNWINFO"))
    assert.equal('+QCSQ: "CAT-M1",-65,-92,96,-9', reply("+QCSQ"))
    assert.equal('+COPS: (2,"EMULATED","EMU","26201",8),,(0-4),(0-2)', reply("+COPS=?"))
    assert.equal("+QNWINFO: No Service", reply("+QNWINFO", { cell = { registration = 2 } }))
    assert.equal('+QCSQ: "NOSERVICE"', reply("+QCSQ", { cell = { registration = 2 } }))
    assert.equal("\r\nERROR\r\n", Host.new({ sim = "none" }):at("+CIMI"))
  end)

  it("have a clock that goes on from what was set", function()
    assert.equal('+CCLK: "24/01/01,00:00:00+00"', reply("+CCLK?"))
    assert.equal(OK, host:at('+CCLK="24/02/28,23:59:58+04"'))
    host:wait(3)
    assert.equal('+CCLK: "24/02/29,00:00:01+04"', reply("+CCLK?"))
    assert.equal("\r\nERROR\r\n", host:at('+CCLK="tomorrow"'))
  end)

  it("keep settings, also over a restart", function()
    for command, setting in pairs {
      ["+CTZU"] = "1", ["+QSCLK"] = "1", ["+CPSMS"] = '1,,,"00000100","00001111"',
    } do
      assert.equal(OK, host:at(command .. "=" .. setting))
      assert.equal(command .. ": " .. setting, reply(command .. "?"))
    end
    assert.equal('+QCFG: "nwscanmode",0', reply('+QCFG="nwscanmode"'))
    assert.equal(OK, host:at('+QCFG="nwscanmode",3,1'))
    assert.equal(OK, host:at('+QCFG="band",f,80000,80000,1'))
    assert.equal('+QCFG: "nwscanmode",3', reply('+QCFG="nwscanmode"'))
    assert.equal('+QCFG: "band",f,80000,80000', reply('+QCFG="band"'))
    assert.equal("\r\nERROR\r\n", host:at('+QCFG="nonsense"'))
    assert.equal("\r\nERROR\r\n", host:at("+CTZU=4"))
  end)
end)
