--- Uploads and downloads on a virtual clock: the driver, an emulated module, a server in RAM,
-- a folder for local files, and a client that can be killed at any time and started again.

local Bench = require "spec.support.bench"
local module = require "spec.support.module"
local process = require "spec.support.process"

local unpack = table.unpack or unpack -- luacheck: std max

local Place = {}
Place.__index = Place

local transfer_bench = {}

--- A generator of random numbers, the same on every Lua and machine.
-- @tparam integer seed
-- @treturn function (low, high) -> integer
function transfer_bench.generator(seed)
  local state = (seed * 7919 + 1) % 2147483647
  return function(low, high)
    state = state * 16807 % 2147483647 -- exact in a double
    return low + math.floor(state / 2147483647 * (high - low + 1))
  end
end

--- Random bytes, the same in every run.
-- @tparam integer count
-- @tparam[opt=1] integer seed
function transfer_bench.data(count, seed)
  local random, chunks = transfer_bench.generator(seed or 1), {}
  for i = 1, math.ceil(count / 4) do
    chunks[i] = string.char(random(0, 255), random(0, 255), random(0, 255), random(0, 255))
  end
  return table.concat(chunks):sub(1, count)
end

--- Lets virtual time pass in a job.
function transfer_bench.sleep(seconds)
  coroutine.yield(-1, nil, seconds)
end

local places = {} -- those whose folders still exist

--- A place for transfers.
-- @tparam[opt] table options of module.bench()
function transfer_bench.new(options)
  options = options or {}
  local place = setmetatable({ options = options, folder = process.folder() }, Place)
  place.bench = module.bench(options)
  place.module, place.server = place.bench.module, place.bench.server
  places[place] = true
  return place
end

--- Removes the folders of all places, for after_each().
function transfer_bench.remove_places()
  for place in pairs(places) do place:remove() end
end

function Place:path(name)
  return self.folder .. "/" .. name
end

--- Writes a local file and returns its path.
function Place:write(name, content)
  local path = self:path(name)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  return path
end

--- The content of a local file; nil if there is none.
function Place:read(name)
  local file = io.open(self:path(name), "rb")
  if not file then return nil end
  local content = file:read("*a")
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

-- A new process at the same module, without the memory of the old one.
local function start_client(self)
  local old = self.bench
  local bench = Bench.new {
    peer = old.peer, baudrate = self.options.baudrate or 115200, seed = self.options.seed,
    timeout = self.options.timeout,
    -- Nobody reads what an old client's transfer still brings while a login waits for its next
    -- try; a real port loses that as well.
    overrun = function(lost)
      if not self.is_logging_in then
        error(("the driver does not read: %d bytes are lost"):format(lost))
      end
    end,
  }
  bench.now, bench.trace = old.now, old.trace
  bench.port:set_time(bench.now)
  self.bench = bench
end

local function try_log_in(modem)
  local ok, err = modem:clean_up()
  if ok then ok, err = modem:activate { apn = "internet" } end
  if not ok then return nil, err end
  return modem:login(module.login)
end

-- As a script does that is started at boot: again until it works.
local function log_in(self, modem)
  local session, err
  for _ = 1, 30 do
    session, err = try_log_in(modem)
    if session then return session end
    self.is_logging_in = true
    transfer_bench.sleep(10)
    self.is_logging_in = false
  end
  error(tostring(err))
end

--- Runs job(session, modem) as a new client, with others(modem, place) beside it.
-- Returns what the job returns.
function Place:run(job, ...)
  if self.is_used then start_client(self) end
  self.is_used = true
  local others = {}
  for i = 1, select("#", ...) do
    local other = select(i, ...)
    others[i] = function(modem) other(modem, self) end
  end
  return self.bench:run(function(modem) return job(log_in(self, modem), modem) end, unpack(others))
end

--- The same with a client that is killed after `seconds`. Returns true if it was killed;
-- otherwise false and what the job returned.
function Place:run_killed(seconds, job)
  local killed, ended, first, second = {}, false, nil, nil
  local ok, message = pcall(self.run, self, function(...)
    first, second = job(...)
    ended = true
  end, function()
    transfer_bench.sleep(seconds)
    if not ended then error(tostring(killed), 0) end
  end)
  if ok then return false, first, second end
  if not tostring(message):find(tostring(killed), 1, true) then error(message, 0) end
  collectgarbage() -- as the kernel closes what the process had open
  return true
end

--- Sets a fault of the emulator now.
function Place:fault(text)
  self.module:fault(text)
end

--- Removes the folder.
function Place:remove()
  process.remove(self.folder)
  places[self] = nil
end

return transfer_bench
