--- What goes wrong, drawn at random: faults of the emulator, of the line and of the
-- port, in the form that spec.simulation.plan describes.

local faultdraws = {}

-- Lines that a module says by itself. Words of commands that the calls send are among
-- them, words that nobody knows, and those that world.lua subscribes to and counts.
local UNASKED = {
  '+QIURC: "recv",0', "RING", "+CPIN: READY", "+CREG: 1", '+QIND: "csq",20', "APP RDY", '+QUSIM: 1',
  '+CTZV: +04', '+QIURC: "pdpdeact",2', '+QIND: "csq",20,99', "+QIND: SMS DONE", "+CGREG: 1",
  "+CEREG: 5", "+CGEV: NW DETACH", "+CIEV: 3,1", "^DSCI: 1,1,0,0", "^RFSTS: 1",
  '+QGPSURC: "x",1', '+CMTI: "ME",3', "+QPSMTIMER: 12,34", "Call Ready", "SMS Ready",
  '+QXYZ: 5', '^HCSQ: "LTE",40,41', '+UNKNOWN: "a,b",3', "*PSNWID: 1", "+QMARK: 1", "^MARK: a b",
  "+QMARK: 2", "+XMARK: 3",
}

local FOREIGN = { "OK", "ERROR", "NO CARRIER", "+CME ERROR: 3", "+CME ERROR: 603", "RING" }

local COMMANDS = {
  "any", "any", "AT", "QFTPSIZE", "QFTPGET", "QFTPPUT", "QFTPLIST", "QFTPNLST", "QFTPMLSD",
  "QFTPCWD",
  "QFTPOPEN", "QFTPCLOSE", "QFTPSTAT", "QFTPLEN", "QFTPCFG", "QIACT", "QICSGP", "QFLST", "QFUPL",
  "QFDWL", "QFDEL", "CSQ", "CMEE",
}

local TRANSFERS = {
  "QFTPGET", "QFTPGET", "QFTPPUT", "QFTPLIST", "QFTPNLST", "QFTPMLSD", "QFUPL", "QFDWL",
}

-- Two times of three a transfer, as most of the places are about its end.
local function some_command(random)
  return random:choice(random:one_in(3) and COMMANDS or TRANSFERS)
end

-- When a fault of the link or of the module strikes: in the middle of a payload,
-- at a command, or at some moment.
local function trigger(random)
  return random:choice {
    ("bytes=%d"):format(random:choice { 0, 1, random:integer(1, 100), random:integer(1, 6000) }),
    ("command=%s"):format(random:choice(COMMANDS)),
    ("seconds=%.3f"):format(random:choice { random:integer(0, 50) / 1000,
      random:integer(0, 3000) / 1000 }),
  }
end

local function ending(random)
  return random:choice { "carrier", "result", "bare", "none", "silence" }
end

local PLACES = {
  "before-echo", "before", "inside", "after", "behind-payload", "before-result", "after-result",
}

local function chatter(random, when)
  local every = random:choice { 200, 1000, 1000, 5000 }
  local count = random:one_in(2) and (",count=%d"):format(random:integer(1, 20)) or ""
  return { set = ("chatter,%s,every=%d%s,line=%s"):format(when, every, count,
    random:choice(UNASKED)) }
end

-- What ends a transfer, and then, now and then, lines that the module says by itself.
local function with_chatter(random, fault, when)
  if not random:one_in(3) then return fault end
  return fault, chatter(random, when)
end

local makers = {}

function makers.drop(random)
  local when = trigger(random)
  return with_chatter(random, { set = ("drop,%s,how=%s,close=%s"):format(when, ending(random),
    random:choice { "yes", "no" }) }, when)
end

function makers.early(random)
  local when = ("bytes=%d"):format(random:choice { random:integer(0, 100),
    random:integer(1, 6000) })
  local codes = random:choice { "", "", ",code=607,protocol=426", ",code=616" }
  return with_chatter(random, { set = ("early,%s,how=%s%s"):format(when, ending(random), codes) },
    when)
end

function makers.close(random) return { set = "close," .. trigger(random) } end

