-- Round trips on a real pty, to a real FTP server and back. The emulator drops, resets and
-- hangs at random; the client is killed at random and started again. After each, the file on
-- the server and the one that came back must be equal to the original.
--
--   make roundtrips N=200 [SEED=n]

local unpack = table.unpack or unpack -- luacheck: std max

local process = require "spec.support.process"
local transfer_bench = require "spec.support.transfer_bench"

local COUNT = tonumber(arg[1]) or 20
local SEED = tonumber(arg[2]) or os.time() % 100000

math.randomseed(SEED)

local function pick(list) return list[math.random(#list)] end

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

local totals = { kills = 0, attempts = 0, resumed = 0, sent = 0, bytes = 0 }

local function run_client(emulator, server, direction, path, name, kills)
  while true do
    local client = process.lua("spec/support/transfer_client.lua", emulator.line,
      tostring(server.port), direction, path, name)
    if kills > 0 then
      kills = kills - 1
      totals.kills = totals.kills + 1
      os.execute(("sleep %.2f"):format(math.random() * 4))
      client:stop("KILL")
    else
      local line = client:read_line()
      client:stop()
      local sent, attempts, resumed = (line or ""):match("^done (%d+) (%d+) (%d+)$")
      if not sent then return nil, line or "the client ended without output" end
      totals.sent = totals.sent + sent
      totals.attempts = totals.attempts + attempts
      totals.resumed = totals.resumed + (tonumber(resumed) > 0 and 1 or 0)
      return true
    end
  end
end

local function random_kills() return math.max(0, math.random(-2, 2)) end

local function round_trip(server, root, folder)
  local size = pick { 0, 1, math.random(2, 5000), math.random(5000, 400000),
    math.random(5000, 400000) }
  local data = transfer_bench.data(size, math.random(1, 1000000))
  local options = { "--baud", pick { "921600", "3000000" } }
  local faults = {}
  for i = 1, math.random(1, 3) do
    faults[i] = random_fault(size)
    options[#options + 1], options[#options + 2] = "--fault", faults[i]
  end
  local emulator = process.emulator(unpack(options))
  local path, back = folder .. "/file", folder .. "/back"
  write(path, data)
  local what = ("%d bytes, %s"):format(size, table.concat(faults, " "))
  local ok, err = run_client(emulator, server, "upload", path, "copy", random_kills())
  if ok and read(root .. "/copy") ~= data then ok, err = nil, "the file on the server differs" end
  if ok then
    ok, err = run_client(emulator, server, "download", back, "copy", random_kills())
    if ok and read(back) ~= data then ok, err = nil, "the download differs" end
  end
  emulator:stop()
  local left = io.popen(("ls -A '%s' '%s' | grep -E 'part|upload' | wc -l"):format(root, folder))
  local count = left:read("*n")
  left:close()
  if ok and count > 0 then ok, err = nil, count .. " temporary files are left" end
  totals.bytes = totals.bytes + 2 * size
  os.execute(("rm -f '%s'/* '%s'/*"):format(root, folder))
  return ok, ("%s: %s"):format(what, tostring(err))
end

local root, folder = process.folder(), process.folder()
local server = process.ftp_server(root)
local started, failures = os.time(), 0
print(("%d round trips, seed %d"):format(COUNT, SEED))
for i = 1, COUNT do
  local ok, what = round_trip(server, root, folder)
  if not ok then
    failures = failures + 1
    print(("round trip %d failed: %s"):format(i, what))
  elseif i % 10 == 0 then
    print(("%d of %d, %d s"):format(i, COUNT, os.time() - started))
  end
end
server:stop()
process.remove(root)
process.remove(folder)
print(("%d failed; %d clients killed, %d attempts, %d resumed"):format(failures, totals.kills,
  totals.attempts, totals.resumed))
print(("%d bytes moved, %d sent by the last clients"):format(totals.bytes, totals.sent))
os.exit(failures == 0)
