-- In which folder a file lands when the session was logged in again: where PWD says that the
-- session is, however it has got there.

local bench = require "spec.support.transfer_bench"
local tree = require "bg96.emulator.tree"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

-- A server with a link /latest to /archive/today: ".." of that is /archive.
local function new()
  local here = moves.new()
  here.server:put("/archive/today/x", "x")
  here.server:put("/archive/there", data)
  local start = here.server.start
  function here.server.start(self, request)
    if request.verb == "cwd" then
      local path = tree.resolve(self.cwd, request.name)
      if path == "/latest" then request.name = "/archive/today" end
    end
    return start(self, request)
  end
  return here
end

local function count_pwd(here)
  local count = 0
  for _, command in ipairs(here.module:commands()) do
    if command:find("QFTPPWD") then count = count + 1 end
  end
  return count
end

describe("a folder behind a link", function()
  for _, answer in ipairs { "yes", "no" } do
    for _, direction in ipairs { "upload", "download" } do
      it(("is the same after a reconnect of an %s; PWD: %s"):format(direction, answer), function()
        local here = new()
        here:run(function(session)
          if answer == "no" then here.server.without.pwd = true end
          assert(session:cwd("latest"))
          assert(session:cwd(".."))
          here:fault("drop,bytes=50000")
          assert.equal(2, assert(moves[direction].start(here, session)).attempts)
        end)
        if direction == "upload" then
          assert.is_true(here.server:get("/archive/copy") == data)
          assert.is_nil(here.server:get("/copy"))
        else
          assert.is_true(here:read("copy") == data)
        end
        assert.equal(1, count_pwd(here))
      end)
    end
  end

  it("is asked for once, and not where nothing was changed", function()
    local here = new()
    here:run(function(session)
      assert(moves.upload.start(here, session))
      assert.equal(0, count_pwd(here))
      assert(session:cwd("archive"))
      assert(moves.upload.start(here, session))
      assert(moves.download.start(here, session))
      assert.equal(1, count_pwd(here))
      for _ = 1, 40 do
        assert(session:cwd("today"))
        assert(session:cwd(".."))
      end
      assert.is_true(count_pwd(here) < 8)
    end)
  end)

  it("resumes what another process has begun there by another way", function()
    local here = new()
    here:run_killed(6, function(session)
      assert(session:cwd("/archive"))
      return moves.upload.start(here, session)
    end)
    here:run(function(session)
      assert(session:cwd("latest"))
      assert(session:cwd(".."))
      assert.is_true(assert(moves.upload.start(here, session)).resumed > 10000)
    end)
    assert.is_true(here.server:get("/archive/copy") == data)
  end)
end)
