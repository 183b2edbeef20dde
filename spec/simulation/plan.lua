--- The plan of a seed: a table that describes a run completely, so that it can be shown and
-- made smaller.
--
--   line       baudrate, read_size, splits, write_room
--   module     options of the emulator: state, echo, quirks, latency, pdp_seconds
--   big        what the file of that name holds
--   delay      seconds that the FTP server needs for anything
--   dtr        whether the DTR line is wired
--   workers    an array of coroutines, each an array of operations
--
-- An operation is { name =, ... } with fields of its own (operations/*.lua), and `faults`, an
-- array of faults that are set when it begins: { set = TEXT } for one of the emulator,
-- { wound = ... } or { stall = way, after =, seconds = } for one of the line,
-- { port = errno, after = seconds } for one of the port.

local Random = require "spec.simulation.random"
local payload = require "spec.simulation.payload"

local plan = {}

-- --- sizes and contents ------------------------------------------------------

local SIZES = {
  { "tiny", 8 }, { "small", 20 }, { "window", 4 }, { "some", 8 }, { "large", 2 }, { "chunk", 1 },
}

local ranges = {
  tiny = { 0, 4 }, small = { 5, 600 }, window = { 1020, 1030 }, some = { 601, 5000 },
  large = { 5001, 20000 }, chunk = { 131070, 131080 },
}

local function pick_content(random)
  local size = random:weighted(SIZES)
  if size == "chunk" and not random:one_in(8) then size = "some" end
  local range = ranges[size]
  return {
    kind = random:choice(payload.kinds), id = random:integer(1, 9999),
    size = random:integer(range[1], range[2]),
  }
end

-- --- the line and the module -------------------------------------------------

local function pick_line(random)
  return {
    baudrate = random:choice { 0, 0, 115200, 115200, 921600, 9600, 3000000 },
    read_size = random:choice { 1, 2, 7, 64, 1024, 4096, 4096, 4096 },
    write_room = random:choice { 1, 5, 64, 1024, 4096, 4096, 4096 },
    splits = random:one_in(3),
  }
end

local QUIRKS = {
  "size-without-err", "pwd-quoted", "stat-before-ok", "slow-close=3", "sync-615", "sync-errors",
  "bare-failure", "ufs-prefix", "padded-checksum", "masked-password", "ato-refused",
  "stubborn-echo", "no-app-ready",
}

local function pick_some(random, values, most)
  local some = {}
  for _ = 1, random:integer(0, most) do some[#some + 1] = random:choice(values) end
  return some
end

local function pick_module(random)
  local states = { "idle", "idle", "idle", "half-line", "session", "data-upload", "data-download",
    "booting" }
  return {
    state = random:choice(states),
    echo = random:one_in(2),
    latency = random:choice { 0, 0, 0, 0.001, 0.03, 0.2 },
    pdp_seconds = random:choice { 0, 0.1, 3 },
    quirks = pick_some(random, QUIRKS, 2),
  }
end

-- --- faults ------------------------------------------------------------------

local UNASKED = {
  '+QIURC: "recv",0', "RING", "+CPIN: READY", "+CREG: 1", '+QIND: "csq",20', "APP RDY", '+QUSIM: 1',
  '+CTZV: +04', '+QIURC: "pdpdeact",2',
}

local COMMANDS = {
  "any", "any", "AT", "QFTPSIZE", "QFTPGET", "QFTPPUT", "QFTPLIST", "QFTPNLST", "QFTPMLSD",
  "QFTPCWD",
  "QFTPOPEN", "QFTPCLOSE", "QFTPSTAT", "QFTPLEN", "QFTPCFG", "QIACT", "QICSGP", "QFLST", "QFUPL",
  "QFDWL", "QFDEL", "CSQ", "CMEE",
}

-- When a fault of the link or of the module strikes: during a payload, at a command, or at a
-- time.
local function trigger(random)
  return random:choice {
    ("bytes=%d"):format(random:choice { 0, 1, random:integer(1, 100), random:integer(1, 6000) }),
    ("command=%s"):format(random:choice(COMMANDS)),
    ("seconds=%.3f"):format(random:choice { random:integer(0, 50) / 1000,
      random:integer(0, 3000) / 1000 }),
  }
end

local function ending(random)
  return random:choice { "carrier", "result", "silence" }
end

local makers = {}

function makers.drop(random)
  return { set = ("drop,%s,how=%s,close=%s"):format(trigger(random), ending(random),
    random:choice { "yes", "no" }) }
end

function makers.early(random)
  return { set = ("early,bytes=%d,how=%s"):format(random:choice { random:integer(0, 100),
    random:integer(1, 6000) }, ending(random)) }
end

function makers.close(random) return { set = "close," .. trigger(random) } end

function makers.pdp(random)
  return { set = ("pdp,%s,how=%s"):format(trigger(random), ending(random)) }
end

function makers.reset(random) return { set = "reset," .. trigger(random) } end

function makers.hang(random)
  return { set = ("hang,%s,wake=%d"):format(trigger(random), random:choice { 1, 5, 30 }) }
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
    ("command=%s,times=%d,when=%s"):format(random:choice(COMMANDS), random:integer(1, 3),
      random:choice { "before", "inside", "after" }),
    trigger(random),
  }
  return { set = ("urc,%s,line=%s"):format(when, random:choice(UNASKED)) }
end

makers["ufs-full"] = function() return { set = "ufs-full" } end

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
  { "drop", 4 }, { "early", 4 }, { "close", 2 }, { "pdp", 2 }, { "reset", 2 }, { "hang", 1 },
  { "silence", 3 }, { "late", 3 }, { "result", 3 }, { "urc", 6 }, { "ufs-full", 1 }, { "wound", 6 },
  { "stall", 3 }, { "port", 1 },
}

local function pick_fault(random)
  return makers[random:weighted(KINDS)](random)
end

-- --- operations --------------------------------------------------------------

local OPERATIONS = {
  { "put", 12 }, { "get", 12 }, { "size", 3 }, { "list", 3 }, { "nlst", 3 }, { "mlsd", 3 },
  { "at", 6 }, { "cwd", 2 }, { "pwd", 2 }, { "mkdir", 1 }, { "rmdir", 1 }, { "rename", 2 },
  { "del", 2 }, { "mdtm", 1 }, { "len", 1 }, { "stat", 2 }, { "config", 1 }, { "close", 1 },
  { "signal", 1 }, { "info", 1 }, { "contexts", 1 }, { "activate", 2 }, { "deactivate", 1 },
  { "reboot", 1 }, { "ufs", 3 }, { "files", 1 }, { "space", 1 }, { "diagnose", 1 }, { "unlock", 1 },
}

local SOURCES = { "string", "string", "function", "slow", "file" }

local details = {}

function details.put(random, op)
  op.file, op.content = random:choice { "a", "b" }, pick_content(random)
  op.via = random:one_in(5) and "ufs" or nil
  op.source = random:choice(SOURCES)
  op.offset = not op.via and random:one_in(6) and random:choice { 0, 1, 50 } or nil
end

function details.get(random, op)
  op.file = random:choice { "a", "b", "big", "big" }
  op.via = random:one_in(5) and "ufs" or nil
  op.sink = random:one_in(2)
  if not op.via and random:one_in(3) then op.offset = random:choice { 0, 1, 40, 600 } end
  if not op.via and random:one_in(4) then op.length = random:choice { 0, 1, 33, 2000 } end
end

function details.at(random, op)
  op.interrupt = random:one_in(3)
  op.command = random:choice { "+CSQ", "+CSQ", "", "+CPIN?", '+QFTPCFG="account"' }
end

function details.ufs(random, op) op.content = pick_content(random) end

local function listing(random, op)
  op.via = random:one_in(6) and "ufs" or nil
  op.folder = random:choice { ".", ".", ".", "here", "trap", "trap", "nowhere" }
end

details.list, details.nlst, details.mlsd = listing, listing, listing

for _, name in ipairs { "size", "mdtm", "del", "rename" } do
  details[name] = function(random, op) op.file = random:choice { "a", "b", "big", "nothing" } end
end

function details.cwd(random, op) op.folder = random:choice { "here", "nowhere" } end

local function pick_operation(random, is_faulty)
  local op = { name = random:weighted(OPERATIONS), pause = random:one_in(6)
    and random:integer(1, 3000) / 1000 or nil, faults = {} }
  if details[op.name] then details[op.name](random, op) end
  while is_faulty and #op.faults < 3 and random:one_in(2) do
    op.faults[#op.faults + 1] = pick_fault(random)
  end
  return op
end

local function pick_worker(random, is_faulty)
  local operations = {}
  for i = 1, random:integer(1, 5) do operations[i] = pick_operation(random, is_faulty) end
  return operations
end

--- The plan of a seed.
function plan.from_seed(seed)
  local random = Random.new(seed)
  local made = {
    seed = seed, line = pick_line(random), module = pick_module(random),
    delay = random:choice { 0, 0, 0.01, 0.5 }, dtr = random:one_in(4), workers = {},
    big = pick_content(random),
  }
  -- A download that never ends needs a paced line.
  if made.module.state == "data-download" and made.line.baudrate ~= 9600 then
    made.line.baudrate = 115200
  end
  -- A boot takes 5 of the 10 seconds that opening has.
  if made.module.state == "booting" then made.module.latency = 0 end
  local is_faulty = not random:one_in(4)
  for i = 1, random:choice { 1, 1, 1, 2, 2, 3 } do
    made.workers[i] = pick_worker(random, is_faulty)
  end
  return made
end

return plan
