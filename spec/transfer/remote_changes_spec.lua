-- A remote file that changes while session:download fetches it.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

-- Appends to the remote file every `seconds`, while the job runs.
local function run_growing(here, seconds, grow, job)
  local ended = false
  here:run(function(session)
    job(session)
    ended = true
  end, function()
    while not ended do
      bench.sleep(seconds)
      here.server:put("/there", grow(here.server:get("/there")))
    end
  end)
end

local function append(content) return content .. ("another line of the log\n"):rep(200) end

describe("a remote file that grows", function()
  for _, without in ipairs { "nothing", "mdtm" } do
    it(("is fetched as it was at the start, without %s"):format(without), function()
      local here = moves.new()
      here.server.without[without] = true
      run_growing(here, 2, append, function(session)
        local report = assert(moves.download.start(here, session))
        assert.equal(1, report.attempts)
        assert.is_true(report.bytes >= #data)
        assert.is_true(here:read("copy") == here.server:get("/there"):sub(1, report.bytes))
      end)
      assert.is_true(here.server.retrieved < 1.2 * #data)
    end)
  end

  it("is the same over drops", function()
    local here = moves.new()
    here:fault("drop,bytes=30000,times=0")
    run_growing(here, 2, append, function(session)
      local report = assert(moves.download.start(here, session))
      assert.is_true(report.attempts > 2)
      assert.is_true(here:read("copy") == here.server:get("/there"):sub(1, report.bytes))
    end)
    assert.is_true(here.server.retrieved < 1.5 * #data)
  end)

  for _, without in ipairs { "nothing", "size", "rest" } do
    it(("and is another one each time ends by retries, without %s"):format(without), function()
      local here, seed = moves.new(), 10
      here.server.without[without] = true
      here:write("copy", "old")
      local err
      run_growing(here, 3, function(content)
        seed = seed + 1
        return bench.data(#content + 5000, seed)
      end, function(session)
        err = select(2, moves.download.start(here, session, { retries = 2 }))
      end)
      assert.equal("verify", err.kind)
      assert.equal("old", here:read("copy"))
      assert.is_true(here.server.retrieved < 20 * #data)
    end)
  end
end)

describe("a remote file that is replaced by a longer one", function()
  it("between the questions for its time and its size, is fetched again", function()
    local here = moves.new()
    local start, replaced = here.server.start, bench.data(#data + 5000, 77)
    local is_replaced = false
    here:run(function(session)
      bench.sleep(5) -- the time of a file has whole seconds
      function here.server:start(request)
        if request.verb == "size" and not is_replaced then
          self:put("/there", replaced)
          is_replaced = true
        end
        return start(self, request)
      end
      assert.equal(2, assert(moves.download.start(here, session)).attempts)
    end)
    assert.is_true(here:read("copy") == replaced)
  end)
end)
