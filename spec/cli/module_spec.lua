-- bg96-ftp and the module itself: at, status, diagnose, console, config.

local json = require "dkjson"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, emulator, environment, terminal

local function start(...)
  if emulator then emulator:stop() end
  emulator = process.emulator("--backend", "memory", "--account", "me:pw-9", ...)
  environment.BG96_PORT = emulator.line
end

before_each(function()
  folder = process.folder()
  environment = { BG96_HOST = "ftp.example.com", BG96_USER = "me", BG96_PASSWORD = "pw-9",
    BG96_APN = "internet" }
  emulator, terminal = nil, nil
end)

after_each(function()
  if terminal then terminal:abandon() end
  if emulator then emulator:stop() end
  process.remove(folder)
end)

local function run(...)
  return shell.run(folder, environment, { ... })
end

describe("at", function()
  it("prints every reply, also before a failure", function()
    start("--fault", "urc,command=CSQ,when=before,line=+CSQ: 1,2", "--fault", "result,command=CSQ")
    local code, out, err = run("at", "+CGMM", "+CSQ", "+CGMM")
    assert.equal(5, code)
    assert.equal("BG96\n+CSQ: 1,2\n", out)
    assert.matches("^bg96%-ftp: AT%+CSQ: the module answered ERROR .*unknown command or argum",
      err)
  end)
end)

