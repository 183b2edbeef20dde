-- What was set for a module is set again after it has restarted, before what depends on it.

local module = require "spec.support.module"

local PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
local TLS_LOGIN = {
  host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20, tls = "explicit",
}

local function with_modem(options, job)
  local bench = module.bench(options)
  bench:run(function(modem)
    assert(modem:clean_up())
    job(modem, bench)
  end)
  return bench
end

local function executed(bench, pattern)
  local found = {}
  for _, command in ipairs(bench.module:commands()) do
    if command:find(pattern) then found[#found + 1] = command end
  end
  return found
end

-- A module that accepts commands again after each kind of restart.
local restarts = {
  ["that says RDY"] = function(modem, bench)
    bench.module:fault("reset")
    modem:at("+CSQ")
    bench.sleep(5)
  end,
  ["that says POWERED DOWN"] = function(modem, bench)
    bench.module:fault("power,wake=1,line=POWERED DOWN")
    modem:at("+CSQ")
    bench.sleep(5)
  end,
  ["by modem:reboot()"] = function(modem) assert(modem:reboot()) end,
  ["that only an echo shows"] = function(modem, bench)
    bench.module:fault("brownout,command=CSQ")
    assert(modem:at("+CSQ"))
  end,
}

for what, restart in pairs(restarts) do
  describe("after a restart " .. what, function()
    it("a TLS context verifies again before its login", function()
      local bench = with_modem(nil, function(modem, bench)
        assert(modem:tls { ca = PEM })
        restart(modem, bench)
        assert.equal(0, bench.module.ssl.contexts[0].seclevel)
        assert(modem:activate { apn = "internet" })
        assert(modem:login(TLS_LOGIN))
        local context = bench.module.ssl.contexts[0]
        assert.equal(1, context.seclevel)
        assert.equal(1, context.checkhost)
        assert.matches("^bg96_ca_%x+%.pem$", context.cacert)
      end)
      assert.equal(1, #executed(bench, "QFUPL")) -- the file is still in the flash
    end)

    it("the PIN is entered before a context is activated", function()
      local bench = with_modem({ sim = "pin", pin = "4711" }, function(modem, bench)
        assert(modem:unlock("4711"))
        restart(modem, bench)
        assert(modem:activate { apn = "internet" })
      end)
      assert.equal(2, #executed(bench, "^AT%+CPIN=4711$"))
    end)

    it("flow control and DTR are set before any payload", function()
      local bench = with_modem(nil, function(modem, bench)
        assert(modem:use_flowcontrol())
        assert(modem:use_dtr())
        restart(modem, bench)
        assert(modem:ufs("f"):write("payload"))
        assert.same({ 2, 2 }, bench.module.flow)
        assert.equal(1, bench.module.dtr_function)
      end)
      assert.equal(2, #executed(bench, "^AT%+IFC=2,2$"))
      assert.equal(2, #executed(bench, "^AT&D1$"))
    end)
  end)
end

describe("a transfer over TLS", function()
  it("logs in again with verification where the module has restarted under it", function()
    local path = os.tmpname()
    local data = ("0123456789"):rep(20000)
    local bench = with_modem(nil, function(modem, bench)
      assert(modem:tls { ca = PEM })
      assert(modem:activate { apn = "internet" })
      bench.server:put("/f", data)
      local session = assert(modem:login(TLS_LOGIN))
      bench.module:fault("reset,bytes=50000")
      local report = assert(session:download("f", path))
      assert.equal(#data, report.bytes)
      assert.is_true(report.attempts > 1)
      assert.equal(1, bench.module.ssl.contexts[0].seclevel)
      assert.equal("/", session:pwd())
    end)
    os.remove(path)
    assert.equal(2, #executed(bench, "QFTPOPEN"))
  end)
end)

describe("what cannot be set again", function()
  it("makes a TLS login fail before the account is said", function()
    local bench = with_modem(nil, function(modem, bench)
      assert(modem:tls { ca = PEM })
      restarts["that says RDY"](modem, bench)
      assert(modem:activate { apn = "internet" })
      bench.module:fault("result,command=QSSLCFG,cme=50,times=0")
      local session, err = modem:login(TLS_LOGIN)
      assert.is_nil(session)
      assert.equal("cme", err.kind)
    end)
    assert.same({}, executed(bench, "QFTPOPEN"))
    assert.same({}, executed(bench, "account"))
  end)

  it("makes payload fail, and leaves other calls alone", function()
    with_modem(nil, function(modem, bench)
      assert(modem:use_flowcontrol())
      restarts["that says RDY"](modem, bench)
      bench.module:fault("result,command=IFC,cme=3,times=2")
      assert(modem:at("+CSQ"))
      local count, err = modem:ufs("f"):write("payload")
      assert.is_nil(count)
      assert.equal("+IFC", err.command)
      assert.equal(7, modem:ufs("f"):write("payload")) -- by now it is taken
    end)
  end)

  it("is what the module refuses twice: a command may have been spoilt on its way", function()
    local bench = with_modem(nil, function(modem, bench)
      assert(modem:use_flowcontrol())
      assert(modem:use_dtr())
      restarts["that says RDY"](modem, bench)
      bench.module:fault("result,command=IFC")
      bench.module:fault("result,command=&D")
      assert.equal(7, modem:ufs("f"):write("payload"))
      assert.same({ 2, 2 }, bench.module.flow)
      assert.equal(1, bench.module.dtr_function)
    end)
    assert.equal(3, #executed(bench, "^AT%+IFC=2,2$"))
  end)

  it("does not try a wrong PIN twice", function()
    local bench = with_modem({ sim = "pin", pin = "4711" }, function(modem, bench)
      assert(modem:unlock("4711"))
      restarts["that says RDY"](modem, bench)
      bench.module.sim.pin = "0000" -- another card
      for _ = 1, 3 do assert.is_nil((modem:activate { apn = "internet" })) end
    end)
    assert.equal(2, #executed(bench, "^AT%+CPIN="))
  end)
end)

describe("a TLS login", function()
  for what, prepare in pairs {
    ["without modem:tls"] = function() end,
    ["on another context"] = function(modem) assert(modem:tls { ctx = 1, ca = PEM }) end,
    ["where modem:tls has failed"] = function(modem, bench)
      assert(modem:tls { ca = PEM })
      bench.module:fault("result,command=QSSLCFG,cme=50")
      assert.is_nil((modem:tls { verify = "none" }))
    end,
  } do
    it(what .. " fails and sends nothing", function()
      local bench = with_modem(nil, function(modem, bench)
        assert(modem:activate { apn = "internet" })
        prepare(modem, bench)
        local session, err = modem:login(TLS_LOGIN)
        assert.is_nil(session)
        assert.equal("local", err.kind)
        assert.matches("TLS context 0 is not set: call modem:tls", tostring(err))
      end)
      assert.same({}, executed(bench, "QFTPCFG"))
      assert.same({}, executed(bench, "QFTPOPEN"))
    end)
  end

  it("sets a context again that verifies less than it was told", function()
    with_modem(nil, function(modem, bench)
      assert(modem:activate { apn = "internet" })
      assert(modem:tls { ca = PEM })
      bench.module.ssl.contexts[0].seclevel = 0 -- unnoticed
      assert(modem:login(TLS_LOGIN))
      assert.equal(1, bench.module.ssl.contexts[0].seclevel)
    end)
  end)

  it("does not verify only where that was asked for", function()
    with_modem(nil, function(modem, bench)
      assert(modem:activate { apn = "internet" })
      assert(modem:tls { verify = "none" })
      assert(modem:login(TLS_LOGIN))
      assert.equal(0, bench.module.ssl.contexts[0].seclevel)
    end)
  end)
end)

describe("a resync", function()
  it("whose ATE0 has no effect is not needed before each command", function()
    local bench = with_modem(nil, function(modem, bench)
      bench.module.interpreter.echo = true
      for _ = 1, 3 do assert(modem:at("E1")) end
      for _ = 1, 3 do assert(modem:at("+CSQ")) end
    end)
    assert.equal(1, #executed(bench, "^AT%+QFLST="))
  end)
end)
