-- ftp.run and ftp.sleep: functions side by side over poll(2).

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local protect = require "bg96.ftp.protect" -- pcall, but on Lua 5.1
local wait = require("bg96.ftp.run").wait
local unpack = table.unpack or unpack -- luacheck: std max

local function pack(...) return { n = select("#", ...), ... } end

local function pause(seconds) wait(-1, nil, seconds) end

describe("ftp.run", function()
  it("returns at once if there is nothing to run", function()
    ftp.run()
  end)

  it("returns when all have ended, including those that never wait", function()
    local done = {}
    ftp.run(function() pause(0.02) done[#done + 1] = "slow" end,
      function() done[#done + 1] = "at once" end)
    assert.same({ "at once", "slow" }, done)
  end)

  it("lets the others run if a function yields nothing", function()
    local order = {}
    local function job(name)
      return function()
        for _ = 1, 3 do
          order[#order + 1] = name
          coroutine.yield()
        end
      end
    end
    ftp.run(job "a", job "b")
    assert.equal("ababab", table.concat(order))
  end)

  it("raises the first error after the others have ended", function()
    local ended = false
    local ok, message = pcall(ftp.run, function() error("first", 0) end,
      function() pause(0.01) error("second", 0) end,
      function() pause(0.03) ended = true end)
    assert.is_false(ok)
    assert.matches("^first", message)
    assert.is_true(ended)
  end)

  it("raises an error that is not text unchanged", function()
    local thrown = {}
    local ok, caught = pcall(ftp.run, function() error(thrown) end)
    assert.is_false(ok)
    assert.equal(thrown, caught)
  end)
end)

describe("ftp.run and its coroutines", function()
  it("nested in another lets the outer functions continue, and gets its own errors", function()
    local order, message = {}, nil
    ftp.run(function()
      ftp.run(function() pause(0.02) order[#order + 1] = "inner" end)
      order[#order + 1] = "outer"
      local _, caught = protect(ftp.run, function() pause(0.001) error("inner error", 0) end)
      message = caught
    end, function() pause(0.005) order[#order + 1] = "beside" end)
    assert.same({ "beside", "inner", "outer" }, order)
    assert.matches("^inner error", message)
  end)

  it("lets a function's own coroutines wait as well, with poll(2)", function()
    local generator = coroutine.wrap(function()
      for i = 1, 3 do
        pause(0.001)
        coroutine.yield(i)
      end
    end)
    local got = {}
    ftp.run(function() for i in generator do got[#got + 1] = i end end, function() pause(0.01) end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("runs thousands of functions that only sleep", function()
    local ended, jobs = 0, {}
    for i = 1, 3000 do
      jobs[i] = function()
        pause(0.001)
        ended = ended + 1
      end
    end
    ftp.run(unpack(jobs))
    assert.equal(3000, ended)
  end)

  it("sleeps while all wait", function()
    local cpu, started = os.clock(), core.now()
    ftp.run(function() pause(0.3) end, function() pause(0.2) end)
    assert.is_true(core.now() - started >= 0.3)
    assert.is_true(os.clock() - cpu < 0.1)
  end)
end)

describe("ftp.sleep", function()
  it("lets the other functions of a run continue", function()
    local order = {}
    ftp.run(function()
      ftp.sleep(0.02)
      order[#order + 1] = "slow"
    end, function()
      ftp.sleep(0)
      order[#order + 1] = "fast"
    end)
    assert.same({ "fast", "slow" }, order)
  end)

  it("blocks outside a run", function()
    local started = core.now()
    ftp.sleep(0.02)
    assert.is_true(core.now() - started >= 0.019)
  end)

  it("raises an error for an invalid time", function()
    for _, seconds in ipairs { -1, 0 / 0, "1", false } do
      assert.error_matches(function() ftp.sleep(seconds) end, "bad argument #1 to 'sleep'")
    end
    assert.error_matches(function() ftp.sleep() end, "number of seconds expected, got no value")
  end)
end)

describe("ftp.check", function()
  local Error = require "bg96.ftp.error"

  it("returns the values of a call that worked", function()
    assert.same({ "value", nil, 3, n = 3 }, pack(ftp.check("value", nil, 3)))
  end)

  it("raises the text of an error at its caller", function()
    local err = Error.new { kind = "ftp", code = 625, protocol = 530, command = "+QFTPOPEN" }
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() local _ = ftp.check(nil, err) end)
    assert.is_false(ok)
    assert.equal("string", type(message))
    assert.matches(("run_spec.lua:%d: "):format(line), message, 1, true)
    assert.equal(tostring(err), message:sub(-#tostring(err)))
  end)

  it("raises the message of a failed io.open", function()
    assert.error_matches(function() ftp.check(io.open("/no/such/file")) end,
      "/no/such/file: No such file")
  end)
end)
