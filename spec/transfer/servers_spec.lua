-- session:upload and session:download with servers that lack a command, are full, or change
-- their files: the whole file arrives, or an error says what to do.

local bench = require "spec.support.transfer_bench"
local moves = require "spec.support.moves"

local data = moves.data

after_each(bench.remove_places)

describe("a server without SIZE", function()
  it("gets uploads whole, from the start each time", function()
    local here = moves.new()
    here.server.without.size = true
    here:run(function(session)
      here:fault("drop,bytes=50000")
      assert.equal(0, assert(moves.upload.start(here, session)).resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("sends whole files, checked by the module's own count", function()
    local here = moves.new()
    here.server.without.size = true
    here:run(function(session)
      here:fault("drop,bytes=50000")
      local report = assert(moves.download.start(here, session))
      assert.equal(#data, report.bytes)
    end)
    assert.is_true(here:read("copy") == data)
  end)
end)

describe("a server without REST", function()
  for _, direction in ipairs { "upload", "download" } do
    it("makes an " .. direction .. " begin again each time", function()
      local here = moves.new()
      here.server.without.rest = true
      here:run(function(session)
        here:fault("drop,bytes=50000")
        assert(moves[direction].start(here, session))
      end)
      assert.is_true(moves[direction].result(here) == data)
    end)
  end

  it("sends a file that is longer than one command requests", function()
    local here = moves.new()
    local long = bench.data(600000)
    here.server:put("/there", long)
    here.server.without.rest = true
    here:run(function(session) assert(moves.download.start(here, session)) end)
    assert.is_true(here:read("copy") == long)
  end)
end)

it("a server without MDTM sends whole files, over a drop", function()
  local here = moves.new()
  here.server.without.mdtm = true
  here:run(function(session)
    here:fault("drop,bytes=50000")
    assert(moves.download.start(here, session))
  end)
  assert.is_true(here:read("copy") == data)
end)

describe("a server", function()
  it("that cannot rename gives an error that says what to do", function()
    local here = moves.new()
    here.server.without.rename = true
    here:run(function(session)
      local report, err = moves.upload.start(here, session)
      assert.is_nil(report)
      assert.matches("atomic = false", tostring(err))
      assert.is_nil(here.server:get("/copy"))
      assert(moves.upload.start(here, session, { atomic = false }))
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("that does not rename over a file gets the old file deleted first", function()
    local here = moves.new()
    here.server.keeps_names = true
    here.server:put("/copy", "old")
    here:run(function(session) assert(moves.upload.start(here, session)) end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)

  it("has the file once if the link is lost between rename and result", function()
    for _, fault in ipairs { "silence,command=QFTPRENAME,what=result", "silence,command=QFTPRENAME",
      "reset,command=QFTPRENAME" } do
      local report, err, here = moves.run("upload", nil, { fault })
      assert.is_table(report, tostring(err))
      assert.equal(#data, here.server.stored)
      assert.is_true(here.server:get("/copy") == data)
    end
  end)

  it("that is full says so, and a later call continues", function()
    local here = moves.new()
    here.server.quota = 60000
    here:run(function(session)
      local report, err = moves.upload.start(here, session)
      assert.is_nil(report)
      assert.equal(552, err.protocol)
      assert.equal(1, err.attempts)
      assert.is_nil(here.server:get("/copy"))
      here.server.quota = nil
      report = assert(moves.upload.start(here, session))
      assert.is_true(report.resumed >= 49152, report.resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
    assert.same({ "copy", "there" }, here:remote_files())
  end)
end)

describe("a server at which an upload resumes", function()
  it("gets the whole file again if its own is longer", function()
    local here = moves.new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local temporary = here:remote_files()[1]
    assert.matches("^copy%.%x+%.part$", temporary)
    here.server:put("/" .. temporary, data .. "tail")
    here:run(function(session)
      assert.equal(0, assert(moves.upload.start(here, session)).resumed)
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("is not trusted if its file has changed", function()
    local here = moves.new()
    here:run_killed(6, function(session) return moves.upload.start(here, session) end)
    local temporary = here:remote_files()[1]
    here.server:put("/" .. temporary, bench.data(60000, 7))
    here:run(function(session)
      assert(moves.upload.start(here, session))
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)

  it("gets all unconfirmed bytes again if nothing can be read back", function()
    local here = moves.new()
    here:run(function(session)
      here:fault("drop,bytes=50000")
      here:fault("result,command=QFTPGET,err=627,protocol=550,times=0")
      local report = assert(moves.upload.start(here, session))
      assert.is_true(report.resumed > 40000 and report.resumed <= 50000, report.resumed)
      local at = ('","COM:",%d,'):format(report.resumed)
      local chunks = table.concat(here.module:commands(), "\n")
      assert.equal(2, select(2, chunks:gsub(at, ""))) -- the chunk that failed, and this one
    end)
    assert.is_true(here.server:get("/copy") == data)
  end)
end)
