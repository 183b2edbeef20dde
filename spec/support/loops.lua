--- The event loops, each with its wait and a way to run functions side by side in it.
-- lua-eco and uloop, which Debian lacks, are stand-ins (spec/support/eco.lua, uloop.lua).
local ftp = require "bg96.ftp"
local outside = require "bg96.ftp.outside"
local protect = require "bg96.ftp.protect"

local loops = { names = { "run", "cqueues", "luv", "copas", "eco 3", "eco 4", "uloop" } }

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
  local function start(f) coroutine.wrap(f)() end
  return { wait = require "bg96.wait.luv", start = start, run = function(...)
    run_all({ ... }, start, function() uv.run() end)
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

-- A module that its wait is loaded with.
local function wait_with(name, library)
  local wait = "bg96.wait." .. name
  package.loaded[name], package.loaded[wait] = library, nil
  local loaded = require(wait)
  package.loaded[name], package.loaded[wait] = nil, nil
  return loaded
end

local function make_eco(version)
  local eco = require("spec.support.eco")(version)
  local wait = wait_with("eco", eco)
  return { is_stand_in = true, start = eco.run,
    wait = function(...) return outside.call(wait, ...) end,
    run = function(...) run_all({ ... }, eco.run, eco.loop) end }
end

makers["eco 3"] = function() return make_eco(3) end
makers["eco 4"] = function() return make_eco(4) end

--- uloop: the real one, where UBOX is the folder of its uloop.so, or a stand-in; and whether it
-- is one.
function loops.find_uloop()
  local folder = os.getenv("UBOX")
  if not folder then return require "spec.support.uloop", true end
  return assert(package.loadlib(folder .. "/uloop.so", "luaopen_uloop"))()
end

function makers.uloop()
  local uloop, is_stand_in = loops.find_uloop()
  return { is_stand_in = is_stand_in, wait = wait_with("uloop", uloop), run = function(...)
    uloop.init()
    run_all({ ... }, function(f) coroutine.wrap(f)() end, uloop.run, uloop.cancel)
  end }
end

--- A loop by its name: wait(fd, events, timeout), run(f1, f2, ...), is_stand_in, and, where a
-- coroutine that waits may be closed, start(f), which does not wait for its end; or nil and why
-- this interpreter does not have it.
function loops.get(name)
  local ok, loop = pcall(makers[name])
  if ok then return loop end
  return nil, tostring(loop):match("^[^\n]*")
end

return loops
