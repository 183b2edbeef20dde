-- Uploads and downloads with faults at random, in every phase, on a virtual clock: a
-- seed picks direction, size, options, habits of the server, and what goes wrong
-- when. Clients are killed, the power of their host is cut, and a second process wants the
-- same local file. Whatever it is: the file is there and identical, or there is an error;
-- nothing else ever stands under the final name; the old file is somewhere until the new one
-- is in its place; and all of it ends.
--
-- `make simulate-transfers N=2000` runs more seeds and names those that fail;
-- `make simulate-transfers SEED=n` runs one of them, with its trace.

local bench = require "spec.support.transfer_bench"
local journal = require "bg96.ftp.transfer.journal"
local localfile = require "bg96.ftp.transfer.localfile"

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

-- Content that is all different, or repeats itself, or looks like a module.
local function make_content(random, size, seed)
  local kind = random(1, 6)
  if kind == 1 then return (("\0"):rep(size)) end
  if kind == 2 then
    local text = "\r\nNO CARRIER\r\n\r\nOK\r\n\r\n+QFTPGET: 0,7\r\n+++"
    return text:rep(math.ceil(size / #text)):sub(1, size)
  end
  return bench.data(size, seed)
end

-- Replies with which odd servers refuse what others do.
local function odd_habits(random)
  return pick(random, {
    { ["REST-STOR"] = 451 }, { ["REST-RETR"] = 451, ["REST-STOR"] = 501 }, { REST = 550 },
    { SIZE = 550 }, { SIZE = 502, MDTM = 500 }, { MDTM = 550 }, { ["RNTO-EXISTING"] = 550 },
    { ["RNTO-EXISTING"] = 553 }, { RNTO = 550 }, { DELE = 550 }, { PWD = 502 },
    { ["RNTO-EXISTING"] = 553, DELE = 550 }, { ["RNTO-EXISTING"] = 550, ["REST-STOR"] = 451 },
  })
end

local RADIOS = {
  { profile = "lte-m" }, { profile = "gprs" }, { profile = "nb-iot" }, { rtt = 300 },
  { rtt = 20, uplink = 24000 }, { rtt = 900, downlink = 30000 },
}

-- A radio behind the module, for half of the seeds: from random numbers of its own, so that
-- all else of a seed does not depend on it.
local function add_radio(seed, it)
  local random = bench.generator(seed + 500009)
  if random(1, 2) == 1 then return end
  it.radio = { buffer = pick(random, { 1500, 4096, 4096, 16384 }) }
  for name, value in pairs(pick(random, RADIOS)) do it.radio[name] = value end
  it.flow = random(1, 4) > 1
  if random(1, 3) == 1 then table.insert(it.quirks, "confirms=taken") end
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
  it.data = make_content(random, it.size, seed)
  if random(1, 6) == 1 then it.without[pick(random, { "size", "rest", "mdtm" })] = true end
  it.keeps_names = random(1, 4) == 1
  it.refuse = random(1, 3) == 1 and odd_habits(random) or {}
  it.power = random(1, 2) == 1
  it.second = random(1, 4) == 1 and random(1, 300) / 10
  it.grows = it.direction == "download" and random(1, 5) == 1
  it.folder = random(1, 4) == 1
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
  add_radio(seed, it)
  return it
end

local function describe_scenario(seed, it)
  return ("seed %d: %s of %d bytes, faults %s, %d kills"):format(seed, it.direction, it.size,
    table.concat(it.faults, " "), #it.kills)
end

-- What stands under the final name.
local function outcome(here, it)
  if it.direction == "download" then return here:read("final") end
  return here.server:get(it.remote .. "final")
end

-- --- the power of the host ------------------------------------------------------

local boot_id, sync, save = localfile.boot_id, localfile.sync, journal.save

-- Watches what reaches the disk: how much of the part, and the journal before the last one.
local function watch_disk(here)
  local disk = { boots = 0, synced = 0, journals = {} }
  function localfile.boot_id() return "boot " .. disk.boots end
  function localfile.sync(file, path)
    if path:find("%.part$") then disk.synced = file:size() end
    return sync(file, path)
  end
  function journal.save(path, fields)
    local name = path:match("[^/]+$")
    disk.journals[name] = here:read(name)
    return save(path, fields)
  end
  return disk
end

local function forget_disk()
  localfile.boot_id, localfile.sync, journal.save = boot_id, sync, save
end

-- What is left of a part of which `safe` bytes were synced: of the pages behind them some are
-- zeros, some have reached the disk, and some are gone.
local function spoil(part, safe, random)
  local kept_from = math.max(safe, #part - pick(random, { 0, 600, 1100, 5000 }))
  local left = part:sub(1, safe) .. ("\0"):rep(kept_from - safe) .. part:sub(kept_from + 1)
  if random(1, 4) == 1 then return left:sub(1, random(safe, #left)) end
  return left .. ("\0"):rep(pick(random, { 0, 0, 3000 }))
end

-- The host starts again. The last rename of a journal may not have happened.
local function cut_power(here, disk, random)
  disk.boots = disk.boots + 1
  local part = here:read("final.part")
  if part then
    local safe = math.min(disk.synced, #part)
    here:write("final.part", spoil(part, safe, random))
    disk.synced = safe
  end
  for name, before in pairs(disk.journals) do
    if random(1, 2) == 1 and here:read(name) then here:write(name, before) end
  end
  disk.journals = {}
end

-- --- a second process --------------------------------------------------------------

local function start(here, it, session)
  if it.direction == "upload" then
    return session:upload(here:path("source"), "final", it.options)
  end
  return session:download("source", here:path("final"), it.options)
end

-- Another process, with a module and a server of its own, wants the same local file. Either
-- it is refused, or the first has it not.
local function run_second(here, it, seed, what)
  local other = bench.new { seed = seed + 1 }
  local folder = other.folder
  other.folder = here.folder
  other.server:put("/source", it.data)
  local report, err
  other:run(function(session) report, err = start(other, it, session) end)
  other.folder = folder
  other:remove()
  if report and it.direction == "upload" then
    assert.is_true(other.server:get("/final") == it.data, what .. ": the second's is another")
  elseif not report then
    assert.equal("local", err.kind, what .. ": the second failed with " .. tostring(err))
  end
end

-- --- one transfer --------------------------------------------------------------------

local function prepare(seed, it)
  local here = bench.new { seed = seed, quirks = it.quirks, baudrate = it.baudrate,
    radio = it.radio }
  local server = here.server
  server.without, server.keeps_names, server.refuse = it.without, it.keeps_names, it.refuse
  it.remote = it.folder and "/some/folder/" or "/"
  server:put(it.remote .. "source", it.data)
  server:put(it.remote .. "final", "old")
  here:write("source", it.data)
  here:write("final", "old")
  return here
end

-- What goes on beside the client, which `ended()` tells of.
local function run_beside(here, it, seed, what, ended)
  local seconds = 0
  while not ended() do
    bench.sleep(1)
    seconds = seconds + 1
    if it.second and seconds > it.second then
      it.second = nil
      run_second(here, it, seed, what)
    end
    if it.grows and seconds % 7 == 0 and seconds < 600 then
      local path = it.remote .. "source"
      here.server:put(path, here.server:get(path) .. "a new line\n")
    end
  end
end

-- Runs clients until one of them ends by itself. Returns report, or nil, err.
local function run_clients(here, it, seed, what)
  local report, err, ended
  local random = bench.generator(seed + 77)
  local disk = watch_disk(here)
  local function job(session, modem)
    if it.flow then modem:use_flowcontrol() end
    if it.folder then
      session:cwd("some")
      session:cwd("folder")
    end
    if not it.is_set then
      for _, fault in ipairs(it.faults) do here:fault(fault) end
      it.is_set = true
    end
    report, err = start(here, it, session)
    ended = true
    assert.equal(0, modem.core:queue_length(), what)
  end
  for _, seconds in ipairs(it.kills) do
    here:run_killed(seconds, job)
    if ended then return report, err end
    if it.power then cut_power(here, disk, random) end
  end
  here:run(job, function()
    run_beside(here, it, seed, what, function() return ended end)
  end)
  return report, err
end

-- Whether the content is somewhere on the server.
local function is_somewhere(here, it, content)
  local folder = here.server.tree:node(it.folder and "/some/folder" or "/")
  for name, node in pairs(folder.entries) do
    if node.content == content and name ~= "source" then return true end
  end
  return false
end

local function check_success(here, it, report, there, what)
  local expected = it.data
  if it.grows then
    expected = here.server:get(it.remote .. "source"):sub(1, report.bytes)
    assert.is_true(report.bytes >= it.size, what)
  end
  assert.equal(#expected, report.bytes, what)
  assert.is_true(there == expected, what .. ": a success, and another content")
end

local function check_failure(here, it, there, what)
  if it.direction == "upload" and not it.options.atomic then return end
  local is_right = there == "old" or there == it.data or there == nil and it.direction == "upload"
  if it.grows and there then is_right = is_right or there:sub(1, it.size) == it.data end
  assert.is_true(is_right, what .. ": something half done under the final name")
  if it.direction == "upload" and there == nil then
    assert.is_true(is_somewhere(here, it, "old"), what .. ": the old file is gone")
  end
end

local function simulate(seed)
  local it = scenario(seed)
  local what = describe_scenario(seed, it)
  local here = prepare(seed, it)
  local started = here.bench.now
  local report, err = run_clients(here, it, seed, what)
  forget_disk()
  assert.is_true(report ~= nil or err ~= nil, what)
  assert.is_true(here.bench.now - started < 10 * 3600, what .. ": it took too long")
  local there = outcome(here, it)
  if report then
    check_success(here, it, report, there, what)
  else
    check_failure(here, it, there, what .. ", with " .. tostring(err))
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

after_each(forget_disk)

describe("a simulation of transfers with faults at random #simulation", function()
  local number = ONLY and 1 or COUNT
  it(("ends %d of them with the whole file or with an error"):format(number), function()
    local succeeded, failed, sent, moved = 0, {}, 0, 0
    for seed = ONLY or 1, ONLY or COUNT do
      local ok, report, err = xpcall(function() return simulate(seed) end, function(message)
        if type(message) ~= "string" then return message end
        return debug.traceback(("seed %d: %s"):format(seed, message))
      end)
      if not ok then error(report, 0) end
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
    assert.is_true(ONLY ~= nil or succeeded > COUNT / 2)
  end)
end)
