-- Bytes that may not be in an AT command are argument errors that name them; nothing is
-- sent.

local check = require "bg96.ftp.check"
local core = require "bg96.core"
local module = require "spec.support.module"

local names = { [0] = "NUL", [10] = "LF", [13] = "CR", [34] = "a quote" }

local function name_of(byte)
  return names[byte] or ("control character 0x%02x"):format(byte)
end

describe("a forbidden byte", function()
  it("in a name is named", function()
    local count = 0
    for byte = 0, 255 do
      local text = "a" .. string.char(byte) .. "b"
      local problem = check.text(1, 10)(text)
      assert.equal(core.find_forbidden(text) and "must not hold " .. name_of(byte) or nil, problem)
      count = count + (problem and 1 or 0)
    end
    assert.is_true(count >= 4)
  end)

  it("in a whole command is named, and the modem is sent nothing", function()
    module.bench():run(function(modem)
      assert(modem:clean_up())
      local before = #modem.bench.module:commands()
      for byte = 0, 255 do
        local is_control = byte < 32 or byte == 127
        if is_control then
          assert.error_matches(function() modem:at("+CSQ" .. string.char(byte)) end,
            "bad argument #1 to 'at' (must not hold " .. name_of(byte) .. ")", 1, true)
        end
      end
      assert.equal(before, #modem.bench.module:commands())
      assert.equal(1, #assert(modem:at('+QFTPCFG="rsptimeout"'))) -- a quote may be in it
    end)
  end)
end)

describe("ids of USB ports", function()
  local ftp = require "bg96.ftp"

  for what, ids in pairs {
    ["a number"] = { 1234 }, ["nothing"] = {}, ["no id"] = { "quectel" },
    ["half an id"] = { "2c7c:" },
    ["a second that is wrong"] = { "2c7c:*", "x:y" }, ["two stars"] = { "2c7c:**" },
  } do
    it(what .. " is an argument error, whatever ports there are", function()
      assert.error_matches(function() ftp.open { port = "/does/not/exist", ids = ids } end,
        "bad argument to 'open' %(ids: ")
    end)
  end

  it("may have any product", function()
    local modem, err = ftp.open { port = "/does/not/exist", ids = { "2C7C:*", "0403:6001" } }
    assert.is_nil(modem)
    assert.equal("port", err.kind)
  end)
end)

describe("a text that is shown", function()
  local Error = require "bg96.ftp.error"

  it("has no secret in an error, whoever has made its detail", function()
    local err = Error.new { kind = "cme", code = 16, command = "+CPIN", detail = "AT+CPIN=4711" }
    assert.equal("AT+CPIN=***", err.detail)
    assert.is_nil(tostring(err):find("4711", 1, true))
  end)

  it("has no control characters in an error", function()
    local err = Error.new { kind = "local", detail = "a\27[2J\155\nb" }
    assert.matches([[a\x1b[2J\x9b\x0ab]], tostring(err), 1, true)
  end)

  it("has none in a trace, such as those by which a resync tries line ends", function()
    local bench = module.bench { settings = "S3=7" }
    bench:run(function(modem) assert(modem:clean_up()) end)
    local trace = table.concat(bench.trace, "\n")
    assert.is_truthy(trace:find([[\x07ATS3=13\x07]], 1, true))
    assert.is_nil(trace:gsub("\n", ""):find("%c"))
  end)

  it("is named by the first half of its SHA-256", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb924", core.hash(""))
    assert.equal("ba7816bf8f01cfea414140de5dae2223", core.hash("abc"))
    for len, hash in pairs {
      [55] = "9f4390f8d30c2dd92ec9f095b65e2b9a", [56] = "b35439a4ac6f0948b6d6f9e3c6af0f5f",
      [64] = "ffe054fe7ae0cb6dc65c3af9b61d5209", [1000] = "41edece42d63e8d9bf515a9ba6932e1c",
    } do
      assert.equal(hash, core.hash(("a"):rep(len)))
    end
  end)
end)
