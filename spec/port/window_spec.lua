-- How much payload waits in the host, from where it would run as commands when the module
-- leaves data mode early: no more than one window, and still the line does not stand still.

local habits = require "spec.support.habits"
local module = require "spec.support.module"

local WINDOW = 1024

-- Watches the queue of the port, which drains at line speed, while the module is in data
-- mode: the most that stood there, when the first byte came and when the last one left.
local function watch(bench)
  local seen, move = { most = 0 }, bench.move
  function bench:move()
    local waiting = self.port:pending()
    if self.module.data and waiting > 0 then
      seen.most, seen.first = math.max(seen.most, waiting), seen.first or self.now
    end
    local moved = move(self)
    if seen.first and self.module.data then seen.last = self.now end
    return moved
  end
  return seen
end

describe("payload on its way", function()
  local sizes = { [9600] = 20000, [115200] = 131072, [921600] = 131072, [3000000] = 131072 }
  for baudrate, size in pairs(sizes) do
    local options = { baudrate = baudrate, write_room = 16384 }

    it(("is one window at %d baud, and the line stays full"):format(baudrate), function()
      module.with_session(options, function(session, modem)
        assert(modem:use_flowcontrol()) -- and so all of it is one chunk
        local seen = watch(modem.bench)
        assert.equal(size, session:put("f", ("x"):rep(size)))
        assert.is_true(seen.most > 0 and seen.most <= WINDOW, seen.most .. " bytes in the port")
        local share = size / (seen.last - seen.first) / (baudrate / 10)
        assert.is_true(share >= 0.995, ("%.2f %% of the line"):format(share * 100))
      end)
    end)
  end

  it("is thrown away where the module leaves data mode early", function()
    local faults = { "pdp,bytes=3000,how=result" }
    local options = { baudrate = 9600, write_room = 16384, faults = faults }
    module.with_session(options, function(session, modem)
      local bench = modem.bench
      local seen, sent = watch(bench), 0
      local feed = bench.module.feed
      function bench.module:feed(bytes, now)
        sent = sent + select(2, bytes:gsub("x", ""))
        return feed(self, bytes, now)
      end
      local count, err = session:put("f", ("x"):rep(4096))
      assert.is_nil(count)
      assert.equal("pdp", err.kind)
      assert.is_true(seen.most <= WINDOW, seen.most .. " bytes in the port")
      assert.equal(1, bench.port:flushes())
      assert.equal(habits.said("+CSQ: 24,0"), modem:at("+CSQ")[1])
      assert.is_true(sent < 3000 + 256, sent .. " bytes of payload have left the host")
    end)
  end)
end)