function makers.pdp(random)
  local when = trigger(random)
  return with_chatter(random, { set = ("pdp,%s,how=%s"):format(when, ending(random)) }, when)
end

function makers.reset(random) return { set = "reset," .. trigger(random) } end

function makers.hang(random)
  return { set = ("hang,%s,wake=%d"):format(trigger(random), random:choice { 1, 5, 30 }) }
end

function makers.brownout(random) return { set = "brownout," .. trigger(random) } end

function makers.power(random)
  return { set = ("power,%s,wake=%d,line=%s"):format(trigger(random),
    random:choice { 0, 1, 5, 20 },
    random:choice { "PSM POWER DOWN", "NORMAL POWER DOWN", "POWERED DOWN" }) }
end

function makers.silence(random)
  local what = random:one_in(2) and ",what=result" or ""
  return { set = ("silence,command=%s,times=%d%s"):format(random:choice(COMMANDS),
    random:choice { 1, 1, 2 }, what) }
end

function makers.late(random)
  return { set = ("late,command=%s,ms=%d"):format(random:choice(COMMANDS),
    random:choice { 100, 700, 1600, 4000, 12000, 40000 }) }
end

-- Only FTP commands have a result behind OK.
function makers.result(random)
  local word = random:choice(COMMANDS)
  local outcomes = { "", ",cme=3", ",cme=605", ",cme=616" }
  if word:find("^QFTP") and word ~= "QFTPCFG" then
    outcomes = { ",cme=605", ",err=605", ",err=627,protocol=550", ",err=609" }
  end
  return { set = "result,command=" .. word .. random:choice(outcomes) }
end

function makers.urc(random)
  local when = random:choice {
    ("command=%s,times=%d,when=%s"):format(some_command(random), random:integer(1, 3),
      random:choice(PLACES)),
    ("command=any,times=0,when=%s"):format(random:choice(PLACES)),
    trigger(random),
  }
  return { set = ("urc,%s,line=%s"):format(when, random:choice(UNASKED)) }
end

function makers.chatter(random) return chatter(random, trigger(random)) end

-- Most of them between OK and the result, where nobody can take them for his own.
function makers.foreign(random)
  local place = random:one_in(3) and random:choice(PLACES) or "before-result"
  return { set = ("foreign,command=%s,when=%s,line=%s"):format(some_command(random), place,
    random:choice(FOREIGN)) }
end

makers["ufs-full"] = function() return { set = "ufs-full" } end

makers["ufs-loss"] = function(random)
  return { set = ("ufs-loss,command=QFUPL,at=%d,count=%d"):format(
    random:choice { 0, random:integer(0, 600) }, random:choice { 1, 1, 2, 64 }) }
end

function makers.wound(random)
  return { wound = {
    way = random:choice { "up", "down", "down" },
    at = random:choice { random:integer(1, 40), random:integer(1, 400), random:integer(1, 6000) },
    how = random:choice { "lost", "doubled", "garbled" },
    shift = random:integer(1, 255),
  } }
end

function makers.stall(random)
  return {
    stall = random:choice { "up", "down" }, after = random:integer(0, 2000) / 1000,
    seconds = random:choice { 0.05, 0.31, 1.2, 3 },
  }
end

function makers.port(random)
  return { port = random:choice { 5, 19 }, after = random:integer(0, 3000) / 1000 }
end

local KINDS = {
  { "drop", 4 }, { "early", 5 }, { "close", 2 }, { "pdp", 2 }, { "reset", 2 }, { "hang", 1 },
  { "brownout", 1 }, { "power", 1 }, { "silence", 3 }, { "late", 3 }, { "result", 3 },
  { "urc", 12 }, { "chatter", 4 }, { "foreign", 4 }, { "ufs-full", 1 }, { "ufs-loss", 1 },
  { "wound", 6 }, { "stall", 3 }, { "port", 1 },
}

--- Draws a fault; sometimes one that brings another along.
-- @treturn table an array of them
function faultdraws.pick(random)
  return { makers[random:weighted(KINDS)](random) }
end

return faultdraws
