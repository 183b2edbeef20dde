--- `make chaos`: sequences of calls, callbacks, cancellations and faults at random, for as
-- long as asked for. A failing seed prints what has happened, and replays.
--
--   lua main.lua SECONDS [SEED [KIND]]      KIND: raw, virtual, run, cqueues or luv; with both
--                                           that seed alone

local core = require "bg96.core"

local KINDS = { "raw", "virtual", "run", "cqueues", "luv" }

-- Real loops wait for real: one of their runs for so many of the others.
local SHARE = { raw = 20, virtual = 60, run = 1, cqueues = 1, luv = 1 }

-- Growth that counts as a leak, after the first round has loaded everything. A pause of a
-- coroutine that luv still knows of has descriptors for some seconds.
local DESCRIPTORS_MAX, KILOBYTES_MAX = 20, 3000

local function runner(kind)
  if kind == "raw" or kind == "virtual" then return require("spec.chaos." .. kind).run end
  local real = require "spec.chaos.real"
  return function(seed, path) return real.run(kind, seed, path) end
end

local function count_descriptors()
  local pipe = assert(io.popen("ls /proc/$PPID/fd | wc -l"))
  local count = pipe:read("*n")
  pipe:close()
  return count
end

local function measure()
  collectgarbage()
  collectgarbage()
  return { descriptors = count_descriptors(), kilobytes = collectgarbage("count") }
end

local function explain(kind, seed, failure, log)
  for i = math.max(1, #log - 150), #log do print(log[i]) end
  print(("\n%s: %s\nagain: make chaos SEED=%d KIND=%s"):format(kind, failure, seed, kind))
end

-- Runs one seed of one kind; false where it fails.
local function run(kind, seed, path)
  local ok, world = xpcall(function() return runner(kind)(seed, path) end, debug.traceback)
  if ok and not world.failure then return true, world.calls or 0 end
  explain(kind, seed, ok and world.failure or world, ok and world.log or {})
  return false
end

local function make_file()
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(("0123456789"):rep(3000))
  file:close()
  return path
end

local function check_growth(first, last)
  if last.descriptors - first.descriptors > DESCRIPTORS_MAX then
    print(("%d descriptors, %d at first"):format(last.descriptors, first.descriptors))
    return false
  end
  if last.kilobytes - first.kilobytes > KILOBYTES_MAX then
    print(("%.0f kB, %.0f at first"):format(last.kilobytes, first.kilobytes))
    return false
  end
  return true
end

-- Rounds of all kinds until the time is over.
local function run_all(kinds, seconds, seed, path)
  local ends_at, counts, calls, first = core.now() + seconds, {}, 0, nil
  repeat
    for _, kind in ipairs(kinds) do
      for _ = 1, SHARE[kind] do
        if core.now() >= ends_at then break end
        local ok, made = run(kind, seed, path)
        if not ok then return false end
        seed, calls = seed + 1, calls + made
        counts[kind] = (counts[kind] or 0) + 1
      end
    end
    local now = measure()
    first = first or now
    if not check_growth(first, now) then return false end
  until core.now() >= ends_at
  local parts = {}
  for _, kind in ipairs(KINDS) do parts[#parts + 1] = kind .. " " .. (counts[kind] or 0) end
  print(("runs: %s; %d calls; nothing wrong"):format(table.concat(parts, ", "), calls))
  return true
end

local seconds, seed, only = tonumber(arg[1]) or 60, tonumber(arg[2]), arg[3]
if only == "" then only = nil end
local path = make_file()
local ok
io.stdout:setvbuf("line")
if only and seed then
  ok = run(only, seed, path)
  if ok then print(only .. ": nothing wrong") end
else
  seed = seed or os.time()
  print("SEED=" .. seed)
  ok = run_all(only and { only } or KINDS, seconds, seed, path)
end
os.remove(path)
os.exit(ok and 0 or 1, true)
