-- A command in the middle of another coroutine's download (manual, 1.2): data
-- mode is left by "+++", entered again by ATO, and the file stays what it was.

local module = require "spec.support.module"

local payload = {}
for i = 1, 40000 do payload[i] = ("%07d\r\n"):format(i) end
payload = table.concat(payload)

-- Downloads the payload, with a command every few seconds in between. Returns
-- the bench, what came, and how often the command worked.
local function download(options, data, interrupts)
  local bench = module.bench(options)
  bench.server:put("/f", data)
  local content, err
  local answers, finished = 0, false
  bench:run(function(modem)
    assert(modem:recover())
    if options and options.dtr then assert(modem:use_dtr()) end
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login { host = "h", user = "joe", password = "s3cret" })
    content, err = session:get("f")
    finished = true
  end, function(modem)
    for _ = 1, interrupts do
      coroutine.yield(-2, "r", 3)
      if finished then return end
      local lines = modem:at("+CSQ", { interrupt = true })
      if lines and lines[1] == "+CSQ: 24,0" then answers = answers + 1 end
    end
  end)
  assert.is_true(content == data, tostring(err))
  assert.equal(0, bench.modem.core:queue_length())
  return bench, answers
end

local function count(bench, pattern)
  local found = 0
  for _, command in ipairs(bench.heart:commands()) do
    if command:find(pattern) then found = found + 1 end
  end
  return found
end

describe("an interrupting command", function()
  it("runs in the middle of a download, which goes on by ATO", function()
    local bench, answers = download(nil, payload, 5)
    assert.equal(5, answers)
    assert.equal(5, count(bench, "^ATO$"))
    assert.equal(1, count(bench, "^AT%+QFTPGET="))
  end)

  it("leaves the file whole, read byte by byte", function()
    local _, answers = download({ read_size = 1 }, payload:sub(1, 120000), 2)
    assert.equal(2, answers)
  end)

  it("lets a new command go on from the offset where ATO is refused", function()
    local bench, answers = download({ quirks = { "ato-refused" } }, payload, 3)
    assert.equal(3, answers)
    assert.equal(4, count(bench, "^AT%+QFTPGET="))
  end)

  it("uses DTR where it is wired, which needs no guards", function()
    local bench, answers = download({ dtr = true }, payload, 5)
    assert.equal(5, answers)
    assert.equal(5, count(bench, "^ATO$"))
    assert.is_nil(table.concat(bench.trace, "\n"):find("+++", 1, true))
  end)

  it("is not misled by a file full of what could be the module's OK", function()
    local _, answers = download(nil, ("\r\nOK\r\n"):rep(40000), 3)
    assert.equal(3, answers)
  end)

  it("that comes right before the end of a file does no harm", function()
    for size = 33000, 36000, 250 do -- the download ends within its guards
      download(nil, payload:sub(1, size), 1)
    end
  end)

  it("waits for its turn behind an upload, which cannot be entered again", function()
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
