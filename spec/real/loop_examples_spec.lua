-- The examples for event loops, if this Lua has the loop.

local loops = require "spec.support.loops"
local process = require "spec.support.process"

-- Debian has no lua-eco and no uloop: the examples get stand-ins.
local STAND_INS = [[-e '
  package.preload.eco = function() return require("spec.support.eco")(false) end
  package.preload.uloop = function() return require("spec.support.uloop") end']]

local COMMAND = "env -u LD_PRELOAD LUA_PATH='./lua/?.lua;./?.lua;;' "
  .. ("LUA_CPATH='./build/%s/?.so;;' "):format(process.LUA:match("[^/]+$"))
  .. "FTP_HOST=h BG96_PORT=%s timeout 60 " .. process.LUA .. " %s %s 2>&1"

describe("the example for", function()
  for _, name in ipairs { "cqueues", "luv", "copas", "eco", "uloop" } do
    local loop, why = loops.get(name)
    local options = loop and loop.is_stand_in and STAND_INS or ""
    local remark = loop and loop.is_stand_in and " (a stand-in)" or ""
    it(name .. remark .. " moves a file beside a ticker", function()
      if not loop then return pending(("is not there for %s: %s"):format(_VERSION, why)) end
      local emulator = process.emulator("--backend", "memory")
      local program = ("examples/loop_%s.lua"):format(name)
      local pipe = io.popen(COMMAND:format(emulator.line, options, program))
      local output = pipe:read("*a")
      pipe:close()
      emulator:stop()
      assert.matches("up and down again:%s+32000", output)
      assert.matches("tick", output)
      assert.equal(5, select(2, output:gsub("signal:%s+%-65%s+dBm", "")), output)
    end)
  end
end)
