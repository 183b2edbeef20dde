-- A survey on a real port, beside other coroutines and in an event loop of one's own.

local emulator = require "bg96.emulator"
local ftp = require "bg96.ftp"
local survey = require "bg96.survey"
local core = require "bg96.core"
local habits = require "spec.support.habits"

describe("a survey on a pty", function()
  it("runs beside other coroutines", function()
    emulator.run({ quirks = { "ufs-prefix" } }, function(port)
      local report, count = nil, 0
      ftp.run(function()
        report = assert(survey.run { port = port, quick = true,
          wait = function(...) return require("bg96.ftp.run").wait(...) end })
      end, function()
        while not report do
          count = count + 1
          ftp.sleep(0.02)
        end
      end)
      assert.is_true(report.habits["ufs-prefix"])
      assert.same({}, report.left)
      assert.is_true(count > 20)
    end)
  end)

  it("waits by yielding, and gives the port back", function()
    emulator.run({}, function(port)
      local report
      local thread = coroutine.create(function()
        report = assert(survey.run { port = port, quick = true, wait = require "bg96.wait.yield" })
      end)
      local ok, fd, events, timeout = coroutine.resume(thread)
      while coroutine.status(thread) ~= "dead" do
        assert.is_true(ok, fd)
        local ready = core.poll({ fd }, { events or "r" }, timeout)[1]
        ok, fd, events, timeout = coroutine.resume(thread, ready or nil, not ready and "timeout")
      end
      assert.is_true(ok, fd)
      assert.equal(habits.identity("model", "BG96"), report.habits.model)
      ftp.check(ftp.open { port = port }):close()
    end)
  end)

  it("tells a port that goes away", function()
    emulator.run({}, function(port, module)
      local report = assert(survey.run { port = port, quick = true, on_step = function(step)
        if step.name == "forms" then module:fault("unplug") end
      end })
      assert.matches("^the port is lost", report.over)
      assert.equal(habits.identity("model", "BG96"), report.habits.model)
    end)
  end)
end)
