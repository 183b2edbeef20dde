-- What stands beside a local file: session:upload and session:download use only regular
-- files of their own, one transfer at a time, and follow and trust nothing else.

local bench = require "spec.support.transfer_bench"
local core = require "bg96.core"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

local function shell(here, command)
  os.execute(("cd '%s' && %s"):format(here.folder, command))
end

local function mode_of(here, name)
  return (select(3, core.stat(here:path(name))))
end

describe("what has the name of a part and is not ours", function()
  for what, plant in pairs {
    ["a symbolic link"] = "echo precious > target; ln -s target copy.part",
    ["a symbolic link to nothing"] = "ln -s elsewhere copy.part",
    ["a FIFO"] = "mkfifo copy.part",
    ["a folder"] = "mkdir copy.part",
    ["a second name of another file"] = "echo precious > target; ln target copy.part",
  } do
    it(("ends a download, and stays as it is: %s"):format(what), function()
      local here = moves.new()
      shell(here, plant)
      local before = here:files()
      here:write("copy", "old")
      here:run(function(session)
        local report, err = moves.download.start(here, session)
        assert.is_nil(report)
        assert.equal("local", err.kind)
        assert.matches("copy.part", tostring(err), 1, true)
      end)
      assert.equal("old", here:read("copy"))
      assert.equal(#before + 1, #here:files())
      local target = here:read("target")
      assert.is_true(target == nil or target == "precious\n")
    end)
  end
end)

describe("what has the name of a journal and is not ours", function()
  for name, direction in pairs { ["here.upload"] = "upload", ["copy.part.info"] = "download" } do
    for what, plant in pairs {
      ["a symbolic link"] = "echo precious > target; ln -s target ",
      ["a FIFO"] = "mkfifo ",
    } do
      for _, suffix in ipairs { "", ".new" } do
        it(("is not followed by an %s: %s, %s"):format(direction, what, name .. suffix), function()
          local here = moves.new()
          shell(here, plant .. name .. suffix)
          here:run(function(session)
            here:fault("drop,bytes=50000")
            assert(moves[direction].start(here, session))
          end)
          assert.is_true(moves[direction].result(here) == data)
          local target = here:read("target")
          assert.is_true(target == nil or target == "precious\n")
        end)
      end
    end
  end
end)

describe("two transfers with the same local file", function()
  for _, direction in ipairs { "upload", "download" } do
    it(("do not meet: the second %s fails at once, the first goes on"):format(direction), function()
      local here, other = moves.new(), moves.new()
      other.folder, other.own_folder = here.folder, other.folder
      here:write("here", data)
      local report, err
      here:run(function(session)
        report = assert(moves[direction].start(here, session))
      end, function()
        bench.sleep(5)
        other:run(function(session) err = select(2, moves[direction].start(other, session)) end)
      end)
      other.folder = other.own_folder
      assert.equal("local", err.kind)
      assert.matches("in use by another transfer", tostring(err))
      assert.equal(#data, report.bytes)
      assert.is_true(moves[direction].result(here) == data)
    end)
  end
end)

it("a transfer whose coroutine was thrown away does not keep its local file", function()
  local here = moves.new()
  here.bench.overrun = function() end -- nobody reads what still comes of it
  collectgarbage()
  collectgarbage("stop")
  local ok, message = pcall(here.run, here, function(session, modem)
    local thread = coroutine.create(function() moves.download.start(here, session) end)
    local _, fd, events, timeout = coroutine.resume(thread)
    for _ = 1, 100 do
      _, fd, events, timeout = coroutine.resume(thread, modem.wait(fd, events, timeout))
    end
    assert(here:read("copy.part"))
    thread = nil -- luacheck: ignore
    assert(moves.download.start(here, session))
  end)
  collectgarbage("restart")
  assert(ok, message)
  assert.is_true(here:read("copy") == data)
end)

describe("a destination", function()
  for mode, octal in pairs { [384] = "600", [416] = "640", [493] = "755" } do
    it("keeps its mode, " .. octal, function()
      local here = moves.new()
      here:write("copy", "old")
      shell(here, ("chmod %s copy"):format(octal))
      here:run(function(session)
        here:fault("drop,bytes=50000")
        assert(moves.download.start(here, session, { on_retry = function()
          assert.equal(mode, mode_of(here, "copy.part"))
        end }))
      end)
      assert.is_true(here:read("copy") == data)
      assert.equal(mode, mode_of(here, "copy"))
    end)
  end

  for what, make in pairs {
    ["a folder"] = "mkdir copy", ["a link to a folder"] = "mkdir d; ln -s d copy",
    ["a FIFO"] = "mkfifo copy",
  } do
    it(("that is no file is refused before anything is asked: %s"):format(what), function()
      local here = moves.new()
      shell(here, make)
      here:run(function(session)
        local before = #here.module:commands()
        local report, err = moves.download.start(here, session)
        assert.is_nil(report)
        assert.equal("local", err.kind)
        assert.matches(what:find("folder") and "is a folder" or "no regular file", tostring(err))
        assert.equal(before, #here.module:commands())
      end)
    end)
  end
end)

describe("a name as long as the file system takes", function()
  local names = {
    ["in bytes"] = ("n"):rep(255), ["of 247 bytes"] = ("n"):rep(247),
    ["in UTF-8"] = ("\195\164"):rep(127), ["in UTF-8, moved by one"] = "n" .. ("\195\164"):rep(127),
    ["in another encoding"] = ("\191"):rep(255),
  }
  for what, name in pairs(names) do
    it("works both ways, over a drop: " .. what, function()
      local here = bench.new()
      here.server:put("/" .. name, data)
      local seen = {}
      here:run(function(session)
        local options = { on_retry = function()
          for _, each in ipairs(here:files()) do seen[#seen + 1] = each end
          for _, each in ipairs(here:remote_files()) do seen[#seen + 1] = each end
        end }
        here:fault("drop,bytes=50000")
        assert.is_true(assert(session:download(name, here:path(name), options)).resumed > 0)
        here.server.tree.root.entries[name] = nil
        here:fault("drop,bytes=50000")
        assert.is_true(assert(session:upload(here:path(name), name, options)).resumed > 0)
      end)
      assert.is_true(here:read(name) == data)
      assert.is_true(here.server:get("/" .. name) == data)
      for _, each in ipairs(seen) do
        assert.is_true(#each <= 255)
        if what:find("UTF") then -- no character was cut in two
          assert.equal("", (each:gsub("\195\164", ""):gsub("[%w%p]", "")))
        end
      end
    end)
  end

  it("in a long folder leaves no room for a temporary name, and the error says so", function()
    local here = bench.new()
    local folder = ("f"):rep(250)
    here.server:put("/" .. folder .. "/old", "")
    here:run(function(session)
      local path = here:write("f", "content")
      local report, err = session:upload(path, folder .. "/new")
      assert.is_nil(report)
      assert.equal("local", err.kind)
      assert.matches("atomic = false", tostring(err))
      assert.same({ "f" }, here:files())
      assert(session:upload(path, folder .. "/new", { atomic = false }))
    end)
    assert.equal("content", here.server:get("/" .. folder .. "/new"))
  end)
end)

it("a file of the core fails, and does not crash, when it is closed", function()
  local here = moves.new()
  here:write("here", data)
  local file = assert(core.open_file(here:path("here"), "read"))
  assert.equal(#data, file:size())
  assert.equal("", file:read(#data, 10))
  file:close()
  assert.is_nil((file:size()))
  assert.is_nil((file:read(0, 1)))
  assert.is_nil((file:sync()))
  assert.is_nil((core.open_file(here.folder, "read")))
end)
