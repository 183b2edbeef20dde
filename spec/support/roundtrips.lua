-- Round trips on a real pty, to a real FTP server and back. The emulator drops, resets and
-- hangs at random; the client is killed at random and started again, also after a cut of the
-- host's power; a second process wants the same local file; some servers are odd. After each,
-- the file on the server and the one that came back must be equal to the original, and
-- nothing else may be left.
--
--   make roundtrips N=200 [SEED=n]

local unpack = table.unpack or unpack -- luacheck: std max

local core = require "bg96.core"
local process = require "spec.support.process"
local transfer_bench = require "spec.support.transfer_bench"

local COUNT = tonumber(arg[1]) or 20
local SEED = tonumber(arg[2]) or os.time() % 100000

math.randomseed(SEED)

local function pick(list) return list[math.random(#list)] end

local function one_in(count) return math.random(count) == 1 end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local function names_in(folder)
  local names = {}
  local pipe = io.popen(("ls -A '%s'"):format(folder))
  for name in pipe:lines() do names[#names + 1] = name end
  pipe:close()
  return table.concat(names, " ")
end

-- Nil where they are equal; otherwise what is wrong.
local function compare(content, data, who)
  if content == data then return nil end
  if not content then return who .. " has no file" end
  local at = 1
  while content:byte(at) == data:byte(at) do at = at + 1 end
  return ("%s has another file, of %d bytes, from byte %d on"):format(who, #content, at)
end

local function random_fault(size)
  local at = math.random(1, 2 * size + 1)
  return pick {
    ("drop,bytes=%d,how=carrier"):format(at), ("drop,bytes=%d,how=result,close=yes"):format(at),
    ("drop,bytes=%d,how=carrier,times=3"):format(math.max(5000, math.floor(at / 4))),
    ("early,bytes=%d"):format(at), ("reset,bytes=%d"):format(at), ("pdp,bytes=%d"):format(at),
    ("hang,bytes=%d,wake=%d"):format(at, math.random(1, 3)),
    "reset,command=" .. pick { "QFTPPUT", "QFTPGET", "QFTPRENAME", "QFTPSIZE" },
    "drop,command=" .. pick { "QFTPPUT", "QFTPGET", "QFTPRENAME", "QFTPSIZE" },
    ("silence,command=%s,what=result"):format(pick { "QFTPRENAME", "QFTPSIZE" }),
  }
end

local function odd_server()
  return pick {
    { "--without", "SIZE" }, { "--without", "MDTM" }, { "--without", "REST" },
    { "--always", "SIZE=550" }, { "--always", "MDTM=550" }, { "--always", "PWD=502" },
    { "--always", "REST-STOR=451" }, { "--always", "REST-RETR=451" },
    { "--always", "RNTO-EXISTING=553" },
    { "--always", "RNTO-EXISTING=550", "--always", "REST-STOR=451" },
  }
end

local totals = { kills = 0, cuts = 0, seconds = 0, refused = 0, odd = 0, attempts = 0,
  resumed = 0, sent = 0, bytes = 0 }

-- --- one client ---------------------------------------------------------------------

local function start_client(trip, emulator, name)
  return process.lua("spec/support/transfer_client.lua", emulator.line,
    tostring(trip.server.port), trip.direction, trip.path, name or "copy", "boot" .. trip.boots)
end

-- Waits for the end of a client; its last line.
local function finish_client(client)
  local line = client:read_line()
  client:stop()
  return line or "the client ended without output"
end

-- The host starts again: of a part, what was not synced is zeros, but perhaps its end.
local function cut_power(trip)
  trip.boots = trip.boots + 1
  totals.cuts = totals.cuts + 1
  local part, journal = read(trip.path .. ".part"), read(trip.path .. ".part.info")
  if not part or not journal then return end
  local safe = math.min(#part, tonumber(journal:match("\nsynced=(%d+)\n")) or 0)
  local kept = math.max(safe, #part - pick { 0, 1000, 5000 })
  write(trip.path .. ".part", part:sub(1, safe) .. ("\0"):rep(kept - safe) .. part:sub(kept + 1))
end

-- Another process with a module of its own, and the same local file.
local function start_second(trip)
  totals.seconds = totals.seconds + 1
  local second = {}
  second.emulator = process.emulator("--baud", "921600",
    "--imei", "866425030000002")
  second.name = trip.direction == "upload" and pick { "copy", "second" } or "copy"
  second.client = start_client(trip, second.emulator, second.name)
  return second
end

-- Either it was refused, or it has the file as well. Returns what is wrong.
local function finish_second(trip, second)
  local line = finish_client(second.client)
  second.emulator:stop()
  if line:find("^failed .*in use by another transfer") then
    totals.refused = totals.refused + 1
    return nil
  end
  if not line:find("^done") then return "the second process: " .. line end
  local there = trip.direction == "upload" and trip.root .. "/" .. second.name or trip.path
  return compare(read(there), trip.data, "the second process")
end

local function count_report(line)
  local sent, attempts, resumed = line:match("^done (%d+) (%d+) (%d+)$")
  if not sent then return false end
  totals.sent = totals.sent + sent
  totals.attempts = totals.attempts + attempts
  totals.resumed = totals.resumed + (tonumber(resumed) > 0 and 1 or 0)
  return true
end

-- A cut of the power ends the second process as well. Returns whether that was so.
local function kill_client(trip, client, second)
  totals.kills = totals.kills + 1
  core.poll({}, {}, math.random() * 4)
  client:stop("KILL")
  if not one_in(2) then return false end
  if second then
    second.client:stop("KILL")
    second.emulator:stop()
  end
  cut_power(trip)
  return true
end

-- Runs clients until one of them ends by itself. Returns what is wrong.
local function transfer(trip, direction, path)
  trip.direction, trip.path = direction, path
  local kills = math.max(0, math.random(-2, 2))
  local second, problem
  while true do
    local client = start_client(trip, trip.emulator)
    if not second and one_in(5) then second = start_second(trip) end
    if kills > 0 then
      kills = kills - 1
      if kill_client(trip, client, second) then second = nil end
    else
      local line = finish_client(client)
      if second then problem, second = finish_second(trip, second), nil end
      if problem or count_report(line) then return problem end
      -- The second one may have been the first.
      if not line:find("in use by another transfer", 1, true) then return line end
    end
  end
end

-- --- one round trip -------------------------------------------------------------------

local function there_and_back(trip, folder)
  local problem = transfer(trip, "upload", folder .. "/file")
  if problem then return problem end
  problem = compare(read(trip.root .. "/copy"), trip.data, "the server")
  if problem then return problem end
  os.remove(trip.root .. "/second")
  if names_in(trip.root) ~= "copy" then return "the server has " .. names_in(trip.root) end
  problem = transfer(trip, "download", folder .. "/back")
  if problem then return problem end
  problem = compare(read(folder .. "/back"), trip.data, "the download")
  if problem then return problem end
  if names_in(folder) ~= "back file" then return "left here: " .. names_in(folder) end
end

local function start_emulator(size)
  local options, faults = { "--baud", pick { "921600", "3000000" } }, {}
  for i = 1, math.random(1, 3) do
    faults[i] = random_fault(size)
    options[#options + 1], options[#options + 2] = "--fault", faults[i]
  end
  return process.emulator(unpack(options)), table.concat(faults, " ")
end

-- Returns what is wrong, and what it was.
local function round_trip(server, root, folder)
  local size = pick { 0, 1, math.random(2, 5000), math.random(5000, 400000),
    math.random(5000, 400000) }
  local trip = {
    data = transfer_bench.data(size, math.random(1, 1000000)), root = root, boots = 0,
    server = server,
  }
  local odd = one_in(3) and odd_server() or {}
  if #odd > 0 then
    totals.odd = totals.odd + 1
    trip.server = process.ftp_server(root, unpack(odd))
  end
  local faults
  trip.emulator, faults = start_emulator(size)
  write(folder .. "/file", trip.data)
  if one_in(2) then write(root .. "/copy", "old") end
  local problem = there_and_back(trip, folder)
  trip.emulator:stop()
  if #odd > 0 then trip.server:stop() end
  totals.bytes = totals.bytes + 2 * size
  os.execute(("rm -f '%s'/* '%s'/*"):format(root, folder))
  return problem, ("%s of %d bytes, %s %s"):format(trip.direction, size, faults,
    table.concat(odd, " "))
end

local root, folder = process.folder(), process.folder()
local server = process.ftp_server(root)
local started, failures = os.time(), 0
print(("%d round trips, seed %d"):format(COUNT, SEED))
for i = 1, COUNT do
  local problem, what = round_trip(server, root, folder)
  if problem then
    failures = failures + 1
    print(("round trip %d failed: %s: %s"):format(i, what, problem))
  elseif i % 10 == 0 then
    print(("%d of %d, %d s"):format(i, COUNT, os.time() - started))
  end
end
server:stop()
process.remove(root)
process.remove(folder)
local t = totals
print(("%d failed; %d clients killed, %d times with the power, %d second processes, %d of them"
  .. " refused, %d odd servers; %d attempts, %d resumed"):format(failures, t.kills, t.cuts,
  t.seconds, t.refused, t.odd, t.attempts, t.resumed))
print(("%d bytes moved, %d sent by the last clients"):format(totals.bytes, totals.sent))
os.exit(failures == 0)
