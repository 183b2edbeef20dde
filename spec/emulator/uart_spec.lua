-- The emulator's serial line: exactly as fast as its baud rate.

local memory = require("bg96.emulator.memory")
local module = require("bg96.emulator.module")
local uart = require("bg96.emulator.uart")

local BYTES = 65536

-- A host with bytes to send, on a line to an emulated module.
local function setup(baudrate, options)
  options = options or {}
  options.backend, options.active = memory.new(), true
  local emulated = module.new(options)
  options.backend:put("/f", ("x"):rep(BYTES))
  return {
    module = emulated, line = uart.new(emulated, { baudrate = baudrate }), now = 0, pending = "",
    server = options.backend,
  }
end

local function receive_host(bench)
  local room = bench.line:room(bench.now)
  if bench.pending == "" or room < 1 then return end
  local bytes = bench.pending:sub(1, room)
  bench.pending = bench.pending:sub(#bytes + 1)
  bench.line:feed(bytes, bench.now)
end

-- Runs until `ending` has come; wakes up `late` seconds too late each time.
local function run(bench, ending, late)
  local heard, tail = {}, ""
  for _ = 1, 1000000 do
    if bench.pending ~= "" then receive_host(bench) end
    local bytes = bench.line:take(bench.now)
    heard[#heard + 1] = bytes
    tail = (tail .. bytes):sub(-100)
    if tail:find(ending, 1, true) then return table.concat(heard) end
    local time = bench.line:deadline() or math.huge
    if bench.pending ~= "" then time = math.min(time, bench.line:arrival() or math.huge) end
    assert(time < math.huge, "nothing will ever come")
    bench.now = math.max(bench.now, time) + (late or 0)
  end
  error("does not end")
end

local function log_in(bench)
  bench.pending = 'AT+QFTPOPEN="server",21\r'
  run(bench, "+QFTPOPEN: 0,0\r\n")
end

local RATES = { 9600, 115200, 921600, 3000000 }

describe("the emulator's serial line", function()
  for _, baudrate in ipairs(RATES) do
    it(("carries a download at %d baud"):format(baudrate), function()
      local bench = setup(baudrate)
      log_in(bench)
      local start = bench.now
      bench.pending = ('AT+QFTPGET="f","COM:",0,%d\r'):format(BYTES)
      local heard = run(bench, ("+QFTPGET: 0,%d\r\n"):format(BYTES))
      local share = #heard / (baudrate / 10) / (bench.now - start)
      assert.is_true(share <= 1, "faster than the line: " .. share)
      assert.is_true(share > 0.997, "line not used: " .. share)
    end)

    it(("carries an upload at %d baud"):format(baudrate), function()
      local bench = setup(baudrate)
      log_in(bench)
      bench.pending = ('AT+QFTPPUT="g","COM:",0,%d,1\r'):format(BYTES)
      run(bench, "CONNECT\r\n")
      local start = bench.now
      bench.pending = ("y"):rep(BYTES)
      run(bench, ("+QFTPPUT: 0,%d\r\n"):format(BYTES))
      local share = BYTES / (baudrate / 10) / (bench.now - start)
      assert.is_true(share <= 1, "faster than the line: " .. share)
      assert.is_true(share > 0.997, "line not used: " .. share)
      assert.equal(("y"):rep(BYTES), bench.server:get("/g"))
    end)
  end
end)

describe("the pace of the emulator's serial line", function()
  it("does not suffer from late wake-ups", function()
    local bench = setup(921600)
    log_in(bench)
    local start = bench.now
    bench.pending = ('AT+QFTPGET="f","COM:",0,%d\r'):format(BYTES)
    local heard = run(bench, ("+QFTPGET: 0,%d\r\n"):format(BYTES), 0.001)
    local share = #heard / 92160 / (bench.now - start)
    assert.is_true(share <= 1 and share > 0.99, "share " .. share)
  end)

  it("gains nothing from idle time", function()
    local bench = setup(9600)
    bench.now = 100
    assert.equal(0, bench.line:room(bench.now))
    assert.equal(9, bench.line:room(bench.now + 0.0094))
    bench.line:feed("AT", bench.now + 0.0094)
    bench.now = 200
    assert.equal(0, bench.line:room(bench.now))
    bench.now = bench.now + 0.01
    bench.line:feed("\r", bench.now)
    assert.equal("", bench.line:take(bench.now))
    assert.equal("\r\n", bench.line:take(bench.now + 2.9 / 960))
    assert.equal("OK\r", bench.line:take(bench.now + 5.1 / 960))
    assert.equal("\n", bench.line:take(bench.now + 50))
  end)

  it("tolerates a short pause on request", function()
    local bench = setup(9600)
    local line = uart.new(bench.module, { baudrate = 9600, grace = 0.01 })
    assert.equal(0, line:room(0))
    assert.equal(96, line:room(0.1))
    line:feed(("x"):rep(90), 0.1)
    assert.equal(6 + 4, line:room(0.1 + 4.5 / 960))
    line:feed(("x"):rep(8), 0.1 + 4.5 / 960)
    assert.equal(0, line:room(0.2))
  end)

  it("reports when it has something", function()
    local bench = setup(9600)
    assert.is_nil(bench.line:deadline())
    bench.line:room(0)
    bench.line:feed("AT\r", 1)
    assert.is_near(1 + 6 / 960, bench.line:deadline(), 1e-9)
  end)

  it("has no limit without a rate", function()
    local bench = setup(0)
    bench.line:feed("AT\r", 0)
    assert.is_true(bench.line:room(0) > 1000)
    assert.equal("\r\nOK\r\n", bench.line:take(0))
  end)
end)
