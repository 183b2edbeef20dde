-- session:upload and session:download with real parts: the driver on a pty, the emulator as
-- a separate process, a real FTP server, real files. spec/transfer tries the faults in every
-- phase on the virtual clock; here each occurs once, in each part.

local ftp = require "bg96.ftp"
local protect = require "bg96.ftp.protect"
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

-- Starts a server over a folder, and an emulator, each with its options.
local function start_parts(remote, server_options, emulator_options)
  return {
    server = process.ftp_server(remote, unpack(server_options)),
    emulator = process.emulator("--baud", "921600", unpack(emulator_options)),
  }
end

-- Runs job(session, modem) there, and ends both. Returns whether it worked, or why not.
local function run_job(place, job)
  local ok, message = protect(function()
    local modem = assert(ftp.open { port = place.emulator.line })
    assert(modem:activate { apn = "internet" })
    job(assert(modem:login {
      host = "127.0.0.1", port = place.server.port, user = "test", password = "test",
      timeout = 20,
    }), modem)
    modem:close()
  end)
  place.emulator:stop()
  place.server:stop()
  return ok, tostring(message)
end

local function with_session(server_options, emulator_options, job)
  assert(run_job(start_parts(root, server_options, emulator_options), job))
end

-- Uploads and downloads the file. Returns the number of attempts.
local function there_and_back(session, remote, here)
  local up = assert(session:upload(write(here .. "/file", data), "copy"))
  assert.is_true(read(remote .. "/copy") == data)
  local down = assert(session:download("copy", here .. "/back"))
  assert.is_true(read(here .. "/back") == data)
  assert.same({ "copy" }, names(remote))
  assert.same({ "back", "file" }, names(here))
  return up.attempts + down.attempts
end

describe("a file goes up and back again, whole,", function()
  local faults = {
    ["though the link drops every 40 KB"] = "drop,bytes=40000,times=0",
    ["though the session is closed in the middle"] = "drop,bytes=30000,how=result,close=yes",
    ["though the data connection is cut"] = "early,bytes=30000",
    ["though the module restarts"] = "reset,bytes=90000",
    ["though the module hangs for a while"] = "hang,bytes=90000,wake=1",
    ["though the PDP context goes down"] = "pdp,bytes=30000",
    ["though the link is lost before CONNECT"] = "drop,command=QFTPPUT",
    ["though the module restarts in the middle of a rename"] = "reset,command=QFTPRENAME",
  }
  local servers = {
    ["though the server has no SIZE"] = { "--without", "SIZE" },
    ["though the server has no REST"] = { "--without", "REST" },
    ["though the server has no MDTM"] = { "--without", "MDTM" },
    ["though the server answers 421 and 425"] = { "--refuse", "STOR=421", "--refuse", "RETR=425" },
    ["though the server answers 450 and 451"] = { "--refuse", "STOR=450", "--refuse", "RETR=451" },
    ["though the server answers 425 and 426"] = { "--refuse", "STOR=425", "--refuse", "RETR=426" },
  }
  local jobs, results = {}, {}

  local function prepare(what, server_options, fault, fewest_attempts)
    local remote, here = process.folder(), process.folder()
    local place = start_parts(remote, server_options, { "--fault", fault })
    jobs[#jobs + 1] = function()
      results[what] = { run_job(place, function(session)
        assert.is_true(there_and_back(session, remote, here) >= fewest_attempts)
      end) }
      process.remove(remote)
      process.remove(here)
    end
  end

  -- They mostly wait before a retry, so they run side by side.
  setup(function()
    for what, fault in pairs(faults) do prepare(what, {}, fault, 3) end
    for what, options in pairs(servers) do prepare(what, options, "drop,bytes=40000", 2) end
    ftp.run(unpack(jobs))
  end)

  for _, cases in ipairs { faults, servers } do
    for what in pairs(cases) do
      it(what, function() assert(results[what][1], results[what][2]) end)
    end
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

  it("over the server's quota ends at once, with nothing under the final name", function()
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
