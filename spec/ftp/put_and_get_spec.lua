-- put and get against a scripted module: every byte on the line, and wrong answers.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"

-- A logged-in session with a scripted module.
local function with_session(steps, options, job)
  local peer = Script.new(steps)
  options = options or {}
  options.peer = peer
  local bench = Bench.new(options)
  bench:run(function(modem) job(Session.new(modem, 95), modem) end)
  return peer, bench
end

local function size_step(name, size)
  return { ('AT+QFTPSIZE="%s"'):format(name), ("\r\nOK\r\n\r\n+QFTPSIZE: 0,%d\r\n"):format(size) }
end

-- The step of a module that answers a GET with `data`; `count` replaces the right count.
local function get_step(name, data, count)
  return {
    ('AT+QFTPGET="%s","COM:",0,%d'):format(name, #data),
    ("\r\nCONNECT\r\n%s\r\nOK\r\n\r\n+QFTPGET: 0,%d\r\n"):format(data, count or #data),
  }
end

local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte)

-- Payloads that look like commands or results.
local payloads = {
  ["every byte value"] = every_byte,
  ["+++ alone"] = "+++",
  ["a final result code"] = "\r\nOK\r\n",
  ["NO CARRIER"] = "\r\nNO CARRIER\r\n",
  ["a forged trailer with the right count"] = "12345678901234567\r\nOK\r\n\r\n+QFTPGET: 0,17\r\n",
  ["a forged trailer with a wrong count"] = "\r\nOK\r\n\r\n+QFTPGET: 0,99\r\n",
  ["one byte"] = "x",
  ["line ends alone"] = "\n\r\n\r\r\n",
}

describe("get", function()
  for what, payload in pairs(payloads) do
    for _, read_size in ipairs { 1, 7, 4096 } do
      it(("returns %s, read %d bytes at a time"):format(what, read_size), function()
        local steps = { size_step("f", #payload), get_step("f", payload) }
        with_session(steps, { read_size = read_size }, function(session)
          assert.equal(payload, session:get("f"))
        end)
      end)
    end
  end

  it("sends no QFTPGET for an empty file", function()
    local peer = with_session({ size_step("empty", 0) }, nil, function(session)
      assert.equal("", session:get("empty"))
    end)
    assert.same({ 'AT+QFTPSIZE="empty"' }, peer:own_commands())
  end)

  it("takes a part of a file", function()
    local peer = with_session({
      size_step("f", 1000),
      { 'AT+QFTPGET="f","COM:",500,7', "\r\nCONNECT\r\nseven!!\r\nOK\r\n\r\n+QFTPGET: 0,7\r\n" },
    }, nil, function(session)
      assert.equal("seven!!", session:get("f", { offset = 500, length = 7 }))
    end)
    assert.equal(2, #peer:own_commands())
  end)

  it("reports progress, and passes chunks to a sink as they come", function()
    local data = ("0123456789"):rep(1000)
    local chunks, seen = {}, {}
    with_session({ size_step("f", #data), get_step("f", data) }, nil, function(session)
      local count = session:get("f", {
        sink = function(chunk)
          if chunk then chunks[#chunks + 1] = chunk end
          return 1
        end,
        progress = function(done, total) seen[#seen + 1] = { done, total } end,
      })
      assert.equal(#data, count)
    end)
    assert.equal(data, table.concat(chunks))
    assert.is_true(#chunks > 1)
    for i = 2, #seen do assert.is_true(seen[i][1] > seen[i - 1][1]) end
    assert.same({ #data, #data }, seen[#seen])
  end)
end)

describe("get from a module that misbehaves", function()
  -- A byte lost or doubled on the serial line shows at the end of the payload.
  for what, trailer in pairs {
    ["one byte too few"] = "\nOK\r\n\r\n+QFTPGET: 0,10\r\n",
    ["two bytes too few"] = "OK\r\n\r\n+QFTPGET: 0,10\r\n",
    ["one byte too many"] = "x\r\nOK\r\n\r\n+QFTPGET: 0,10\r\n",
    ["no OK"] = "\r\n+QFTPGET: 0,10\r\n",
    ["another line in its place"] = "\r\nHELLO\r\n\r\nOK\r\n\r\n+QFTPGET: 0,10\r\n",
  } do
    it("fails with kind framing if the trailer has " .. what, function()
      with_session({
        size_step("f", 10),
        { 'AT+QFTPGET="f","COM:",0,10', "\r\nCONNECT\r\n0123456789" .. trailer },
      }, nil, function(session)
        local data, err = session:get("f")
        assert.is_nil(data)
        assert.equal("framing", err.kind)
        assert.equal(10, err.transferred)
      end)
    end)
  end

  it("fails with kind verify where the module counts other bytes", function()
    with_session({ size_step("f", 3), get_step("f", "abc", 2) }, nil, function(session)
      local data, err = session:get("f")
      assert.is_nil(data)
      assert.equal("verify", err.kind)
    end)
  end)

  it("accepts unsolicited lines in the trailer", function()
    with_session({
      size_step("f", 3),
      { 'AT+QFTPGET="f","COM:",0,3',
        '\r\nCONNECT\r\nabc\r\n+QIURC: "recv",0\r\n\r\nOK\r\n\r\nRING\r\n\r\n+QFTPGET: 0,3\r\n' },
    }, nil, function(session) assert.equal("abc", session:get("f")) end)
  end)

  for what, case in pairs {
    ["in place of CONNECT, synchronously"] = { "\r\n+CME ERROR: 615\r\n", 615, nil },
    ["after OK, in place of CONNECT"] = { "\r\nOK\r\n\r\n+QFTPGET: 627,550\r\n", 627, 550 },
    ["alone, in place of CONNECT"] = { "\r\n+QFTPGET: 627,550\r\n", 627, 550 },
    ["behind the payload"] = { "\r\nCONNECT\r\nabc\r\nOK\r\n\r\n+QFTPGET: 605,0\r\n", 605, nil },
  } do
    it("returns the module's error that comes " .. what, function()
      with_session({ size_step("f", 3), { 'AT+QFTPGET="f","COM:",0,3', case[1] } }, nil,
        function(session)
          local data, err = session:get("f")
          assert.is_nil(data)
          assert.equal("ftp", err.kind)
          assert.equal(case[2], err.code)
          assert.equal(case[3], err.protocol)
          assert.equal("+QFTPGET", err.command)
        end)
    end)
  end
end)

describe("get that cannot go on", function()
  it("refuses an offset behind the end of the file", function()
    with_session({ size_step("f", 3) }, nil, function(session)
      local data, err = session:get("f", { offset = 4 })
      assert.is_nil(data)
      assert.equal("verify", err.kind)
    end)
  end)

  it("times out when the payload stops, and leaves data mode before the next command", function()
    local peer = Script.new({
      size_step("f", 100),
      { 'AT+QFTPGET="f","COM:",0,100', "\r\nCONNECT\r\nonly this" },
    })
    local bench = Bench.new { peer = peer }
    local said_at
    -- A module in data mode ignores commands until a guarded "+++".
    function peer.feed(self, bytes, now)
      if self.at == 3 and not said_at then
        if bytes == "+++" then
          said_at = now
          self:say("\r\nOK\r\n", now, 1)
        end
        return
      end
      Script.feed(self, bytes, now)
    end
    bench:run(function(modem)
      local session = Session.new(modem, 95)
      local data, err = session:get("f", { timeout = 20 })
      assert.is_nil(data)
      assert.equal("timeout", err.kind)
      assert.equal("+QFTPGET", err.command)
      assert.equal(9, err.transferred)
      peer.steps[3] = { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }
      assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ"))
    end)
    assert.is_true(said_at - 20 >= 1, "the guard before +++ is one second")
  end)
end)

local function put_step(name, data, offset, is_last)
  local beof = is_last == false and 0 or 1
  return {
    ('AT+QFTPPUT="%s","COM:",%d,%d,%d'):format(name, offset or 0, #data, beof),
    "\r\nCONNECT\r\n",
    payload = #data,
    finally = ("\r\nOK\r\n\r\n+QFTPPUT: 0,%d\r\n"):format(#data),
  }
end

-- The steps of a put of `payload`; a chunk of only "+++" is split in two.
local function put_steps(payload)
  if payload ~= "+++" then return { put_step("f", payload) } end
  return { put_step("f", "+", 0, false), put_step("f", "++", 1) }
end

describe("put", function()
  for what, payload in pairs(payloads) do
    for _, room in ipairs { 1, 7, 4096 } do
      it(("sends %s, %d bytes at a time"):format(what, room), function()
        local peer = with_session(put_steps(payload), { write_room = room },
          function(session) assert.equal(#payload, session:put("f", payload)) end)
        assert.equal(payload, peer.payload)
      end)
    end
  end

  it("sends an empty file without a length, ended by +++ between guards", function()
    local peer = Script.new { { 'AT+QFTPPUT="f","COM:",0', "\r\nCONNECT\r\n" } }
    local bench = Bench.new { peer = peer }
    local times = {}
    function peer.feed(self, bytes, now)
      if #self.commands > 0 and bytes == "+++" then
        times.escape = now
        self:say("\r\nOK\r\n\r\n+QFTPPUT: 0,0\r\n", now, 1)
        return
      end
      Script.feed(self, bytes, now)
      times.command = now
    end
    bench:run(function(modem) assert.equal(0, Session.new(modem, 95):put("f", "")) end)
    assert.is_true(times.escape - times.command >= 1)
  end)
end)

describe("put, chunk by chunk", function()
  it("sends chunks, each confirmed, the last with beof 1; they grow up to 128 KiB", function()
    local function x(count) return ("x"):rep(count) end
    local peer = with_session({
      put_step("f", x(4096), 0, false), put_step("f", x(2048), 4096, false),
      put_step("f", x(32768), 6144, false), put_step("f", x(131072), 38912, false),
      put_step("f", x(131072), 169984, false), put_step("f", "y", 301056),
    }, nil, function(session) assert.equal(301057, session:put("f", x(301056) .. "y")) end)
    assert.equal(x(301056) .. "y", peer.payload)
  end)

  it("reports progress that never goes back, from chunk to chunk", function()
    local seen = { -1 }
    with_session({ put_step("f", ("x"):rep(4096), 0, false), put_step("f", ("x"):rep(2048), 4096) },
      { write_room = 1000 }, function(session)
        assert(session:put("f", ("x"):rep(6144), {
          progress = function(done, total)
            assert.equal(6144, total)
            assert.is_true(done > seen[#seen], ("%d after %d"):format(done, seen[#seen]))
            seen[#seen + 1] = done
          end,
        }))
      end)
    assert.equal(6144, seen[#seen])
  end)

  it("never sends +++ as a chunk, because a module could leave data mode", function()
    local chunk = ("x"):rep(4096)
    local peer = with_session({
      put_step("f", chunk, 0, false), put_step("f", "+", 4096, false),
      put_step("f", "++", 4097),
    }, nil, function(session) assert.equal(4099, session:put("f", chunk .. "+++")) end)
    assert.equal(chunk .. "+++", peer.payload)
  end)

  it("begins at an offset of the remote file", function()
    with_session({ put_step("f", "tail", 1000) }, nil, function(session)
      assert.equal(4, session:put("f", "tail", { offset = 1000 }))
    end)
  end)

  it("takes a function that returns chunks of any size", function()
    local chunks = { "ab", "", "cdefg", ("h"):rep(1000) }
    local peer = with_session({ put_step("f", "abcdefg" .. ("h"):rep(1000)) }, nil,
      function(session)
        local at = 0
        assert.equal(1007, session:put("f", function()
          at = at + 1
          return chunks[at]
        end))
      end)
    assert.equal("abcdefg" .. ("h"):rep(1000), peer.payload)
  end)

  it("takes a file, and reports its length as total", function()
    local file = assert(io.tmpfile())
    file:write("0123456789")
    file:seek("set", 2)
    local seen = {}
    local peer = with_session({ put_step("f", "23456") }, nil, function(session)
      assert.equal(5, session:put("f", file, {
        length = 5,
        progress = function(done, total) seen[#seen + 1] = { done, total } end,
      }))
    end)
    file:close()
    assert.equal("23456", peer.payload)
    assert.same({ 5, 5 }, seen[#seen])
  end)
end)

describe("a put that fails", function()
  it("by its source ends with kind local before anything is sent", function()
    local peer = with_session({}, nil, function(session, modem)
      local count, err = session:put("f", function() return nil, "disk on fire" end)
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.matches("disk on fire", tostring(err))
      count, err = session:put("f", function() error("thrown") end)
      assert.is_nil(count)
      assert.equal("local", err.kind)
      assert.same({}, modem:at(""))
    end)
    assert.same({}, peer:own_commands())
  end)

  it("is of kind verify where the module counts other bytes", function()
    local step = put_step("f", "abc")
    step.finally = "\r\nOK\r\n\r\n+QFTPPUT: 0,2\r\n"
    with_session({ step }, nil, function(session)
      local count, err = session:put("f", "abc")
      assert.is_nil(count)
      assert.equal("verify", err.kind)
      assert.equal(0, err.transferred)
    end)
  end)

  it("stops at the first sign that data mode has ended, and discards unsent output", function()
    local data = ("AT+CFUN=1,1\r"):rep(300)
    local step = put_step("f", data)
    step.payload, step.finally, step.leaves_early = 2000, "\r\nNO CARRIER\r\n", true
    local peer = Script.new { step }
    local bench = Bench.new { peer = peer, write_room = 1024 }
    bench:run(function(modem)
      local count, err = Session.new(modem, 95):put("f", data)
      assert.is_nil(count)
      assert.equal("error", err.kind)
      assert.matches("NO CARRIER", tostring(err))
    end)
    assert.is_true(#peer.fallen <= 1024, #peer.fallen .. " bytes fell through")
    assert.equal(1, bench.port:flushes())
  end)
end)
