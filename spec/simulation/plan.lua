--- The plan of a seed: a table that describes a run completely, so that it can be shown and
-- made smaller.
--
--   line       baudrate, read_size, splits, write_room
--   module     options of the emulator: state, settings, echo, quirks, latency, pdp_seconds,
--              radio
--   flow       whether the line has flow control
--   answer     seconds that the module takes for an answer at most (its quirk "answer")
--   timeout, login_timeout    of the modem and of logins, in seconds
--   big        what the file of that name holds
--   delay      seconds that the FTP server needs for anything
--   refuse     what the server refuses: an array of { word, reply }
--   dtr        whether the DTR line is wired
--   workers    an array of coroutines, each an array of operations
--
-- An operation is { name =, ... }; what else it has is its own (operations/*.lua), but for
-- `joins` (it begins when a payload of another worker does) and `faults`, an array of
-- what is set when it begins: { set = TEXT } for a fault of the emulator, { wound = ... }
-- or { stall = way, after =, seconds = } for one of the line, { port = errno, after =
-- seconds } for one of the port.

local Random = require "spec.simulation.random"
local faultdraws = require "spec.simulation.faultdraws"
local payload = require "spec.simulation.payload"
local radiodraws = require "spec.simulation.radiodraws"

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
  "stubborn-echo", "no-app-ready", "bare-names", "masked-password=0", "unknown-58", "noise-error",
  "old-ftpcfg", "booting=3000", "slow-sim", "wordy-restart", "text-errors",
}

local SPACINGS = {
  "blank", "tight", "trailing", "joined", "airy", "blank+trailing", "tight+joined",
  "blank+airy+trailing", "tight+trailing+joined",
}

-- How long answers take: from, to, in milliseconds.
local ANSWERS = {
  { 1, 1 }, { 0, 20 }, { 50, 50 }, { 0, 300 }, { 300, 300 }, { 900, 1100 }, { 0, 1500 },
  { 1600, 1600 }, { 0, 3000 }, { 3000, 3000 },
}

local function pick_answer(random, quirks)
  if not random:one_in(5) then return 0 end
  local span = random:choice(ANSWERS)
  quirks[#quirks + 1] = ("answer=%d-%d"):format(span[1], span[2])
  return span[2] / 1000
end

-- What somebody has typed before. (Where S3 or S5 is a letter of a command, nobody can
-- type one.)
local SETTINGS = {
  "V0", "Q1", "E1", "V0Q1", "V0E1", "Q1E1", "V0Q1E1", "S3=10", "S3=1", "S3=30", "S4=0", "S4=13",
  "S5=13", "S5=0", "V0S3=26", "Q1S3=10", "V0Q1E1S3=7S4=9S5=3",
}

-- What servers refuse, and how.
local ODD_REPLIES = { 202, 250, 450, 500, 501, 502, 504, 550 }

local REFUSALS = {
  { "SIZE", ODD_REPLIES }, { "SIZE", ODD_REPLIES }, { "MDTM", ODD_REPLIES },
  { "REST", { 500, 501, 502, 504 } }, { "REST-STOR", { 451, 501, 550 } },
  { "REST-RETR", { 451, 501, 502 } }, { "RNTO", { 450, 501, 550, 553 } },
  { "RNTO-EXISTING", { 550, 553 } },
}

local function pick_refusals(random)
  local refusals = {}
  while #refusals < 3 and random:one_in(5) do
    local row = random:choice(REFUSALS)
    refusals[#refusals + 1] = { row[1], random:choice(row[2]) }
  end
  return refusals
end

local function pick_some(random, values, most)
  local some = {}
  for _ = 1, random:integer(0, most) do some[#some + 1] = random:choice(values) end
  return some
end

local function pick_module(random)
  local states = { "idle", "idle", "idle", "half-line", "session", "data-upload", "data-download",
    "booting" }
  local quirks = pick_some(random, QUIRKS, 2)
  if random:one_in(4) then quirks[#quirks + 1] = "spacing=" .. random:choice(SPACINGS) end
  return {
    state = random:choice(states),
    echo = random:one_in(2),
    latency = random:choice { 0, 0, 0, 0.001, 0.03, 0.2 },
    pdp_seconds = random:choice { 0, 0.1, 3 },
    quirks = quirks,
    settings = random:one_in(8) and random:choice(SETTINGS) or nil,
    seed = random:integer(1, 9999),
  }, pick_answer(random, quirks)
end

-- --- operations --------------------------------------------------------------

local OPERATIONS = {
  { "put", 12 }, { "get", 12 }, { "size", 3 }, { "list", 3 }, { "nlst", 3 }, { "mlsd", 3 },
  { "at", 6 }, { "cwd", 2 }, { "pwd", 2 }, { "mkdir", 1 }, { "rmdir", 1 }, { "rename", 2 },
  { "del", 2 }, { "mdtm", 1 }, { "len", 1 }, { "stat", 2 }, { "config", 1 }, { "close", 1 },
  { "signal", 1 }, { "info", 1 }, { "contexts", 1 }, { "activate", 2 }, { "deactivate", 1 },
  { "reboot", 1 }, { "listen", 2 }, { "ufs", 3 }, { "files", 1 }, { "space", 1 },
  { "diagnose", 1 }, { "unlock", 1 },
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
  op.timeout = random:one_in(4) and random:choice { 0.05, 0.2, 0.5, 1, 3, 60 } or nil
  op.command = random:choice { "+CSQ", "+CSQ", "", "+CPIN?", '+QFTPCFG="account"' }
end

function details.listen(random, op)
  op.when = random:choice { "before-echo", "before", "inside", "after" }
  op.line = random:choice { "+QMARK: 7", "^MARK: 8" }
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
    for _, fault in ipairs(faultdraws.pick(random)) do op.faults[#op.faults + 1] = fault end
  end
  return op
end

local function pick_worker(random, is_faulty)
  local operations = {}
  for i = 1, random:integer(1, 5) do operations[i] = pick_operation(random, is_faulty) end
  return operations
end

-- A download, and commands that interrupt it at any moment, the end above all.
local function pick_duel(random, made, is_faulty)
  local get = { name = "get", file = "big", sink = random:one_in(2), faults = {} }
  local rate = made.line.baudrate / 10
  local seconds = rate > 0 and made.big.size / rate or 0
  if is_faulty and random:one_in(2) then get.faults = faultdraws.pick(random) end
  local others = {}
  for i = 1, random:integer(1, 3) do
    local moment = random:choice { random:integer(0, 1000) / 1000 * seconds,
      math.max(0, seconds - 1) + random:integer(-300, 1300) / 1000 }
    others[i] = { name = "at", command = "+CSQ", interrupt = true, faults = {},
      joins = true, pause = moment > 0 and moment or nil }
  end
  return { { { name = "pwd", faults = {} }, get }, others }
end

--- The plan of a seed.
function plan.from_seed(seed)
  local random = Random.new(seed)
  local module, answer = pick_module(random)
  local made = {
    seed = seed, line = pick_line(random), module = module, answer = answer,
    timeout = random:choice { 10, 10, 10, 20, 60 }, login_timeout = answer > 0.5 and 90 or 20,
    delay = random:choice { 0, 0, 0.01, 0.5 }, dtr = random:one_in(4), workers = {},
    big = pick_content(random), refuse = pick_refusals(random),
  }
  radiodraws.add(made)
  -- A download that never ends needs a paced line.
  if made.module.state == "data-download" and made.line.baudrate ~= 9600 then
    made.line.baudrate = 115200
  end
  -- It goes on until the module hears "+++": with slow answers that takes too much of a run.
  if made.module.state == "data-download" and answer > 0.3 then made.module.state = "idle" end
  local is_faulty = not random:one_in(4)
  if random:one_in(12) then
    made.workers = pick_duel(random, made, is_faulty)
    return made
  end
  for i = 1, random:choice { 1, 1, 1, 2, 2, 3 } do
    made.workers[i] = pick_worker(random, is_faulty)
  end
  return made
end

return plan
