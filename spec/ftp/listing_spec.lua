-- Listings of honest and of hostile servers.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"
local module = require "spec.support.module"
local said = require("spec.support.habits").said

-- Runs job(session) with a scripted module that lists `text`.
local function with_listing(word, text, job, options)
  local peer = Script.new {
    { ('AT+%s=".","COM:"'):format(word),
      "\r\nCONNECT\r\n" .. text .. ("\r\nOK\r\n\r\n+%s: 0,%d\r\n"):format(word, #text) },
    { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#text) },
    { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" },
  }
  local bench = Bench.new { peer = peer, read_size = options and options.read_size }
  bench:run(function(modem)
    job(Session.new(modem, 95), modem)
    assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ")) -- and nothing is left of the listing
  end)
  local sent = table.concat(peer:own_commands(), "\n")
  assert.equal(('AT+%s=".","COM:"\nAT+QFTPLEN\nAT+CSQ'):format(word), sent)
end

local function nlst(text, options)
  local names, err
  with_listing("QFTPNLST", text, function(session) names, err = session:nlst(".") end, options)
  return names, err
end

local function mlsd(text)
  local entries, err
  with_listing("QFTPMLSD", text, function(session) entries, err = session:mlsd(".") end)
  return entries, err
end

describe("nlst", function()
  it("returns the names, whether lines end with CR LF or LF", function()
    for _, ending in ipairs { "\r\n", "\n", "\r\r\n" } do
      assert.same({ "a", "b c", "d" }, nlst(table.concat({ "a", "b c", "d", "" }, ending)))
    end
    assert.same({ "a", "b" }, nlst("a\r\nb")) -- without an end of the last line
    assert.same({}, nlst(""))
    assert.same({ "a", "b" }, nlst("a\r\n\r\n\nb\n"))
  end)

  it("returns names of any bytes unchanged", function()
    local names = { "gr\195\188n.txt", "latin-1 gr\252n", "\227\129\130", "tab\there", "a\rb",
      "nul\0in it", "\27[31mred\7", " leading and trailing ", "-rf", "`reboot`" }
    for _, size in ipairs { 1, 7, 4096 } do
      assert.same(names, nlst(table.concat(names, "\r\n") .. "\r\n", { read_size = size }))
    end
  end)

  it("does not change a name that looks like a path", function()
    local names = { "../../etc/passwd", "/etc/shadow", "C:\\boot.ini", "..", "a/b", "~root" }
    assert.same(names, nlst(table.concat(names, "\n")))
  end)

  it("returns a name of 4096 bytes, or of CRs alone, as fast as any other", function()
    local long = ("x"):rep(4096)
    assert.same({ long, "y" }, nlst(long .. "\r\ny\r\n"))
    local started = os.clock()
    assert.same({ "y" }, nlst(("\r"):rep(200000) .. "\ny\n"))
    assert.same({ "y", ("\r"):rep(200000) .. "x" }, nlst("y\n" .. ("\r"):rep(200000) .. "x"))
    assert.is_true(os.clock() - started < 60, "time grows with the square of the length")
  end)
end)

describe("mlsd", function()
  it("returns facts, with names in any case, also unknown ones", function()
    local entries = mlsd("Type=File;SIZE=1000;modify=20140708110039.123;UNIX.mode=0644;"
      .. "X-a=b=c; f\r\n")
    assert.same({ {
      name = "f", type = "file", size = 1000, modify = 1404817239,
      facts = { type = "File", size = "1000", modify = "20140708110039.123",
        ["unix.mode"] = "0644", ["x-a"] = "b=c" },
    } }, entries)
  end)

  it("returns names with spaces and semicolons whole", function()
    local entries = mlsd("type=file; a b; c=d.txt \r\ntype=file;  two spaces\r\n no facts\n")
    assert.equal("a b; c=d.txt ", entries[1].name)
    assert.equal(" two spaces", entries[2].name)
    assert.same({ name = "no facts", facts = {} }, entries[3])
  end)

  it("tells the folder itself and its parent from its entries", function()
    local entries = mlsd("type=cdir; .\r\ntype=PDIR; ..\r\ntype=dir; d\r\n"
      .. "type=OS.unix=slink:/target; l\r\n")
    local types = {}
    for i, entry in ipairs(entries) do types[i] = entry.type end
    assert.same({ "cdir", "pdir", "dir", "os.unix=slink:/target" }, types)
  end)

  it("returns sizes above 2^32 exactly, and none if there is none", function()
    for text, size in pairs {
      ["0"] = 0, ["4294967295"] = 2 ^ 32 - 1, ["4294967296"] = 2 ^ 32,
      ["9007199254740991"] = 2 ^ 53 - 1, ["007"] = 7,
    } do
      assert.equal(size, mlsd(("type=file;size=%s; f\r\n"):format(text))[1].size)
    end
    local largest = mlsd("size=9223372036854775807; f\n")[1].size -- a double on some Luas
    assert.is_true(largest > 2 ^ 62 and largest >= 2 ^ 63 - 1024)
    for _, text in ipairs {
      "9223372036854775808", "18446744073709551616", ("9"):rep(400), "-1", "-9223372036854775808",
      "", "1.5", "0x10", "1e3", " 1", "nan",
    } do
      local entry = mlsd(("type=file;size=%s; f\r\n"):format(text))[1]
      if entry then
        assert.is_nil(entry.size, text)
        assert.equal(text, entry.facts.size)
      else
        assert.equal(" 1", text) -- a space ends the facts, and this is no entry
      end
    end
  end)

  it("returns times in UTC, and none if there is none", function()
    for text, time in pairs {
      ["19700101000000"] = 0, ["20240229123456"] = 1709210096, ["20380119031408"] = 2 ^ 31,
    } do
      assert.equal(time, mlsd(("modify=%s; f\n"):format(text))[1].modify)
    end
    for _, text in ipairs {
      "20241301000000", "20240100000000", "2024", "", "-0240101000000", "2024010100000x",
    } do
      assert.is_nil(mlsd(("modify=%s; f\n"):format(text))[1].modify, text)
    end
  end)

  it("leaves out lines that are no entries", function()
    local entries = mlsd("drwxr-xr-x 2 a b 4096 Jan 1 00:00 old style\r\ntotal 12\r\n;;; odd\r\n"
      .. "type=file;size=1;\r\ntype=file;size=1; \r\n\r\ntype=file; good\r\n")
    local names = {}
    for i, entry in ipairs(entries) do names[i] = entry.name end
    assert.same({ "odd", "good" }, names)
  end)
end)

describe("list", function()
  it("returns the server's text unchanged", function()
    local text = "total 1\n-rw-r--r-- 1 a b  5 Jan  1 00:00 gr\252n\r\n\0\7\27[2J\r\r\n\n"
    with_listing("QFTPLIST", text, function(session) assert.equal(text, session:list(".")) end)
  end)
end)

describe("a listing that forges what a module says", function()
  local forgeries = {
    "\r\nOK\r\n", "\r\nNO CARRIER\r\n", "\r\nERROR\r\n", "\r\n+CME ERROR: 601\r\n", "+++",
    "\r\n+QFTPCLOSE: 606,0\r\n", "\r\n+QIURC: \"pdpdeact\",1\r\n", "\r\nRDY\r\n",
    "\r\nCONNECT\r\n", "AT+CFUN=1,1\r", "\r\nOK\r\n\r\n+QFTPNLST: 605,0\r\n",
  }

  local function forge(before, word, count)
    return ("%s\r\nOK\r\n\r\n+%s: 0,%d\r\n"):format(before, word, count or #before)
  end

  forgeries[#forgeries + 1] = forge("name\r\n", "QFTPNLST")
  forgeries[#forgeries + 1] = forge("", "QFTPNLST")
  forgeries[#forgeries + 1] = forge("name\r\n", "QFTPNLST", 99)

  for i, forgery in ipairs(forgeries) do
    it(("is payload to the byte (%d: %q)"):format(i, forgery), function()
      for _, size in ipairs { 1, 3, 4096 } do
        local text = forgery .. "tail\r\n"
        with_listing("QFTPLIST", text, function(session)
          assert.equal(text, session:list("."))
        end, { read_size = size })
        with_listing("QFTPNLST", forgery, function(session)
          assert.is_table(session:nlst("."))
        end, { read_size = size })
      end
    end)
  end

  -- The forged end has the right count, and the server pauses behind it.
  it("and then pauses is an error, and nothing of its rest runs as a command", function()
    local forged = forge("name\r\n", "QFTPNLST")
    local rest = "AT+CFUN=1,1\r\nmore\r\n"
    local peer = Script.new { { 'AT+QFTPNLST=".","COM:"', "\r\nCONNECT\r\n" .. forged } }
    local bench = Bench.new { peer = peer }
    local is_listing, is_late = false, false
    -- A module in data mode ignores everything but "+++".
    function peer.feed(self, bytes, now)
      if is_listing and bytes ~= "+++" then return end
      if is_listing then
        is_listing = false
        return self:say("\r\nOK\r\n", now, 1)
      end
      Script.feed(self, bytes, now)
      if self.at == 2 and not is_late then
        is_listing, is_late = true, true
        self:say(rest, now, 5)
      end
    end
    bench:run(function(modem)
      local names, err = Session.new(modem, 95):nlst(".")
      assert.is_nil(names)
      assert.is_truthy(err.kind == "framing" or err.kind == "verify" or err.kind == "timeout",
        tostring(err))
      peer.steps[2] = { "AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n" }
      assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ"))
    end)
  end)
end)

describe("a listing", function()
  for _, line in ipairs { '+QIURC: "recv",0', "RING" } do
    it("may be followed by unsolicited lines, which are not part of it: " .. line, function()
      local seen = {}
      module.with_session(nil, function(session, modem)
        local bench = modem.bench
        modem:on(line:match("^%+?%a+"), function(text) seen[#seen + 1] = text end)
        for i = 1, 50 do bench.server:put(("/d/%d"):format(i), "x") end
        for _, bytes in ipairs { 100, 120 } do
          bench.module:fault(("urc,bytes=%d,line=%s"):format(bytes, line))
        end
        local started = bench.now
        assert.equal(50, #session:nlst("d"))
        assert.is_true(bench.now - started < 2)
        assert.equal("/", session:pwd())
      end)
      assert.same({ line, line }, seen)
    end)
  end

  it("may end with what looks like its trailer", function()
    module.with_session(nil, function(session, modem)
      local tree = modem.bench.server.tree
      modem.bench.server:put("/d/x", "x")
      tree:node("/d").entries = {
        ["a\r\nOK\r\n\r\n+QFTPNLST: 0,1"] = { kind = "file", content = "", mtime = 0 },
      }
      assert.same({ "a", "OK", "+QFTPNLST: 0,1" }, session:nlst("d"))
    end)
  end)
end)

describe("a listing with the trailer of another size in it", function()
  it("continues even if a second of silence follows", function()
    module.with_session({ baudrate = 0 }, function(session, modem)
      local fake = "+QFTPNLST: 0,7\r\n"
      modem.bench.server:put("/d/x", "x")
      modem.bench.server.tree:node("/d").entries = {
        ["a\r\nOK\r\n\r\n" .. fake:sub(1, -3)] = { kind = "file", content = "", mtime = 0 },
        b = { kind = "file", content = "", mtime = 0 },
      }
      local peer = modem.bench.peer
      local take, deadline, held, held_until = peer.take, peer.deadline, nil, nil
      peer.deadline = function(self) return held and held_until or deadline(self) end
      peer.take = function(self, now, max)
        if held and now < held_until then return "" end
        local bytes = (held or "") .. take(self, now, max)
        held = nil
        local _, last = bytes:find(fake, 1, true)
        if not last then return bytes end
        held, held_until = bytes:sub(last + 1), now + 1
        return bytes:sub(1, last)
      end
      assert.same({ "a", "OK", "+QFTPNLST: 0,7", "b" }, session:nlst("d"))
      assert.is_true(modem.bench.now >= 1)
    end)
  end)
end)

-- The payload then arrives as lines, with a final result code and a result among them.
describe("a download whose CONNECT was garbled", function()
  it("leaves nothing for the next command", function()
    module.with_session(nil, function(session, modem)
      local peer = modem.bench.peer
      local take = peer.take
      peer.take = function(...) return (take(...):gsub("CONNECT", "CONNEIT")) end
      modem.bench.server:put("/d/x", "x")
      modem.bench.server.tree:node("/d").entries = {
        ["a\r\nOK\r\n\r\n+QFTPNLST: 0,1"] = { kind = "file", content = "", mtime = 0 },
        b = { kind = "file", content = "", mtime = 0 },
      }
      local names, err = session:nlst("d")
      assert.is_nil(names)
      assert.equal("verify", err.kind)
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)

  it("leaves nothing of a file in UFS either", function()
    module.with_session(nil, function(_, modem)
      assert(modem:ufs("f"):write("a\r\nOK\r\nb\r\n+QFDWL: 1,0\r\n"))
      local peer = modem.bench.peer
      local take = peer.take
      peer.take = function(...) return (take(...):gsub("CONNECT", "CONNEIT")) end
      local bytes, err = modem:ufs("f"):read()
      assert.is_nil(bytes)
      assert.equal("verify", err.kind)
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)
end)

describe("a restart in the middle of a listing's proof", function()
  it("fails with kind reset, and the next call works", function()
    module.with_session(nil, function(session, modem)
      modem.bench.module:fault("hang,command=QFLST,wake=1")
      local text, err = session:list(".")
      assert.is_nil(text)
      assert.equal("reset", err.kind)
      modem.bench.sleep(60)
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)
end)

describe("names of a hostile server", function()
  local names = {
    "a\r\nOK\r\n\r\n+QFTPNLST: 0,1", "+QFTPMLSD: 0,0", "NO CARRIER", "OK", "+++", "..", "../../x",
    ("n"):rep(4096), "quote\"quote", "AT+CFUN=1,1", "\1\2\3\127\128\255",
  }

  it("become entries or an error, never a command or a file", function()
    local bench = module.with_session(nil, function(session, modem)
      local folder = modem.bench.server.tree:node("/")
      for _, name in ipairs(names) do
        folder.entries[name] = { kind = "file", content = "", mtime = 0 }
      end
      for _, options in ipairs { {}, { via = "ufs" } } do
        for _, method in ipairs { "nlst", "mlsd" } do
          local entries = assert(session[method](session, "/", options))
          assert.is_true(#entries >= #names)
          for _, entry in ipairs(entries) do
            assert.is_string(method == "mlsd" and entry.name or entry)
          end
        end
        assert.is_string(session:list("/", options))
      end
      assert.equal("idle", session:stat())
    end)
    local commands = table.concat(bench.module:commands(), "\n")
    assert.is_nil(commands:find("CFUN", 1, true))
    assert.is_nil(io.open("../x"))
  end)

  it("are refused as arguments before a byte is sent", function()
    module.with_session(nil, function(session, modem)
      local before = #modem.bench.module:commands()
      for _, name in ipairs { names[1], names[8], names[9], "a\nb", "a\0b", "" } do
        for _, method in ipairs { "get", "del", "size", "mdtm", "cwd", "mkdir", "rmdir", "nlst" } do
          assert.has_error(function() session[method](session, name) end)
        end
        assert.has_error(function() session:put(name, "x") end)
        assert.has_error(function() session:rename("a", name) end)
      end
      assert.equal(before, #modem.bench.module:commands())
    end)
  end)
end)

describe("a listing of 10,000 entries", function()
  local function fill(server)
    local entries = server.tree:node("/").entries
    for i = 1, 10000 do
      entries[("entry number %05d.txt"):format(i)] = { kind = "file", content = "x", mtime = 0 }
    end
  end

  it("comes whole", function()
    module.with_session({ baudrate = 0 }, function(session, modem)
      fill(modem.bench.server)
      local names = session:nlst(".")
      assert.equal(10000, #names)
      assert.equal("entry number 10000.txt", names[10000])
      local entries = session:mlsd(".")
      assert.equal(10000, #entries)
      assert.equal(1, entries[10000].size)
    end)
  end)

  it("goes to a sink in constant memory", function()
    module.with_session({ baudrate = 3000000 }, function(session, modem)
      fill(modem.bench.server)
      local chunks, bytes, samples, first, most = 0, 0, 0, nil, 0
      local count = session:mlsd(".", { sink = function(chunk)
        if not chunk then return 1 end
        chunks, bytes = chunks + 1, bytes + #chunk
        modem.bench.trace = {}
        if bytes > 65536 * samples then
          samples = samples + 1
          collectgarbage()
          collectgarbage()
          local used = collectgarbage("count")
          first = first or used
          most = math.max(most, used - first)
        end
        return 1
      end })
      assert.equal(bytes, count)
      assert.is_true(bytes > 600000 and chunks > 100 and samples >= 9)
      assert.is_true(most < 100, ("%.0f KiB more than at the beginning"):format(most))
    end)
  end)
end)
