-- Driver and emulated module together, on a virtual clock: uploads that the module ends
-- before its time. What was on its way stands in its command line then.

local module = require "spec.support.module"

describe("an upload that ends early", function()
  -- All of it has been written when the module gives up.
  for _, call in ipairs { "put", "ufs" } do
    it("leaves nothing for the next command to be added to: " .. call, function()
      local tail = 'AT+QFLST="*";'
      module.with_session(nil, function(session, modem)
        local data = ("x"):rep(100) .. tail
        local value, err
        if call == "put" then
          modem.bench.heart:fault("early,bytes=100")
          value, err = session:put("f", data)
        else
          modem.bench.heart.ufs.append = function() return #data < 100 end
          value, err = modem:ufs("f"):write(data)
        end
        assert.is_nil(value)
        assert.is_not_nil(err.code)
        assert.same({ "+CSQ: 24,0" }, modem:at("+CSQ"))
      end)
    end)
  end
end)

describe("an upload that the module has left early", function()
  for _, how in ipairs { "carrier", "result" } do
    it("leaves nothing that the next command could fall over, how=" .. how, function()
      for at = 60000, 61000, 100 do
        module.with_session({ faults = { ("drop,bytes=%d,how=%s"):format(at, how) } },
          function(session, modem)
            local seen = -1
            local count, err = session:put("f", ("0123456\n"):rep(8000), {
              progress = function(done)
                assert.is_true(done > seen)
                seen = done
              end,
            })
            assert.is_nil(count)
            assert.is_string(err.kind)
            assert.same({ "+CSQ: 24,0" }, modem:at("+CSQ"))
          end)
      end
    end)
  end
end)
