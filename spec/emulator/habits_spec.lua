-- What the quirks about whole modules look like on the wire, and habits files of the emulator.

local Host = require("spec.support.host")
local habits = require("bg96.emulator.habits")
local quirks = require("bg96.emulator.quirks")

local OK = "\r\nOK\r\n"
local CONNECT = "\r\nCONNECT\r\n"

local function line(text)
  return "\r\n" .. text .. "\r\n"
end

local function result(text)
  return OK .. line(text)
end

-- A host with a session, at a server with one file.
local function session(...)
  local host = Host.new({ quirks = { ... } })
  host.module.backend:put("/f", "0123456789")
  host:log_in()
  host:wait(0)
  return host
end

describe("what a module says about itself", function()
  it("is that of a BG96, unless a quirk says otherwise", function()
    local host = Host.new()
    assert.equal("\r\nQuectel\r\nBG96\r\nRevision: BG96MAR02A07M1G\r\n" .. OK, host:at("I"))
    host = Host.new({ quirks = { "model=BG95-M3", "firmware=BG95M3LAR02A03" } })
    assert.equal("\r\nQuectel\r\nBG95-M3\r\nRevision: BG95M3LAR02A03\r\n" .. OK, host:at("I"))
    assert.equal(line("BG95-M3") .. OK, host:at("+CGMM"))
    assert.equal(line("BG95M3LAR02A03") .. OK, host:at("+CGMR"))
    host = Host.new({ quirks = { "manufacturer=Maker", "firmware=F", "revision=R 2" } })
    assert.equal("\r\nMaker\r\nBG96\r\nRevision: R 2\r\n" .. OK, host:at("I"))
    assert.equal(line("F") .. OK, host:at("+GMR"))
    assert.equal(line("Maker") .. OK, host:at("+CGMI"))
  end)

  it("is what a test form says: other lines, none, or an error", function()
    local host = Host.new({ quirks = { 'test.QFTPCFG=+QFTPCFG: "a",(0,1) | +QFTPCFG: "b = 2"',
      "test.+qftplen=ERROR", "test.QFTPPUT=OK" } })
    host:at("+CMEE=1")
    assert.equal('\r\n+QFTPCFG: "a",(0,1)\r\n+QFTPCFG: "b = 2"\r\n' .. OK, host:at("+QFTPCFG=?"))
    assert.equal(line("+CME ERROR: 4"), host:at("+QFTPLEN=?"))
    assert.equal(OK, host:at("+QFTPPUT=?"))
    assert.equal(line("+QFTPSIZE: <file_name>") .. OK, host:at("+QFTPSIZE=?"))
  end)
end)

describe("the rows of AT+QFTPCFG", function()
  it("take other ranges, which the test form shows", function()
    local host = Host.new({ quirks = { "data-address=0-2", "rsptimeout=20-500" } })
    host:at("+CMEE=1")
    assert.matches('"rsptimeout",%(20%-500%)\r\n', host:at("+QFTPCFG=?"))
    assert.matches('"data_address",%(0%-2%)\r\n' .. OK .. "$", host:at("+QFTPCFG=?"))
    assert.equal(OK, host:at('+QFTPCFG="data_address",2'))
    assert.equal(line('+QFTPCFG: "data_address",2') .. OK, host:at('+QFTPCFG="data_address"'))
    assert.equal(line("+CME ERROR: 610"), host:at('+QFTPCFG="data_address",3'))
    assert.equal(OK, host:at('+QFTPCFG="rsptimeout",500'))
    assert.equal(line("+CME ERROR: 610"), host:at('+QFTPCFG="rsptimeout",501'))
  end)

  it("may be one more", function()
    local host = Host.new()
    host:at("+CMEE=1")
    assert.equal(line("+CME ERROR: 610"), host:at('+QFTPCFG="restenable",1'))
    assert.is_nil(host:at("+QFTPCFG=?"):find("restenable"))
    host = Host.new({ quirks = { "restenable" } })
    assert.matches('"restenable",%(0,1%)\r\n' .. OK .. "$", host:at("+QFTPCFG=?"))
    assert.equal(line('+QFTPCFG: "restenable",1') .. OK, host:at('+QFTPCFG="restenable"'))
    assert.equal(OK, host:at('+QFTPCFG="restenable",0'))
  end)
end)

