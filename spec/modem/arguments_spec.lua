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
