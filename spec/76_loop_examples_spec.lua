-- The examples for event loops run, where this machine has the loop.

local process = require "spec.support.process"

-- Debian has no lua-eco and no uloop: the examples get stand-ins.
local STAND_INS = [[-e '
  package.preload.eco = function() return require("spec.support.eco")(false) end
  package.preload.uloop = function() return require("spec.support.uloop") end']]

local ENVIRONMENT = "env -u LD_PRELOAD LUA_PATH='./lua/?.lua;./?.lua;;' "
  .. "LUA_CPATH='./build/lua5.4/?.so;;' FTP_HOST=h BG96_PORT=%s timeout 60 lua5.4 %s %s 2>&1"

describe("the example for", function()
  for name, options in pairs { cqueues = "", luv = "", eco = STAND_INS, uloop = STAND_INS } do
    local remark = options == "" and "" or " (a stand-in)"
    it(name .. remark .. " moves a file beside a ticker", function()
      local emulator = process.emulator("--backend", "memory")
      local program = ("examples/loop_%s.lua"):format(name)
      local pipe = io.popen(ENVIRONMENT:format(emulator.line, options, program))
      local output = pipe:read("*a")
      pipe:close()
      emulator:stop()
      assert.matches("up and down again:%s+32000", output)
      assert.matches("tick", output)
      assert.equal(5, select(2, output:gsub("signal:%s+%-65%s+dBm", "")), output)
    end)
  end
end)
