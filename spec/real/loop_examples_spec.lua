-- The examples for event loops, if this Lua has the loop.

local loops = require "spec.support.loops"
local process = require "spec.support.process"

-- Debian has no lua-eco and no uloop: the examples get stand-ins. lua-eco's is an interpreter.
local STAND_INS = {
  eco = [[-e 'eco = require("spec.support.eco")(4)
    eco.run(assert(loadfile("examples/loop_eco.lua")))
    eco.loop()']],
  uloop = [[-e 'package.preload.uloop = function() return require "spec.support.uloop" end' ]]
    .. "examples/loop_uloop.lua",
}

local COMMAND = "env -u LD_PRELOAD LUA_PATH='./lua/?.lua;./?.lua;;' "
  .. ("LUA_CPATH='./build/%s/?.so;%s/?.so;;' "):format(process.LUA:match("[^/]+$"),
    os.getenv("UBOX") or ".")
  .. "FTP_HOST=h BG96_PORT=%s timeout 60 " .. process.LUA .. " %s 2>&1"

describe("the example for", function()
  for name, of in pairs { cqueues = "cqueues", luv = "luv", copas = "copas", eco = "eco 4",
    uloop = "uloop" } do
    local loop, why = loops.get(of)
    local is_stand_in = loop and loop.is_stand_in
    local remark = is_stand_in and " (a stand-in)" or ""
    it(name .. remark .. " moves a file beside a ticker", function()
      if not loop then return pending(("is not there for %s: %s"):format(_VERSION, why)) end
      local emulator = process.emulator("--backend", "memory")
      local program = is_stand_in and STAND_INS[name] or ("examples/loop_%s.lua"):format(name)
      local pipe = io.popen(COMMAND:format(emulator.line, program))
      local output = pipe:read("*a")
      pipe:close()
      emulator:stop()
      assert.matches("up and down again:%s+32000", output)
      assert.matches("tick", output)
      assert.equal(5, select(2, output:gsub("signal:%s+%-65%s+dBm", "")), output)
    end)
  end
end)
