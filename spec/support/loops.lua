--- The event loops, each with its wait and a way to run functions side by side in it.
-- lua-eco and uloop, which Debian lacks, are stand-ins (spec/support/eco.lua, uloop.lua).
local ftp = require "bg96.ftp"
local protect = require "bg96.ftp.protect"

local loops = { names = { "run", "cqueues", "luv", "copas", "eco", "eco 2", "uloop" } }

-- Calls `start(f)` for each function, then `go()` until all have ended.
local function run_all(functions, start, go, stop)
  local left, failure = #functions, nil
  for _, f in ipairs(functions) do
    start(function()
      local ok, message = protect(f)
      if not ok then failure = failure or message end
      left = left - 1
      if left == 0 and stop then stop() end
    end)
  end
  if left > 0 then go(function() return left > 0 end) end
  assert(left == 0, "the loop ended with " .. left .. " functions left")
  if failure then error(failure, 0) end
end

local makers = {}

function makers.run()
  return { wait = require("bg96.ftp.run").wait, run = ftp.run }
end

function makers.cqueues()
  local cqueues = require "cqueues"
  return { wait = require "bg96.wait.cqueues", run = function(...)
    local controller = cqueues.new()
    run_all({ ... }, function(f) controller:wrap(f) end, function() assert(controller:loop()) end)
  end }
end

function makers.luv()
  local uv = require "luv"
  return { wait = require "bg96.wait.luv", run = function(...)
    run_all({ ... }, function(f) coroutine.wrap(f)() end, function() uv.run() end)
  end }
end

function makers.copas()
  local copas = require "copas"
  return { wait = require "bg96.wait.copas", run = function(...)
    run_all({ ... }, copas.addthread, function(goes_on)
      while goes_on() do copas.step(10) end
    end)
  end }
end

local function make_eco(old)
  if _VERSION == "Lua 5.1" then error("lua-eco is for Lua 5.4", 0) end
  package.loaded["eco"] = require("spec.support.eco")(old)
  package.loaded["bg96.wait.eco"] = nil
  local eco = package.loaded["eco"]
  local wait = require "bg96.wait.eco"
  package.loaded["eco"], package.loaded["bg96.wait.eco"] = nil, nil
  return { is_stand_in = true, wait = wait, run = function(...)
    run_all({ ... }, eco.run, eco.loop)
  end }
end

function makers.eco() return make_eco(false) end
makers["eco 2"] = function() return make_eco(true) end

function makers.uloop()
  local uloop = require "spec.support.uloop"
  package.loaded["uloop"] = uloop
  local wait = require "bg96.wait.uloop"
  package.loaded["uloop"] = nil
  return { is_stand_in = true, wait = wait, run = function(...)
    uloop.init()
    run_all({ ... }, function(f) coroutine.wrap(f)() end, uloop.run, uloop.cancel)
  end }
end

--- A loop by its name: wait(fd, events, timeout), run(f1, f2, ...), is_stand_in; or nil and
-- why this interpreter does not have it.
function loops.get(name)
  local ok, loop = pcall(makers[name])
  if ok then return loop end
  return nil, tostring(loop):match("^[^\n]*")
end

return loops
