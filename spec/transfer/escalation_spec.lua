-- The steps that session:upload and session:download take between two attempts, stronger
-- after each failure: a new login, a new context, a restart of the module.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

after_each(bench.remove_places)

for _, direction in ipairs { "upload", "download" } do
  describe(direction .. " escalates", function()
    local function commands_of(here, pattern)
      local found = {}
      for _, command in ipairs(here.module:commands()) do
        if command:find(pattern) then found[#found + 1] = command end
      end
      return found
    end

    it("one step at a time: login, then context, and no restart without permission", function()
      local _, err, here = moves.run(direction, nil, { "drop,command=WORD,times=0" },
        { retries = 6 })
      assert.is_table(err)
      local steps = ""
      for _, command in ipairs(here.module:commands()) do
        steps = steps .. (command:match("QFTPOPEN") or command:match("QIDEACT=") or "")
      end
      -- The first login was made before the transfer.
      assert.matches("^QFTPOPENQFTPOPENQIDEACT=QFTPOPEN", steps)
      assert.equal(7, #commands_of(here, "QFTPOPEN"))
      assert.equal(5, #commands_of(here, "QIDEACT="))
      assert.equal(0, #commands_of(here, "CFUN"))
    end)

    it("restarts the module if allowed, at most three times, ten minutes apart", function()
      local times = {}
      local here = moves.new()
      here:run(function(session, modem)
        moves.fault(here, direction, "drop,command=WORD,times=0")
        modem:on("RDY", function() times[#times + 1] = modem.core:now() end)
        local report = moves[direction].start(here, session, { retries = 20, reboot = true })
        assert.is_nil(report)
      end)
      assert.equal(3, #times)
      assert.is_true(times[2] - times[1] >= 600 and times[3] - times[2] >= 600)
    end)

    it("leaves the context alone if the server answers", function()
      local _, _, here = moves.run(direction, nil,
        { "result,command=WORD,err=617,protocol=450,times=0" }, { retries = 5 })
      assert.equal(0, #commands_of(here, "QIDEACT="))
    end)
  end)
end
