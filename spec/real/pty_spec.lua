-- Real parts: the driver on a pty, the emulator as a separate process, a real FTP server.

local habits = require "spec.support.habits"
local ftp = require "bg96.ftp"
local process = require "spec.support.process"

local unpack = table.unpack or unpack -- luacheck: std max

local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte)

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local data = file:read("*a")
  file:close()
  return data
end

local folder, server

setup(function()
  folder = process.folder()
  server = process.ftp_server(folder)
end)

teardown(function()
  server:stop()
  process.remove(folder)
end)

local function login(modem)
  assert(modem:activate { apn = "internet" })
  return assert(modem:login {
    host = "127.0.0.1", port = server.port, user = "test", password = "test", timeout = 20,
  })
end

-- Starts the emulator; `options` is one text.
local function start_emulator(options)
  local words = {}
  for word in options:gmatch("%S+") do words[#words + 1] = word end
  return process.emulator(unpack(words))
end

-- Runs job(session, modem, emulator) with these options of the emulator.
local function with_emulator(options, job)
  local emulator = start_emulator(options)
  local modem, err = ftp.open { port = emulator.line }
  local ok, message = pcall(function()
    assert(modem, err)
    job(login(modem), modem, emulator)
  end)
  if modem then modem:close() end
  emulator:stop()
  assert(ok, message)
end

describe("a real FTP server behind the emulator on a pty", function()
  local payloads = { "", "x", "+++", ("12345\r\nOK\r\n+QFTPGET: 0,5\r\n"):rep(3), every_byte }

  for _, options in ipairs { "", "--chunk 1", "--chunk 4096 --echo", "--baud 115200" } do
    it(("uploads and downloads files, bit for bit, with %q"):format(options), function()
      with_emulator(options, function(session)
        for i, payload in ipairs(payloads) do
          local name = ("file %d"):format(i)
          assert.equal(#payload, session:put(name, payload))
          assert.equal(payload, read_file(folder .. "/" .. name))
          assert.equal(#payload, session:size(name))
          assert.equal(payload, session:get(name))
          assert.is_true(session:del(name))
          assert.is_nil(read_file(folder .. "/" .. name))
        end
        assert.is_true(session:close())
      end)
    end)
  end

  it("uploads and downloads a megabyte and one byte, in chunks, from and to files", function()
    local payload = every_byte:rep(4096) .. "!"
    with_emulator("", function(session)
      local source, sink = io.tmpfile(), io.tmpfile()
      source:write(payload)
      source:seek("set")
      assert.equal(#payload, session:put("big", source))
      assert.is_true(payload == read_file(folder .. "/big"))
      assert.equal(#payload, session:get("big", { sink = sink }))
      sink:seek("set")
      assert.is_true(payload == sink:read("*a"))
      source:close()
      sink:close()
    end)
  end)
end)

describe("a session at a real FTP server on a pty", function()
  it("works in folders, shows files, and lists them", function()
    with_emulator("", function(session)
      assert.equal("/", session:pwd())
      assert.is_true(session:mkdir("logs"))
      assert.is_true(session:cwd("logs"))
      assert.equal("/logs", session:pwd())
      assert.equal(5, session:put("a name.txt", "12345"))
      assert.is_true(session:rename("a name.txt", "b.txt"))
      assert.is_true(math.abs(session:mdtm("b.txt") - os.time()) < 60)
      assert.same({ "b.txt" }, session:nlst("."))
      assert.matches("b%.txt\r?\n$", session:list("."))
      local entries = session:mlsd(".")
      assert.equal(1, #entries)
      assert.equal("b.txt", entries[1].name)
      assert.equal("file", entries[1].type)
      assert.equal(5, entries[1].size)
      assert.is_true(session:del("b.txt"))
      assert.same({}, session:nlst("."))
      assert.is_true(session:cwd("/"))
      assert.is_true(session:rmdir("logs"))
      local ok, err = session:rmdir("logs")
      assert.is_nil(ok)
      assert.equal(627, err.code)
      assert.equal(550, err.protocol)
    end)
  end)

  it("refuses a wrong password, and a port where nothing listens", function()
    local emulator = start_emulator("")
    local modem = assert(ftp.open { port = emulator.line })
    assert(modem:activate { apn = "internet" })
    local _, err = modem:login { host = "127.0.0.1", port = server.port, user = "test",
      password = "wrong" }
    assert.equal(625, err.code)
    assert.equal(530, err.protocol)
    _, err = modem:login { host = "127.0.0.1", port = 1, user = "test", password = "test" }
    assert.equal(606, err.code)
    _, err = modem:login { host = "no.such.host.invalid", user = "test", password = "test" }
    assert.equal(604, err.code)
    modem:close()
    emulator:stop()
  end)
end)

describe("a serial port", function()
  it("refuses a second opener with kind port", function()
    with_emulator("", function(_, _, emulator)
      local second, err = ftp.open { port = emulator.line }
      assert.is_nil(second)
      assert.equal("port", err.kind, tostring(err))
      assert.equal(16, err.code)
    end)
  end)

  it("can be opened again after it was closed", function()
    local emulator = start_emulator("")
    for _ = 1, 3 do
      local modem = assert(ftp.open { port = emulator.line })
      assert.equal(habits.identity("model", "BG96"), modem:info().model)
      assert.is_true(modem:close())
      assert.is_true(modem:close())
      local lines, err = modem:at("+CSQ")
      assert.is_nil(lines)
      assert.equal("closed", err.kind)
    end
    emulator:stop()
  end)

  it("that is missing or not a terminal is an error of kind port", function()
    local _, err = ftp.open { port = "/dev/does-not-exist" }
    assert.equal("port", err.kind, tostring(err))
    assert.equal(2, err.code)
    assert.matches("/dev/does%-not%-exist", tostring(err))
    _, err = ftp.open { port = "/dev/null" }
    assert.equal("port", err.kind, tostring(err))
    assert.equal(25, err.code)
  end)

  it("without an answer gives an error in time that names port and baud rate", function()
    local emulator = start_emulator("--state silent")
    local started = os.time()
    local modem, err = ftp.open { port = emulator.line, baudrate = 57600, timeout = 2 }
    emulator:stop()
    assert.is_nil(modem)
    assert.equal("timeout", err.kind)
    assert.matches(emulator.line, tostring(err), 1, true)
    assert.matches("57600", tostring(err))
    assert.is_true(os.time() - started < 10)
  end)

  for _, call in ipairs { "put", "get" } do
    it(("that is unplugged in the middle of a %s ends it at once"):format(call), function()
      local payload = every_byte:rep(4096)
      local name = "unplugged in " .. call
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(payload)
      file:close()
      with_emulator("--baud 921600 --fault unplug,bytes=100000", function(session, modem)
        local started = os.time()
        local value, err = session[call](session, name, call == "put" and payload or nil)
        assert.is_nil(value)
        assert.equal("port", err.kind, tostring(err))
        assert.equal(5, err.code)
        assert.is_true(os.time() - started < 10)
        assert.equal("port", select(2, modem:at("+CSQ")).kind)
      end)
    end)
  end
end)

describe("coroutines side by side", function()
  it("share a modem over poll(2), while another one continues #timing", function()
    local emulator = start_emulator("--baud 921600")
    local modem = assert(ftp.open { port = emulator.line })
    local session = login(modem)
    local payload, received, signals, ticks = every_byte:rep(512), nil, 0, 0
    local wait = require "bg96.wait.yield"
    local moving = true
    ftp.run(
      function()
        assert(session:put("shared", payload))
        received = session:get("shared")
        moving = false
      end,
      function()
        for _ = 1, 10 do
          if modem:signal() then signals = signals + 1 end
        end
      end,
      function()
        while moving do
          wait(-1, "r", 0.01)
          ticks = ticks + 1
        end
      end)
    modem:close()
    emulator:stop()
    assert.is_true(payload == received)
    assert.equal(10, signals)
    assert.is_true(ticks > 50, ticks .. " ticks in about three seconds")
  end)

  it("raise an error of one after the others have ended", function()
    local ended = false
    local wait = require "bg96.wait.yield"
    assert.error_matches(function()
      ftp.run(function() error("first") end, function()
        wait(-1, "r", 0.05)
        ended = true
      end)
    end, "first")
    assert.is_true(ended)
  end)
end)
