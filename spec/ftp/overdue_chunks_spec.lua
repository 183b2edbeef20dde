-- A chunk whose OK is overdue: the module may have lost some of it, and "+++" ends it.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"

local data = ("0123456789"):rep(100)
local COMMAND = 'AT+QFTPPUT="f","COM:",0,1000,1'
local RESULT = "\r\nOK\r\n\r\n+QFTPPUT: 0,%d\r\n"
local AGAIN = { COMMAND, "\r\nCONNECT\r\n", payload = 1000, finally = RESULT:format(1000) }

-- Puts `data` to a module that answers by `steps`. Returns what put() returns, seconds, and
-- the peer.
local function put(steps, options)
  local peer = Script.new(steps)
  local bench = Bench.new { peer = peer, baudrate = 115200 }
  local began, count, err
  bench:run(function(modem)
    if options and options.flow then modem.core:keep_flowcontrol() end
    began = bench.now
    count, err = Session.new(modem, 25):put("f", data)
  end)
  return count, err, bench.now - began, peer
end

local function first(fields)
  local step = { COMMAND, "\r\nCONNECT\r\n", payload = 1000, finally = RESULT:format(1000) }
  for name, value in pairs(fields) do step[name] = value end
  return step
end

describe("a chunk whose OK is late", function()
  it("is good if OK comes before +++ was sent", function()
    local count, _, seconds, peer = put({ first { finally_after = 5 } })
    assert.equal(1000, count)
    assert.is_true(seconds >= 5 and seconds < 5.5, seconds)
    assert.equal(1, #peer:own_commands())
  end)

  it("is sent again if +++ may have become part of it", function()
    -- Two bytes got lost, and the module takes two pluses for them.
    local count, _, seconds, peer = put({
      first { payload = 1002 }, { "+AT", "\r\nERROR\r\n" }, AGAIN,
    })
    assert.equal(1000, count)
    assert.equal(data .. "++" .. data, peer.payload)
    assert.is_true(seconds < 10, seconds)
  end)

  it("is sent again if the module has counted less of it", function()
    local count, _, seconds, peer = put({
      first { payload = 1003, finally = RESULT:format(700) },
      { 'AT+QFTPPUT="f","COM:",0,525,0', "\r\nCONNECT\r\n", payload = 525,
        finally = RESULT:format(525) },
      { 'AT+QFTPPUT="f","COM:",525,475,1', "\r\nCONNECT\r\n", payload = 475,
        finally = RESULT:format(475) },
    })
    assert.equal(1000, count)
    assert.equal(data .. "+++" .. data, peer.payload)
    assert.is_true(seconds < 10, seconds)
  end)

  it("is waited for with flow control, which loses nothing", function()
    local count, _, seconds, peer = put({ { "AT+IFC=2,2", "\r\nOK\r\n" },
      first { finally_after = 20 } }, { flow = true })
    assert.equal(1000, count)
    assert.is_true(seconds >= 20, seconds)
    assert.equal(2, #peer:own_commands())
  end)

  it("fails a put of which some is lost again and again, in the end", function()
    local steps, lengths = {}, { 1000, 375, 138, 51, 18, 16, 16, 16, 16 }
    for i, len in ipairs(lengths) do
      steps[i] = { ('AT+QFTPPUT="f","COM:",0,%d,%d'):format(len, i == 1 and 1 or 0),
        "\r\nCONNECT\r\n", payload = len + 3, finally = RESULT:format(math.floor(len / 2)) }
    end
    local count, err, seconds, peer = put(steps)
    assert.equal(#lengths, #peer:own_commands())
    assert.is_nil(count)
    assert.equal("verify", err.kind)
    assert.matches("use flow control", tostring(err))
    assert.equal(0, err.transferred)
    assert.is_true(seconds < 60, seconds)
  end)
end)
