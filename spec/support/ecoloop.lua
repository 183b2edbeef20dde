--- lua-eco as spec/support/loopchecks.lua wants a loop, in lua-eco's own interpreter. Its main
-- program is a coroutine of its scheduler, which ends the process where one throws.
--
--   eco spec/support/ecoloop.lua CHECK [PORT]
--
-- runs one of the checks, and prints the versions.
local eco = rawget(_G, "eco")
local wait = require "bg96.wait.eco"

local function sleep(seconds)
  if eco.io then eco.sleep(seconds) else eco.watcher(eco.TIMER):wait(seconds) end
end

local loop = { wait = wait, start = eco.run }

function loop.run(...)
  local left = select("#", ...)
  for _, f in ipairs { ... } do
    eco.run(function()
      f()
      left = left - 1
    end)
  end
  while left > 0 do sleep(0.005) end
end

local checks = require "spec.support.loopchecks"
checks[tonumber(arg[1])].run(loop, arg[2])
print(("lua-eco %s, %s"):format(eco.VERSION or "?", _VERSION))
