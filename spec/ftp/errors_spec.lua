-- Every number of the manual's tables in an error object: both numbers, the manual's text,
-- and advice.

local texts = require "bg96.ftp.texts"
local ftp = require "bg96.ftp"
local memory = require "bg96.emulator.memory"
local module = require "spec.support.module"

-- Chapter 5, table 1.
local table_1 = {
  [601] = "Unknown error", [602] = "FTP(S) server blocked", [603] = "FTP(S) server busy",
  [604] = "DNS parse failed", [605] = "Network error", [606] = "Control connection closed",
  [607] = "Data connection closed", [608] = "Socket closed by peer", [609] = "Timeout error",
  [610] = "Invalid parameter", [611] = "Failed to open file", [612] = "File position invalid",
  [613] = "File error", [614] = "Service not available, closing control connection",
  [615] = "Open data connection failed", [616] = "Connection closed; transfer aborted",
  [617] = "Requested file action not taken",
  [618] = "Requested action aborted: local error in processing",
  [619] = "Requested action not taken: insufficient system storage",
  [620] = "Syntax error, command unrecognized",
  [621] = "Syntax error in parameters or arguments", [622] = "Command not implemented",
  [623] = "Bad sequence of commands", [624] = "Command parameter not implemented",
  [625] = "Not logged in", [626] = "Need account for storing files",
  [627] = "Requested action not taken",
  [628] = "Requested action aborted: page type unknown",
  [629] = "Requested file action aborted", [630] = "Requested file name invalid",
  [631] = "SSL authentication failed",
}

-- Chapter 6, table 2, and the module's number that goes with each.
local table_2 = {
  [421] = { 614, "Service not available, closing control connection" },
  [425] = { 615, "Open data connection failed" },
  [426] = { 616, "Connection closed; transfer aborted" },
  [450] = { 617, "Requested file action not taken" },
  [451] = { 618, "Requested action aborted: local error in processing" },
  [452] = { 619, "Requested action not taken: insufficient system storage" },
  [500] = { 620, "Syntax error, command unrecognized" },
  [501] = { 621, "Syntax error in parameters or arguments" },
  [502] = { 622, "Command not implemented" }, [503] = { 623, "Bad sequence of commands" },
  [504] = { 624, "Command parameter not implemented" }, [530] = { 625, "Not logged in" },
  [532] = { 626, "Need account for storing files" },
  [550] = { 627, "Requested action not taken: file unavailable" },
  [551] = { 628, "Requested action aborted: page type unknown" },
  [552] = { 629, "Requested file action aborted: exceeded storage allocation" },
  [553] = { 630, "Requested action not taken: file name not allowed" },
}

-- 3GPP 27.007 and the FILE manual, as far as modules are known to use them.
local cme_codes = {
  3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 30, 31, 32, 50, 100, 148, 149,
  400, 401, 402, 403, 405, 406, 407, 409, 410, 411, 413, 414, 416, 417, 418, 419, 420, 421, 423,
  425, 426,
}

-- After some errors the session is gone: another one takes its place.
local function log_in_if_lost(session, modem)
  if modem.core:is_session_open() then return session end
  return assert(modem:login(module.login))
end

