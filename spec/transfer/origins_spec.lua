-- What session:upload sends besides ordinary files: a string, and a file that does not tell
-- its size.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

describe("an upload of a string", function()
  for what, content in pairs { ["nothing"] = "", ["some bytes"] = "bytes", ["much"] = data } do
    it("puts it under its name: " .. what, function()
      local here = bench.new()
      here:run(function(session)
        assert.equal(#content, assert(session:upload({ data = content }, "f")).bytes)
      end)
      assert.is_true(here.server:get("/f") == content)
      assert.same({}, here:files())
      assert.same({ "f" }, here:remote_files())
    end)
  end

  it("goes on after a drop", function()
    local here = bench.new()
    here:run(function(session)
      here:fault("drop,bytes=50000")
      local report = assert(session:upload({ data = data }, "f"))
      assert.equal(2, report.attempts)
      assert.is_true(report.resumed > 40000)
    end)
    assert.is_true(here.server:get("/f") == data)
  end)

  it("throws what is wrong in itself", function()
    local here = bench.new()
    here:run(function(session)
      for _, wrong in ipairs { {}, { data = 1 }, { data = "x", path = "y" }, { "x" } } do
        assert.has_error(function() session:upload(wrong, "f") end)
      end
    end)
  end)
end)

it("an upload of a file that tells a size of 0 sends what can be read from it", function()
  local file = assert(io.open("/proc/version"))
  local content = file:read("*a")
  file:close()
  local here = bench.new()
  here:run(function(session)
    assert.equal(#content, assert(session:upload("/proc/version", "version")).bytes)
    local total
    file = assert(io.open("/proc/version"))
    assert.equal(#content, session:put("again", file, { progress = function(done, all)
      total = all or done
    end }))
    file:close()
    assert.equal(#content, total)
  end)
  assert.equal(content, here.server:get("/version"))
  assert.equal(content, here.server:get("/again"))
end)