describe("the guard of +++", function()
  for _, case in ipairs { { 300, 0.2, 0.31 }, { 1500, 1.4, 1.51 } } do
    it(("may be %d ms"):format(case[1]), function()
      local host = session("guard=" .. case[1])
      assert.equal(CONNECT, host:at('+QFTPPUT="g","COM:"'))
      host:send("a")
      host:wait(case[2])
      assert.equal("", host:send("+++") .. host:wait(case[3])) -- too short before: payload
      assert.equal("", host:send("b") .. host:wait(case[3]))
      assert.equal("", host:send("+++") .. host:wait(case[2]) .. host:send("c")) -- and behind
      host:wait(case[3])
      assert.equal(result("+QFTPPUT: 0,9"), host:send("+++") .. host:wait(case[3]))
      assert.equal("a+++b+++c", host.module.backend:get("/g"))
    end)
  end
end)

describe("names on the server", function()
  it("may be limited", function()
    local long, longer = ("n"):rep(50), ("n"):rep(51)
    local host = session("name-limit=50")
    assert.equal(result("+QFTPMKDIR: 0,0"), host:at(('+QFTPMKDIR="%s"'):format(long)))
    for _, command in ipairs { '+QFTPMKDIR="%s"', '+QFTPCWD="%s"', '+QFTPRENAME="f","%s"',
      '+QFTPPUT="%s","COM:"', '+QFTPGET="%s","COM:"', '+QFTPLIST="%s","COM:"' } do
      assert.equal(line("+CME ERROR: 610"), host:at(command:format(longer)))
    end
    assert.equal(result("+QFTPSIZE: 627,550"), session():at(('+QFTPSIZE="%s"'):format(longer)))
  end)
end)

describe("AT+QFTPGET at the end of a file", function()
  local at_end, inside = '+QFTPGET="f","COM:",10', '+QFTPGET="f","COM:",9'

  it("gives nothing", function()
    for _, quirk in ipairs { "get-at-end=zero", "get-at-end=no" } do
      assert.equal(CONNECT .. result("+QFTPGET: 0,0"), session(quirk):at(at_end))
    end
  end)

  it("may be refused", function()
    local host = session("get-at-end=refused")
    host.module.backend:put("/empty", "")
    assert.equal(result("+QFTPGET: 627,550"), host:at(at_end))
    assert.equal(result("+QFTPGET: 627,550"), host:at('+QFTPGET="f","UFS:f",10'))
    assert.equal(CONNECT .. "9" .. result("+QFTPGET: 0,1"), host:at(inside))
    assert.equal(CONNECT .. result("+QFTPGET: 0,0"), host:at('+QFTPGET="empty","COM:"'))
    host = session("get-at-end=refused", "sync-errors")
    assert.equal(line("+CME ERROR: 627"), host:at(at_end))
  end)
end)

