-- session:upload and session:download when the local file, folder or disk has changed: one
-- version of the file is sent, and the old file stays.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

describe("a local file", function()
  local function append(path, text)
    local file = assert(io.open(path, "ab"))
    file:write(text)
    file:close()
  end

  for what, change in pairs {
    ["that grows"] = function(path) append(path, "more") end,
    ["that shrinks"] = function(path) os.execute(("truncate -s 70000 '%s'"):format(path)) end,
    ["that is rewritten"] = function(path)
      local file = assert(io.open(path, "wb"))
      file:write(bench.data(#data, 3))
      file:close()
    end,
    ["that is removed"] = function(path) os.remove(path) end,
  } do
    for _, atomic in ipairs { true, false } do
      it(("%s while it is sent is an error, atomic = %s"):format(what, tostring(atomic)), function()
        local here = moves.new()
        local report, err
        here:run(function(session)
          report, err = moves.upload.start(here, session, { atomic = atomic })
        end, function()
          bench.sleep(5)
          change(here:path("here"))
        end)
        assert.is_nil(report)
        assert.equal("local", err.kind)
        assert.matches("here", tostring(err))
        if atomic then assert.is_nil(here.server:get("/copy")) end
      end)
    end
  end

  it("that has changed since the last attempt is sent from the start", function()
    local here = moves.new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local other = bench.data(#data, 4)
    here:run(function(session)
      local path = here:write("here", other)
      assert.equal(0, assert(session:upload(path, "copy")).resumed)
    end)
    assert.is_true(here.server:get("/copy") == other)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("that another module has begun to send is sent from the start, under another name", function()
    -- That module may still write what its host sends to the remote file that it has open.
    local here = moves.new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local left = here:remote_files()[1]
    here.module.identity.imei, here.options.seed = "866425030000002", 2
    here:run(function(session)
      assert.equal(0, assert(moves.upload.start(here, session, {
        progress = function() assert.not_equal(left, here:remote_files()[1]) end,
      })).resumed)
    end)
    assert.is_true(moves.upload.result(here) == data)
    assert.equal(0, moves.upload.left_over(here))
  end)

  it("in a read-only folder is sent all the same", function()
    local here = moves.new()
    os.execute(("mkdir '%s.upload.new'"):format(here:path("here")))
    here:run(function(session)
      here:fault("drop,bytes=50000")
      assert(moves.upload.start(here, session))
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("that held part of a download, and is gone, is fetched again", function()
    local here = moves.new()
    here:run_killed(6, function(session) return moves.download.start(here, session) end)
    assert(os.remove(here:path("copy.part")))
    here:run(function(session)
      assert.equal(0, assert(moves.download.start(here, session)).resumed)
    end)
    assert.is_true(here:read("copy") == data)
  end)

  it("on a disk that is full ends a download, and the old file stays", function()
    local here = moves.new()
    here:write("copy", "old")
    os.execute(("ln -s /dev/full '%s'"):format(here:path("copy.part")))
    local report, err
    here:run(function(session) report, err = moves.download.start(here, session) end)
    assert.is_nil(report)
    assert.equal("local", err.kind)
    assert.matches("copy.part", tostring(err), 1, true)
    assert.equal("old", here:read("copy"))
  end)
end)