describe("status", function()
  it("shows a module at a glance, and changes nothing", function()
    start()
    local code, out, err = run("status")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal(table.concat({
      "module        Quectel BG96, BG96MAR02A07M1G", "family        BG96",
      "IMEI          866425030000001",
      "SIM           ready", "signal        -65 dBm",
      "network       registered at EMULATED (LTE Cat M1)", "contexts      none is active", "" },
      "\n"), out)
    assert.equal(0, (run("ls")))
    code, out = run("--json", "status")
    assert.equal(0, code)
    local info = json.decode(out)
    assert.equal("BG96", info.module.model)
    assert.equal(-65, info.signal.dbm)
    assert.equal("10.7.157.1", info.contexts[1].address)
  end)

  it("fits a narrow terminal", function()
    start()
    terminal = shell.start(folder, environment, { "status" }, 40)
    assert.equal(0, terminal:finish())
    local screen = terminal.screen:gsub("\r[^\n]-\27%[K", ""):gsub("\r", "")
    for line in screen:gmatch("[^\n]*") do assert.is_true(#line <= 40, line) end
    assert.matches("\nnetwork       registered at EMULATED\n              %(LTE Cat M1%)\n", screen)
  end)

  it("shows what is missing", function()
    start("--sim", "none", "--registration", "2", "--rssi", "99")
    local code, out = run("status")
    assert.equal(0, code)
    assert.matches("SIM +%+CPIN: 10 SIM not inserted\n", out)
    assert.matches("signal +none\nnetwork +searching\n", out)
  end)
end)

describe("diagnose", function()
  -- The report as names, with the state of each.
  local function report()
    local code, out = run("--json", "diagnose")
    local states = {}
    for _, item in ipairs(json.decode(out)) do
      states[item.name] = item.skipped or item.ok or item.detail
    end
    return code, states
  end

  local well = { module = true, SIM = true, signal = true, registration = true, attach = true,
    ["PDP settings"] = true, ["PDP context"] = true, DNS = true, login = true }

  local function with(changes)
    local states = {}
    for name, state in pairs(well) do states[name] = state end
    for name, state in pairs(changes) do states[name] = state end
    return states
  end

  it("applies the settings, and finds a healthy module well", function()
    start()
    local code, states = report()
    assert.equal(0, code)
    assert.same(well, states)
  end)

  it("enters the PIN", function()
    start("--sim", "pin", "--pin", "4711")
    environment.BG96_PIN = "4711"
    assert.equal(0, (report()))
  end)

  it("leaves the login out where no server is given", function()
    start()
    environment.BG96_HOST = nil
    local code, states = report()
    assert.equal(0, code)
    assert.same(with { login = "no host is given" }, states)
  end)

  it("skips what a missing card makes meaningless, and exits 5", function()
    start("--sim", "none")
    local code, states = report()
    assert.equal(5, code)
    assert.same(with { SIM = "+CPIN: 10 SIM not inserted: check the SIM card and its holder",
      registration = "needs SIM",
      attach = "needs registration", ["PDP settings"] = "needs SIM",
      ["PDP context"] = "needs attach", DNS = "needs PDP context", login = "needs PDP context",
    }, states)
  end)

  it("says that there is no network, and exits 4", function()
    start("--registration", "2")
    local code, states = report()
    assert.equal(4, code)
    assert.matches("CEREG", states.registration)
    assert.equal("needs PDP context", states.login)
  end)

  it("says that the login is refused, and exits 3", function()
    start()
    environment.BG96_PASSWORD = "wrong"
    local code, states = report()
    assert.equal(3, code)
    assert.same(with { login = "+QFTPOPEN: 625 not logged in (FTP 530)" }, states)
  end)

  it("gives advice in words of the configuration, wrapped at the width of the terminal", function()
    start("--sim", "pin")
    terminal = shell.start(folder, environment, { "diagnose" }, 40)
    assert.equal(5, terminal:finish())
    local screen = terminal.screen:gsub("\r[^\n]-\27%[K", ""):gsub("\r", "")
    for line in screen:gmatch("[^\n]*") do assert.is_true(#line <= 40, line) end
    assert.matches("NO SIM +%+CPIN: SIM PIN", screen)
    assert.matches("or%s+give%s+its%s+PIN:%s+pin = PIN", screen)
    assert.matches("%-%- login +skipped:", screen)
  end)
end)

describe("config", function()
  it("says where each setting is from, and no secret", function()
    shell.write(folder .. "/conf", "# a comment\nport = /dev/ttyS1\npassword = hush-9\n")
    os.execute("chmod 600 " .. folder .. "/conf")
    environment.BG96_PASSWORD = nil
    local code, out = run("--json", "-c", folder .. "/conf", "--timeout", "30", "config")
    assert.equal(0, code)
    local rows = {}
    for _, row in ipairs(json.decode(out)) do rows[row.name] = { row.value, row.from } end
    assert.same({ "/dev/ttyS1", folder .. "/conf:2" }, rows.port)
    assert.same({ "***", folder .. "/conf:3" }, rows.password)
    assert.same({ "me", "BG96_USER" }, rows.user)
    assert.same({ 30, "--timeout" }, rows.timeout)
    assert.same({ 115200, "default" }, rows.baudrate)
    assert.is_nil(out:find("hush", 1, true))
  end)

  it("counts an empty variable as not given", function()
    environment.BG96_USER, environment.BG96_CONFIG = "", ""
    local code, out = run("config")
    assert.equal(0, code)
    assert.matches("\nuser +%= anonymous +default\n", out)
  end)
end)

describe("the console", function()
  it("runs what standard input has, and masks secrets", function()
    start()
    local code, out, err = shell.run(folder, environment,
      { input = 'AT+CSQ\n+CPIN=4711\n\n+X\n+QICSGP=1,1,"net","me","hush"\n+QICSGP=1', "console" })
    assert.equal("", err)
    assert.equal(0, code)
    assert.matches("^AT%+CSQ\n%+CSQ: 24,0\nOK\n%+CPIN=%*%*%*\n", out)
    assert.matches("\n%+X\nERROR %(unknown command or argument%)\n", out)
    assert.is_nil(out:find("4711", 1, true) or out:find("hush", 1, true), out)
  end)

  it("edits lines, and shows what the module says by itself as it comes", function()
    start("--fault", "chatter,command=CGMM,every=300,count=2,line=+QIURC: \"test\",1")
    terminal = shell.start(folder, environment, { "console" })
    terminal:expect("AT> ")
    terminal:type("+CGMX\127M\r")
    terminal:expect("BG96\r\nOK\r\n")
    terminal:type("+CS")
    terminal:expect('%+QIURC: "test",1\r\n.*AT> %+CS')
    terminal:type("Q\r")
    terminal:expect("%+CSQ: 24,0\r\nOK\r\n")
    terminal:type("\27[A\27[A\r")
    terminal:expect("BG96\r\nOK\r\n.*BG96\r\nOK\r\n")
    terminal:type("+CPIN=4711\r")
    terminal:expect("AT> %+CPIN=%*%*%*\r\n")
    terminal:type("\4")
    assert.equal(0, terminal:finish())
  end)

  it("ends with 5 when the port goes away, and with 130 at Ctrl-C", function()
    start()
    terminal = shell.start(folder, environment, { "console" })
    terminal:expect("AT> ")
    terminal:type("\3")
    assert.equal(130, terminal:finish())
    terminal = shell.start(folder, environment, { "console" })
    terminal:expect("AT> ")
    emulator:stop()
    assert.equal(5, terminal:finish())
  end)
end)
