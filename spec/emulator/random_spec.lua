-- Random quirks, faults, settings and input: the emulator raises no error, has no endless
-- output at one moment, and works again after a boot.

local Host = require("spec.support.host")
local faults = require("bg96.emulator.faults")
local random = require("bg96.emulator.random")

local RUNS = 400

local QUIRKS = { "size-without-err", "pwd-quoted", "stat-before-ok", "slow-close=3", "sync-615",
  "sync-errors", "bare-failure", "masked-password=5", "ato-refused", "no-echo", "noise-error",
  "unknown-58", "old-ftpcfg", "spacing=blank+joined", "spacing=tight+trailing+airy",
  "answer=0-3000", "no-app-ready", "booting=2000", "slow-sim=500", "wordy-restart" }

local FAULTS = {
  "silence,%s", "late,%s,ms=700", "result,%s,err=607,protocol=426", "result,%s,cme=3",
  "ufs-loss,at=2,count=3", "urc,%s,when=before-echo,line=RING",
  "urc,%s,when=inside,line=+CREG: 1", "urc,%s,when=behind-payload,line=+CREG: 1",
  "foreign,%s,when=before-result,line=ERROR", "foreign,%s,when=after,line=NO CARRIER",
  "chatter,%s,every=1000,count=50,line=RING", "drop,%s,how=bare", "early,%s,how=none",
  "early,%s", "drop,%s,how=silence", "close,%s", "pdp,%s,how=none", "reset,%s", "brownout,%s",
  "power,%s,wake=5,line=NORMAL POWER DOWN", "hang,%s,wake=9", "ufs-full,%s",
}

local TRIGGERS = { "bytes=7", "bytes=40", "seconds=3", "command=any", "command=QFTPGET",
  "command=QFTPSIZE", "command=QFTPPUT", "command=QIACT" }

local SETTINGS = { "E1", "V0", "Q1", "V0Q1E1", "S3=10", "S4=32", "S5=127", "E0V1Q0&W" }

local INPUTS = {
  "AT\r", "AT\r\n", "ATE1\r", "AT+CSQ;+CREG?\r", "AT+CPIN?\r", "AT+QIACT=1\r", "AT+QIDEACT=1\r",
  'AT+QFTPOPEN="server",21\r', 'AT+QFTPSIZE="f"\r', 'AT+QFTPGET="f","COM:",0,100\r',
  'AT+QFTPPUT="g","COM:",0,100,1\r', 'AT+QFTPPUT="g","COM:"\r', 'AT+QFTPNLST="/"\r',
  'AT+QFTPGET="f","u"\r', "AT+QFTPCLOSE\r", "AT+QFTPSTAT\r", 'AT+QFUPL="v",10\r',
  'AT+QFDWL="v"\r', 'AT+QFDEL="*"\r', "AT+CFUN=1,1\r", "AT&F\r", "ATZ\r", "ATO\r",
  "A/", "some\rpayload\natAT\r\n", ("x"):rep(60), "+++", "\127\b", "AT+NONSENSE\n",
}

describe("the emulator", function()
  local function run(seed)
    local draw = random.new(seed * 7919)
    local function integer(low, high) return math.floor(draw:between(low, high + 0.999)) end
    local function pick(list) return list[integer(1, #list)] end
    local options = { quirks = {}, seed = seed, pdp_seconds = 1, active = integer(0, 1) == 1 }
    for _ = 1, integer(0, 3) do options.quirks[#options.quirks + 1] = pick(QUIRKS) end
    if integer(1, 3) == 1 then options.settings = pick(SETTINGS) end
    local host = Host.new(options)
    host.module.backend:put("/f", ("0123456789"):rep(20))
    host.module.backend.delay = pick { 0, 0, 0.5 }
    for _ = 1, integer(0, 4) do
      local fault = faults.parse(pick(FAULTS):format(pick(TRIGGERS)))
      if fault then host.module:fault(fault) end -- some need a command as their trigger
    end
    for _ = 1, 40 do
      host:send(pick(INPUTS))
      host:wait(pick { 0, 0, 0.1, 1.1, 1.1, 5 })
    end
    host.module.faults:clear()
    host.module:crash()
    host:wait(20)
    host.module:factory_profile()
    assert.matches("OK\r\n", host:send("AT\r") .. host:wait(4))
  end

  it(("survives %d runs of anything"):format(RUNS), function()
    for seed = 1, RUNS do
      local ok, message = xpcall(function() run(seed) end, debug.traceback)
      if not ok then error(("seed %d: %s"):format(seed, tostring(message)), 0) end
    end
  end)
end)
