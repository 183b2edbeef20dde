-- How often a script is called during a transfer: with progress ten times a second at most,
-- and with chunks that were gathered.

local module = require "spec.support.module"
local bench = require "spec.support.transfer_bench"

local data = bench.data(30000)

-- Functions that note when they were called, on the clock of the modem.
local function recorder(modem)
  local seen = {}
  return seen, function(done, total)
    seen[#seen + 1] = { done = done, total = total, at = modem.core:now() }
  end
end

local function assert_calm(seen, total)
  assert.is_true(#seen >= 2)
  for i = 2, #seen do
    assert.is_true(seen[i].done > seen[i - 1].done)
    assert.is_true(i == #seen or seen[i].at - seen[i - 1].at >= 0.0999)
  end
  assert.equal(total, seen[#seen].done)
end

describe("progress", function()
  it("comes at the first byte, at the last, and ten times a second between them", function()
    module.with_session(nil, function(session, modem)
      local began = modem.core:now()
      local seen, progress = recorder(modem)
      assert(session:put("f", data, { progress = progress }))
      assert_calm(seen, #data)
      assert.is_true(#seen >= 20 and #seen <= (modem.core:now() - began) * 10 + 2, #seen)
      assert.is_true(seen[1].done < 2000)

      seen, progress = recorder(modem)
      assert(session:get("f", { progress = progress }))
      assert_calm(seen, #data)
      assert.is_true(#seen >= 20)
      assert.is_true(seen[1].done < 2000)

      seen, progress = recorder(modem)
      assert(session:get("f", { via = "ufs", progress = progress }))
      assert_calm(seen, #data)
    end)
  end)

  for _, direction in ipairs { "upload", "download" } do
    it("of an " .. direction .. " does the same", function()
      local here = bench.new()
      here.server:put("/f", data)
      here:run(function(session, modem)
        local seen, progress = recorder(modem)
        if direction == "upload" then
          assert(session:upload(here:write("f", data), "f", { progress = progress }))
        else
          assert(session:download("f", here:path("f"), { progress = progress }))
        end
        assert_calm(seen, #data)
        assert.is_true(#seen >= 20)
      end)
    end)
  end

  it("of a listing tells the last byte as well", function()
    module.with_session(nil, function(session, modem)
      for i = 1, 200 do modem.bench.server:put("/file" .. i, "") end
      local seen, progress = recorder(modem)
      local text = assert(session:list(".", { progress = progress }))
      assert_calm(seen, #text)
    end)
  end)
end)

describe("a sink", function()
  -- The chunks that a sink gets, each with its time.
  local function collect(session, modem, options)
    local chunks = {}
    options = options or {}
    options.sink = function(chunk)
      if chunk then chunks[#chunks + 1] = { bytes = chunk, at = modem.core:now() } end
      return true
    end
    return chunks, session:get("f", options)
  end

  it("gets 4 KiB at a time from a line that is fast enough", function()
    module.with_session({ baudrate = 921600 }, function(session, modem)
      assert(session:put("f", data))
      local chunks = collect(session, modem)
      assert.is_true(#chunks <= 8, #chunks)
      for i = 1, #chunks - 1 do assert.is_true(#chunks[i].bytes >= 4096) end
    end)
  end)

  it("gets what has come in a tenth of a second from a slow one", function()
    module.with_session({ baudrate = 9600 }, function(session, modem)
      modem.bench.server:put("/f", data:sub(1, 5000))
      local chunks = collect(session, modem)
      local all = {}
      for i, chunk in ipairs(chunks) do
        all[i] = chunk.bytes
        if i > 1 then assert.is_true(chunk.at - chunks[i - 1].at < 0.25) end
      end
      assert.is_true(table.concat(all) == data:sub(1, 5000))
      assert.is_true(#chunks >= 25 and #chunks <= 60, #chunks)
    end)
  end)

  it("does not wait for the rest of what has stopped", function()
    module.with_session(nil, function(session, modem)
      assert(session:put("f", data))
      local stopped_at
      modem.bench.module:fault("drop,bytes=10000,how=silence")
      local size = 0
      local chunks = collect(session, modem, { timeout = 20, progress = function(done)
        if done < 10000 then stopped_at = modem.core:now() end
      end })
      for _, chunk in ipairs(chunks) do size = size + #chunk.bytes end
      assert.is_true(chunks[#chunks].at - stopped_at < 1)
      assert.is_true(size >= 10000, size)
    end)
  end)
end)
