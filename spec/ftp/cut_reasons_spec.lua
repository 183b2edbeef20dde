-- Uploads that the module ends early, while lines of the payload run as commands and are
-- answered: the reason is what the module says of the upload, and not one of those answers.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"
local module = require "spec.support.module"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said

describe("an upload that the server ends early", function()
  -- The disk is full: 552 in the middle of the payload.
  for _, payload in ipairs { "AT+NOSUCH\r", "AT\r", "ATI\r", "0123456\r\n", 'AT+QFTPSIZE="f"\r' } do
    for _, options in ipairs { {}, { baudrate = 9600 }, { quirks = { "noise-error" } },
      { write_room = 64 }, { quirks = { "noise-error", "answer=200" } } } do
      it(("fails with 629 and 552: %q, %s"):format(payload, (options.quirks or {})[1]
        or options.baudrate or options.write_room or "plain"), function()
        assumes { "early-command" } -- what is left of the payload is taken as commands
        for _, quota in ipairs { 0, 100, 1000, 3000 } do
          local fresh = {}
          for name, value in pairs(options) do fresh[name] = value end
          module.with_session(fresh, function(session, modem)
            modem.bench.server.quota = quota
            local count, err = session:put("f", payload:rep(math.ceil(6000 / #payload)))
            assert.is_nil(count)
            local text = ("quota %d: %s"):format(quota, tostring(err))
            assert.equal("ftp", err.kind, text)
            assert.equal(629, err.code, text)
            assert.equal(552, err.protocol, text)
            assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ", { timeout = 30 }))
            assert(session:del("f"))
          end)
        end
      end)
    end
  end
end)

-- The module's part, word for word: what comes behind the end of data mode.
local function put(finally)
  local step = { 'AT+QFTPPUT="f","COM:",0,3000,1', "\r\nCONNECT\r\n", payload = 1000,
    finally = finally, leaves_early = true }
  local peer = Script.new { step }
  local bench = Bench.new { peer = peer, write_room = 512 }
  local err
  bench:run(function(modem)
    err = select(2, Session.new(modem, 95):put("f", ("x"):rep(3000)))
  end)
  return err, bench
end

local function framed(line) return "\r\n" .. line .. "\r\n" end

describe("the reason of a cut upload", function()
  local result = framed("+QFTPPUT: 629,552")
  for _, before in ipairs { "", framed("ERROR"), framed("+CME ERROR: 100") .. framed("ERROR"),
    framed('+QIND: "csq",20,99') .. framed("ERROR"), framed("NO CARRIER") } do
    for _, middle in ipairs { framed("OK"), "", framed("OK") .. framed("ERROR"),
      framed("ERROR") .. framed("OK"), framed("OK") .. framed("+CME ERROR: 58") } do
      it(("is the result line: %q"):format(before .. middle), function()
        local is_lost = before:find("NO CARRIER", 1, true)
        local err = put(before .. middle .. result .. framed("ERROR"))
        if not is_lost then
          assert.equal(629, err.code, tostring(err))
          assert.equal(552, err.protocol)
        else
          assert.is_true(err.kind == "error" or err.code == 629)
        end
      end)
    end
  end

  it("is what was said before where no result line comes", function()
    local err = put(framed('+QFTPCLOSE: 606,0') .. framed("ERROR") .. framed("ERROR"))
    assert.equal(606, err.code, tostring(err))
  end)

  it("is the bare ERROR where nothing else is said, in time", function()
    local err, bench = put(framed("ERROR") .. framed("ERROR"))
    assert.equal("error", err.kind)
    assert.is_true(bench.now < 5, bench.now)
  end)
end)

describe("what is on its way when data mode ends early", function()
  for _, room in ipairs { 512, 4096 } do
    it(("is no more than a window: the port takes %d bytes"):format(room), function()
      local data = ("AT+CFUN=1,1\r"):rep(300)
      local peer = Script.new { { ('AT+QFTPPUT="f","COM:",0,%d,1'):format(#data),
        "\r\nCONNECT\r\n", payload = 2000, finally = framed("ERROR"), leaves_early = true } }
      local bench = Bench.new { peer = peer, write_room = room }
      bench:run(function(modem)
        assert.is_nil((Session.new(modem, 95):put("f", data)))
      end)
      assert.is_true(#peer.fallen <= 1024, #peer.fallen .. " bytes fell through")
      assert.equal(1, bench.port:flushes())
    end)
  end
end)
