-- What the fuzzers in fuzz/ have found, each as the smallest case.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"

describe("a late reply", function()
  -- Only seen to be wrong by `make test-memory`: the prefix of the command was
  -- looked at, in memory that the collector had freed.
  it("may come when the call, and its memory, has gone", function()
    local peer = Script.new({ { "AT+CSQ", "", after = 0 } }, {})
    local bench = Bench.new { peer = peer }
    bench:run(function(modem)
      local _, err = modem:at("+CSQ", { timeout = 1 })
      assert.equal("timeout", err.kind)
      for _ = 1, 3 do collectgarbage() end
      peer:say("\r\n+CSQ: 20,99\r\n", bench.now)
      bench:move()
      modem:poll()
    end)
    assert.equal("< *** (11 bytes not understood)", bench.trace[#bench.trace])
  end)
end)