-- One line for people: command, number, text in a sentence, and what to do.
local function assert_for_people(err, text)
  local line = tostring(err)
  assert.is_nil(line:find("\n", 1, true))
  assert.equal(text, err.message)
  assert.is_truthy(line:find(("%s: %d "):format(err.command, err.code), 1, true), line)
  assert.is_truthy(line:lower():find(text:lower(), 1, true), line)
  assert.is_true(#err.advice > 10, line)
  assert.is_truthy(line:find(err.advice, 1, true), line)
end

local function assert_failed(code, protocol, command, value, err)
  assert.is_nil(value)
  assert.equal("ftp", err.kind, tostring(err))
  assert.equal(code, err.code, tostring(err))
  assert.equal(protocol, err.protocol, tostring(err))
  assert.equal(command, err.command, tostring(err))
end

describe("the tables", function()
  it("are the manual's, word for word", function()
    for code, text in pairs(table_1) do assert.equal(text, ftp.errors[code]) end
    for code, row in pairs(table_2) do assert.equal(row[2], ftp.replies[code]) end
    assert.equal("Operation successful", ftp.errors[0])
    assert.is_nil(ftp.errors[600] or ftp.errors[632])
  end)
end)

describe("a number of table 1", function()
  it("comes as a result behind OK, without a number of the server's", function()
    module.with_session(nil, function(session, modem)
      for code, text in pairs(table_1) do
        session = log_in_if_lost(session, modem)
        modem.bench.module:fault(("result,command=QFTPCWD,err=%d"):format(code))
        local value, err = session:cwd("x")
        assert_failed(code, nil, "+QFTPCWD", value, err)
        assert_for_people(err, text)
      end
      session = log_in_if_lost(session, modem)
      assert.is_true(session:cwd("/"))
    end)
  end)

  it("comes in place of OK", function()
    module.with_session(nil, function(session, modem)
      for code, text in pairs(table_1) do
        session = log_in_if_lost(session, modem)
        modem.bench.module:fault(("result,command=QFTPMKDIR,cme=%d"):format(code))
        local value, err = session:mkdir("x")
        assert_failed(code, nil, "+QFTPMKDIR", value, err)
        assert_for_people(err, text)
      end
      session = log_in_if_lost(session, modem)
      assert.is_true(session:mkdir("x"))
    end)
  end)

  it("comes in place of CONNECT, or behind the payload so far", function()
    local data = ("x"):rep(3000)
    module.with_session(nil, function(session, modem)
      local emulated = modem.bench.module
      assert(session:put("f", data))
      for i = 1, 40 do modem.bench.server:put(("/a long name in a folder %d"):format(i), "") end
      for code in pairs(table_1) do
        for _, form in ipairs { "cme=%d", "err=%d" } do
          for word, call in pairs {
            QFTPGET = function() return session:get("f") end,
            QFTPPUT = function() return session:put("g", data) end,
            QFTPLIST = function() return session:list(".") end,
            QFTPNLST = function() return session:nlst(".") end,
            QFTPMLSD = function() return session:mlsd(".") end,
          } do
            session = log_in_if_lost(session, modem)
            emulated:fault(("result,command=%s,%s"):format(word, form:format(code)))
            assert_failed(code, nil, "+" .. word, call())
          end
        end
        session = log_in_if_lost(session, modem)
        emulated:fault(("early,bytes=1000,how=result,code=%d"):format(code))
        assert_failed(code, nil, "+QFTPLIST", session:list("."))
      end
      session = log_in_if_lost(session, modem)
      assert.equal(data, session:get("f"))
    end)
  end)

  it("comes from a login", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "internet" })
      for code, text in pairs(table_1) do
        bench.module:fault(("result,command=QFTPOPEN,err=%d"):format(code))
        local session, err = modem:login { host = "ftp.example.com", user = "joe" }
        assert_failed(code, nil, "+QFTPOPEN", session, err)
        assert_for_people(err, text)
      end
      assert(modem:login { host = "ftp.example.com", user = "joe", password = "s3cret" })
    end)
  end)
end)

describe("a number of table 2", function()
  it("comes with the module's number, and both are shown", function()
    module.with_session(nil, function(session, modem)
      for reply, row in pairs(table_2) do
        session = log_in_if_lost(session, modem)
        local fault = ("result,command=QFTPDEL,err=%d,protocol=%d"):format(row[1], reply)
        modem.bench.module:fault(fault)
        local value, err = session:del("x")
        assert_failed(row[1], reply, "+QFTPDEL", value, err)
        assert_for_people(err, table_1[row[1]])
        local text = row[2]:sub(1, 1):lower() .. row[2]:sub(2)
        local wanted = ("(FTP %d %s)"):format(reply, text)
        assert.is_truthy(tostring(err):find(wanted, 1, true), tostring(err))
      end
    end)
  end)

  it("that is not in the table is shown as a number", function()
    module.with_session(nil, function(session, modem)
      modem.bench.module:fault("result,command=QFTPDEL,err=601,protocol=534")
      local value, err = session:del("x")
      assert_failed(601, 534, "+QFTPDEL", value, err)
      assert.is_truthy(tostring(err):find("(FTP 534)", 1, true))
    end)
  end)
end)

