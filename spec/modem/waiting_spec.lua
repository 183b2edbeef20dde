-- wait() is called in the coroutine that the scheduler knows, on Lua 5.1 too: a scheduler may
-- note coroutine.running() and resume that one.

local module = require "spec.support.module"
local pause = require "bg96.ftp.pause"

-- The coroutines in which wait() is called while `job` runs.
local function coroutines_of_waits(job)
  local seen, caller = {}, nil
  module.with_session({}, function(session, modem)
    modem.bench.server:put("/f", "content")
    local wait = modem.wait
    function modem.wait(...)
      seen[coroutine.running()] = true
      return wait(...)
    end
    caller = coroutine.running()
    job(session, modem)
    modem.wait = wait
  end)
  return seen, caller
end

describe("wait() is called in the caller's coroutine", function()
  local jobs = {
    ["by a command"] = function(_, modem) assert(modem:at("+CSQ")) end,
    ["by a transfer"] = function(session) assert.equal("content", session:get("f")) end,
    ["by a transfer that finishes"] = function(session)
      local path = os.tmpname()
      assert(session:download("f", path))
      os.remove(path)
    end,
    ["by a transfer with a callback that makes a call"] = function(session, modem)
      assert(session:get("f", { sink = function() return modem:signal() == nil end }))
    end,
    ["by a pause"] = function(_, modem) assert(pause.wait(modem, 1)) end,
  }
  for what, job in pairs(jobs) do
    it(what, function()
      local seen, caller = coroutines_of_waits(job)
      assert.same({ [caller] = true }, seen)
    end)
  end

  it("and may return what it likes, nil in the middle included", function()
    local outside = require "bg96.ftp.outside"
    local protect = require "bg96.ftp.protect"
    local function results() return 1, nil, 3, nil end
    local job = coroutine.wrap(function()
      return protect(function() return select("#", outside.call(results)) end)
    end)
    assert.same({ true, 4 }, { job() })
  end)
end)
