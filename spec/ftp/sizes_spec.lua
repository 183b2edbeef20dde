-- Sizes and offsets beyond 32 bits, on every Lua: exact up to 2^53, the limit of the numbers
-- of Lua 5.1 and LuaJIT.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"

local sizes = { "2147483648", "4294967297", "1099511627777", "9007199254740991" }

-- Runs a job with a session and a scripted module; returns what the module was sent.
local function with_session(steps, job)
  local peer = Script.new(steps)
  Bench.new({ peer = peer }):run(function(modem) job(Session.new(modem, 95), modem) end)
  return peer
end

-- Luas print large whole numbers differently; this text is the same on all.
local function text(number)
  return ("%.0f"):format(number)
end

describe("a size beyond 32 bits", function()
  for _, size in ipairs(sizes) do
    it(("of %s bytes is exact"):format(size), function()
      with_session({
        { 'AT+QFTPSIZE="f"', "\r\nOK\r\n\r\n+QFTPSIZE: 0," .. size .. "\r\n" },
        { "AT+QFTPLEN", "\r\nOK\r\n\r\n+QFTPLEN: 0," .. size .. "\r\n" },
        { 'AT+QFLST="f"', ('\r\n+QFLST: "f",%s\r\n\r\nOK\r\n'):format(size) },
        { 'AT+QFLDS="UFS"', ("\r\n+QFLDS: 1,%s\r\n\r\nOK\r\n"):format(size) },
      }, function(session, modem)
        assert.equal(size, text(assert(session:size("f"))))
        assert.equal(size, text(assert(session:len())))
        assert.equal(size, text(assert(modem:ufs("f"):size())))
        assert.equal(size, text(assert(modem:space()).total))
      end)
    end)

    it(("of %s bytes is exact in a listing"):format(size), function()
      local line = ("type=file;size=%s; f\r\n"):format(size)
      with_session({
        { 'AT+QFTPMLSD=".","COM:"', ("\r\nCONNECT\r\n%s\r\nOK\r\n\r\n+QFTPMLSD: 0,%d\r\n")
          :format(line, #line) },
        { "AT+QFTPLEN", ("\r\nOK\r\n\r\n+QFTPLEN: 0,%d\r\n"):format(#line) },
      }, function(session)
        local entries = assert(session:mlsd("."))
        assert.equal(size, text(entries[1].size))
      end)
    end)

    it(("of %s bytes allows the last of them to be put and got"):format(size), function()
      local last = tonumber(size)
      local offset = text(last - 7)
      local peer = with_session({
        { 'AT+QFTPSIZE="f"', "\r\nOK\r\n\r\n+QFTPSIZE: 0," .. size .. "\r\n" },
        { ('AT+QFTPGET="f","COM:",%s,7'):format(offset),
          "\r\nCONNECT\r\nseven!!\r\nOK\r\n\r\n+QFTPGET: 0,7\r\n" },
        { ('AT+QFTPPUT="f","COM:",%s,7,1'):format(offset), "\r\nCONNECT\r\n", payload = 7,
          finally = "\r\nOK\r\n\r\n+QFTPPUT: 0,7\r\n" },
      }, function(session)
        assert.equal("seven!!", session:get("f", { offset = last - 7 }))
        assert.equal(7, session:put("f", "SEVEN!!", { offset = last - 7 }))
      end)
      assert.equal("SEVEN!!", peer.payload)
    end)
  end

  it("that no number represents exactly is an argument error", function()
    with_session({}, function(session)
      assert.has_error(function() session:put("f", "x", { offset = 2 ^ 54 }) end)
      assert.has_error(function() session:get("f", { offset = 0.5 }) end)
    end)
  end)
end)