describe("a chunk of an upload", function()
  local function put(host, name, start, bytes, last)
    local answer = host:at(('+QFTPPUT="%s","COM:",%d,%d,%d'):format(name, start, #bytes, last))
    if answer ~= CONNECT then return answer end
    return host:send(bytes) .. host:wait(1)
  end

  -- The data connections that two chunks take.
  local function count_connections(host)
    local before = host.module:counters().data_connections
    assert.equal(result("+QFTPPUT: 0,3"), put(host, "g", 0, "abc", 0))
    assert.equal(result("+QFTPPUT: 0,2"), put(host, "g", 3, "de", 1))
    assert.equal("abcde", host.module.backend:get("/g"))
    return host.module:counters().data_connections - before
  end

  it("leaves the data connection open, or closes it", function()
    assert.equal(1, count_connections(session()))
    assert.equal(1, count_connections(session("beof=kept")))
    assert.equal(1, count_connections(session("beof=consecutive")))
    assert.equal(2, count_connections(session("beof=closed")))
  end)

  it("may be followed by the next one alone", function()
    for quirk, answer in pairs {
      ["beof=kept"] = result("+QFTPPUT: 0,1"), ["beof=consecutive"] = line("+CME ERROR: 610"),
    } do
      local host = session(quirk)
      put(host, "g", 0, "abc", 0)
      assert.equal(answer, put(host, "g", 2, "x", 1))
    end
    local host = session("beof=consecutive")
    put(host, "g", 0, "abc", 0)
    assert.equal(result("+QFTPPUT: 0,1"), put(host, "other", 0, "x", 1))
    assert.equal(result("+QFTPSIZE: 0,3"), host:at('+QFTPSIZE="g"'))
  end)
end)

describe("a slow AT+QFTPOPEN", function()
  local function open(host)
    host:at("+CMEE=1", "+QIACT=1")
    host:wait(1)
    assert.equal(OK, host:at('+QFTPOPEN="server",21'))
    return host
  end

  it("says its result late, and is busy until then", function()
    local host = open(Host.new({ quirks = { "slow-open=20" } }))
    assert.equal("", host:wait(19.9))
    assert.equal(result("+QFTPSTAT: 0,0"), host:at("+QFTPSTAT"))
    assert.equal(line("+CME ERROR: 603"), host:at("+QFTPPWD"))
    assert.equal(line("+QFTPOPEN: 0,0"), host:wait(0.2))
    assert.equal(result("+QFTPPWD: 0,/"), host:at("+QFTPPWD"))
  end)

  it("fails at once when the link is lost meanwhile", function()
    local host = open(Host.new({ quirks = { "slow-open=20" } }))
    host.module:fault("drop,seconds=5")
    assert.equal(line("+QFTPOPEN: 605,0"), host:wait(6))
    assert.equal("", host:wait(30))
    assert.equal(result("+QFTPSTAT: 0,4"), host:at("+QFTPSTAT"))
  end)
end)

describe("a command before the end of the last answer", function()
  local function hurry(host)
    host.module:feed("AT\r", host.now)
    local first = host.module:take(host.now, 5) -- all but the LF
    host.module:feed("AT+QFTPSTAT\r", host.now)
    return first .. host:wait(0)
  end

  it("may end the session", function()
    local host = session("early-command")
    assert.equal(result("+QFTPPWD: 0,/"), host:at("+QFTPPWD"))
    assert.equal(OK .. line("NO CARRIER") .. result("+QFTPSTAT: 0,4"), hurry(host))
    assert.equal(OK .. result("+QFTPSTAT: 0,4"), hurry(host))
  end)

  it("does no harm otherwise", function()
    assert.equal(OK .. result("+QFTPSTAT: 0,1"), hurry(session()))
  end)
end)

describe("the quirk spacing=joined", function()
  it("is about what follows OK, not about a session that ends by itself", function()
    local host = session("spacing=joined")
    assert.equal(OK .. "+QFTPPWD: 0,/\r\n", host:at("+QFTPPWD"))
    host.module:fault("close,seconds=1")
    assert.equal(line("+QFTPCLOSE: 606,0"), host:wait(2))
  end)
end)

describe("files in RAM:", function()
  local function store(host, name, bytes)
    host:at(('+QFUPL="%s",%d'):format(name, #bytes))
    host:send(bytes)
  end

  it("are not among those in the flash, and gone after a restart", function()
    local host = session("ram-prefix", "ufs-prefix")
    store(host, "RAM:a", "in ram")
    store(host, "b", "in flash")
    assert.equal(line('+QFLST: "UFS:b",8') .. OK, host:at("+QFLST"))
    assert.equal(line('+QFLST: "RAM:a",6') .. OK, host:at('+QFLST="RAM:*"'))
    assert.equal(line("+QFLDS: 3145720,3145728") .. OK, host:at('+QFLDS="UFS"'))
    assert.equal(line("+QFLDS: 262138,262144") .. OK, host:at('+QFLDS="RAM"'))
    assert.equal(OK, host:at('+QFTPPUT="g","RAM:a"'):sub(1, #OK))
    host:wait(1)
    assert.equal("in ram", host.module.backend:get("/g"))
    host:at("+CFUN=1,1")
    host:wait(5)
    assert.equal(OK, host:at('+QFLST="RAM:*"'))
    assert.equal(line('+QFLST: "UFS:b",8') .. OK, host:at("+QFLST"))
  end)

  it("are deleted by themselves, and have their own space", function()
    local host = session("ram-prefix")
    host.module.ufs:put("RAM:a", "1")
    host.module.ufs:put("b", "2")
    assert.equal(OK, host:at('+QFDEL="RAM:*"'))
    assert.equal(line('+QFLST: "b",1') .. OK, host:at("+QFLST"))
    assert.equal(line("+CME ERROR: 420"), host:at('+QFUPL="RAM:big",300000'))
    assert.equal(CONNECT, host:at('+QFUPL="big",300000'))
  end)

  it("are names like others where there is no RAM:", function()
    local host = session()
    store(host, "RAM:a", "x")
    assert.equal(line('+QFLST: "RAM:a",1') .. OK, host:at("+QFLST"))
  end)
end)

describe("a quirk", function()
  it("may be taken back, and the last of two counts", function()
    assert.same({}, quirks.set { "slow-close=3", "slow-close=no", "no-echo", "no-echo=no" })
    assert.same({ ["slow-close"] = 5, ["no-echo"] = true },
      quirks.set { "slow-close=3", "slow-close=yes", "no-echo=yes" })
    assert.same({ ["pwd-quoted"] = true }, quirks.set { "pwd-unquoted", "pwd-quoted" })
    assert.same({ ["pwd-unquoted"] = true }, quirks.set { "pwd-quoted", "pwd-unquoted" })
    assert.same({ ["pwd-quoted"] = true }, quirks.set { "pwd-quoted", "pwd-unquoted=no" })
  end)

  for text, message in pairs {
    ["guard=0"] = "'0' is not a number from 1 to 60000", ["guard"] = "needs a value",
    ["guard=yes"] = "'yes' is not a number", ["name-limit=256"] = "is not a number",
    ["beof=open"] = "'open' is not one of kept, consecutive, closed", ["beof"] = "needs a value",
    ["data-address=0-1.5"] = "'1.5' is not a whole number", ["get-at-end=1"] = "zero, refused",
    ["ram-prefix=1"] = "takes no value", ["model="] = "is not the text of a line",
    ["test.NONSENSE=OK"] = "unknown quirk 'test.NONSENSE'",
    ["test.COMMAND=OK"] = "unknown quirk 'test.COMMAND'",
    ["test.=OK"] = "unknown quirk", ["test.QFTPLEN="] = "is not the text of a line",
  } do
    it("is refused when it is " .. text, function()
      local name, err = quirks.parse(text)
      assert.is_nil(name)
      assert.is_truthy(err:find(message, 1, true), err)
    end)
  end
end)

describe("habits", function()
  local path

  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function read(...)
    local file = assert(io.open(path, "w"))
    file:write(table.concat({ "# bg96 habits 1", ... }, "\n"))
    file:close()
    return habits.read(path)
  end

  it("are the quirks of a file", function()
    assert.same({ "model=BG95-M3", "pwd-quoted=yes", "slow-close=5" },
      read("slow-close = 5", "model = BG95-M3", "pwd-quoted = yes", "[measured]", "x = 1"))
    local host = Host.new({ quirks = read("model = BG95-M3") })
    assert.equal(line("BG95-M3") .. OK, host:at("+GMM"))
  end)

  for message, text in pairs {
    ["unknown quirk 'nonsense'"] = "nonsense = yes",
    ["quirk 'no-echo' takes no value"] = "no-echo = 1",
    ["quirk 'slow-close': 'x' is not a number from 0 to 600"] = "slow-close = x",
    ["'model' is there twice"] = "model = BG95",
    ["'pwd-unquoted' contradicts 'pwd-quoted'"] = "pwd-unquoted = yes",
  } do
    it("are refused with file and line: " .. message, function()
      assert.same({ nil, path .. ":4: " .. message },
        { read("model = BG96", "pwd-quoted = yes", text) })
    end)
  end

  for _, name in ipairs(habits.names) do
    it("of " .. name .. " come with the emulator, and each line says how it is known", function()
      assert.equal(1000, quirks.set(assert(habits.read(name))).guard)
      local sources = { seen = true, code = true, documented = true, guessed = true }
      local source
      for each in habits.text(name):gmatch("[^\n]+") do
        local word = each:match("^# (%l+)")
        if sources[word] then source = word end
        if not each:find("^#") then
          assert.is_string(source, each)
          source = nil
        end
      end
    end)
  end

  it("of the names are listed", function()
    local names = {}
    for name in pairs(habits.words) do names[name] = true end
    for _, name in ipairs(habits.names) do
      assert.is_true(names[name])
      names[name] = nil
    end
    assert.is_nil(next(names))
  end)
end)
