-- The emulator's network backend against a real FTP server.

local cqueues = require("cqueues")
local socket = require("cqueues.socket")
local process = require("spec.support.process")
local with_host = require("spec.support.network_host").run

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"

local function result(text)
  return OK .. "\r\n" .. text .. "\r\n"
end

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

local function write_file(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
end

local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte)

local root, server

setup(function()
  root = process.folder()
  server = process.ftp_server(root)
end)

teardown(function()
  server:stop()
  process.remove(root)
end)

-- Calls job(host, data) with a session at a server with these replies, by command;
-- `data` is its socket for data connections.
local function with_server(replies, job)
  local listener = socket.listen({ host = "127.0.0.1", port = 0 })
  local data = socket.listen({ host = "127.0.0.1", port = 0 })
  listener:listen()
  data:listen()
  local _, _, port = listener:localname()
  local _, _, data_port = data:localname()
  replies.USER, replies.PASS, replies.TYPE = "331 password", "230 welcome", "200 ok"
  replies.PASV = ("227 here (127,0,0,1,%d,%d)"):format(math.floor(data_port / 256),
    data_port % 256)
  with_host(function(host)
    cqueues.running():wrap(function()
      local control = listener:accept()
      control:write("220 hello\n")
      control:flush()
      local line = control:read()
      while line do
        control:write(replies[line:match("^%a+")] or "500 what?", "\n")
        control:flush()
        line = control:read()
      end
    end)
    host:log_in(port)
    job(host, data)
  end)
  listener:close()
  data:close()
end

