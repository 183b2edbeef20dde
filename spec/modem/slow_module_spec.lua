-- Driver and emulated module together, on a virtual clock: a module that is slow to answer,
-- against deadlines of all lengths.

local module = require "spec.support.module"
local said = require("spec.support.habits").said

local answers = { 50, 200, 300, 700, 1500, 3000 } -- ms
local timeouts = { 0.05, 0.2, 0.5, 1, 3, 10, 60 } -- seconds

-- Seconds that an opening needs: the resync is six commands, and as many are lost on the way
-- to find out how slow the module is.
local function time_to_open(ms)
  return math.max(3, 25 * ms / 1000)
end

-- With enough time, whatever has happened before.
local function check_works(modem, what)
  local lines, err = modem:at("+CSQ", { timeout = 120 })
  assert.same({ said "+CSQ: 24,0" }, lines, what .. ": " .. tostring(err))
end

describe("open", function()
  for _, ms in ipairs(answers) do
    it(("works with answers of %d ms where the timeout allows it"):format(ms), function()
      for _, echo in ipairs { true, false } do
        for _, timeout in ipairs { time_to_open(ms), 60, 100 } do
          if timeout >= time_to_open(ms) then
            local bench = module.bench {
              quirks = { "answer=" .. ms }, timeout = timeout, echo = echo,
            }
            bench:run(function(modem)
              local ok, err = modem:clean_up()
              assert.is_true(ok, ("timeout %g: %s"):format(timeout, tostring(err)))
              check_works(modem, ("timeout %g"):format(timeout))
            end)
          end
        end
      end
    end)
  end

  it("goes on where it was, called again and again with too little time", function()
    for _, ms in ipairs(answers) do
      for _, timeout in ipairs { 0.3, 1, 3 } do
        local bench = module.bench { quirks = { "answer=" .. ms }, timeout = timeout }
        bench:run(function(modem)
          local what = ("answers of %d ms, timeout %g"):format(ms, timeout)
          local has_worked = false
          for _ = 1, math.ceil(60 / timeout) do
            has_worked = has_worked or modem:clean_up() == true
          end
          -- Opening ends with a question of its own, which needs an answer in time.
          assert.equal(timeout * 1000 > ms + 50, has_worked, what)
          check_works(modem, what)
          local before = bench.now
          check_works(modem, what)
          assert.is_true(bench.now - before <= ms / 1000 + 0.1, what) -- the channel is clean
        end)
      end
    end
  end)

  it("leaves data mode as well", function()
    for _, state in ipairs { "data-upload", "data-download", "half-line", "session" } do
      for _, ms in ipairs { 50, 700, 3000 } do
        for _, timeout in ipairs { 1, 3, 60 } do
          local bench = module.bench {
            state = state, quirks = { "answer=" .. ms }, timeout = timeout,
          }
          bench:run(function(modem)
            local what = ("%s, answers of %d ms, timeout %g"):format(state, ms, timeout)
            for _ = 1, 30 do
              if modem:clean_up() then break end
            end
            check_works(modem, what)
          end)
        end
      end
    end
  end)
end)

