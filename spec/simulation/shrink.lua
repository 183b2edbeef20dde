--- Makes a failing plan smaller, as long as it still fails in the same way.

local shrink = {}

-- The greatest number of runs.
local RUNS = 400

local function copy(value)
  if type(value) ~= "table" then return value end
  local twin = {}
  for name, each in pairs(value) do twin[name] = copy(each) end
  return twin
end

-- The failure, without what differs from run to run.
local function cause(failure)
  return (failure.what:gsub("^[^:]*: ", ""):gsub("%d+", "N"):gsub("N%.N", "N"))
end

-- Ways to make a plan smaller: each yields changed copies.

local function without_workers(plan, try)
  for i = #plan.workers, 1, -1 do
    if #plan.workers > 1 then try(function(p) table.remove(p.workers, i) end) end
  end
end

local function without_operations(plan, try)
  for w, worker in ipairs(plan.workers) do
    for i = #worker, 1, -1 do try(function(p) table.remove(p.workers[w], i) end) end
  end
end

local function without_faults(plan, try)
  for w, worker in ipairs(plan.workers) do
    for i, op in ipairs(worker) do
      for f = #op.faults, 1, -1 do
        try(function(p) table.remove(p.workers[w][i].faults, f) end)
      end
      if op.pause then try(function(p) p.workers[w][i].pause = nil end) end
    end
  end
end

local function with_smaller_files(plan, try)
  if plan.big.size > 0 then try(function(p) p.big.size = math.floor(p.big.size / 2) end) end
  for w, worker in ipairs(plan.workers) do
    for i, op in ipairs(worker) do
      if op.content and op.content.size > 0 then
        try(function(p)
          local content = p.workers[w][i].content
          content.size = math.floor(content.size / 2)
        end)
        try(function(p) p.workers[w][i].content.kind = "zeros" end)
      end
      if op.source then try(function(p) p.workers[w][i].source = "string" end) end
    end
  end
end

-- A download that never ends needs a paced line.
local function may_become(plan, name)
  return plan.module.state ~= "data-download" or name ~= "baudrate"
end

local function with_plainer_world(plan, try)
  for i = #plan.module.quirks, 1, -1 do
    try(function(p) table.remove(p.module.quirks, i) end)
  end
  local plain = {
    module = { state = "idle", echo = false, latency = 0, pdp_seconds = 0 },
    line = { baudrate = 0, read_size = 4096, write_room = 4096, splits = false },
  }
  for part, settings in pairs(plain) do
    for name, value in pairs(settings) do
      local is_plain = plan[part][name] == value or not may_become(plan, name)
      if not is_plain then try(function(p) p[part][name] = value end) end
    end
  end
  if plan.module.radio then
    try(function(p) p.module.radio, p.flow = nil, nil end)
    try(function(p) p.module.radio = { rtt = 50 } end)
  end
  if plan.module.settings then try(function(p) p.module.settings = nil end) end
  for i = #plan.refuse, 1, -1 do try(function(p) table.remove(p.refuse, i) end) end
  if plan.timeout ~= 10 then try(function(p) p.timeout = 10 end) end
  if plan.delay > 0 then try(function(p) p.delay = 0 end) end
  if plan.dtr then try(function(p) p.dtr = false end) end
end

local ways = {
  without_workers, without_operations, without_faults, with_plainer_world, with_smaller_files,
}

-- Equal plans are the same run, so a change without effect is no progress.
local function weigh(value)
  if type(value) ~= "table" then return tostring(value) end
  local names, parts = {}, {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do parts[#parts + 1] = tostring(name) .. weigh(value[name]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- The smallest plan that was found to fail as `failure` does.
-- @param run function(plan) -> failure or nil
-- @treturn table the plan
-- @treturn table its failure
-- @treturn integer how many runs it took
function shrink.plan(plan, failure, run)
  local wanted, runs = cause(failure), 0
  local function pass(way)
    local found = false
    local function try(change)
      if found or runs >= RUNS then return end
      local smaller = copy(plan)
      change(smaller)
      if weigh(smaller) == weigh(plan) then return end
      runs = runs + 1
      local next_failure = run(smaller)
      if next_failure and cause(next_failure) == wanted then
        plan, failure, found = smaller, next_failure, true
      end
    end
    way(plan, try)
    return found
  end
  local progress = true
  while progress and runs < RUNS do
    progress = false
    for _, way in ipairs(ways) do
      while pass(way) do progress = true end
    end
  end
  return plan, failure, runs
end

return shrink
