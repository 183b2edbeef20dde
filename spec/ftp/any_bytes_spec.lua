-- Driver and emulated module together, on a virtual clock: names and payloads of any bytes,
-- even if they look like commands or results.

local module = require "spec.support.module"

describe("a name", function()
  it("that could end a command, or is too long, raises an error before a byte is sent", function()
    module.with_session(nil, function(session, modem)
      local emulated = modem.bench.module
      local before = #emulated:commands()
      local names = { 'a"b', ("x"):rep(256), "" }
      -- A backspace would delete the character before it in the command line.
      for byte = 0, 31 do names[#names + 1] = "a" .. string.char(byte) .. "b" end
      names[#names + 1] = "a\127b"
      for _, name in ipairs(names) do
        for _, call in ipairs { "cwd", "size", "get", "put", "del" } do
          assert.has_error(function() session[call](session, name, "data") end)
        end
      end
      assert.equal(before, #emulated:commands())
      assert.equal("/", session:pwd())
    end)
  end)

  it("of 255 bytes, without control characters and quotes, is accepted", function()
    module.with_session(nil, function(session)
      for _, name in ipairs { ("x"):rep(255), "naïve.txt", "\128\255", "a'b;c,d e" } do
        assert.equal(3, session:put(name, "abc"))
        assert.equal("abc", session:get(name))
      end
    end)
  end)
end)

describe("a payload", function()
  local every_byte = {}
  for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
  every_byte = table.concat(every_byte)

  local function filled(size)
    return every_byte:rep(math.floor(size / 256) + 1):sub(1, size)
  end

  local payloads = {
    ["+++"] = "+++",
    ["+++ at both ends"] = "+++abc+++",
    ["OK"] = "12345\r\nOK\r\n12345",
    ["NO CARRIER"] = "12345\r\nNO CARRIER\r\n12345",
    ["a forged result of a get"] = "12345678901234567\r\nOK\r\n\r\n+QFTPGET: 0,17\r\n",
    ["a forged result of a put"] = "12345\r\nOK\r\n\r\n+QFTPPUT: 0,5\r\n",
    ["a forged result with a wrong count"] = "12345\r\nOK\r\n\r\n+QFTPGET: 0,99\r\n",
  }
  for _, size in ipairs { 0, 1, 2, 3, 1023, 1024, 1025, 65536, 1024 * 1024 + 1 } do
    payloads[size .. " bytes"] = filled(size)
  end

  -- An unsolicited line before every command.
  local urc = 'urc,command=any,times=0,line=+QIURC: "recv",0'
  local lines = {
    { "in large reads", { baudrate = 0 } },
    { "byte by byte", { baudrate = 921600, read_size = 1, write_room = 1 } },
    { "with echo that cannot be switched off", { baudrate = 0, quirks = { "stubborn-echo" } } },
    { "with unsolicited lines in between", { baudrate = 0, faults = { urc } } },
  }

  for what, payload in pairs(payloads) do
    for _, line in ipairs(lines) do
      if #payload < 100000 or line[2].read_size == nil then
        it(("of %s goes up and comes back %s"):format(what, line[1]), function()
          local options = {}
          for name, value in pairs(line[2]) do options[name] = value end
          local bench = module.with_session(options, function(session)
            assert.equal(#payload, session:put("f", payload))
            assert.equal(#payload, session:size("f"))
            assert.is_true(session:get("f") == payload)
          end)
          assert.is_true(bench.server:get("/f") == payload)
        end)
      end
    end
  end

  -- On a slow line such lines take longer to come than a module is silent before its result.
  it("of nothing but forged results comes from a server without SIZE over 9600 baud", function()
    local parts = {}
    for i = 1, 60 do parts[i] = ("\r\nOK\r\n\r\n+QFTPPUT: 0,%d\r\n"):format(i) end
    local payload = table.concat(parts)
    local bench = module.with_session({ baudrate = 9600 }, function(session, modem)
      modem.bench.server.refuse.SIZE = 550
      modem.bench.server:put("/f", payload)
      assert.is_true(session:get("f") == payload)
    end)
    assert.is_true(bench.now < 10, bench.now)
  end)

  it("of 1 MiB uses 99.5 % of a line of 921600 baud in both directions", function()
    local payload = filled(1024 * 1024)
    module.with_session({ baudrate = 921600 }, function(session, modem)
      local bench = modem.bench
      local started = bench.now
      assert(session:put("f", payload))
      local up = bench.now - started
      started = bench.now
      assert(session:get("f"))
      local down = bench.now - started
      local limit = #payload / 92160
      assert.is_true(limit / up > 0.995, ("up: %.4f"):format(limit / up))
      assert.is_true(limit / down > 0.995, ("down: %.4f"):format(limit / down))
    end)
  end)
end)
