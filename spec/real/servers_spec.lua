-- The same specs with four real FTP servers: driver, emulator on a pty, server, file on
-- disk.

local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local servers = require "spec.support.servers"

local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte)

local function filled(size)
  return every_byte:rep(math.floor(size / 256) + 1):sub(1, size)
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local data = file:read("*a")
  file:close()
  return data
end

local function write_file(path, data)
  local file = assert(io.open(path, "wb"))
  file:write(data)
  file:close()
  os.execute("chmod 666 '" .. path .. "'")
end

local function assert_refused(protocol, value, err)
  assert.is_nil(value)
  assert.equal("ftp", err.kind, tostring(err))
  assert.equal(protocol, err.protocol, tostring(err))
end

local function sorted(list)
  table.sort(list)
  return list
end

local function suite(name)
  local traits = servers.known[name]
  local root, server, emulator, modem, files

  setup(function()
    root = servers.folder()
    files = root .. "/files/"
    server = servers.start(name, root)
    emulator = process.emulator()
    modem = assert(ftp.open { port = emulator.line })
    assert(modem:activate { apn = "internet" })
  end)

  teardown(function()
    if modem then modem:close() end
    if emulator then emulator:stop() end
    if server then server:stop() end
    process.remove(root)
  end)

  local function login(options)
    local o = { host = "127.0.0.1", port = server.port, user = traits.user, password = "test",
      timeout = 20 }
    for option, value in pairs(options or {}) do o[option] = value end
    return modem:login(o)
  end

  -- Runs job(session, home) in the folder that the account may write into.
  local function with_session(options, job)
    local session = assert(login(options))
    local home = assert(session:pwd())
    assert(session:cwd("files"))
    local ok, message = pcall(job, session, (home:gsub("/$", "")))
    assert(session:close())
    assert(ok, message)
  end

  -- The names in a folder as this server lists them, in order.
  local function with_dots(names)
    local all = {}
    for _, added in ipairs { names, traits.dots or {} } do
      for _, entry in ipairs(added) do all[#all + 1] = entry end
    end
    return sorted(all)
  end

  it("refuses a wrong password with both numbers", function()
    local session, err = login { password = "wrong" }
    assert_refused(530, session, err)
    assert.equal(625, err.code)
    assert.matches("not logged in.*check user and password", tostring(err))
  end)

  it("enters, makes and removes folders", function()
    with_session(nil, function(session, home)
      assert.equal(home .. "/files", session:pwd())
      assert.is_true(session:mkdir("a folder"))
      assert.is_true(session:cwd("a folder"))
      assert.equal(home .. "/files/a folder", session:pwd())
      assert.is_true(session:cwd(".."))
      assert_refused(550, session:mkdir("a folder"))
      assert.is_true(session:rmdir("a folder"))
      assert_refused(550, session:rmdir("a folder"))
      assert_refused(550, session:cwd("a folder"))
    end)
  end)

  it("renames files and folders, and tells what is missing", function()
    write_file(files .. "old name", "content")
    with_session(nil, function(session)
      assert.is_true(session:rename("old name", "new name"))
      assert.equal("content", read_file(files .. "new name"))
      assert.is_true(session:mkdir("old"))
      assert.is_true(session:rename("old", "new"))
      assert.is_true(session:rmdir("new"))
      assert.is_true(session:del("new name"))
      assert_refused(550, session:rename("old name", "new name"))
    end)
  end)

  it("returns size and time of a file, and deletes it", function()
    write_file(files .. "f", filled(12345))
    os.execute("touch -d '2024-02-29 12:34:56 UTC' '" .. files .. "f'")
    with_session(nil, function(session)
      assert.equal(12345, session:size("f"))
      local time, text = session:mdtm("f")
      assert.equal(1709210096, time)
      assert.matches("^20240229123456", text)
      assert.is_true(session:del("f"))
      assert.is_nil(read_file(files .. "f"))
      assert_refused(550, session:size("f"))
      assert_refused(550, session:mdtm("f"))
      assert_refused(550, session:del("f"))
      assert_refused(550, session:get("f"))
    end)
  end)

  for mode, sizes in pairs {
    passive = { 0, 1, 1023, 1024, 1025, 65536, 1024 * 1024 + 1 },
    active = { 1, 300000 },
  } do
    it(("uploads and downloads files of any size and any bytes, %s"):format(mode), function()
      with_session({ mode = mode }, function(session)
        for _, size in ipairs(sizes) do
          local payload = filled(size)
          assert.equal(size, session:put("f", payload))
          assert.is_true(read_file(files .. "f") == payload, size .. " bytes: put")
          assert.equal(size, session:size("f"))
          assert.is_true(session:get("f") == payload, size .. " bytes: get")
        end
        assert.same(with_dots { "f" }, sorted(session:nlst(".")))
        assert.is_true(session:del("f"))
      end)
    end)
  end

  it("sends parts of a file", function()
    local payload = filled(100000)
    write_file(files .. "f", payload)
    with_session(nil, function(session)
      for _, part in ipairs {
        { 0, 1 }, { 0, 50000 }, { 1, 50000 }, { 99999, 1 }, { 99990, 1000 }, { 100000, 5 },
      } do
        local offset, length = part[1], part[2]
        assert.is_true(payload:sub(offset + 1, offset + length)
          == session:get("f", { offset = offset, length = length }), offset .. "," .. length)
      end
      assert.equal(payload:sub(70001), session:get("f", { offset = 70000 }))
      assert.equal("idle", session:stat())
      assert.is_true(session:del("f"))
    end)
  end)

  it("continues where an upload stopped", function()
    with_session(nil, function(session)
      assert.equal(1000, session:put("f", filled(1000)))
      assert.equal(500, session:put("f", ("x"):rep(500), { offset = 1000 }))
      assert.equal(filled(1000) .. ("x"):rep(500), read_file(files .. "f"))
      assert.equal(2, session:put("f", "yy", { offset = 10 }))
      local tail = traits.cuts and "" or filled(1000):sub(13) .. ("x"):rep(500)
      assert.equal(filled(10) .. "yy" .. tail, read_file(files .. "f"))
      assert.is_true(session:del("f"))
    end)
  end)

  it("reports transferred bytes and the state of the session", function()
    with_session(nil, function(session)
      assert.equal("idle", session:stat())
      assert(session:put("f", filled(4321)))
      assert.equal(4321, session:len())
      assert.equal("idle", session:stat())
      assert.is_true(session:del("f"))
      assert.is_true(session:close())
      assert.equal("closed", session:stat())
    end)
  end)

  it("changes nothing but line ends in ASCII mode", function()
    with_session({ type = "ascii" }, function(session)
      local text = ("one\r\ntwo\r\n"):rep(100)
      assert(session:put("f", text))
      assert.equal((text:gsub("\r", "")), (read_file(files .. "f"):gsub("\r", "")))
      assert.equal(text, session:get("f"))
      assert.is_true(session:del("f"))
    end)
  end)

  -- The contents of the folder that is listed.
  local entries = { "a name with spaces", "gr\195\188n.txt", "plain.txt" }

  local function with_entries(job)
    with_session(nil, function(session)
      assert(session:mkdir("dir"))
      for _, entry in ipairs(entries) do assert(session:put("dir/" .. entry, "12345")) end
      assert(session:mkdir("dir/sub"))
      assert(session:cwd("dir"))
      job(session)
      assert(session:rmdir("sub"))
      for _, entry in ipairs(entries) do assert(session:del(entry)) end
      assert(session:cwd(".."))
      assert(session:rmdir("dir"))
    end)
  end

  local ways = { ["the serial line"] = {}, ["the module's flash"] = { via = "ufs" } }
  for via, options in pairs(ways) do
    it("lists names and lines by way of " .. via, function()
      with_entries(function(session)
        local expected = { "sub" }
        for _, entry in ipairs(entries) do expected[#expected + 1] = entry end
        assert.same(with_dots(expected), sorted(session:nlst(".", options)))
        local text = session:list(".", options)
        for _, entry in ipairs(entries) do assert.is_truthy(text:find(entry, 1, true), text) end
      end)
    end)
  end

  if traits.lacks and traits.lacks.mlsd then
    it("reports that it has no MLSD", function()
      with_entries(function(session)
        local listing, err = session:mlsd(".")
        assert_refused(500, listing, err)
        assert.equal(620, err.code)
        assert.is_truthy(session:nlst("."))
      end)
    end)
  else
    it("lists facts", function()
      with_entries(function(session)
        for _, options in ipairs { {}, { via = "ufs" } } do
          local found = {}
          for _, entry in ipairs(assert(session:mlsd(".", options))) do
            found[entry.name] = entry
          end
          for _, entry in ipairs(entries) do
            assert.equal("file", found[entry].type)
            assert.equal(5, found[entry].size)
            assert.is_true(math.abs(found[entry].modify - os.time()) < 100)
          end
          assert.equal("dir", found.sub.type)
        end
      end)
    end)
  end

  it("uploads and downloads by way of the module's flash", function()
    with_session(nil, function(session)
      local payload = filled(50001)
      assert.equal(#payload, session:put("f", payload, { via = "ufs" }))
      assert.is_true(read_file(files .. "f") == payload)
      assert.is_true(session:get("f", { via = "ufs" }) == payload)
      assert.equal(#payload, session:get("f", { sink = modem:ufs("copy") }))
      assert.equal(#payload, session:put("g", modem:ufs("copy")))
      assert.is_true(read_file(files .. "g") == payload)
      assert.is_true(modem:ufs("copy"):remove())
      assert.same({}, modem:files())
      assert.is_true(session:del("f"))
      assert.is_true(session:del("g"))
    end)
  end)
end

for _, name in ipairs(servers.names) do
  local problem = servers.problem(name)
  if problem then
    pending(("%s cannot run here: %s"):format(name, problem))
  else
    describe(name .. " #servers", function() suite(name) end)
  end
end
