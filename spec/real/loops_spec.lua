-- The event loops, each with the real library if Debian has it: what wait() must do in each,
-- and the same load on a modem behind a pty.

local habits = require "spec.support.habits"
local ftp = require "bg96.ftp"
local loopchecks = require "spec.support.loopchecks"
local loops = require "spec.support.loops"
local process = require "spec.support.process"
local unpack = table.unpack or unpack -- luacheck: std max

-- Runs job(port) with an emulator that keeps its files in memory.
local function with_emulator(options, job)
  local words = { "--backend", "memory" }
  for word in options:gmatch("%S+") do words[#words + 1] = word end
  local emulator = process.emulator(unpack(words))
  local ok, message = pcall(job, emulator.line)
  emulator:stop()
  assert(ok, message)
end

local function is_for(check, loop)
  return not check.closes or (loop.start and rawget(coroutine, "close"))
end

for _, name in ipairs(loops.names) do
  local loop, why = loops.get(name)
  local remark = loop and loop.is_stand_in and " (a stand-in: Debian has no package)" or ""
  describe("the event loop " .. name .. remark, function()
    if not loop then
      pending(("is not there for %s: %s"):format(_VERSION, why))
      return
    end
    for _, check in ipairs(loopchecks) do
      if is_for(check, loop) then
        it(check.what .. " " .. (check.tag or ""), function()
          if not check.emulator then return check.run(loop) end
          with_emulator(check.emulator, function(port) check.run(loop, port) end)
        end)
      end
    end
  end)
end

describe("waiting in the main program", function()
  for _, name in ipairs { "cqueues", "luv", "copas", "uloop" } do
    local loop = loops.get(name)
    if loop then
      it(("blocks with poll(2), with the wait of %s"):format(name), function()
        with_emulator("", function(port)
          local modem = assert(ftp.open { port = port, wait = loop.wait })
          assert.equal(habits.identity("model", "BG96"), modem:info().model)
          modem:close()
        end)
      end)
    end
  end
end)