describe("a failure of a real cause", function()
  for what, case in pairs {
    ["a name that does not resolve"] = { 604, nil, { host = "ftp.invalid" } },
    ["a port where nobody listens"] = { 606, nil, { port = 2121 } },
    ["a wrong password"] = { 625, 530, { password = "wrong" } },
    ["a certificate that nobody signed"] =
      { 631, nil, { tls = "explicit" }, { backend = memory.new { tls = false } }, "server" },
    ["a server that is silent"] = { 609, nil, {}, { backend = memory.new { delay = 60 } } },
  } do
    it(("at login, %s, is reported as %d"):format(what, case[1]), function()
      local options = case[4] or {}
      local bench = module.bench(options)
      bench:run(function(modem)
        assert(modem:clean_up())
        assert(modem:activate { apn = "internet" })
        if case[5] then
          local pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
          assert(modem:tls { ca = pem })
        end
        local o = { host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20 }
        for name, value in pairs(case[3]) do o[name] = value end
        assert_failed(case[1], case[2], "+QFTPOPEN", modem:login(o))
      end)
    end)
  end

  it("in a session: missing files and folders, invalid names", function()
    module.with_session(nil, function(session)
      assert_failed(627, 550, "+QFTPSIZE", session:size("none"))
      -- A server may refuse to tell the size of a file that is there: the transfer tells.
      assert_failed(627, 550, "+QFTPGET", session:get("none"))
      assert_failed(627, 550, "+QFTPPUT", session:put("none/f", "x"))
      assert(session:put("f", "x"))
      assert_failed(630, 553, "+QFTPRENAME", session:rename("f", "none/f"))
    end)
  end)

  it("of the data connection is 615, and the session stays usable", function()
    module.with_session({ quirks = { "sync-615" } }, function(session, modem)
      modem.bench.module:fault("result,command=QFTPNLST,cme=615")
      local value, err = session:nlst(".")
      assert_failed(615, nil, "+QFTPNLST", value, err)
      assert.matches("passive.*data_address", err.advice)
      assert.same({}, session:nlst("."))
    end)
  end)

  it("in the flash: a file that is missing or does not fit", function()
    module.with_session({ ufs_space = 1000 }, function(session, modem)
      local value, err = session:put("f", modem:ufs("none"))
      assert.is_nil(value)
      assert.equal(405, err.code)
      assert(session:put("big", ("x"):rep(2000)))
      assert_failed(613, nil, "+QFTPGET", session:get("big", { sink = modem:ufs("copy") }))
    end)
  end)
end)

describe("a number of +CME ERROR", function()
  it("comes with its text and with what to do", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      for _, code in ipairs(cme_codes) do
        bench.module:fault(("result,command=CSQ,cme=%d"):format(code))
        local value, err = modem:at("+CSQ")
        assert.is_nil(value)
        assert.equal("cme", err.kind)
        assert.equal(code, err.code)
        assert.is_nil(err.protocol)
        assert_for_people(err, texts.cme_errors[code])
      end
    end)
  end)

  it("of a file comes from the calls that handle files", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      local file = modem:ufs("f")
      assert(file:write("content"))
      for _, code in ipairs(cme_codes) do
        for word, call in pairs {
          QFUPL = function() return modem:ufs("new"):write("x") end,
          QFDWL = function() return file:read() end,
          QFDEL = function() return file:remove() end,
          QFLDS = function() return modem:space() end,
        } do
          bench.module:fault(("result,command=%s,cme=%d"):format(word, code))
          local value, err = call()
          assert.is_nil(value, word)
          assert.equal("cme", err.kind)
          assert.equal(code, err.code)
          assert.equal("+" .. word, err.command)
        end
      end
      assert.equal("content", file:read())
    end)
  end)

  it("without a text keeps its number", function()
    local bench = module.bench()
    bench:run(function(modem)
      assert(modem:clean_up())
      bench.module:fault("result,command=CSQ,cme=777")
      local _, err = modem:at("+CSQ")
      assert.equal("cme", err.kind)
      assert.equal(777, err.code)
      assert.matches("777", tostring(err))
      bench.module:fault("result,command=CSQ")
      _, err = modem:at("+CSQ")
      assert.equal("error", err.kind)
      assert.is_nil(err.code)
      assert.matches("SIM", tostring(err))
    end)
  end)
end)

describe("a session that the server has ended", function()
  it("is closed, whatever CLOSE answers, and does not block the next login", function()
    module.with_session(nil, function(session, modem)
      local emulated = modem.bench.module
      emulated:fault("urc,command=QFTPCLOSE,when=before,line=+QFTPCLOSE: 606,0")
      emulated:fault("result,command=QFTPCLOSE,cme=606")
      assert.is_true(session:close())
      assert(modem:login { host = "ftp.example.com", user = "joe", password = "s3cret" })
    end)
  end)

  it("with an error in its result has ended all the same", function()
    module.with_session(nil, function(session, modem)
      modem.bench.module:fault("result,command=QFTPCLOSE,err=605")
      assert_failed(605, nil, "+QFTPCLOSE", session:close())
      assert(modem:login { host = "ftp.example.com", user = "joe", password = "s3cret" })
    end)
  end)
end)
