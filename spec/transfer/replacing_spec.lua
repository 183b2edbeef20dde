-- The end of session:upload on servers that do not rename over an existing file: at any
-- moment the old file or the new one is there.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

local function new()
  local here = moves.new()
  here.server.keeps_names = true
  here.server:put("/copy", "old")
  return here
end

-- Which of the files of the server hold the old content, and which the new one.
local function find(here)
  local found = {}
  for _, name in ipairs(here:remote_files()) do
    local content = here.server:get("/" .. name)
    if content == "old" then found.old = name end
    if content == data and name ~= "there" then found.new = name end
  end
  return found
end

local function count_commands(here, pattern)
  local count = 0
  for _, command in ipairs(here.module:commands()) do
    if command:find(pattern) then count = count + 1 end
  end
  return count
end

describe("a server that renames over nothing", function()
  it("has the old file or the new one at every moment", function()
    local here, ended = new(), false
    here:run(function(session)
      assert(moves.upload.start(here, session))
      ended = true
    end, function()
      while not ended do
        local found = find(here)
        assert(found.old or found.new == "copy", "neither is there")
        bench.sleep(0.01)
      end
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
    assert.same({ "here" }, here:files())
  end)

  for step = 1, 3 do
    for _, fault in ipairs {
      "silence,command=QFTPRENAME", "silence,command=QFTPRENAME,what=result",
      "reset,command=QFTPRENAME", "drop,command=QFTPRENAME,how=silence,close=yes",
    } do
      it(("finishes after a failure at its rename %d: %s"):format(step, fault), function()
        local here = new()
        here:run(function(session)
          local rename, count = session.rename, 0
          function session.rename(...)
            count = count + 1
            if count == step then here:fault(fault) end
            return rename(...)
          end
          assert(moves.upload.start(here, session))
        end)
        assert.is_true(here.server:get("/copy") == data)
        assert.same({ "copy", "there" }, here:remote_files())
        assert.equal(#data, here.server.stored)
      end)

      it(("goes on in another process, rename %d: %s"):format(step, fault), function()
        local here = new()
        here:run(function(session)
          local rename, count = session.rename, 0
          function session.rename(...)
            count = count + 1
            if count == step then here:fault(fault) end
            return rename(...)
          end
          assert.is_nil((moves.upload.start(here, session, { retries = 0 })))
        end)
        local found = find(here)
        assert.is_truthy(found.old or found.new == "copy")
        here:run(function(session) assert(moves.upload.start(here, session)) end)
        assert.is_true(here.server:get("/copy") == data)
        assert.same({ "copy", "there" }, here:remote_files())
      end)
    end
  end

  it("gets its old file back where the new one may not have the name", function()
    local here = new()
    here:run(function(session)
      local rename = session.rename
      function session.rename(self, from, to)
        if to == "copy" and from:find("%.part$") then
          here:fault("result,command=QFTPRENAME,err=627,protocol=550")
        end
        return rename(self, from, to)
      end
      local report, err = moves.upload.start(here, session)
      assert.is_nil(report)
      assert.equal(550, err.protocol)
    end)
    assert.equal("old", here.server:get("/copy"))
    assert.equal(0, count_commands(here, "QFTPDEL"))
  end)

  it("puts an old file back that a process has left aside, when the next has another one",
    function()
      local here = new()
      here:run(function(session)
        local rename, count = session.rename, 0
        function session.rename(...)
          count = count + 1
          if count == 3 then here:fault("silence,command=QFTPRENAME") end
          return rename(...)
        end
        assert.is_nil((moves.upload.start(here, session, { retries = 0 })))
      end)
      assert.is_nil(here.server:get("/copy"))
      here:write("here", "another")
      here:run(function(session)
        local put = session.modem.core.upload
        assert.is_function(put)
        here.server.quota = 0
        assert.is_nil((moves.upload.start(here, session)))
        assert.equal("old", here.server:get("/copy"))
        here.server.quota = nil
        assert(moves.upload.start(here, session))
      end)
      assert.equal("another", here.server:get("/copy"))
      assert.same({ "copy", "there" }, here:remote_files())
    end)
end)

describe("an upload of a local file that was on its way to another name", function()
  it("removes what the other one has left at the server", function()
    local here = moves.new()
    assert.is_true(here:run_killed(6, function(session) moves.upload.start(here, session) end))
    assert.equal(2, #here:remote_files())
    here:run(function(session) assert(session:upload(here:path("here"), "other")) end)
    assert.same({ "other", "there" }, here:remote_files())
    assert.same({ "here" }, here:files())
  end)

  it("gives the file its name back that the other one has moved aside", function()
    for step = 2, 4 do -- the old file's rename, the new one's, or the end
      local here = new()
      here:run(function(session)
        local rename, del, count = session.rename, session.del, 1
        function session.rename(...)
          if count == step then here:fault("drop,command=QFTPRENAME") end
          count = count + 1
          return rename(...)
        end
        function session.del(...)
          here:fault("drop,command=QFTPDEL")
          return del(...)
        end
        assert.is_nil((moves.upload.start(here, session, { retries = 0 })))
      end)
      here:run(function(session) assert(session:upload(here:path("here"), "other")) end)
      local content = here.server:get("/copy")
      assert.is_true(content == (step < 4 and "old" or data), step)
      assert.is_true(here.server:get("/other") == data)
      assert.same({ "copy", "other", "there" }, here:remote_files())
    end
  end)

  it("leaves it aside where that is refused", function()
    local here = new()
    here:run(function(session)
      local rename, count = session.rename, 0
      function session.rename(...)
        count = count + 1
        if count == 3 then here:fault("drop,command=QFTPRENAME") end
        return rename(...)
      end
      assert.is_nil((moves.upload.start(here, session, { retries = 0 })))
    end)
    local aside = find(here).old
    here:run(function(session)
      here:fault("result,command=QFTPRENAME,err=627,protocol=550")
      assert(session:upload(here:path("here"), "other"))
    end)
    assert.equal("old", here.server:get("/" .. aside))
    assert.is_true(here.server:get("/other") == data)
  end)
end)

describe("a server that refuses to rename", function()
  for reply, code in pairs { [550] = 627, [553] = 630 } do
    it(("with %d has its old file still, and the error says what to do"):format(reply), function()
      local here = new()
      here.server.keeps_names = false
      here:run(function(session)
        here:fault(("result,command=QFTPRENAME,err=%d,protocol=%d,times=0"):format(code, reply))
        local report, err = moves.upload.start(here, session)
        assert.is_nil(report)
        assert.equal(reply, err.protocol)
        assert.matches("atomic = false", tostring(err))
        assert.equal("old", here.server:get("/copy"))
        assert.equal(0, count_commands(here, "QFTPDEL"))
        assert(moves.upload.start(here, session, { atomic = false }))
      end)
      assert.is_true(here.server:get("/copy") == data)
      assert.same({ "copy", "there" }, here:remote_files())
    end)
  end

  it("over a folder leaves the folder where it is", function()
    local here = moves.new()
    here.server:put("/copy/inside", "old")
    here.server.keeps_names = true
    here:run(function(session)
      assert.is_nil((moves.upload.start(here, session)))
    end)
    assert.equal("old", here.server:get("/copy/inside"))
  end)
end)
