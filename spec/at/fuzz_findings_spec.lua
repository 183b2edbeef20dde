-- Findings of the fuzzers in fuzz/, each reduced to the smallest case.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Call = require "bg96.ftp.call"
local Session = require "bg96.ftp.session"
local core = require "bg96.core"

describe("a time", function()
  it("of the year 0 is invalid", function()
    assert.is_nil(core.read_time("00000110000000"))
    assert.equal(-62135596800, core.read_time("00010101000000"))
  end)
end)

describe("a size", function()
  it("below 0 makes no sense, also in a result line without its 0", function()
    local bench = Bench.new {
      peer = Script.new {
        { 'AT+QFTPSIZE="a"', "\r\nOK\r\n\r\n+QFTPSIZE: -5\r\n" },
      },
    }
    bench:run(function(modem)
      local size, err = Call.run(modem, modem.core:request(1000, "+QFTPSIZE", "a"))
      assert.is_nil(size)
      assert.equal("framing", err.kind)
    end)
  end)
end)

describe("a late reply", function()
  -- Only `make test-memory` shows the fault: the prefix of the command was read from memory
  -- that the collector had freed.
  it("may come after the call and its memory are gone", function()
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

describe("an upload", function()
  local payload = ("x"):rep(4000)
  local command = 'AT+QFTPPUT="a","COM:",0,4000,1'

  local function put(answer)
    local bench = Bench.new { peer = Script.new { { command, answer } } }
    return bench:run(function(modem) return Session.new(modem, 10):put("a", payload) end)
  end

  it("does not succeed by a result that comes instead of CONNECT", function()
    local bytes, err = put("\r\n+QFTPPUT: 0,4000\r\n\r\nOK\r\n")
    assert.is_nil(bytes)
    assert.equal("verify", err.kind)
    assert.equal(0, err.transferred)
  end)

  it("is not sent again by a second CONNECT", function()
    local peer = Script.new {
      { command, "\r\nCONNECT\r\n", payload = 4000, finally = "\r\nCONNECT\r\n" },
    }
    local _, err = Bench.new { peer = peer }:run(function(modem)
      return Session.new(modem, 10):put("a", payload)
    end)
    assert.equal("framing", err and err.kind)
    assert.equal(payload, peer.payload)
  end)

  it("does not succeed by a result that counts bytes that were not sent", function()
    local bytes, err = put("\r\nCONNECT\r\n\r\nOK\r\n\r\n+QFTPPUT: 0,4000\r\n")
    assert.is_nil(bytes)
    assert.equal("verify", err.kind)
  end)
end)

describe("a restart", function()
  it("while the end of a listing is being proven does not block the next call", function()
    local bench = Bench.new {
      peer = Script.new {
        { 'AT+QFTPNLST=".","COM:"', "\r\nCONNECT\r\na\r\n\r\nOK\r\n\r\n+QFTPNLST: 0,3\r\n" },
        { "ATE1", "\r\nPOWERED DOWN\r\n" },
        { "AT+CGMM", "\r\nBG96\r\n\r\nOK\r\n" },
      },
    }
    bench:run(function(modem)
      local names, err = Session.new(modem, 10):nlst(".")
      assert.is_nil(names)
      assert.equal("reset", err.kind)
      assert.same({ "BG96" }, modem:at("+CGMM"))
    end)
  end)
end)

describe("a file in UFS", function()
  for what, claim in pairs {
    ["counts 0 bytes"] = "0,0", ["counts bytes that it has not sent"] = "2,0000",
  } do
    it("has not been read if the module sends nothing, and " .. what, function()
      local bench = Bench.new {
        peer = Script.new {
          { 'AT+QFLST="f"', '\r\n+QFLST: "f",2\r\n\r\nOK\r\n' },
          { 'AT+QFDWL="f"', ("\r\n+QFDWL: %s\r\n\r\nOK\r\n"):format(claim) },
        },
      }
      bench:run(function(modem)
        local content, err = modem:ufs("f"):read()
        assert.is_nil(content)
        assert.equal("verify", err.kind)
        assert.equal("+QFDWL", err.command)
      end)
    end)
  end
end)
