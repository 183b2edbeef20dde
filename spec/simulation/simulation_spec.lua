-- Driver and emulated module under random calls, lines and faults (spec/simulation).
-- `make simulate` runs more seeds.

local Plan = require "spec.simulation.plan"
local shrink = require "spec.simulation.shrink"
local world = require "spec.simulation.world"

local SEEDS_PER_TEST = 25

describe("whatever happens on the line #simulation", function()
  for first = 1, 300, SEEDS_PER_TEST do
    local last = first + SEEDS_PER_TEST - 1
    it(("nothing is lost, doubled, uncovered or run unasked: seeds %d to %d"):format(first, last),
      function()
        for seed = first, last do
          local failure = world.run(Plan.from_seed(seed))
          assert.is_nil(failure,
            failure and ("make simulate SEED=%d: %s"):format(seed, failure.what))
        end
      end)
  end
end)

describe("the simulation", function()
  it("is the same in every run", function()
    local function told(seed)
      local plan = Plan.from_seed(seed)
      local failure = world.run(plan, { always_tell = true })
      return table.concat(failure.story:lines(), "\n")
    end
    for seed = 1, 10 do assert.equal(told(seed), told(seed)) end
  end)

  -- A wrong world: the last byte of each download is changed.
  it("finds an error, and makes the plan smaller", function()
    local function run(plan) return world.run(plan, { spoils_downloads = true }) end
    local plan, failure
    for seed = 1, 100 do
      plan = Plan.from_seed(seed)
      failure = run(plan)
      if failure and failure.what:find("differ from the file", 1, true) then break end
    end
    assert.matches("differ from the file", failure.what)
    local smaller, still = shrink.plan(plan, failure, run)
    assert.matches("differ from the file", still.what)
    assert.equal(1, #smaller.workers)
    assert.equal(1, #smaller.workers[1])
    assert.same({}, smaller.workers[1][1].faults)
  end)

  it("makes no call fail without a fault", function()
    for seed = 1, 20 do
      local plan = Plan.from_seed(seed)
      for _, worker in ipairs(plan.workers) do
        for _, op in ipairs(worker) do op.faults = {} end
      end
      local failure = world.run(plan)
      assert.is_nil(failure, failure and failure.what)
    end
  end)
end)

-- The core allocates nothing, and calls only memory and string functions: the undefined
-- symbols of its objects show it.
describe("the core", function()
  it("makes no allocation and no system call", function()
    local build = package.cpath:match("([^;]*)/%?%.so")
    local pipe = assert(io.popen(("nm -A -u %s/obj/src/at/*.o %s/obj/src/modem/*.o "
      .. "%s/obj/src/ftp/*.o"):format(build, build, build)))
    local text = pipe:read("*a")
    pipe:close()
    local seen = 0
    for symbol in text:gmatch(" U ([%w_]+)") do
      seen = seen + 1
      local is_own = symbol:find("^at_") or symbol:find("^modem_") or symbol:find("^ftp_")
        or symbol:find("^pdp_") or symbol:find("^ufs_") or symbol:find("^ssl_")
      local is_harmless = symbol:find("^mem%a+$") or symbol:find("^str%a+$")
        or symbol:find("^__a?ubsan") or symbol:find("^__asan") or symbol:find("^__stack_chk")
        or symbol:find("^_GLOBAL_OFFSET") or symbol:find("^__%a+_chk$")
      assert.is_truthy(is_own or is_harmless, symbol)
      assert.is_nil(symbol:find("^strdup"))
    end
    assert.is_true(seen > 100)
  end)
end)
