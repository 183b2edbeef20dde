-- Driver and emulated module together, on a virtual clock: sessions that end without a
-- notice, or that do not end when they should.

local module = require "spec.support.module"

describe("a session that has ended without a notice", function()
  local endings = {
    ["as its CLOSE was answered by nothing"] = function(session, modem)
      modem.bench.module:fault("silence,command=QFTPCLOSE,what=result")
      assert.equal("timeout", select(2, session:close()).kind)
    end,
    ["as its CLOSE was refused with 606: there is nothing to close"] = function(session, modem)
      modem.bench.module:fault("drop,how=silence")
      assert.is_true(session:close())
    end,
    ["as STAT says"] = function(session, modem)
      modem.bench.module:fault("drop,how=silence")
      assert.equal("closed", session:stat())
    end,
    ["with its context, by deactivate"] = function(_, modem) assert(modem:deactivate()) end,
    ["with its context, as deactivate finds"] = function(_, modem)
      assert(modem:at("+QIDEACT=1"))
      assert(modem:deactivate())
    end,
    ["with its context, as activate finds"] = function(_, modem)
      assert(modem:at("+QIDEACT=1"))
    end,
    ["with its context, by other settings"] = function(_, modem)
      assert(modem:activate { apn = "other" })
    end,
    ["with its context, by the network"] = function(_, modem)
      modem.bench.module:fault("pdp")
      assert(modem:at("+CSQ"))
    end,
  }
  for how, finish in pairs(endings) do
    it("does not block the next login, " .. how, function()
      module.with_session(nil, function(session, modem)
        finish(session, modem)
        assert(modem:activate { apn = "internet" })
        local next_session = assert(modem:login(module.login))
        assert.equal("/", next_session:pwd())
      end)
    end)
  end

  it("is still open if CLOSE did not get its turn", function()
    module.with_session(nil, function(session, modem)
      modem.bench.module:fault("late,command=CSQ,ms=60000")
      local other = coroutine.create(function() return modem:at("+CSQ", { timeout = 90 }) end)
      coroutine.resume(other)
      local waiting = { session:close() }
      assert.equal("timeout", waiting[2].kind)
      other = nil -- luacheck: ignore
      collectgarbage()
      modem.bench.sleep(60)
      assert.equal("/", session:pwd())
      assert.is_true(session:close())
    end)
  end)
end)
