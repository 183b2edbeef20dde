-- bg96-ftp at a terminal of 80 columns, and how it ends when it is interrupted: the module is
-- in command mode and logged out.

local cqueues = require "cqueues"
local habits = require "spec.support.habits"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local SIZE = 250000
local folder, served, server, emulator, environment

before_each(function()
  habits.assumes { "slow-close" } -- the logout is short in the bar and in the trace
  folder, served = process.folder(), process.folder()
  server = process.ftp_server(served)
  -- Slow enough for a bar to be drawn: about three seconds.
  emulator = process.emulator("--baud", "921600", "--trace", folder .. "/trace")
  environment = { BG96_PORT = emulator.line, BG96_BAUDRATE = 921600, BG96_HOST = "127.0.0.1",
    BG96_SERVER_PORT = server.port, BG96_USER = "test", BG96_PASSWORD = "test",
    BG96_APN = "internet" }
  shell.write(folder .. "/big.bin", ("0123456789abcdef"):rep(SIZE / 16))
  shell.write(served .. "/big.bin", ("0123456789abcdef"):rep(SIZE / 16))
end)

after_each(function()
  emulator:stop()
  server:stop()
  process.remove(folder)
  process.remove(served)
end)

local function start(...)
  return shell.start(folder, environment, { ... })
end

-- The last three lines between the program and the module.
local function end_of_trace()
  local lines = {}
  for line in io.lines(folder .. "/trace") do
    lines[#lines + 1] = line:match("%d ([<>] .*)$")
    if #lines > 3 then table.remove(lines, 1) end
  end
  return lines
end

local LOGGED_OUT = { "< AT+QFTPCLOSE", "> OK", "> " .. habits.said "+QFTPCLOSE: 0,0" }

describe("at a terminal", function()
  for _, command in ipairs { "put", "get" } do
    it(command .. " shows a bar with rate and time left, and takes it away", function()
      local terminal = command == "put" and start("put", folder .. "/big.bin", "copy.bin")
        or start("get", "big.bin", folder .. "/copy.bin")
      assert.equal(0, terminal:finish())
      local frames = terminal:frames()
      assert.is_true(#frames >= 5, terminal.screen)
      local share = 0
      for _, frame in ipairs(frames) do
        assert.is_true(#frame <= 77, frame) -- and room for ^C
        local now = tonumber(frame:match("(%d+)%% %[=*>? *%]"))
        assert.is_true(now >= share, frame)
        share = now
      end
      assert.matches("kB/250 kB +%d+ kB/s ETA +%d:%d%d$", frames[#frames])
      assert.matches("\r\27%[K[^\r\n]*copy%.bin: 250 kB in 0:0%d %(%d+ kB/s%)\r\n$",
        terminal.screen)
    end)
  end

  it("shows no bar with -q, --json or -v", function()
    for _, option in ipairs { "-q", "--json", "-v" } do
      local terminal = start(option, "put", folder .. "/big.bin", "copy.bin")
      assert.equal(0, terminal:finish())
      assert.is_nil(terminal.screen:find("\27[", 1, true), option)
    end
  end)

  it("shows names from the server without control characters", function()
    shell.write(served .. "/evil\27[2Jname", "")
    local terminal = start("ls")
    assert.equal(0, terminal:finish())
    assert.is_truthy(terminal.screen:find([[evil\x1b[2Jname]], 1, true))
    assert.is_nil(terminal.screen:find("\27", 1, true))
  end)
end)

describe("an interruption", function()
  for _, command in ipairs { "put", "get" } do
    it(("by Ctrl-C in a %s leaves data mode, logs out and exits 130 within seconds #timing")
      :format(command), function()
      local terminal = command == "put" and start("put", folder .. "/big.bin", "copy.bin")
        or start("get", "big.bin", folder .. "/copy.bin")
      terminal:expect("[2-5]%d%% %[")
      local pressed = cqueues.monotime()
      terminal:type("\3")
      assert.equal(130, terminal:finish())
      assert.is_true(cqueues.monotime() - pressed < 5, cqueues.monotime() - pressed .. " s")
      assert.matches("\r\27%[Kbg96%-ftp: interrupted; [%d.]+ kB of [^ ]*big%.bin are kept, and the "
        .. "same command goes on from there\r\n$", terminal.screen)
      assert.same(LOGGED_OUT, end_of_trace())
      assert.is_nil(io.open(folder .. "/copy.bin"))
      assert.is_nil(io.open(served .. "/copy.bin"))
      -- and the module works for the next one
      local status, out = shell.run(folder, environment, { "size", "big.bin" })
      assert.equal(0, status)
      assert.equal(SIZE .. "\n", out)
    end)
  end

  for signal, status in pairs { TERM = 143, HUP = 129, INT = 130 } do
    it(("by SIG%s exits %d after logging out"):format(signal, status), function()
      local terminal = start("put", folder .. "/big.bin", "copy.bin")
      terminal:expect("[2-5]%d%% %[")
      terminal:kill(signal)
      assert.equal(status, terminal:finish())
      assert.same(LOGGED_OUT, end_of_trace())
    end)
  end

  it("ends the program while it waits for standard input", function()
    local terminal = start("put", "-", "copy.bin")
    terminal:type("abc\n")
    local stop = cqueues.monotime() + 10
    repeat
      cqueues.sleep(0.05)
      local trace = shell.contents(folder .. "/trace")
    until trace:find("+QFTPOPEN: 0,0", 1, true) or cqueues.monotime() > stop
    cqueues.sleep(0.2)
    terminal:type("\3")
    assert.equal(130, terminal:finish())
    assert.same(LOGGED_OUT, end_of_trace())
  end)

  it("ends the program within seconds where the module hangs, and says what is kept #timing",
    function()
    emulator:stop()
    emulator = process.emulator("--baud", "921600", "--fault", "hang,bytes=100000")
    environment.BG96_PORT = emulator.line
    local terminal = start("put", folder .. "/big.bin", "copy.bin")
    terminal:expect("stalled")
    local pressed = cqueues.monotime()
    terminal:type("\3")
    assert.equal(130, terminal:finish())
    local seconds = cqueues.monotime() - pressed
    assert.is_true(seconds < 7, seconds .. " s")
    assert.matches("\r\27%[Kbg96%-ftp: interrupted; [%d.]+ kB of [^ ]*big%.bin are kept, and the "
      .. "same command goes on from there\r\n$", terminal.screen)
  end)

  it("that comes twice ends the program at once, whatever the module does", function()
    emulator:stop()
    emulator = process.emulator("--baud", "921600", "--fault", "hang,bytes=100000")
    environment.BG96_PORT = emulator.line
    local terminal = start("put", folder .. "/big.bin", "copy.bin")
    terminal:expect("stalled")
    terminal:type("\3")
    terminal:expect("logging out")
    terminal:type("\3")
    terminal:finish()
    assert.is_nil(terminal.screen:find("interrupted"))
  end)
end)
