-- session:upload and session:download with real parts: the driver on a pty, the
-- emulator as a process of its own, a real FTP server, real files. What may go wrong
-- is tried in every phase on the virtual clock (44); here, once with each part.

local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local transfer_bench = require "spec.support.transfer_bench"

local unpack = table.unpack or unpack -- luacheck: std max

local data = transfer_bench.data(60000)
local root, folder

before_each(function() root, folder = process.folder(), process.folder() end)

after_each(function()
  process.remove(root)
  process.remove(folder)
end)

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  return path
end

local function names(path)
  local list = {}
  local pipe = assert(io.popen(("ls -A '%s'"):format(path)))
  for name in pipe:lines() do list[#list + 1] = name end
  pipe:close()
  return list
end

-- Runs job(session, modem) with a server and an emulator of these options.
local function with_session(server_options, emulator_options, job)
  local server = process.ftp_server(root, unpack(server_options))
  local emulator = process.emulator("--baud", "921600", unpack(emulator_options))
  local ok, message = xpcall(function()
    local modem = assert(ftp.open { port = emulator.line })
    assert(modem:activate { apn = "internet" })
    job(assert(modem:login {
      host = "127.0.0.1", port = server.port, user = "test", password = "test", timeout = 20,
    }), modem)
    modem:close()
  end, debug.traceback)
  emulator:stop()
  server:stop()
  assert(ok, message)
end

-- Up and back again. Returns both reports.
local function there_and_back(session, options)
  local up = assert(session:upload(write(folder .. "/file", data), "copy", options))
  assert.is_true(read(root .. "/copy") == data)
  local down = assert(session:download("copy", folder .. "/back", options))
  assert.is_true(read(folder .. "/back") == data)
  assert.same({ "copy" }, names(root))
  assert.same({ "back", "file" }, names(folder))
  return up, down
end

describe("a file goes up and back again, whole,", function()
  for what, fault in pairs {
    ["though the link drops every 40 KB"] = "drop,bytes=40000,times=0",
    ["though the session is closed in the middle"] = "drop,bytes=30000,how=result,close=yes",
    ["though the data connection is cut"] = "early,bytes=30000",
    ["though the module restarts"] = "reset,bytes=90000",
    ["though the module hangs for a while"] = "hang,bytes=90000,wake=1",
    ["though the PDP context goes down"] = "pdp,bytes=30000",
    ["though the link is lost before CONNECT"] = "drop,command=QFTPPUT",
    ["though the module restarts in the middle of a rename"] = "reset,command=QFTPRENAME",
  } do
    it(what, function()
      with_session({}, { "--fault", fault }, function(session)
        local up, down = there_and_back(session)
        assert.is_true(up.attempts + down.attempts >= 3)
      end)
    end)
  end

  for what, options in pairs {
    ["though the server has no SIZE"] = { "--without", "SIZE" },
    ["though the server has no REST"] = { "--without", "REST" },
    ["though the server has no MDTM"] = { "--without", "MDTM" },
    ["though the server answers 421 and 425"] = { "--refuse", "STOR=421", "--refuse", "RETR=425" },
    ["though the server answers 450 and 451"] = { "--refuse", "STOR=450", "--refuse", "RETR=451" },
    ["though the server answers 425 and 426"] = { "--refuse", "STOR=425", "--refuse", "RETR=426" },
  } do
    it(what, function()
      with_session(options, { "--fault", "drop,bytes=40000" }, function(session)
        there_and_back(session)
      end)
    end)
  end
end)

describe("an upload", function()
  for reply, code in pairs { [452] = 619, [552] = 629, [553] = 630 } do
    it(("that is answered %d ends at once"):format(reply), function()
      with_session({ "--refuse", "STOR=" .. reply }, {}, function(session)
        local report, err = session:upload(write(folder .. "/file", data), "copy")
        assert.is_nil(report)
        assert.equal(code, err.code)
        assert.equal(reply, err.protocol)
        assert.equal(1, err.attempts)
      end)
    end)
  end

  it("over the server's quota ends at once, and nothing has the final name", function()
    with_session({ "--quota", "50000" }, {}, function(session)
      local report, err = session:upload(write(folder .. "/file", data), "copy")
      assert.is_nil(report)
      assert.equal(552, err.protocol)
      assert.is_nil(read(root .. "/copy"))
    end)
  end)

  it("to a server that cannot rename says what to do", function()
    with_session({ "--without", "RNFR" }, {}, function(session)
      local path = write(folder .. "/file", data)
      local report, err = session:upload(path, "copy")
      assert.is_nil(report)
      assert.matches("atomic = false", tostring(err))
      assert(session:upload(path, "copy", { atomic = false }))
      assert.same({ "copy" }, names(root))
      assert.is_true(read(root .. "/copy") == data)
    end)
  end)
end)

describe("a client", function()
  for _, direction in ipairs { "upload", "download" } do
    it(("that is killed in the middle of an %s goes on when it is started again"):format(direction),
      function()
        local server = process.ftp_server(root)
        local emulator = process.emulator("--baud", "460800")
        local big = transfer_bench.data(300000)
        local here, there = folder .. "/file", root .. "/copy"
        write(direction == "upload" and here or there, big)
        local function start()
          return process.lua("spec/support/transfer_client.lua", emulator.line,
            tostring(server.port), direction, here, "copy")
        end
        local killed = start()
        os.execute("sleep 5")
        killed:stop("KILL")
        local client = start()
        local line = client:read_line()
        client:stop()
        emulator:stop()
        server:stop()
        assert.matches("^done %d+ %d+ %d+$", line)
        assert.is_true(read(here) == big and read(there) == big)
        assert.same({ "file" }, names(folder))
        assert.same({ "copy" }, names(root))
      end)
  end
end)
