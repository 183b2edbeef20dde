-- Driver and emulated module together, on a virtual clock: uploads that the module ends early.
-- What was on its way then is in its command line.

local module = require "spec.support.module"
local said = require("spec.support.habits").said
local unpack = table.unpack or unpack -- luacheck: std max

describe("an upload that ends early", function()
  -- The driver has written all of it when the module gives up.
  for _, call in ipairs { "put", "ufs" } do
    it("leaves no half line in front of the next command: " .. call, function()
      local tail = 'AT+QFLST="*";'
      module.with_session(nil, function(session, modem)
        local data = ("x"):rep(100) .. tail
        local value, err
        if call == "put" then
          modem.bench.module:fault("early,bytes=100")
          value, err = session:put("f", data)
        else
          modem.bench.module.ufs.append = function() return #data < 100 end
          value, err = modem:ufs("f"):write(data)
        end
        assert.is_nil(value)
        assert.is_not_nil(err.code)
        assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
      end)
    end)
  end
end)

-- Two chunks: the result of the first confirms it.
describe("an upload whose OK was garbled", function()
  it("goes on", function()
    module.with_session({ baudrate = 0 }, function(session, modem)
      local peer, data = modem.bench.peer, ("x"):rep(131073)
      local take, is_spoilt = peer.take, false
      peer.take = function(...)
        local bytes = take(...)
        if is_spoilt or not bytes:find("QFTPPUT: 0,", 1, true) then return bytes end
        is_spoilt = true
        return (bytes:gsub("\nOK\r", "OK\r"))
      end
      assert.equal(#data, session:put("f", data))
      assert.is_true(is_spoilt)
      assert.is_true(modem.bench.server:get("/f") == data)
    end)
  end)
end)

describe("an upload during which the module leaves data mode", function()
  -- At 9600 baud the line needs two seconds for what is in the port by then.
  local kinds = { ["pdp,bytes=100,how=result"] = "pdp", ["reset,bytes=100"] = "reset" }
  local function check(fault, kind, lines)
    it(("sends no more of %d lines that wait in the port: %s"):format(lines, fault), function()
      local options = { baudrate = 9600, boot_seconds = 0.5, faults = { fault } }
      module.with_session(options, function(session, modem)
        local ran = #modem.bench.module:commands()
        local count, err = session:put("f", ("AT+QFTPDEL=\"f\"\r"):rep(lines))
        assert.is_nil(count)
        assert.equal(kind, err.kind)
        assert.is_table(modem:at("+CSQ"))
        local commands = { unpack(modem.bench.module:commands(), ran + 2) }
        local fell = 0
        for _, command in ipairs(commands) do
          if command == 'AT+QFTPDEL="f"' then fell = fell + 1 end
        end
        assert.is_true(fell <= 10, fell .. " lines of the file have run as commands")
      end)
    end)
  end
  for fault, kind in pairs(kinds) do
    check(fault, kind, 140)
    check(fault, kind, 50) -- all of them fit into the port's queue
  end

  -- The first line of it that runs is answered like the command that failed.
  it("fails with what the module said first", function()
    local faults = { "silence,command=QFTPPUT,what=result", "drop,bytes=20,how=result,close=yes" }
    module.with_session({ baudrate = 0, faults = faults }, function(session)
      local count, err = session:put("f", ("AT+QFLST=\"f\"\r"):rep(10))
      assert.is_nil(count)
      assert.equal("ftp", err.kind, tostring(err))
      assert.equal(606, err.code)
    end)
  end)

  for _, how in ipairs { "carrier", "result" } do
    it("does not disturb the next command, how=" .. how, function()
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
            assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
          end)
      end
    end)
  end
end)