describe("the emulator's network backend", function()
  for mode, name in pairs { [0] = "active", "passive" } do
    it("uploads and downloads in " .. name .. " mode", function()
      with_host(function(host)
        local data = every_byte:rep(4096) .. "+"
        host:at('+QFTPCFG="transmode",' .. mode, OK)
        host:log_in(server.port)
        host:at(('+QFTPPUT="up.bin","COM:",0,%d,1'):format(#data), CONNECT)
        host:feed(data)
        host:listen(result("+QFTPPUT: 0," .. #data))
        assert.is_true(read_file(root .. "/up.bin") == data)
        assert.equal(result("+QFTPSIZE: 0," .. #data),
          host:at('+QFTPSIZE="up.bin"', ("0,%d\r\n"):format(#data)))
        local trailer = result("+QFTPGET: 0," .. #data)
        assert.is_true(host:at('+QFTPGET="up.bin","COM:"', trailer) == CONNECT .. data .. trailer)
      end)
    end)
  end

  it("downloads a part and leaves the session usable", function()
    write_file(root .. "/part.bin", every_byte:rep(40000))
    with_host(function(host)
      host:log_in(server.port)
      for _, offset in ipairs { 0, 97, 256 * 40000 - 5 } do
        local wanted = (every_byte:rep(40000)):sub(offset + 1, offset + 5)
        assert.equal(CONNECT .. wanted .. result("+QFTPGET: 0,5"),
          host:at(('+QFTPGET="part.bin","COM:",%d,5'):format(offset), result("+QFTPGET: 0,5")))
        host:at("+QFTPPWD", result("+QFTPPWD: 0,/"))
      end
    end)
  end)

  it("keeps a data connection open over chunks with beof 0", function()
    with_host(function(host)
      host:log_in(server.port)
      for offset = 0, 4 do
        local last = offset == 4 and 1 or 0
        host:at(('+QFTPPUT="chunks.bin","COM:",%d,3,%d'):format(offset * 3, last), CONNECT)
        host:feed("ab" .. offset)
        host:listen(result("+QFTPPUT: 0,3"))
      end
      assert.equal("ab0ab1ab2ab3ab4", read_file(root .. "/chunks.bin"))
    end)
  end)

  it("ends such a data connection when another command comes", function()
    with_host(function(host)
      host:log_in(server.port)
      host:at('+QFTPPUT="cut.bin","COM:",0,3,0', CONNECT)
      host:feed("abc")
      host:listen(result("+QFTPPUT: 0,3"))
      host:at('+QFTPSIZE="cut.bin"', result("+QFTPSIZE: 0,3"))
      host:at('+QFTPPUT="cut.bin","COM:",3,3,1', CONNECT)
      host:feed("def")
      host:listen(result("+QFTPPUT: 0,3"))
      assert.equal("abcdef", read_file(root .. "/cut.bin"))
    end)
  end)
end)

describe("the emulator's network backend, beside transfers", function()
  it("works on folders and names", function()
    local steps = {
      { 'MKDIR="dir"', "MKDIR: 0,0" }, { 'MKDIR="dir"', "MKDIR: 627,550" },
      { 'RENAME="dir","new dir"', "RENAME: 0,0" }, { 'CWD="new dir"', "CWD: 0,0" },
      { "PWD", "PWD: 0,/new dir" }, { 'CWD="/"', "CWD: 0,0" }, { 'CWD="none"', "CWD: 627,550" },
      { 'RMDIR="new dir"', "RMDIR: 0,0" }, { 'RENAME="none","x"', "RENAME: 627,550" },
      { 'SIZE="none"', "SIZE: 627,550" }, { 'DEL="none"', "DEL: 627,550" },
    }
    with_host(function(host)
      host:log_in(server.port)
      for _, step in ipairs(steps) do
        host:at("+QFTP" .. step[1], result("+QFTP" .. step[2]))
      end
    end)
  end)

  it("lists, and gives the time of a file", function()
    os.execute("mkdir " .. root .. "/list")
    write_file(root .. "/list/a b", "12345")
    os.execute("touch -d '2024-02-29 12:34:56 UTC' '" .. root .. "/list/a b'")
    with_host(function(host)
      host:log_in(server.port)
      host:at('+QFTPMDTM="list/a b"', result('+QFTPMDTM: 0,"20240229123456"'))
      assert.equal(CONNECT .. "a b\r\n" .. result("+QFTPNLST: 0,5"),
        host:at('+QFTPNLST="list"', "+QFTPNLST: 0,5\r\n"))
      local facts = host:at_until('+QFTPMLSD="list"', "+QFTPMLSD: 0,%d+\r\n")
      assert.matches("modify=20240229123456;.*size=5;type=file;.* a b\r\n", facts)
      host:at('+QFTPNLST="none"', result("+QFTPNLST: 627,550"))
    end)
  end)

  it("gives the codes of what goes wrong", function()
    with_host(function(host)
      host:at('+QFTPCFG="account","test","wrong"', OK)
      host:at(('+QFTPOPEN="127.0.0.1",%d'):format(server.port), result("+QFTPOPEN: 625,530"))
      host:at('+QFTPOPEN="127.0.0.1",1', result("+QFTPOPEN: 606,0"))
      host:at('+QFTPOPEN="no-such-host.invalid",21', result("+QFTPOPEN: 604,0"))
      host:log_in(server.port)
      host:at('+QFTPGET="none","COM:"', result("+QFTPGET: 627,550"))
      host:at('+QFTPPUT="none/none","COM:",0,1,1', result("+QFTPPUT: 627,550"))
      host:at("+QFTPCLOSE", result("+QFTPCLOSE: 0,0"))
      host:at("+QFTPSTAT", result("+QFTPSTAT: 0,4"))
    end)
  end)

  it("reports that the server went away", function()
    local mortal = process.ftp_server(root)
    with_host(function(host)
      host:log_in(mortal.port)
      mortal:stop()
      host:listen("\r\n+QFTPCLOSE: 606,0\r\n")
      host:at('+QFTPSIZE="a"', "\r\n+CME ERROR: 606\r\n")
    end)
  end)
end)

describe("the emulator's network backend, with odd servers", function()
  it("returns no value for a positive reply without one", function()
    local odd = process.ftp_server(root, "--refuse", "SIZE=250", "--refuse", "MDTM=202")
    with_host(function(host)
      host:log_in(odd.port)
      host:at('+QFTPSIZE="a"', result("+QFTPSIZE: 601,250"))
      host:at('+QFTPMDTM="a"', result("+QFTPMDTM: 601,202"))
    end)
    odd:stop()
  end)

  it("reports that the server has no room", function()
    local small = process.ftp_server(root, "--quota", "100000")
    with_host(function(host)
      host:log_in(small.port)
      host:at('+QFTPPUT="big.bin","COM:",0,1000000,1', CONNECT)
      host:feed(("x"):rep(300000))
      host:listen(result("+QFTPPUT: 629,552"))
    end)
    small:stop()
  end)

  it("does not accept more than the server does", function()
    with_server({ STOR = "150 go on" }, function(host) -- and never reads what comes
      host:at('+QFTPPUT="f","COM:"', CONNECT)
      local taken = 0
      for _ = 1, 2000 do
        local room = host.module:room(cqueues.monotime())
        taken = taken + room
        host.module:feed(("x"):rep(room), cqueues.monotime())
        if room == 0 and cqueues.poll(host.woken, 0.2) ~= host.woken then break end
      end
      assert.equal(0, host.module:room(cqueues.monotime()))
      assert.is_true(taken < 16 * 1024 * 1024)
    end)
  end)

  -- The next reply shows whether one was left unread.
  local silences = {
    ["nothing"] = { RETR = "150 here it comes", NOOP = "200 ok" },
    ["late that it was cut"] = { RETR = "150 here it comes", NOOP = "426 cut\n200 ok" },
  }
  for what, replies in pairs(silences) do
    it("goes on where a server says " .. what .. " of a part that it sent", function()
      replies.PWD = '257 "/here"'
      with_server(replies, function(host, data)
        cqueues.running():wrap(function()
          local connection = data:accept()
          connection:write("0123456789")
          connection:flush()
        end)
        assert.equal(CONNECT .. "01234" .. result("+QFTPGET: 0,5"),
          host:at('+QFTPGET="f","COM:",0,5', result("+QFTPGET: 0,5")))
        host:at("+QFTPPWD", result("+QFTPPWD: 0,/here"))
      end)
    end)
  end
end)
