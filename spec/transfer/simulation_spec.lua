-- Uploads and downloads with random faults in every phase, on a virtual clock. A seed picks
-- direction, size, options, habits of the server, and what goes wrong when. In each case the
-- file is there and identical, or there is an error; nothing else ever has the final name;
-- and the transfer ends.
--
-- `make simulate-transfers N=2000` runs more seeds and names those that fail;
-- `make simulate-transfers SEED=n` runs one of them, with its trace.

local bench = require "spec.support.transfer_bench"

local COUNT = tonumber(os.getenv("TRANSFERS") or 60)
local ONLY = tonumber(os.getenv("SEED"))

local function pick(random, list)
  return list[random(1, #list)]
end

-- When a fault strikes: after a number of payload bytes, or at a command.
local function trigger(random, size, word)
  if random(1, 3) > 1 and size > 0 then return "bytes=" .. random(1, size) end
  return "command=" .. pick(random, {
    word, word, "QFTPSIZE", "QFTPMDTM", "QFTPRENAME", "QFTPOPEN", "QFTPCFG", "QFTPSTAT", "QIACT",
  })
end

local kinds = {
  function(random, size, word)
    return ("drop,%s,how=%s,close=%s"):format(trigger(random, size, word),
      pick(random, { "carrier", "result", "silence" }), pick(random, { "yes", "no" }))
  end,
  function(random, size)
    return ("early,bytes=%d,how=%s"):format(random(1, math.max(1, size)),
      pick(random, { "carrier", "result", "silence" }))
  end,
  function(random, size, word) return "reset," .. trigger(random, size, word) end,
  function(random, size, word)
    return ("hang,%s,wake=%d"):format(trigger(random, size, word), random(1, 200))
  end,
  function(random, size, word)
    return ("pdp,%s,how=%s"):format(trigger(random, size, word),
      pick(random, { "carrier", "result", "silence" }))
  end,
  function(random, _, word)
    return ("silence,command=%s%s"):format(pick(random, { word, "QFTPSIZE", "QFTPRENAME" }),
      pick(random, { "", ",what=result" }))
  end,
  function(random, _, word)
    return ("late,command=%s,ms=%d"):format(pick(random, { word, "QFTPSIZE", "any" }),
      random(1, 60000))
  end,
  function(random, _, word)
    local reply = pick(random, {
      { 614, 421 }, { 615, 425 }, { 616, 426 }, { 617, 450 }, { 618, 451 }, { 619, 452 },
      { 629, 552 }, { 630, 553 }, { 627, 550 }, { 605, 0 }, { 609, 0 },
    })
    return ("result,command=%s,err=%d,protocol=%d"):format(
      pick(random, { word, word, "QFTPSIZE", "QFTPRENAME", "QFTPOPEN" }), reply[1], reply[2])
  end,
  function(random, _, word)
    return ("result,command=%s"):format(pick(random, { word, "QFTPOPEN", "QFTPSIZE" }))
  end,
  function(random, size)
    return ("byte,at=%d,how=%s"):format(random(100, size + 2000),
      pick(random, { "lost", "doubled" }))
  end,
  function(random)
    return ('urc,seconds=%d,line=+QIURC: "recv",0'):format(random(1, 20))
  end,
}

-- Content that is all different, or repetitive, or looks like the module's words.
local function content(random, size, seed)
  local kind = random(1, 6)
  if kind == 1 then return (("\0"):rep(size)) end
  if kind == 2 then
    local text = "\r\nNO CARRIER\r\n\r\nOK\r\n\r\n+QFTPGET: 0,7\r\n+++"
    return text:rep(math.ceil(size / #text)):sub(1, size)
  end
  return bench.data(size, seed)
end

local function scenario(seed)
  local random = bench.generator(seed)
  local it = {
    direction = pick(random, { "upload", "download" }),
    size = pick(random, { 0, 1, random(2, 2000), random(2000, 60000), random(60000, 300000) }),
    options = { atomic = random(1, 5) > 1, reboot = random(1, 3) == 1 },
    without = {}, quirks = {}, faults = {}, kills = {},
  }
  if random(1, 4) == 1 then it.options.chunk = random(1024, 40000) end
  it.data = content(random, it.size, seed)
  if random(1, 6) == 1 then it.without[pick(random, { "size", "rest", "mdtm" })] = true end
  it.keeps_names = random(1, 4) == 1
  if random(1, 4) == 1 then
    it.quirks[1] = pick(random, { "sync-615", "sync-errors", "bare-failure", "slow-close" })
  end
  local word = it.direction == "upload" and "QFTPPUT" or "QFTPGET"
  local spoilt = false
  for _ = 1, random(1, 3) do
    local fault = pick(random, kinds)(random, it.size, word)
    -- One byte lost and one doubled in the same command cancel out: the counts agree, and
    -- nothing in the protocol can show it.
    if not (spoilt and fault:find("^byte")) then it.faults[#it.faults + 1] = fault end
    spoilt = spoilt or fault:find("^byte") ~= nil
  end
  for i = 1, math.max(0, random(-3, 2)) do it.kills[i] = random(1, 300) / 10 end
  it.baudrate = pick(random, { 115200, 460800, 921600 })
  return it
end

local function describe_scenario(seed, it)
  return ("seed %d: %s of %d bytes, faults %s, %d kills"):format(seed, it.direction, it.size,
    table.concat(it.faults, " "), #it.kills)
end

-- The content under the final name, and whether it may be there.
local function outcome(here, it)
  if it.direction == "download" then return here:read("final") end
  return here.server:get("/final")
end

local function simulate(seed)
  local it = scenario(seed)
  local what = describe_scenario(seed, it)
  local here = bench.new { seed = seed, quirks = it.quirks, baudrate = it.baudrate }
  here.server.without, here.server.keeps_names = it.without, it.keeps_names
  here.server:put("/source", it.data)
  here:write("source", it.data)
  here.server:put("/final", "old")
  here:write("final", "old")
  local report, err
  local function job(session, modem)
    if not it.is_set then
      for _, fault in ipairs(it.faults) do here:fault(fault) end
      it.is_set = true
    end
    if it.direction == "upload" then
      report, err = session:upload(here:path("source"), "final", it.options)
    else
      report, err = session:download("source", here:path("final"), it.options)
    end
    assert.equal(0, modem.core:queue_length(), what)
  end
  local started = here.bench.now
  for _, seconds in ipairs(it.kills) do
    here:run_killed(seconds, job)
    if report or err then break end
  end
  if not report and not err then here:run(job) end
  assert.is_true(report ~= nil or err ~= nil, what)
  assert.is_true(here.bench.now - started < 10 * 3600, what .. ": it took too long")
  local there = outcome(here, it)
  if report then
    assert.is_true(there == it.data, what .. ": a success, and another content")
    assert.equal(it.size, report.bytes, what)
  elseif it.direction == "download" or it.options.atomic then
    assert.is_true(there == "old" or there == nil or there == it.data,
      what .. ": something half done under the final name, with " .. tostring(err))
    if it.direction == "download" then assert.is_true(there ~= nil, what) end
  end
  assert.is_nil(table.concat(here.bench.trace, "\n"):find("s3cret", 1, true), what)
  if ONLY then
    print(what)
    print(table.concat(here.bench.trace, "\n"))
    print(report and "success" or tostring(err))
  end
  here:remove()
  return report, err
end

describe("a simulation of transfers with faults at random #simulation", function()
  local number = ONLY and 1 or COUNT
  it(("ends %d of them with the whole file or with an error"):format(number), function()
    local succeeded, failed, sent, moved = 0, {}, 0, 0
    for seed = ONLY or 1, ONLY or COUNT do
      local report, err = simulate(seed)
      if report then
        succeeded = succeeded + 1
        sent, moved = sent + report.sent, moved + report.bytes
      else
        local name = ("%s %s"):format(err.kind, err.code or "")
        failed[name] = (failed[name] or 0) + 1
      end
    end
    if os.getenv("TRANSFERS") then
      print(("\n%d whole, %.0f bytes, %.0f sent by the last client of each"):format(succeeded,
        moved, sent))
      for name, count in pairs(failed) do print(("%d ended with %s"):format(count, name)) end
    end
    assert.is_true(ONLY or succeeded > COUNT / 2)
  end)
end)
