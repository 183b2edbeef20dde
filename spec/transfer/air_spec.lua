-- What an undisturbed transfer costs on the air, whatever its size: each FTP command is a
-- round trip, and a data connection three of them.

local bench = require "spec.support.transfer_bench"

after_each(bench.remove_places)

local MB = 1048576
local data = bench.data(MB)

-- Runs job(session, here) with a file "there" of `size` bytes on the server. Returns the FTP
-- commands of that with their numbers, all the counters, and the place.
local function cost_of(size, job, without)
  local here = bench.new { baudrate = 921600 }
  here.server:put("/there", data:sub(1, size))
  for _, verb in ipairs(without or {}) do here.server.without[verb] = true end
  local spent = {}
  here:run(function(session)
    local before = here.module:counters()
    job(session, here)
    for name, value in pairs(here.module:counters()) do spent[name] = value end
    for word, count in pairs(before.words) do
      spent.words[word] = spent.words[word] - count
      if spent.words[word] == 0 then spent.words[word] = nil end
    end
    for _, name in ipairs { "commands", "data_connections", "up", "down" } do
      spent[name] = spent[name] - before[name]
    end
  end)
  assert.equal(1, spent.data_connections)
  assert.is_true(spent.up + spent.down <= size + math.max(500, 0.002 * size))
  return spent.words, here
end

for _, size in ipairs { 1, 10000, MB } do
  describe(("%d bytes take one data connection, and"):format(size), function()
    local content = data:sub(1, size)

    it("two commands for put", function()
      local words, here = cost_of(size, function(session)
        assert.equal(size, assert(session:put("f", content)))
      end)
      assert.same({ PASV = 1, STOR = 1 }, words)
      assert.is_true(here.server:get("/f") == content)
    end)

    it("three for get", function()
      local words = cost_of(size, function(session)
        assert.is_true(assert(session:get("there")) == content)
      end)
      assert.same({ SIZE = 1, PASV = 1, RETR = 1 }, words)
    end)

    it("five for upload", function()
      local words, here = cost_of(size, function(session, here)
        assert.equal(size, assert(session:upload(here:write("f", content), "f")).sent)
      end)
      assert.same({ PASV = 1, STOR = 1, SIZE = 1, RNFR = 1, RNTO = 1 }, words)
      assert.is_true(here.server:get("/f") == content)
      assert.equal(size, here.server.stored)
    end)

    it("five for download, and nothing is fetched twice", function()
      local words, here = cost_of(size, function(session, here)
        assert.equal(size, assert(session:download("there", here:path("f"))).sent)
      end)
      assert.same({ MDTM = 2, SIZE = 1, PASV = 1, RETR = 1 }, words)
      assert.is_true(here:read("f") == content)
      assert.equal(size, here.server.retrieved)
    end)

    it("five for download from a server without MDTM", function()
      local words = cost_of(size, function(session, here)
        assert(session:download("there", here:path("f")))
      end, { "mdtm" })
      assert.same({ MDTM = 1, SIZE = 2, PASV = 1, RETR = 1 }, words)
    end)
  end)
end

describe("a byte lost on the serial line costs a download of a megabyte", function()
  for _, at in ipairs { 100000, 500000, 1000000 } do
    it(("the search for its place, and what is behind that: at %d"):format(at), function()
      local here = bench.new { baudrate = 921600 }
      here.server:put("/there", data)
      local report = here:run(function(session)
        here:fault(("byte,at=%d,how=lost"):format(at))
        return assert(session:download("there", here:path("f")))
      end)
      assert.is_true(here:read("f") == data)
      assert.equal(2, report.attempts)
      assert.is_true(here.server.retrieved <= MB + MB - at + 70000, here.server.retrieved)
    end)
  end
end)

it("a listing is proven by two exchanges, and its length by one", function()
  local here = bench.new()
  here:run(function(session)
    local before = #here.module:commands()
    assert(session:nlst())
    local commands = here.module:commands()
    assert.equal('AT+QFTPNLST=".","COM:"', commands[before + 1])
    assert.equal("ATE1", commands[before + 2])
    assert.matches('^ATE0%+QFLST="%x+"$', commands[before + 3])
    assert.equal("AT+QFTPLEN", commands[before + 4])
    assert.equal(before + 4, #commands)
    assert(session:pwd())
    assert.equal(before + 5, #here.module:commands())
  end)
end)
