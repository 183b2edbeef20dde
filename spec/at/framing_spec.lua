-- The framer: lines at any split of the bytes, and noise that costs one line.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"

-- Runs one command against a scripted answer.
local function ask(answer, options)
  options = options or {}
  local peer = Script.new { { "AT+CGMI", answer, after = options.after } }
  local bench = Bench.new { peer = peer, read_size = options.read_size }
  return bench:run(function(modem) return modem:at("+CGMI", { timeout = options.timeout }) end)
end

describe("a reply", function()
  local answer = "\r\nQuectel\r\n\r\nsecond line\r\n\r\nOK\r\n"

  for _, size in ipairs { 1, 2, 3, 5, 4096 } do
    it(("is cut into lines when read %d bytes at a time"):format(size), function()
      assert.same({ "Quectel", "second line" }, ask(answer, { read_size = size }))
    end)
  end

  it("may end its lines with LF alone or with several CRs", function()
    assert.same({ "one", "two" }, ask("one\n\r\ntwo\r\r\r\nOK\r\n"))
  end)

  it("does not end before the LF of its final result code", function()
    local lines, err = ask("\r\nQuectel\r\n\r\nOK\r", { timeout = 2 })
    assert.is_nil(lines)
    assert.equal("timeout", err.kind)
  end)

  it("may hold a quote that never closes", function()
    assert.same({ '+X: "open' }, ask('\r\n+X: "open\r\n\r\nOK\r\n'))
  end)

  it("may hold any byte but LF", function()
    local noise = {}
    for byte = 0, 255 do
      if byte ~= 10 and byte ~= 13 then noise[#noise + 1] = string.char(byte) end
    end
    local line = table.concat(noise)
    assert.same({ line }, ask("\r\n" .. line .. "\r\nOK\r\n"))
  end)

  it("takes lines of 1024 bytes", function()
    local line = ("x"):rep(1024)
    assert.same({ line }, ask("\r\n" .. line .. "\nOK\r\n"))
  end)

  it("with a longer line fails with kind framing, and the next call works", function()
    local peer = Script.new {
      { "AT+CGMI", "\r\n" .. ("x"):rep(5000) .. "\r\n\r\nOK\r\n" },
      { "AT+CGMM", "\r\nBG96\r\n\r\nOK\r\n" },
    }
    local bench = Bench.new { peer = peer }
    bench:run(function(modem)
      local lines, err = modem:at("+CGMI")
      assert.is_nil(lines)
      assert.equal("framing", err.kind)
      assert.same({ "BG96" }, modem:at("+CGMM"))
    end)
  end)
end)

describe("final result codes", function()
  it("are matched whole", function()
    local lines = {
      "OKAY.txt", "OK.", " OK", "ERRORS", "NO CARRIER lost", "+CME ERROR", "CONNECTED",
    }
    assert.same(lines, ask("\r\n" .. table.concat(lines, "\r\n") .. "\r\nOK\r\n"))
  end)

  for final, expected in pairs {
    ["ERROR"] = { kind = "error" },
    ["+CME ERROR: 10"] = { kind = "cme", code = 10 },
    ["+CME ERROR:10"] = { kind = "cme", code = 10 },
    ["+CMS ERROR: 500"] = { kind = "cme", code = 500 },
    ["+CME ERROR: 603"] = { kind = "ftp", code = 603 },
    ["+CME ERROR: SIM not inserted"] = { kind = "cme", message = "SIM not inserted" },
  } do
    it(("%q ends a command as an error of kind %s"):format(final, expected.kind), function()
      local lines, err = ask("\r\n" .. final .. "\r\n")
      assert.is_nil(lines)
      assert.equal("+CGMI", err.command)
      for field, value in pairs(expected) do assert.equal(value, err[field]) end
    end)
  end

  it('do not hold "NO CARRIER" where no data mode was asked for: a caller has hung up', function()
    assert.same({ "Quectel" }, ask("\r\nRING\r\n\r\nNO CARRIER\r\n\r\nQuectel\r\n\r\nOK\r\n"))
  end)
end)
