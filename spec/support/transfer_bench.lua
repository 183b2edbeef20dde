--- Uploads and downloads on a virtual clock: the driver, an emulated module and a
-- server in RAM, local files in a folder of their own, and a client that can be
-- killed at any moment and started again.

local Bench = require "spec.support.bench"
local module = require "spec.support.module"
local process = require "spec.support.process"

local Place = {}
Place.__index = Place

local transfer_bench = {}

--- Bytes that look the same in every run and repeat nowhere.
-- @tparam integer count
-- @tparam[opt=1] integer seed
function transfer_bench.data(count, seed)
  local state, words = seed or 1, {}
  for i = 1, count // 4 + 1 do
    state = (state * 1103515245 + 12345) & 0x7fffffff
    words[i] = string.pack("<I4", state * 2 ~ i)
  end
  return table.concat(words):sub(1, count)
end

--- Lets virtual time pass in a job.
function transfer_bench.sleep(seconds)
  coroutine.yield(-2, "r", seconds)
end

--- A place for transfers.
-- @tparam[opt] table options of module.bench()
function transfer_bench.new(options)
  options = options or {}
  local place = setmetatable({ options = options, folder = process.folder() }, Place)
  place.bench = module.bench(options)
  place.heart, place.server = place.bench.heart, place.bench.server
  return place
end

function Place:path(name)
  return self.folder .. "/" .. name
end

--- Writes a local file and gives its path.
function Place:write(name, content)
  local path = self:path(name)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  return path
end

--- What is in a local file; nil where there is none.
function Place:read(name)
  local file = io.open(self:path(name), "rb")
  if not file then return nil end
  local content = file:read("a")
  file:close()
  return content
end

--- The names of the local files, in order.
function Place:files()
  local names = {}
  local pipe = assert(io.popen(("ls -A '%s'"):format(self.folder)))
  for name in pipe:lines() do names[#names + 1] = name end
  pipe:close()
  return names
end

--- The names of the remote files, in order.
function Place:remote_files()
  local names = {}
  for name in pairs(self.server.tree.root.entries) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- A new process at the same module: nothing of the old one's memory is left.
local function start_client(self)
  local old = self.bench
  local bench = Bench.new {
    peer = old.peer, baudrate = self.options.baudrate or 115200, seed = self.options.seed,
    timeout = self.options.timeout,
  }
  bench.now, bench.trace = old.now, old.trace
  bench.port:set_time(bench.now)
  self.bench = bench
end

local function try_log_in(modem)
  local ok, err = modem:recover()
  if ok then ok, err = modem:activate { apn = "internet" } end
  if not ok then return nil, err end
  return modem:login {
    host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20,
  }
end

-- As a script does that is started at boot: again until it works.
local function log_in(modem)
  local session, err
  for _ = 1, 30 do
    session, err = try_log_in(modem)
    if session then return session end
    transfer_bench.sleep(10)
  end
  error(tostring(err))
end

--- Runs job(session, modem) as a client of its own; others(modem, place) beside it.
-- Returns what the job returns.
function Place:run(job, ...)
  if self.is_used then start_client(self) end
  self.is_used = true
  local others = {}
  for i = 1, select("#", ...) do
    local other = select(i, ...)
    others[i] = function(modem) other(modem, self) end
  end
  return self.bench:run(function(modem) return job(log_in(modem), modem) end,
    table.unpack(others))
end

--- The same with a client that is killed after `seconds`. Returns true where it
-- was, and what the job returned otherwise.
function Place:run_killed(seconds, job)
  local killed, ended = {}, false
  local results = table.pack(pcall(self.run, self, function(...)
    local values = table.pack(job(...))
    ended = true
    return table.unpack(values, 1, values.n)
  end, function()
    coroutine.yield(-2, "r", seconds)
    if not ended then error(killed, 0) end
  end))
  if results[1] then return false, table.unpack(results, 2, results.n) end
  if not tostring(results[2]):find(tostring(killed), 1, true) then error(results[2], 0) end
  collectgarbage() -- as the kernel closes what the process had open
  return true
end

--- Sets a fault of the emulator now.
function Place:fault(text)
  self.heart:fault(text)
end

--- Removes the folder.
function Place:remove()
  process.remove(self.folder)
end

return transfer_bench
