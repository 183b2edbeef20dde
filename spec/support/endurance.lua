-- Hours of work in one process: files of random sizes are uploaded and downloaded through an
-- emulated module on a pty, to a real FTP server, over a link that drops now and then.
-- Memory and descriptors are measured meanwhile, and must not grow.
--
--   make soak HOURS=1

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local lfs = require "lfs"
local process = require "spec.support.process"

local HOURS = tonumber(arg[1]) or 1
local LARGEST = 300000 -- bytes of a file
local PERIOD = 60 -- seconds between two lines of the log
local GROWTH = 1.1 -- that memory may show from the second third of the time to the last

local folder, served = process.folder(), process.folder()
local server = process.ftp_server(served)
local emulator = process.emulator("--baud", "921600", "--fault",
  "drop,bytes=1000000,how=carrier,times=0")

local function read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
end

-- Without a second process, because the ends of its pipe would count as well.
local function count_descriptors()
  local count = -3 -- ".", ".." and the directory itself, which is open meanwhile
  for _ in lfs.dir("/proc/self/fd") do count = count + 1 end
  return count
end

-- Kilobytes: resident memory of the process, and Lua's heap.
local function measure_memory()
  collectgarbage()
  collectgarbage()
  local resident = read("/proc/self/status"):match("VmRSS:%s*(%d+)")
  return tonumber(resident), math.floor(collectgarbage("count"))
end

local function random_content()
  local block = {}
  for i = 1, 1024 do block[i] = string.char(math.random(0, 255)) end
  return table.concat(block):rep(math.ceil(LARGEST / 1024)):sub(1, math.random(0, LARGEST))
end

local totals = { rounds = 0, bytes = 0, retries = 0 }

local function round_trip(modem, session)
  local content = random_content()
  write(folder .. "/up", content)
  local up = assert(session:upload(folder .. "/up", "file.bin"))
  local down = assert(session:download("file.bin", folder .. "/down"))
  assert(read(served .. "/file.bin") == content, "the file on the server differs")
  assert(read(folder .. "/down") == content, "the download differs")
  assert(#assert(session:nlst(".")) == 1)
  assert(session:del("file.bin"))
  assert(modem:signal())
  totals.rounds = totals.rounds + 1
  totals.bytes = totals.bytes + 2 * #content
  totals.retries = totals.retries + up.attempts + down.attempts - 2
end

local function sample(started)
  local resident, heap = measure_memory() -- collects garbage first
  local descriptors = count_descriptors()
  print(("%5.1f min: %5d round trips, %6.1f MB, %4d retries; %d KB resident, %d KB heap, "
    .. "%d descriptors"):format((core.now() - started) / 60, totals.rounds, totals.bytes / 1e6,
    totals.retries, resident, heap, descriptors))
  io.stdout:flush()
  return { resident = resident, heap = heap, descriptors = descriptors }
end

-- The mean of a field over the samples from one share of the time to another. Resident memory
-- varies with the files; a leak shows in the mean.
local function mean(samples, field, from, to)
  local sum, count = 0, 0
  for i = math.floor(#samples * from) + 1, math.floor(#samples * to) do
    sum, count = sum + samples[i][field], count + 1
  end
  return sum / math.max(count, 1)
end

local function judge(samples)
  for _, field in ipairs { "resident", "heap", "descriptors" } do
    local before, after = mean(samples, field, 1 / 3, 2 / 3), mean(samples, field, 2 / 3, 1)
    local limit = field == "descriptors" and before or before * GROWTH
    print(("%s: %.0f on average in the second third, %.0f in the last"):format(field, before,
      after))
    assert(after <= limit, field .. " has grown")
  end
end

local function run()
  local modem = assert(ftp.open { port = emulator.line })
  assert(modem:activate { apn = "internet" })
  local session = assert(modem:login {
    host = "127.0.0.1", port = server.port, user = "test", password = "test",
  })
  local started, samples = core.now(), {}
  local period = math.min(PERIOD, HOURS * 3600 / 9)
  local next_sample, ends_at = started + period, started + HOURS * 3600
  while core.now() < ends_at do
    round_trip(modem, session)
    if core.now() >= next_sample then
      next_sample = next_sample + period
      samples[#samples + 1] = sample(started)
    end
  end
  modem:close()
  judge(samples)
end

local ok, message = xpcall(run, debug.traceback)
emulator:stop()
server:stop()
process.remove(folder)
process.remove(served)
print(ok and "Memory and descriptors have not grown." or tostring(message))
os.exit(ok and 0 or 1)
