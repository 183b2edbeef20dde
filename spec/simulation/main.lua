--- `make simulate`: runs seeds in a number of processes, and reports those that fail.
--
--   lua main.lua FIRST COUNT [JOBS [stop]]      "stop": at the first that fails

local Plan = require "spec.simulation.plan"
local report = require "spec.simulation.report"
local shrink = require "spec.simulation.shrink"
local world = require "spec.simulation.world"

-- LuaJIT's default space for compiled code is too small for driver, emulator and simulation.
local is_jit, jit_options = pcall(require, "jit.opt")
if is_jit then jit_options.start("maxtrace=8000", "maxmcode=16384") end

-- Enough to see what is wrong.
local FAILURES_MAX = 5

local function explain(seed)
  local first = Plan.from_seed(seed)
  local failure = world.run(first)
  if not failure then return nil end
  local plan, smaller, runs = shrink.plan(first, failure, world.run)
  return report.failure(seed, failure, plan, smaller, runs, world.describe)
end

-- Runs the seeds `first`, first + step, ... and prints "." now and then, "! TEXT" for
-- a failure and "= COUNT FAILURES" at the end; each on a line.
local function serve(first, last, step, most)
  local failures, count = 0, 0
  for seed = first, last, step do
    count = count + 1
    if world.run(Plan.from_seed(seed)) then
      failures = failures + 1
      io.write("! ", (explain(seed) or ("SEED=%d fails, but not again"):format(seed))
        :gsub("\n", "\1"), "\n")
    end
    if count % 100 == 0 then io.write(".\n") end
    io.flush()
    if failures >= most then break end
  end
  io.write(("= %d %d\n"):format(count, failures))
end

local function start(lua, first, last, step, most)
  return assert(io.popen(("exec %s spec/simulation/main.lua --serve %d %d %d %d"):format(lua, first,
    last, step, most), "r"))
end

-- Takes the processes' lines in turn, until all have ended.
local function collect(pipes, tell)
  local count, failures, complete = 0, 0, 0
  local open = #pipes
  while open > 0 do
    for i, pipe in pairs(pipes) do
      local line = pipe:read("*l")
      if not line then
        pipe:close()
        pipes[i], open = nil, open - 1
      elseif line == "." then
        tell(100)
      elseif line:sub(1, 1) == "!" then
        io.write("\n", (line:sub(3):gsub("\1", "\n")), "\n")
      else
        local seeds, failed = line:match("^= (%d+) (%d+)$")
        count, failures = count + tonumber(seeds), failures + tonumber(failed)
        complete = complete + 1
      end
    end
  end
  return count, failures, complete
end

local function progress(wanted)
  local done, shown = 0, 0
  return function(count)
    done = done + count
    if done - shown < math.max(wanted / 20, 100) then return end
    shown = done
    io.write(("  %d of %d seeds\n"):format(done, wanted))
    io.flush()
  end
end

local function run_all(first, count, jobs, most)
  local lua, pipes, started = os.getenv("LUA") or "lua5.4", {}, os.time()
  local last = first + count - 1
  for i = 0, jobs - 1 do pipes[i + 1] = start(lua, first + i, last, jobs, most) end
  local seeds, failures, complete = collect(pipes, progress(count))
  local seconds = os.time() - started
  print(("%d seeds from %d on in %d s: %d failed"):format(seeds, first, seconds, failures))
  if complete < jobs then print("a process has ended before its time") end
  return failures == 0 and complete == jobs and seeds == count
end

local function run_one(seed)
  local text = explain(seed)
  print(text or ("seed %d is all right"):format(seed))
  return text == nil
end

if arg[1] == "--serve" then
  serve(tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]), tonumber(arg[5]))
else
  local first, count = tonumber(arg[1]), tonumber(arg[2])
  local ok
  if count == 1 then
    ok = run_one(first)
  else
    ok = run_all(first, count, tonumber(arg[3]) or 1, arg[4] == "stop" and 1 or FAILURES_MAX)
  end
  os.exit(ok and 0 or 1)
end
