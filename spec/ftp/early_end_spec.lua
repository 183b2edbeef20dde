-- Driver and emulated module together, on a virtual clock: a download of known length that
-- ends early. The module's words are its end, whatever the module says by itself behind
-- them, and no byte of them is counted as payload.

local module = require "spec.support.module"

local SIZE = 6000
local CHATTER = 12 -- lines

local contents = {
  ["any bytes"] = function(i) return string.char((7 * i + math.floor(i / 256)) % 256) end,
  ["lines"] = function(i) return ("0123456\r\n"):sub(i % 9 + 1, i % 9 + 1) end,
  ["empty lines"] = function(i) return i % 2 == 0 and "\r" or "\n" end,
}

local function make(name)
  local bytes = {}
  for i = 1, SIZE do bytes[i] = contents[name](i - 1) end
  return table.concat(bytes)
end

-- What the module says at the end, and the error that it makes.
local endings = {
  { "early,how=result,code=607,protocol=426", { kind = "ftp", code = 607, protocol = 426 } },
  { "early,how=result,code=616,protocol=426", { kind = "ftp", code = 616, protocol = 426 } },
  { "early,how=bare,code=607,protocol=426", { kind = "ftp", code = 607, protocol = 426 } },
  { "early,how=carrier", { kind = "error", reason = "NO CARRIER" } },
  { "drop,how=result,code=605", { kind = "ftp", code = 605 } },
  { "drop,how=result,code=605,close=yes", { kind = "ftp", code = 605 } },
  { "drop,how=none,close=yes", { kind = "ftp", code = 606 } },
  { "pdp,how=none", { kind = "pdp" } },
  { "pdp,how=carrier", { kind = "pdp" } },
  { "pdp,how=result", { kind = "pdp" } },
  { "reset", { kind = "reset", within = 3.1 + 2 } }, -- the boot takes 2 s
  { "power,wake=20,line=PSM POWER DOWN", { kind = "reset" } },
  { "power,wake=20,line=NORMAL POWER DOWN", { kind = "reset" } },
}

local function with_trigger(fault, trigger)
  local kind, rest = fault:match("^(%w+)(.*)$")
  return kind .. "," .. trigger .. rest
end

