--- `make mutations`: plants each mistake of list.lua in a copy of the tree, builds it, and
-- runs the simulation, then the named specs. Ends with status 1 if one is not found, or does
-- not fit the source any more.
--
--   lua run.lua COPY SEEDS [WORDS OF A NAME]

local list = require "spec.mutations.list"

local copy, seeds, wanted = arg[1], tonumber(arg[2]), arg[3] or ""

-- A mistake may cause an endless loop, or an endless wait. Only the second depends on what
-- else the machine does.
local CPU_SECONDS, WAIT_SECONDS = 300, 1200

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Runs a command in the copy; its output and whether it worked.
local function run(command)
  local line = ("cd %s && ulimit -t %d && timeout %d %s 2>&1"):format(quoted(copy),
    CPU_SECONDS, WAIT_SECONDS, command)
  local pipe = assert(io.popen(line))
  local output = pipe:read("a")
  local ok = pipe:close()
  return ok == true, output
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- The text with the mistake, or nil if the place is missing or not unique.
local function plant(text, mutation)
  local first, last = text:find(mutation.old, 1, true)
  if not first or text:find(mutation.old, last + 1, true) then return nil end
  return text:sub(1, first - 1) .. mutation.new .. text:sub(last + 1)
end

local SIMULATE = "make --no-print-directory run-simulation JOBS=1 STOP=1 SEEDS=%d"
local CHECK = "make --no-print-directory run-specs BUSTED_OPTIONS=%s"

-- What found the mistake: a seed, or specs; nil if nothing did.
local function look_for(mutation)
  local ok, output = run(SIMULATE:format(seeds))
  if not ok then
    local seed, what = output:match("SEED=(%d+) fails: ([^\n]*)")
    return seed and ("seed %s: %s"):format(seed, what) or "the simulation does not end"
  end
  if not mutation.specs then return nil end
  ok, output = run(CHECK:format(quoted(mutation.specs)))
  if ok then return nil end
  return output:match("Failure %-> ([^\n]*)") or output:match("Error %-> ([^\n]*)")
    or "the specs do not end"
end

local function try(mutation)
  local path = copy .. "/" .. mutation.file
  local text = read(path)
  local planted = plant(text, mutation)
  if not planted then return "does not fit the source any more" end
  write(path, planted)
  local ok, output = run("make --no-print-directory build")
  local how = ok and look_for(mutation)
  write(path, text)
  if not ok then return "does not compile:\n" .. output end
  if not how then return "MISSED" end
  return nil, how
end

local planted, missed = 0, 0
for _, mutation in ipairs(list) do
  if mutation.name:find(wanted, 1, true) then
    planted = planted + 1
    local problem, how = try(mutation)
    if problem then missed = missed + 1 end
    print(("%s\n    %s"):format(mutation.name, problem or "found: " .. how:sub(1, 150)))
    io.flush()
  end
end
print(("%d mistakes planted, %d not found"):format(planted, missed))
os.exit(missed == 0 and planted > 0 and 0 or 1)
