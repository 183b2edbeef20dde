-- Driver and emulated module together, on a virtual clock: a command that interrupts a
-- download at each moment of its end. The payload then ends by itself before, in or behind
-- the guards of "+++".

local module = require "spec.support.module"
local said = require("spec.support.habits").said

local SIZE = 40000
local contents = {
  bytes = function(i) return (7 * i + math.floor(i / 256)) % 256 end,
  lines = function(i) return ("0123456\r\n"):byte(i % 9 + 1) end,
  words = function(i) return ("\r\nOK\r\n"):byte(i % 6 + 1) end,
}

local function make(name)
  local bytes = {}
  for i = 1, SIZE do bytes[i] = string.char(contents[name](i - 1)) end
  return table.concat(bytes)
end

-- Downloads with a command `moment` seconds after the download began. Returns when the
-- download ended, seen from its beginning.
local function interrupt(content, moment, options)
  local bench = module.bench(options)
  local began, ended, got, err
  local answered, lines, why
  bench.server:put("/f", content)
  bench:run(function(modem)
    assert(modem:clean_up())
    if options.dtr then assert(modem:use_dtr()) end
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login(module.login))
    began = bench.now
    got, err = session:get("f")
    ended = bench.now
    assert.equal(#content, session:size("f")) -- the channel is well
  end, function(modem)
    while not began do bench.sleep(0.01) end
    if not moment then return end
    bench.sleep(moment)
    local asked = bench.now
    lines, why = modem:at("+CSQ", { interrupt = true, timeout = 30 })
    answered = bench.now - asked
  end)
  local what = "at " .. tostring(moment)
  assert.is_true(got == content, ("%s: %s"):format(what, tostring(err)))
  if moment then
    assert.same({ said "+CSQ: 24,0" }, lines, ("%s: %s"):format(what, tostring(why)))
    -- Two guards, and the resync where "+++" came too late.
    assert.is_true(answered < 4, ("%s: answered after %.2f s"):format(what, answered))
  end
  return ended - began
end

local ways = {
  ["by +++"] = {},
  ["by DTR"] = { dtr = true },
  ["by +++, ATO refused"] = { quirks = { "ato-refused" } },
  ["by +++, read byte by byte"] = { read_size = 1 },
  ["by +++, answers of 300 ms"] = { quirks = { "answer=300" } },
}

local function copy(options)
  local fresh = {}
  for name, value in pairs(options) do fresh[name] = value end
  return fresh
end

describe("an interrupting command at each moment of the end", function()
  for way, options in pairs(ways) do
    -- Every 50 ms where the content matters least, and every 150 ms else.
    for name, steps in pairs { bytes = 3, lines = 1, words = 3 } do
      it(("leaves the download whole and is answered in time: %s, a file of %s"):format(way, name),
        function()
          local content = make(name)
          local duration = interrupt(content, nil, copy(options))
          for step = 0, 54, steps do
            interrupt(content, duration - 2.5 + step * 0.05, copy(options))
          end
        end)
    end
  end

  it("is answered while the module talks by itself behind the end", function()
    local content = make("lines")
    local duration = interrupt(content, nil, {})
    for step = 0, 54, 2 do
      interrupt(content, duration - 2.5 + step * 0.05, {
        faults = { 'chatter,bytes=39000,every=100,count=60,line=+QIND: "csq",20,99' },
      })
    end
  end)

  it("says why where the download ends early in its guards", function()
    local content = make("lines")
    for step = 0, 50 do
      local faults = { "early,bytes=20000,how=result,code=607,protocol=426" }
      local bench = module.bench { faults = faults }
      local began, err, lines
      bench.server:put("/f", content)
      bench:run(function(modem)
        assert(modem:clean_up())
        assert(modem:activate { apn = "internet" })
        local session = assert(modem:login(module.login))
        began = bench.now
        err = select(2, session:get("f"))
      end, function(modem)
        while not began do bench.sleep(0.01) end
        bench.sleep(0.2 + step * 0.1)
        lines = modem:at("+CSQ", { interrupt = true, timeout = 30 })
      end)
      local what = ("step %d: %s"):format(step, tostring(err))
      assert.equal(607, err and err.code, what)
      assert.equal(20000, err.transferred, what)
      assert.same({ said "+CSQ: 24,0" }, lines, what)
    end
  end)
end)