-- Fetches a file that ends early at `offset`. Returns error, how long after the last byte of
-- payload it came, what the sink got, and the unsolicited lines that were handed out.
local function fetch(case)
  local seen, got, result = {}, {}, {}
  local options = {
    baudrate = case.baudrate, read_size = case.read_size, boot_seconds = 2, quirks = case.quirks,
  }
  module.with_session(options, function(session, modem)
    local bench = modem.bench
    bench.server:put("/f", case.content)
    modem:on("+QIND", function(line) seen[#seen + 1] = line end)
    bench.module:fault(with_trigger(case.fault, ("bytes=%d"):format(case.offset)))
    if case.every then
      bench.module:fault(('chatter,bytes=%d,every=%d,count=%d,line=+QIND: "csq",20,99')
        :format(case.offset, case.every, case.count or CHATTER))
    end
    local last = bench.now
    result.value, result.err = session:get("f", { timeout = case.timeout, sink = function(chunk)
      if chunk then
        last = bench.now
        got[#got + 1] = chunk
      end
      return 1
    end })
    result.after = bench.now - last
    for _ = 1, 100 do
      bench.sleep(1)
      modem:poll()
    end
    result.lines = modem:at("+CSQ")
  end)
  result.got, result.seen = table.concat(got), #seen
  return result
end

local function check(case, expected)
  local what = ("%s at %d of %s, chatter %s"):format(case.fault, case.offset, case.name,
    case.every or "none")
  local result = fetch(case)
  assert.is_nil(result.value, what)
  local err = result.err
  local text = what .. ": " .. tostring(err)
  assert.equal(expected.kind, err.kind, text)
  if expected.code then assert.equal(expected.code, err.code, text) end
  if expected.protocol then assert.equal(expected.protocol, err.protocol, text) end
  if expected.reason then assert.matches(expected.reason, tostring(err)) end
  -- Empty lines at the end may be the module's. Those that are fetched again cost nothing,
  -- and words that are taken for payload cost the file.
  local lost = case.offset - err.transferred
  assert.is_true(lost >= 0 and lost <= (case.slack or 0), ("%s: lost %d"):format(text, lost))
  assert.is_true(result.got == case.content:sub(1, err.transferred), text)
  assert.is_true(result.after <= (expected.within or 3.1),
    ("%s after %.2f s"):format(text, result.after))
  if expected.seen then
    assert.is_true(result.seen >= expected.seen, ("%s: %d lines"):format(text, result.seen))
  elseif case.every and expected.kind ~= "reset" then
    assert.equal(CHATTER, result.seen, text)
  end
  assert.same({ "+CSQ:24,0" }, { (table.concat(result.lines):gsub(" ", "")) }, text)
end

local function check_all(name, offsets, every)
  local content = make(name)
  for _, ending in ipairs(endings) do
    for _, offset in ipairs(offsets) do
      check({ name = name, content = content, offset = offset, fault = ending[1], every = every },
        ending[2])
    end
  end
end

local offsets = { 1, 2, 511, 512, 513, 4500, SIZE - 33, SIZE - 9, SIZE - 2, SIZE - 1 }
local last_offsets = {}
for offset = SIZE - 40, SIZE - 1 do last_offsets[#last_offsets + 1] = offset end

describe("a download of known length that ends early", function()
  for _, every in ipairs { false, 1000, 5000 } do
    local behind = every and ("chatter every %d ms"):format(every) or "silence"
    for name in pairs(contents) do
      it(("says why within 3 s, in a file of %s, %s behind it"):format(name, behind), function()
        check_all(name, every == 5000 and { 4500 } or offsets, every)
      end)
    end
  end

  it("says why within 3 s at each of the last 40 bytes", function()
    check_all("lines", last_offsets, 1000)
  end)

  for _, style in ipairs { "airy", "joined", "blank+tight+trailing" } do
    it("says why where the module is generous with blanks: " .. style, function()
      for _, ending in ipairs(endings) do
        -- A result line that nothing divides from the payload is none.
        local is_glued = style == "joined" and ending[1]:find("how=[bn]")
        for _, offset in ipairs(is_glued and {} or { 4500, 4501, 4502 }) do
          check({ name = "lines", content = make("lines"), offset = offset, fault = ending[1],
            every = 1000, quirks = { "spacing=" .. style }, slack = 2 }, ending[2])
        end
      end
    end)
  end

  it("says why, read byte by byte", function()
    local content = make("lines")
    for _, ending in ipairs(endings) do
      check({ name = "lines", content = content, offset = 3000, fault = ending[1], every = 1000,
        read_size = 1 }, ending[2])
    end
  end)

  it("says why on a line that sends all at once", function()
    local content = make("lines")
    for _, ending in ipairs(endings) do
      check({ name = "lines", content = content, offset = 3000, fault = ending[1], every = 1000,
        baudrate = 0 }, ending[2])
    end
  end)

  -- Nothing tells that it has ended; what the module says by itself renews no deadline.
  for _, every in ipairs { 200, 1000, 5000 } do
    it(("without a word ends in its silence, chatter every %d ms"):format(every), function()
      local content = make("lines")
      for _, offset in ipairs { 100, 3000, SIZE - 1 } do
        check({ name = "lines", content = content, offset = offset, fault = "early,how=none",
          every = every, timeout = 15 },
          { kind = "timeout", within = 15.6, seen = math.min(CHATTER, 15000 / every - 1) })
      end
    end)
  end
end)

describe("a file that holds what could be the module's words", function()
  -- What the module says by itself pushes lines of the file out of the room in which an end is
  -- looked for. That is no progress, and then there is none of the file left to be pushed.
  for _, every in ipairs { 100, 200, 1000 } do
    it(("and ends early without a word ends in its silence, chatter every %d ms"):format(every),
      function()
        local content = ("\r\nOK\r\n\r\n+QFTPLIST: 0,1234\r\n"):rep(200)
        for offset = 3000, 3060 do
          check({ name = "a module's lines", content = content, offset = offset,
            fault = "early,how=none", every = every, count = 30000 / every, timeout = 15,
            slack = 512 },
            { kind = "timeout", within = 15.6, seen = 0 })
        end
      end)
  end

  -- The OK before it, which was the file's, is not that of the command.
  for _, every in ipairs { 200, 1500 } do
    it(("and ends early with NO CARRIER says so within 3 s, chatter every %d ms"):format(every),
      function()
        local content = ("\r\nOK\r\n\r\n+QFTPLIST: 0,1234\r\n"):rep(200)
        for offset = 3000, 3060 do
          check({ name = "a module's lines", content = content, offset = offset,
            fault = "early,how=carrier", every = every, slack = 512 },
            { kind = "error", reason = "NO CARRIER", seen = 0 })
        end
      end)
  end

  local report = ('\r\n+QIND: "csq",20,99\r\n'):rep(60)
  for _, words in ipairs { "NO CARRIER", 'OK\r\n\r\n+QFTPGET: 607,426', '+QIURC: "pdpdeact",1' } do
    it("and more lines of a module's than an end may have arrives whole: " .. words, function()
      module.with_session(nil, function(session, modem)
        local content = make("lines") .. "\r\n" .. words .. "\r\n" .. report .. make("lines")
        modem.bench.server:put("/f", content)
        local path = os.tmpname()
        local result, err = session:download("f", path)
        assert.is_table(result, tostring(err))
        local file = io.open(path, "rb")
        assert.is_true(file:read("*a") == content)
        file:close()
        os.remove(path)
      end)
    end)
  end
end)

describe("a download of known length that ends early beside another's final result code", function()
  local SENT = 2500

  local function set_faults(bench, line, when)
    bench.module:fault(("early,bytes=%d,how=result,code=607,protocol=426"):format(SENT))
    bench.module:fault(("foreign,command=QFTPGET,when=%s,line=%s"):format(when, line))
  end

  for _, line in ipairs { "OK", "ERROR", "NO CARRIER", "+CME ERROR: 100" } do
    for _, when in ipairs { "behind-payload", "before-result", "after-result" } do
      it(("hands out none of the module's words: %s, %s"):format(line, when), function()
        module.with_session(nil, function(session, modem)
          local content, got = make("any bytes"), {}
          modem.bench.server:put("/f", content)
          set_faults(modem.bench, line, when)
          local value, err = session:get("f", { sink = function(chunk)
            if chunk then got[#got + 1] = chunk end
            return 1
          end })
          assert.is_nil(value)
          assert.equal(SENT, err.transferred)
          assert.is_true(table.concat(got) == content:sub(1, SENT))
        end)
      end)
    end
  end
end)
