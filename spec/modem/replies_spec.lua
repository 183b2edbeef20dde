-- Driver and emulated module together, on a virtual clock: what a module says by itself is
-- no reply to any call that asks for something, whatever its word.

local diagnosis = require "bg96.ftp.diagnosis"
local habits = require "spec.support.habits"
local module = require "spec.support.module"

local lines = {
  "+CGEV: NW DETACH", "+CREG: 1", '+CEREG: 5,"5650","29A7DF4",8', '+QIND: "csq",20,99', "RING",
  "^DSCI: 1,0,3", "+QUSIM: 1", "NO CARRIER", "+QFTPGET: 0,5", "+UNKNOWN: 1,2",
}

local places = { "before-echo", "before", "inside", "after" }

local pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

-- What each call gives on an emulated module.
local calls = {
  info = function(modem)
    local info = assert(modem:info())
    assert.equal("Quectel", info.manufacturer)
    assert.equal(habits.identity("model", "BG96"), info.model)
    assert.equal(habits.identity("firmware", "BG96MAR02A07M1G"), info.revision)
    assert.matches("^%d+$", info.imei)
  end,
  signal = function(modem) assert.same({ rssi = 24, ber = 0, dbm = -65 }, modem:signal()) end,
  space = function(modem)
    local space = assert(modem:space())
    assert.is_true(space.free <= space.total)
  end,
  files = function(modem)
    assert(modem:ufs("f"):write("abc"))
    assert.same({ { name = "f", size = 3 } }, modem:files("f"))
    assert.equal("abc", modem:ufs("f"):read())
    assert(modem:ufs("f"):remove())
  end,
  unlock = function(modem) assert.is_true(modem:unlock("1234")) end,
  contexts = function(modem) assert.equal(1, assert(modem:contexts())[1].cid) end,
  activate = function(modem) assert.equal("10.7.157.1", modem:activate { apn = "internet" }) end,
  deactivate = function(modem)
    assert.is_true(modem:deactivate())
    assert(modem:activate { apn = "internet" })
  end,
  tls = function(modem) assert.is_true(modem:tls { ca = pem }) end,
  config = function(modem, session)
    assert.equal(20, session:config("rsptimeout"))
    assert.equal(0, assert(session:config()).filetype)
    assert(modem)
  end,
  session = function(_, session)
    assert.equal("/", session:pwd())
    assert.equal(3, session:size("f"))
    assert.equal("idle", session:stat())
    assert.equal("abc", session:get("f"))
    assert.equal(3, session:put("g", "def"))
    assert.same({ "f", "g" }, session:nlst("."))
    assert(session:close())
  end,
  diagnose = function(modem)
    for _, item in ipairs(modem:diagnose()) do
      assert.is_true(item.ok, ("%s: %s"):format(item.name, item.detail))
    end
  end,
  compound = function(modem)
    assert.same({ habits.said "+CSQ: 24,0", habits.said "+CREG: 0,1" }, modem:at("+CSQ;+CREG?"))
  end,
}

-- A result of the command that runs cannot be told from its own.
local function is_result(line) return line:find("+QFTP", 1, true) ~= nil end

-- The modem's login takes part: its replies are read as well.
local function run(options, fault, call)
  local bench = module.bench(options)
  bench.server:put("/f", "abc")
  local faults = type(fault) == "table" and fault or { fault }
  for _, each in ipairs(faults) do bench.module:fault(each) end
  bench:run(function(modem)
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login(module.login))
    call(modem, session)
    assert.same({ habits.said "+CSQ: 24,0" }, modem:at("+CSQ"))
  end)
  return bench
end

