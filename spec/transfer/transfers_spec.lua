-- session:upload and session:download: the files on both sides, and what they report.
-- Driver, emulated module and a server in RAM, on a virtual clock.

local bench = require "spec.support.transfer_bench"

local data = bench.data(150000)

after_each(bench.remove_places)

-- Length and <beof> of each command of an upload in chunks of `chunk` bytes.
local function sent_chunks(content, chunk)
  local here, chunks = bench.new(), {}
  here:run(function(session)
    assert(session:upload(here:write("log", content), "log", { chunk = chunk }))
  end)
  for _, command in ipairs(here.module:commands()) do
    chunks[#chunks + 1] = command:match('^AT%+QFTPPUT=".*","COM:",%d+,(%d+,%d)$')
  end
  return chunks
end

describe("upload", function()
  it("puts the whole file under its name, and leaves nothing else anywhere", function()
    local here = bench.new()
    local report = here:run(function(session)
      return assert(session:upload(here:write("log", data), "log.txt"))
    end)
    assert.is_true(here.server:get("/log.txt") == data)
    assert.same({ "log.txt" }, here:remote_files())
    assert.same({ "log" }, here:files())
    assert.equal(150000, report.bytes)
    assert.equal(150000, report.sent)
    assert.equal(1, report.attempts)
    assert.equal(0, report.resumed)
    assert.is_true(report.seconds > 13 and report.seconds < 16, report.seconds)
  end)

  for what, content in pairs { ["an empty file"] = "", ["one byte"] = "x", ["+++"] = "+++" } do
    it("takes " .. what, function()
      local here = bench.new()
      here:run(function(session)
        assert.equal(#content, assert(session:upload(here:write("f", content), "f")).bytes)
      end)
      assert.equal(content, here.server:get("/f"))
      assert.same({ "f" }, here:remote_files())
    end)
  end
end)

describe("the remote name of an upload", function()
  it("shows nothing under the final name before all is there", function()
    local here = bench.new()
    here.server:put("/log", "old")
    local seen, ended = {}, false
    here:run(function(session)
      assert(session:upload(here:write("log", data), "log"))
      ended = true
    end, function()
      while not ended do
        seen[here.server:get("/log")] = true
        bench.sleep(0.1)
      end
    end)
    assert.is_true(seen["old"])
    seen["old"], seen[data] = nil, nil
    assert.is_nil(next(seen))
    assert.is_true(here.server:get("/log") == data)
  end)

  it("writes to the final name if atomic is false", function()
    local here = bench.new()
    here.server:put("/log", data .. "an old tail")
    here:run(function(session)
      assert(session:upload(here:write("log", data), "log", { atomic = false }))
    end)
    assert.is_true(here.server:get("/log") == data)
    for _, command in ipairs(here.module:commands()) do
      assert.is_nil(command:find("QFTPRENAME"))
    end
  end)

  it("goes in chunks of a given size, each confirmed", function()
    -- The second one tells how fast the radio is.
    assert.same({ "4096,0", "2048,0", "4096,0", "1808,1" },
      sent_chunks(data:sub(1, 12048), 4096))
    assert.same({ "5,0", "5,0", "2,1" }, sent_chunks("twelve bytes", 5))
  end)

  it("shortens a long temporary name to what the module accepts", function()
    local here = bench.new()
    local name = ("n"):rep(255)
    here:run(function(session) assert(session:upload(here:write("f", "x"), name)) end)
    assert.equal("x", here.server:get("/" .. name))
  end)
end)

describe("download", function()
  it("puts the whole file under its name, and leaves nothing else", function()
    local here = bench.new()
    here.server:put("/big", data)
    local report = here:run(function(session)
      return assert(session:download("big", here:path("big")))
    end)
    assert.is_true(here:read("big") == data)
    assert.same({ "big" }, here:files())
    assert.equal(150000, report.bytes)
    assert.equal(150000, report.sent)
    assert.equal(1, report.attempts)
    assert.equal(0, report.resumed)
  end)

  it("takes an empty file without a QFTPGET", function()
    local here = bench.new()
    here.server:put("/empty", "")
    here:run(function(session) assert(session:download("empty", here:path("e"))) end)
    assert.equal("", here:read("e"))
    for _, command in ipairs(here.module:commands()) do assert.is_nil(command:find("QFTPGET")) end
  end)

  it("keeps an existing file until the new one is whole", function()
    local here = bench.new()
    here.server:put("/big", data)
    here:write("big", "old")
    local seen, ended = {}, false
    here:run(function(session)
      assert(session:download("big", here:path("big")))
      ended = true
    end, function()
      while not ended do
        seen[here:read("big")] = true
        bench.sleep(0.5)
      end
    end)
    assert.is_true(seen["old"])
    seen["old"], seen[data] = nil, nil
    assert.is_nil(next(seen))
    assert.is_true(here:read("big") == data)
  end)
end)

describe("a download of a file that changes", function()
  it("starts again if the remote file changes meanwhile", function()
    local here = bench.new()
    local other = bench.data(150000, 2)
    here.server:put("/big", data)
    local errors = {}
    here:run(function(session)
      assert(session:download("big", here:path("big"), {
        on_retry = function(err) errors[#errors + 1] = err end,
      }))
    end, function()
      bench.sleep(5)
      here.server:put("/big", other)
    end)
    assert.is_true(here:read("big") == other)
    assert.equal(1, #errors)
    assert.equal("verify", errors[1].kind)
  end)

  it("gives up and keeps the old file if the remote one changes each time", function()
    local here = bench.new()
    here.server:put("/big", data)
    here:write("big", "old")
    local err, ended
    here:run(function(session)
      err = select(2, session:download("big", here:path("big"), { retries = 3 }))
      ended = true
    end, function()
      while not ended do
        bench.sleep(5)
        here.server:put("/big", data)
      end
    end)
    assert.equal("verify", err.kind)
    assert.equal("old", here:read("big"))
  end)

  it("starts over if a part is of unknown origin", function()
    local here = bench.new()
    here.server:put("/big", data)
    here:write("big.part", "something else")
    here:run(function(session) assert(session:download("big", here:path("big"))) end)
    assert.is_true(here:read("big") == data)
  end)
end)

describe("a transfer", function()
  it("reports progress that never goes back, over drops", function()
    local here = bench.new { faults = { "drop,bytes=40000,times=0" } }
    here.server:put("/big", data)
    for _, direction in ipairs { "upload", "download" } do
      local seen = { -1 }
      local options = { progress = function(done, total)
        assert.equal(#data, total)
        assert.is_true(done > seen[#seen])
        seen[#seen + 1] = done
      end }
      local report = here:run(function(session)
        if direction == "upload" then
          return assert(session:upload(here:write("up", data), "up", options))
        end
        return assert(session:download("big", here:path("down"), options))
      end)
      assert.equal(#data, seen[#seen])
      assert.is_true(report.attempts >= 4)
      assert.is_true(report.resumed > 100000)
    end
    assert.is_true(here.server:get("/up") == data)
    assert.is_true(here:read("down") == data)
  end)

  it("sends at most 2 % twice with a drop every 100 KB, noticed or not", function()
    local megabyte = bench.data(1000000)
    for _, how in ipairs { "carrier", "result", "silence" } do
      local here = bench.new { faults = { "drop,bytes=100000,times=0,how=" .. how } }
      here.server:put("/big", megabyte)
      local up = here:run(function(session)
        return assert(session:upload(here:write("up", megabyte), "up"))
      end)
      local compared = here.server.retrieved
      local down = here:run(function(session)
        return assert(session:download("big", here:path("down")))
      end)
      assert.is_true(here.server:get("/up") == megabyte)
      assert.is_true(here:read("down") == megabyte)
      assert.is_true(up.attempts >= 10 and down.attempts >= 10)
      assert.is_true(here.server.stored <= 1020000, here.server.stored)
      assert.is_true(here.server.retrieved - compared <= 1020000, here.server.retrieved)
      assert.is_true(up.sent >= 1000000 and up.sent <= 1020000, up.sent)
      assert.is_true(down.sent >= 1000000 and down.sent <= 1020000, down.sent)
    end
  end)

  it("resumes repetitive content like any other", function()
    local zeros = ("\0"):rep(400000)
    local here = bench.new { faults = { "drop,bytes=100000,times=0" } }
    here.server:put("/big", zeros)
    here:run(function(session)
      assert(session:upload(here:write("up", zeros), "up"))
      assert(session:download("big", here:path("down")))
    end)
    assert.is_true(here.server:get("/up") == zeros)
    assert.is_true(here:read("down") == zeros)
    assert.is_true(here.server.stored <= 440000, here.server.stored)
  end)
end)

describe("a transfer and its session", function()
  it("returns to the session's directory, and leaves the session usable", function()
    local here = bench.new()
    here.server:put("/logs/today/old", "old")
    here:run(function(session)
      assert(session:cwd("logs"))
      assert(session:cwd("today"))
      here:fault("drop,bytes=50000")
      assert(session:upload(here:write("log", data), "log"))
      assert.equal("/logs/today", session:pwd())
      assert.equal(3, session:size("old"))
    end)
    assert.is_true(here.server:get("/logs/today/log") == data)
  end)

  it("starts with a session that died while it was idle", function()
    for _, is_heard in ipairs { true, false } do
      local here = bench.new()
      here.server:put("/big", data)
      local report = here:run(function(session, modem)
        here:fault("close")
        if is_heard then modem:at("") end
        assert(session:download("big", here:path("big")))
        here:fault("close")
        return assert(session:upload(here:write("log", data), "log"))
      end)
      assert.is_true(here:read("big") == data)
      assert.is_true(here.server:get("/log") == data)
      assert.is_true(report.attempts <= 2)
    end
  end)
end)

describe("a transfer and its callbacks", function()
  it("calls on_retry with the error, the attempt and the delay before the next", function()
    local calls = {}
    local here = bench.new { faults = { "drop,bytes=50000" } }
    here:run(function(session)
      assert(session:upload(here:write("log", data), "log", {
        on_retry = function(...) calls[#calls + 1] = { ... } end,
      }))
    end)
    assert.equal(1, #calls)
    assert.equal("error", calls[1][1].kind)
    assert.equal(1, calls[1][2])
    assert.is_true(calls[1][3] >= 1 and calls[1][3] <= 2)
  end)

  it("fails with kind local if a callback raises an error", function()
    local here = bench.new { faults = { "drop,bytes=50000" } }
    here:run(function(session)
      for _, name in ipairs { "on_retry", "progress" } do
        local report, err = session:upload(here:write("log", data), "log", {
          [name] = function() error("enough") end,
        })
        assert.is_nil(report)
        assert.equal("local", err.kind)
        assert.matches("enough", tostring(err))
      end
    end)
  end)

  it("of an empty file, whose progress function raises an error, gives its turn back", function()
    local here = bench.new()
    here.server:put("/empty", "")
    here:run(function(session)
      for _ = 1, 2 do
        local options = { progress = function() error("enough") end }
        local _, err = session:upload(here:write("nothing", ""), "nothing", options)
        assert.equal("local", err.kind)
        _, err = session:download("empty", here:path("empty"), options)
        assert.equal("local", err.kind)
      end
      assert(session:upload(here:write("log", data), "log", { deadline = 60 }))
    end)
  end)
end)

describe("a transfer that cannot begin", function()
  it("of a file that cannot be read or written fails before anything is asked", function()
    local here = bench.new()
    here:run(function(session)
      local before = #here.module:commands()
      local report, err = session:upload(here:path("nothing"), "log")
      assert.is_nil(report)
      assert.equal("local", err.kind)
      assert.equal(2, err.code)
      assert.matches("nothing: No such file", tostring(err))
      err = select(2, session:upload(here.folder, "log"))
      assert.equal("local", err.kind)
      assert.equal(before, #here.module:commands())
      here.server:put("/big", data)
      err = select(2, session:download("big", here:path("no/such/folder")))
      assert.equal("local", err.kind)
      assert.equal(2, err.code)
    end)
  end)

  it("raises an error for misuse", function()
    local here = bench.new()
    here:run(function(session)
      local path = here:write("f", "x")
      assert.error_matches(function() session:upload(path, 'a"b') end, "quote")
      assert.error_matches(function() session:upload(nil, "b") end, "string expected")
      assert.error_matches(function() session:upload("", "b") end, "empty")
      assert.error_matches(function() session:upload(path, "b", { retry = 1 }) end, "retry")
      assert.error_matches(function() session:download("b", path, { retries = -1 }) end, "range")
      assert.error_matches(function() session:download("b", path, { chunk = 0 }) end, "range")
      assert.error_matches(function() session:download("b\r", path) end, "CR")
    end)
    here:run(function(session, modem)
      session:close()
      local ascii = assert(modem:login { host = "h", user = "joe", password = "s3cret",
        type = "ascii" })
      assert.error_matches(function() ascii:upload(here:path("f"), "f") end, "ascii")
    end)
  end)

  it("on a closed session fails with kind closed", function()
    local here = bench.new()
    here:run(function(session)
      session:close()
      assert.equal("closed", select(2, session:upload(here:write("f", "x"), "f")).kind)
      assert.equal("closed", select(2, session:download("f", here:path("g"))).kind)
    end)
  end)

  it("shows neither password nor APN account, in traces, errors or journals", function()
    local here = bench.new()
    local text = {}
    here:run(function(session, modem)
      session:close()
      assert(modem:activate { apn = "net", user = "apnuser", password = "apnpass" })
      session = assert(modem:login { host = "h", user = "joe", password = "s3cret", timeout = 20 })
      here:fault("drop,bytes=20000,times=0")
      here:fault("pdp,bytes=30000")
      assert(session:upload(here:write("log", data), "log", {
        on_retry = function(err)
          text[#text + 1] = tostring(err)
          text[#text + 1] = here:read("log.upload")
        end,
      }))
    end)
    text = table.concat(text, "\n") .. table.concat(here.bench.trace, "\n")
    assert.is_nil(text:find("s3cret", 1, true))
    assert.is_nil(text:find("apnpass", 1, true))
    assert.is_nil(text:find("apnuser", 1, true))
  end)
end)
