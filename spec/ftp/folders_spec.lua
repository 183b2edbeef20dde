-- Folders: one that is there already, the one that is meant where none is named.

local listing = require "bg96.ftp.listing"
local module = require "spec.support.module"

describe("mkdir", function()
  it("fails where the folder is there, unless that is all right", function()
    module.with_session(nil, function(session)
      assert.is_true(session:mkdir("a"))
      local ok, err = session:mkdir("a")
      assert.is_nil(ok)
      assert.equal("ftp", err.kind)
      assert.is_nil((session:mkdir("a", { exists_ok = false })))
      assert.is_true(session:mkdir("a", { exists_ok = true }))
      assert.is_true(session:mkdir("b", { exists_ok = true }))
      assert.is_true(session:cwd("b"))
    end)
  end)

  it("leaves the session in the folder where it was", function()
    local bench = module.with_session(nil, function(session)
      assert(session:mkdir("a"))
      assert(session:cwd("a"))
      assert(session:mkdir("b"))
      assert(session:mkdir("b", { exists_ok = true }))
      assert.equal("/a", session:pwd())
      assert(session:put("f", "x"))
    end)
    assert.equal("x", bench.server:get("/a/f"))
  end)

  it("fails where a file has the name, or the way to it is not there", function()
    module.with_session(nil, function(session)
      assert(session:put("f", "x"))
      for _, name in ipairs { "f", "no/such" } do
        local ok, err = session:mkdir(name, { exists_ok = true })
        assert.is_nil(ok)
        assert.equal("+QFTPMKDIR", err.command)
        assert.equal(550, err.protocol)
      end
      assert.equal("/", session:pwd())
    end)
  end)

  it("closes a session that cannot go back", function()
    module.with_session(nil, function(session, modem)
      assert(session:mkdir("a"))
      local count = 0
      local request = modem.bench.server.start
      modem.bench.server.start = function(server, call)
        if call.verb == "cwd" then count = count + 1 end
        if call.verb == "cwd" and count == 2 then
          return { done = true, code = 627, protocol = 550, cancel = function() end }
        end
        return request(server, call)
      end
      local ok, err = session:mkdir("a", { exists_ok = true })
      assert.is_nil(ok)
      assert.equal("+QFTPCWD", err.command)
      assert.equal("closed", select(2, session:size("f")).kind)
    end)
  end)

  it("takes no other option", function()
    module.with_session(nil, function(session)
      assert.has_error(function() session:mkdir("a", { parents = true }) end)
      assert.has_error(function() session:mkdir("a", { exists_ok = 1 }) end)
    end)
  end)
end)

describe("a listing", function()
  it("is of the current folder where none is named", function()
    module.with_session(nil, function(session)
      assert(session:mkdir("a"))
      assert(session:cwd("a"))
      assert(session:put("f", "x"))
      assert.same({ "f" }, session:nlst())
      assert.same({ "f" }, session:nlst { via = "ufs" })
      assert.matches("f", session:list())
      assert.equal("f", session:mlsd()[1].name)
      local got = {}
      assert(session:list { sink = function(chunk)
        got[#got + 1] = chunk
        return 1
      end })
      assert.matches("f", table.concat(got))
    end)
  end)

  it("may hold anything in its facts", function()
    local entry = listing.entry("ty\0pe=fi\0le;size=1\0;modify=2014\0; na\0me")
    assert.equal("na\0me", entry.name)
    assert.is_nil(entry.type or entry.size or entry.modify)
    entry = listing.entry("Type=FI\0LE; n")
    assert.equal("fi\0le", entry.type)
  end)
end)
