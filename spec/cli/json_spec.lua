-- JSON that the program writes, read by another's decoder.

local dkjson = require "dkjson"
local json = require "bg96.cli.json"

describe("json.encode", function()
  it("writes what a decoder reads as the same value", function()
    local every_character = {}
    for byte = 0, 127 do every_character[byte + 1] = string.char(byte) end
    local value = {
      text = table.concat(every_character) .. "\195\169", yes = true, no = false,
      list = { 1, 2, 3 },
      nested = { { name = "a" }, { name = "b", facts = { size = "1" } } }, rate = 0.125, below = -7,
    }
    local decoded, _, problem = dkjson.decode(json.encode(value))
    assert.is_nil(problem)
    assert.same(value, decoded)
  end)

  it("writes whole numbers in full, and null where JSON has no number", function()
    assert.equal("[0,2147483648,9007199254740991,-1]",
      json.encode { 0, 2147483648, 2 ^ 53 - 1, -1 })
    assert.equal("[null,null]", json.encode { math.huge, 0 / 0 })
    assert.equal("null", json.encode(nil))
  end)

  it("tells an empty array from an empty object", function()
    assert.equal("[]", json.encode {})
    assert.equal('{"facts":{}}', json.encode { facts = json.object {} })
  end)

  it("puts the keys that are named first, then the others by name", function()
    assert.equal('{"name":"n","size":1,"a":2,"b":3}',
      json.encode({ b = 3, size = 1, a = 2, name = "n" }, { "name", "size" }))
  end)
end)
