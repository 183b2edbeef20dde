-- What transfers make of the line where the module takes its time for each answer: chunks
-- follow what a confirmation costs.

local bench = require "spec.support.transfer_bench"

after_each(bench.remove_places)

local MB, BAUD = 1048576, 921600
local data = bench.data(MB)
local IDEAL = MB * 10 / BAUD

local moves = {
  put = function(session, here)
    assert.equal(MB, assert(session:put("f", data)))
    assert.is_true(here.server:get("/f") == data)
  end,
  get = function(session) assert.is_true(assert(session:get("there")) == data) end,
  upload = function(session, here)
    assert.equal(MB, assert(session:upload(here:path("here"), "f")).sent)
    assert.is_true(here.server:get("/f") == data)
  end,
  download = function(session, here)
    assert.equal(MB, assert(session:download("there", here:path("f"))).sent)
    assert.is_true(here:read("f") == data)
  end,
}

-- Seconds that a transfer of a megabyte takes at 921600 baud with the module of `options`.
local function time_of(move, options)
  options.baudrate = BAUD
  local here, seconds = bench.new(options), nil
  here.server:put("/there", data)
  here:write("here", data)
  here:run(function(session, modem)
    local began = modem.core:now()
    moves[move](session, here)
    seconds = modem.core:now() - began
  end)
  return seconds
end

-- Ways of a slow module: each answer comes late, or each command is carried out late.
local ways = {
  ["each answer late by"] = function(ms) return { latency = ms / 1000 } end,
  ["each command late by"] = function(ms) return { quirks = { "answer=" .. ms } } end,
}

for what, make in pairs(ways) do
  describe(("a module that has %s 50 ms"):format(what), function()
    for move in pairs(moves) do
      it(("gets %s through at 95 %% of the line"):format(move), function()
        local seconds = time_of(move, make(50))
        assert.is_true(IDEAL / seconds >= 0.95, seconds)
      end)
    end
  end)

  for ms, share in pairs { [50] = 1.05, [300] = 1.15 } do
    it(("upload() takes at most %.2f times as long as put() with %s %d ms"):format(
      share, what, ms), function()
      local upload, put = time_of("upload", make(ms)), time_of("put", make(ms))
      assert.is_true(upload <= share * put, ("%.2f s, %.2f s"):format(upload, put))
    end)
  end
end

it("a module that answers at once leaves the line idle for a hundredth of the time", function()
  for move, share in pairs { put = 0.995, upload = 0.985, get = 0.995, download = 0.995 } do
    local seconds = time_of(move, {})
    assert.is_true(IDEAL / seconds >= share, move .. " " .. seconds)
  end
end)