describe("what a module says by itself", function()
  for name, call in pairs(calls) do
    it(("is no reply to a call, before each or behind it: %s"):format(name), function()
      for _, line in ipairs(lines) do
        for _, place in ipairs(is_result(line) and name == "session" and {} or places) do
          run(nil, ("urc,command=any,times=0,when=%s,line=%s"):format(place, line), call)
        end
      end
    end)
  end

  it("stands between OK and result, and behind the result", function()
    for _, line in ipairs(lines) do
      local places_of_results = { "before-result", "after-result", "behind-payload" }
      for _, place in ipairs(is_result(line) and {} or places_of_results) do
        run(nil, ("urc,command=any,times=0,when=%s,line=%s"):format(place, line), calls.session)
      end
    end
  end)

  it("comes every second while calls run, for hours", function()
    local bench = run({ quirks = { "answer=400" } },
      'chatter,command=QIACT,every=1000,line=+QIND: "csq",20,99', function(modem, session)
        for _ = 1, 50 do
          for _, name in ipairs { "info", "signal", "config", "diagnose", "compound" } do
            calls[name](modem, session)
          end
        end
      end)
    assert.is_true(bench.now > 300)
  end)
end)

describe("a final result code of another's", function()
  local words = {
    "QFTPOPEN", "QFTPPWD", "QFTPSIZE", "QFTPSTAT", "QFTPGET", "QFTPPUT", "QFTPNLST", "QFTPLEN",
    "QFTPCLOSE",
  }

  -- Between OK and the result line: another program on the port, or a caller.
  for _, code in ipairs { "OK", "ERROR", "NO CARRIER", "+CME ERROR: 100", "+CMS ERROR: 500" } do
    it("ends no login, and leaves no result to the next call: " .. code, function()
      local faults = {}
      for i, word in ipairs(words) do
        faults[i] = ("foreign,command=%s,times=0,when=before-result,line=%s"):format(word, code)
      end
      run(nil, faults, function(modem, session)
        calls.session(modem, session)
        calls.info(modem)
      end)
    end)
  end

  it("that comes while nothing runs costs no call", function()
    run(nil, "foreign,seconds=5,line=ERROR", function(modem, session)
      modem.bench.sleep(10)
      calls.info(modem)
      calls.session(modem, session)
    end)
  end)
end)

describe("unlock", function()
  it("enters the PIN where the card asks for it, whatever comes before", function()
    for _, line in ipairs(lines) do
      local bench = module.bench { sim = "pin" }
      bench.module:fault("urc,command=any,times=0,line=" .. line)
      bench:run(function(modem)
        assert(modem:clean_up())
        assert.is_true(modem:unlock("1234"), line)
        assert.is_true(modem:unlock("1234"), line)
      end)
    end
  end)
end)

describe("the registration", function()
  -- Answers to AT+CEREG?, AT+CGREG? and AT+COPS?, and whether the module is registered.
  local cases = {
    { "+CEREG: 0,1", "+CGREG: 0,0", "+COPS: 0", true },
    { "+CEREG: 0,5", "+CGREG: 0,0", "+COPS: 0", true },
    { "+CEREG: 0,2", "+CGREG: 0,1", '+COPS: 0,0,"op",8', false },
    { "+CEREG: 0,3", "+CGREG: 2,1,\"5650\",\"29A7DF4\",2", '+COPS: 0,0,"op",9', false },
    { "+CEREG: 0,0", "+CGREG: 0,5", '+COPS: 0,0,"op",0', true },
    { "+CEREG: 0,0", "+CGREG: 0,1", "+COPS: 0", true },
    { "+CEREG: 0,0", "+CGREG: 0,0", "+COPS: 0", false },
  }
  for _, case in ipairs(cases) do
    it(("is what counts in the network: %s, %s, %s"):format(case[1], case[2], case[3]), function()
      local replies = { ["AT+CEREG?"] = case[1], ["AT+CGREG?"] = case[2], ["AT+COPS?"] = case[3] }
      local stub = { at = function(_, command)
        local reply = replies["AT" .. command]
        return reply and { "+CREG: 1", reply } or {}
      end, contexts = function() return {} end, signal = function() return {} end }
      local report = diagnosis.run(stub, 1)
      assert.equal("registration", report[3].name)
      assert.equal(case[4], report[3].ok, report[3].detail)
    end)
  end
end)