describe("a call with too little time", function()
  it("fails, and locks nothing: a table of answers and timeouts", function()
    for _, ms in ipairs(answers) do
      for _, timeout in ipairs(timeouts) do
        local what = ("answers of %d ms, timeout %g"):format(ms, timeout)
        local bench = module.bench { quirks = { "answer=" .. ms }, timeout = 60 }
        bench:run(function(modem)
          assert.is_true(modem:clean_up(), what)
          for _ = 1, 3 do
            local before = bench.now
            local lines, err = modem:at("+CSQ", { timeout = timeout })
            assert.is_true(bench.now - before <= timeout + 0.11, what)
            if lines then
              assert.same({ said "+CSQ: 24,0" }, lines, what)
            else
              assert.equal("timeout", err.kind, what)
            end
          end
          check_works(modem, what)
          local before = bench.now
          check_works(modem, what) -- and the channel is clean then
          assert.is_true(bench.now - before <= ms / 1000 + 0.1, what)
        end)
      end
    end
  end)

  -- One late answer, of a module that is as fast as others: what is asked for most.
  it("is all that a late answer costs, where it is called again and again", function()
    for _, ms in ipairs { 50, 300, 700 } do
      for _, timeout in ipairs { 1, 2, 3 } do
        local bench = module.bench { quirks = { "answer=" .. ms }, timeout = 60 }
        bench:run(function(modem)
          assert.is_true(modem:clean_up())
          bench.module:fault("late,command=CSQ,ms=4000")
          assert.is_nil((modem:at("+CSQ", { timeout = timeout })))
          local tries, lines = 0
          repeat
            lines = modem:at("+CSQ", { timeout = timeout })
            tries = tries + 1
          until lines or tries > 20
          assert.same({ said "+CSQ: 24,0" }, lines, ("%d ms, timeout %g"):format(ms, timeout))
        end)
      end
    end
  end)

  it("is one of those with random times, 0 to 3 s", function()
    for seed = 1, 20 do
      local bench = module.bench { quirks = { "answer=0-3000" }, seed = seed, timeout = 120 }
      bench:run(function(modem)
        assert.is_true(modem:clean_up())
        for i = 1, 20 do
          local lines = modem:at("+CSQ", { timeout = 0.05 * i * i })
          if lines then assert.same({ said "+CSQ: 24,0" }, lines) end
        end
        check_works(modem, "seed " .. seed)
      end)
    end
  end)
end)

describe("a CONNECT that comes during a resync", function()
  -- The end of another program's command was taken for that of the upload, which begins all
  -- the same.
  for late = 0.25, 15, 0.25 do
    it(("costs a few seconds: %g s after the upload was given up"):format(late), function()
      local bench = module.bench { timeout = 60 }
      bench:run(function(modem)
        assert(modem:clean_up())
        assert(modem:activate { apn = "internet" })
        local session = assert(modem:login(module.login))
        bench.server.delay = late
        bench.module:fault("foreign,command=QFTPPUT,when=before,line=+CME ERROR: 603")
        assert.is_nil((session:put("f", ("x"):rep(600))))
        modem.core:distrust()
        local begun = bench.now
        check_works(modem, ("%g s late"):format(late))
        local seconds = bench.now - begun
        assert.is_true(seconds < late + 6, ("it took %.1f s"):format(seconds))
      end)
    end)
  end
end)

describe("a payload that runs as commands", function()
  -- Data mode has ended early. What the port had taken is some eighty commands, all of which
  -- are answered, one after the other.
  it("is no reason to say that the module does not echo, and leaves a clean channel", function()
    local content = ('AT+QFLST="x"\r'):rep(130)
    for seed = 1, 10 do
      local bench = module.bench { quirks = { "answer=0-1500" }, seed = seed, timeout = 120 }
      bench:run(function(modem)
        assert(modem:clean_up())
        assert(modem:activate { apn = "internet" })
        local session = assert(modem:login(module.login))
        bench.module:fault("early,bytes=30,how=result,code=607,protocol=426")
        assert.is_nil((session:put("f", content)))
        local lines, err
        for _ = 1, 15 do
          lines, err = modem:at("+CSQ", { timeout = 10 })
          if lines then break end
          assert.is_nil(err.reason, ("seed %d: %s"):format(seed, tostring(err)))
        end
        assert.same({ said "+CSQ: 24,0" }, lines, "seed " .. seed)
      end)
    end
  end)
end)

describe("a transfer", function()
  for _, ms in ipairs { 300, 1500, 3000 } do
    it(("of a module that answers in %d ms is whole"):format(ms), function()
      local bench = module.bench { quirks = { "answer=" .. ms }, timeout = 60 }
      bench:run(function(modem)
        assert(modem:clean_up())
        assert(modem:activate { apn = "internet" })
        local session = assert(modem:login(module.login))
        local content = ("0123456\r\n"):rep(1000)
        assert.equal(#content, session:put("f", content))
        assert.is_true(session:get("f") == content)
        assert.same({ "f" }, session:nlst("."))
        assert(session:close())
      end)
    end)
  end
end)
