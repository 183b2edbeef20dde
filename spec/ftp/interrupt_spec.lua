-- A command in the middle of another coroutine's download (manual, 1.2): the driver leaves
-- data mode by "+++", resumes by ATO, and the file is unchanged.

local module = require "spec.support.module"
local habits = require "spec.support.habits"
local assumes, said = habits.assumes, habits.said
local unpack = table.unpack or unpack -- luacheck: std max

local payload = {}
for i = 1, 40000 do payload[i] = ("%07d\r\n"):format(i) end
payload = table.concat(payload)

-- Downloads the payload, with a command every few seconds. Returns the bench, and how many
-- of the commands worked.
local function download(options, data, interrupts)
  local bench = module.bench(options)
  bench.server:put("/f", data)
  local content, err
  local answers, finished = 0, false
  bench:run(function(modem)
    assert(modem:clean_up())
    if options and options.dtr then assert(modem:use_dtr()) end
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login { host = "h", user = "joe", password = "s3cret" })
    content, err = session:get("f")
    finished = true
  end, function(modem)
    for _ = 1, interrupts do
      coroutine.yield(-1, nil, 3)
      if finished then return end
      local lines = modem:at("+CSQ", { interrupt = true })
      if lines and lines[1] == said "+CSQ: 24,0" then answers = answers + 1 end
    end
  end)
  assert.is_true(content == data, tostring(err))
  assert.equal(0, bench.modem.core:queue_length())
  return bench, answers
end

local function count(bench, pattern)
  local found = 0
  for _, command in ipairs(bench.module:commands()) do
    if command:find(pattern) then found = found + 1 end
  end
  return found
end

-- Runs several coroutines, each with its command at its time of the download.
local function interrupt_at(times, options, call)
  local order, content = {}, nil
  local jobs = { function(modem)
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login { host = "h", user = "joe", password = "s3cret" })
    content = call(session)
    order[#order + 1] = "transfer"
  end }
  for i, time in ipairs(times) do
    jobs[i + 1] = function(modem)
      coroutine.yield(-1, nil, time)
      local lines, err = modem:at("+CSQ", { interrupt = true, timeout = 100 })
      assert.same({ said "+CSQ: 24,0" }, lines, tostring(err))
      order[#order + 1] = i
    end
  end
  local bench = module.bench(options)
  bench.server:put("/f", payload)
  bench:run(unpack(jobs))
  assert.equal(0, bench.modem.core:queue_length())
  return order, content, bench
end

local function get(session) return session:get("f") end

describe("an interrupting command", function()
  it("runs in the middle of a download, which resumes by ATO", function()
    assumes { "ato-refused" }
    local bench, answers = download(nil, payload, 5)
    assert.equal(5, answers)
    assert.equal(5, count(bench, "^ATO$"))
    assert.equal(1, count(bench, "^AT%+QFTPGET="))
  end)

  it("leaves the file whole, read byte by byte", function()
    local _, answers = download({ read_size = 1 }, payload:sub(1, 120000), 2)
    assert.equal(2, answers)
  end)

  it("makes a new command continue at the offset if ATO is refused", function()
    local bench, answers = download({ quirks = { "ato-refused" } }, payload, 3)
    assert.equal(3, answers)
    assert.equal(4, count(bench, "^AT%+QFTPGET="))
  end)

  it("uses DTR if it is wired, which needs no guards", function()
    local bench, answers = download({ dtr = true }, payload, 5)
    assert.equal(5, answers)
    assert.equal(5, count(bench, "^ATO$"))
    assert.is_nil(table.concat(bench.trace, "\n"):find("+++", 1, true))
  end)

  -- The module says more empty lines before others than before OK: those behind it are payload.
  for _, ending in ipairs { "\r\n", "a\r\n", "\r\n\r\nab\r\n" } do
    it(("keeps the ends of lines from a module that is generous with them: %q"):format(ending),
      function()
      assumes { "spacing" } -- it sets its own
      local options = { quirks = { "spacing=airy" }, baudrate = 115200, dtr = true }
      local _, answers = download(options, ending:rep(math.floor(280000 / #ending)), 6)
      assert.equal(6, answers)
    end)
  end

  it("is not misled by a file full of OK lines", function()
    local _, answers = download(nil, ("\r\nOK\r\n"):rep(40000), 3)
    assert.equal(3, answers)
  end)

  it("just before the end of a file does no harm", function()
    for size = 33000, 36000, 250 do -- the download ends within its guards
      download(nil, payload:sub(1, size), 1)
    end
  end)
end)

describe("an interrupting command among others", function()
  for what, options in pairs {
    ["by ATO"] = {}, ["by a new command"] = { quirks = { "ato-refused" } },
  } do
    it("shares one pause of the download with others, which resumes " .. what, function()
      local order, content, bench = interrupt_at({ 5, 5.2, 5.4, 9 }, options, get)
      assert.same({ 1, 2, 3, 4, "transfer" }, order)
      assert.is_true(content == payload)
      local escapes = 0
      for _, line in ipairs(bench.trace) do
        if line == "> +++" then escapes = escapes + 1 end
      end
      assert.equal(2, escapes)
    end)
  end

  it("before the first byte waits for that byte, not for the last", function()
    local times = {}
    for i = 1, 20 do times[i] = 0.5 + i / 20 end -- while activating, logging in, asking SIZE
    local order, content = interrupt_at(times, nil, get)
    assert.equal("transfer", order[#order])
    assert.is_true(content == payload)
  end)

  it("waits for the end of a listing, which could not be found again afterwards", function()
    local order, content = interrupt_at({ 2, 2.1 }, { baudrate = 1200 }, function(session)
      for i = 1, 40 do session.modem.bench.server:put("/file " .. i, "") end
      return session:nlst(".")
    end)
    assert.equal(41, #content)
    assert.equal(3, #order)
  end)

  it("does not run if it was given up earlier", function()
    local bench = module.bench()
    bench.server:put("/f", payload)
    local content
    bench:run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "internet" })
      local session = assert(modem:login { host = "h", user = "joe", password = "s3cret" })
      content = session:get("f")
    end, function(modem)
      coroutine.yield(-1, nil, 5)
      local task = modem.core:command("+CSQ", 10000, true)
      coroutine.yield(-1, nil, 0.5) -- in the guard of "+++"
      task:release()
    end)
    assert.is_true(content == payload)
    assert.equal(0, count(bench, "CSQ"))
  end)

  it("waits for the end of an upload, which cannot be resumed", function()
    local order = {}
    module.with_session(nil, function(session, modem)
      local other = coroutine.wrap(function()
        assert(modem:at("+CSQ", { interrupt = true }))
        order[#order + 1] = "command"
      end)
      local started = false
      assert(session:put("f", function()
        if started then return nil end
        started = true
        return payload
      end, { progress = function(done)
        if done > 0 and other then
          other()
          other = nil
        end
      end }))
      order[#order + 1] = "upload"
    end)
    assert.equal("upload", order[1])
  end)
end)
