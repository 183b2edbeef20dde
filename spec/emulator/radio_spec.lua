-- The radio of the emulator: what an exchange with the server costs, on the virtual clock.

local Host = require("spec.support.host")
local memory = require("bg96.emulator.memory")
local direction = require("bg96.emulator.radio.direction")
local module = require("bg96.emulator.module")
local options = require("bg96.emulator.radio").options
local uart = require("bg96.emulator.uart")
local upload = require("bg96.emulator.radio.upload")

local CONNECT = "\r\nCONNECT\r\n"
local RTT, SLOW = 1.6, { rtt = 1600, uplink = 20000, downlink = 25000 }

local function result(text)
  return "\r\nOK\r\n\r\n" .. text .. "\r\n"
end

local function payload(count)
  return ("0123456789abcdef"):rep(math.ceil(count / 16)):sub(1, count)
end

-- A host with `given` options of the module, and a session.
local function with_session(given)
  given = given or {}
  given.backend = memory.new({ tls = given.tls ~= false })
  given.radio, given.active = given.radio or SLOW, true
  local host = Host.new(given)
  host.server = given.backend
  host:at("+CMEE=1", '+QFTPCFG="account","test","secret"', '+QFTPCFG="filetype",0')
  return host
end

-- Lets time pass until the input ends with `ending`. Returns the input and the seconds.
local function listen(host, ending, heard)
  local start = host.now
  heard = (heard or "") .. host:wait(0)
  while heard:sub(-#ending) ~= ending do
    local deadline = assert(host.module:deadline(), "nothing will ever come")
    assert(host.now - start < 1000, ("%q in place of %q"):format(heard:sub(-200), ending))
    heard = heard .. host:wait(math.max(deadline - host.now, 1e-6))
  end
  return heard, host.now - start
end

local function timed(host, command, ending)
  return select(2, listen(host, ending, host:at(command)))
end

local function session(given)
  local host = with_session(given)
  timed(host, '+QFTPOPEN="server",21', "\r\n+QFTPOPEN: 0,0\r\n")
  return host
end

local function assert_near(expected, actual, tolerance)
  assert.is_true(math.abs(actual - expected) <= (tolerance or 0.001),
    ("%.4f s in place of %.4f s"):format(actual, expected))
end

-- Seconds of so many bytes, up and down, on the slow radio.
local function air_time(up, down)
  return up * 8 / SLOW.uplink + down * 8 / SLOW.downlink
end

-- What `job()` has sent over the air.
local function counted(host, job)
  local before = host.module:counters()
  job()
  local after = host.module:counters()
  for name, value in pairs(before) do
    if type(value) == "number" then after[name] = after[name] - value end
  end
  for word, count in pairs(before.words) do after.words[word] = after.words[word] - count end
  return after
end

describe("a radio of the emulator", function()
  it("has profiles, of which each value can be set", function()
    assert.same({ rtt = 150, uplink = 300000, downlink = 300000, buffer = 4096 }, options("lte-m"))
    assert.same({ rtt = 700, uplink = 40000, downlink = 60000, buffer = 4096 }, options("gprs"))
    assert.same({ rtt = 1600, uplink = 20000, downlink = 25000, buffer = 4096 }, options("nb-iot"))
    assert.same({ rtt = 10, uplink = 40000, downlink = 60000, buffer = 99 },
      options { profile = "gprs", rtt = 10, buffer = 99 })
    assert.same({ rtt = 0, downlink = 1000, buffer = 4096 }, options { downlink = 1000 })
    assert.has_error(function() module.new { radio = "5g" } end)
  end)

  it("lets a login take five round trips: connection, greeting, three commands", function()
    local host = with_session()
    local counters = counted(host, function()
      local seconds = timed(host, '+QFTPOPEN="server",21', "\r\n+QFTPOPEN: 0,0\r\n")
      local all = host.module:counters()
      assert_near(5 * RTT + air_time(all.up, all.down), seconds)
    end)
    assert.equal(3, counters.commands)
    assert.same({ USER = 1, PASS = 1, TYPE = 1 }, counters.words)
    assert.equal(1, counters.control_connections)
    assert.equal(0, counters.data_connections)
    assert.equal(#"USER test\r\nPASS secret\r\nTYPE I\r\n", counters.up)
  end)

  it("lets TLS take two more for each connection", function()
    local function seconds(settings)
      local host = with_session()
      host:at('+QSSLCFG="seclevel",0,0', ('+QFTPCFG="ssltype",%d'):format(settings),
        '+QFTPCFG="sslctxid",0')
      local login = timed(host, '+QFTPOPEN="server",21', "\r\n+QFTPOPEN: 0,0\r\n")
      local size = counted(host, function()
        host.transfer = timed(host, '+QFTPGET="nothing","COM:"', "+QFTPGET: 627,550\r\n")
      end)
      assert.equal(1, size.data_connections)
      host.server:put("/f", "x")
      return login, timed(host, '+QFTPGET="f","COM:"', "+QFTPGET: 0,1\r\n")
    end
    local plain, plain_get = seconds(0)
    local implicit, implicit_get = seconds(1)
    local explicit, explicit_get = seconds(2)
    -- Two for TLS, PBSZ and PROT; AUTH with explicit TLS.
    assert_near(plain + 4 * RTT, implicit, 0.1)
    assert_near(plain + 5 * RTT, explicit, 0.1)
    assert_near(plain_get + 2 * RTT, implicit_get)
    assert_near(plain_get + 2 * RTT, explicit_get)
  end)

  it("lets a command take a round trip", function()
    local host = session()
    host.server:put("/f", "12345")
    assert_near(RTT + air_time(#"SIZE f\r\n", 10),
      timed(host, '+QFTPSIZE="f"', "+QFTPSIZE: 0,5\r\n"))
    assert_near(RTT + air_time(#"CWD x\r\n", 34),
      timed(host, '+QFTPCWD="x"', "+QFTPCWD: 627,550\r\n"))
    assert_near(2 * RTT, timed(host, '+QFTPRENAME="f","g"', "+QFTPRENAME: 0,0\r\n"), 0.1)
    assert_near(RTT, timed(host, "+QFTPCLOSE", "+QFTPCLOSE: 0,0\r\n"), 0.02)
  end)

  it("leaves the module's own commands alone", function()
    local host = session()
    assert.equal(0, timed(host, "+CSQ", "\r\nOK\r\n"))
    assert.equal(0, timed(host, "+QFTPSTAT", "+QFTPSTAT: 0,1\r\n"))
  end)

  it("answers with 609 what takes longer than rsptimeout", function()
    local host = session { radio = { rtt = 10500 } }
    host:at('+QFTPCFG="rsptimeout",20')
    assert_near(20, timed(host, '+QFTPRENAME="a","b"', "+QFTPRENAME: 609,0\r\n"))
  end)
end)

describe("an upload over a radio", function()
  local function start(host, count, beof)
    host:at(('+QFTPPUT="f","COM:",0,%d,%d'):format(count, beof or 1))
    return select(2, listen(host, CONNECT))
  end

  it("takes PASV, a connection and STOR, the bytes, and a round trip for the last", function()
    local host = session()
    local bytes = payload(3000)
    local counters = counted(host, function()
      assert_near(3 * RTT, start(host, #bytes), 0.1)
      host:send(bytes)
      local heard, seconds = listen(host, "+QFTPPUT: 0,3000\r\n")
      assert_near(RTT + air_time(3000, 24), seconds)
      assert.equal("\r\n+QFTPPUT: 0,3000\r\n", heard)
    end)
    assert.equal(bytes, host.server:get("/f"))
    assert.same({ 2, 1 }, { counters.commands, counters.data_connections })
    assert.equal(3000 + #"PASV\r\nSTOR f\r\n", counters.up)
  end)

  it("is taken into the buffer, which holds up a host that watches CTS", function()
    local host = session()
    host:at("+IFC=2,2")
    start(host, 10000)
    assert.equal(4096, host.module:room(host.now))
    host:send(payload(4096))
    assert.equal(0, host.module:room(host.now))
    host:wait(1) -- 2500 bytes a second
    assert.equal(2500, host.module:room(host.now))
    host:wait(10)
    assert.equal(4096, host.module:room(host.now))
  end)

  it("loses what finds the buffer full without flow control, and waits for it", function()
    local host = session()
    host:at('+QFTPCFG="rsptimeout",20')
    start(host, 6000)
    assert.equal("", host:send(payload(6000)))
    assert.equal("", host:wait(15))
    assert.equal(payload(4096), host.server:get("/f"))
    assert.equal(6000 - 4096, host.module:counters().lost)
    assert.equal(result("+QFTPPUT: 609,0"), host:wait(10))
    assert.equal(payload(4096), host.server:get("/f"))
  end)

  it("loses as much when the host does not watch CTS", function()
    local host = session()
    host:at("+IFC=2,2")
    host.module:set_host_flow(false)
    start(host, 6000)
    assert.equal("", host:send(payload(6000)) .. host:wait(15))
    assert.equal(payload(4096), host.server:get("/f"))
  end)

  it("takes the bytes that are missing from what comes next", function()
    local host = session()
    start(host, 6000)
    host:send(payload(6000))
    host:wait(5)
    host:send(("z"):rep(1904))
    listen(host, "+QFTPPUT: 0,6000\r\n")
    assert.equal(payload(4096) .. ("z"):rep(1904), host.server:get("/f"))
  end)

  it("does not run out of rsptimeout while its buffer is sent", function()
    local host = session { radio = { rtt = 100, uplink = 1000, buffer = 8192 } }
    host:at('+QFTPCFG="rsptimeout",20')
    start(host, 8000)
    host:send(payload(8000))
    assert_near(64.1, select(2, listen(host, "+QFTPPUT: 0,8000\r\n")), 0.1)
  end)

  it("confirms a chunk when the server has acknowledged it", function()
    local host = session()
    start(host, 2000, 0)
    host:send(payload(2000))
    assert_near(RTT + air_time(2000, 0), select(2, listen(host, "+QFTPPUT: 0,2000\r\n")))
    host:at('+QFTPPUT="f","COM:",2000,500,1')
    host:send(payload(500))
    listen(host, "+QFTPPUT: 0,500\r\n")
    assert.equal(payload(2000) .. payload(500), host.server:get("/f"))
  end)

  it("confirms a chunk when it is taken, with the quirk confirms=taken", function()
    local host = session { quirks = { "confirms=taken" } }
    start(host, 2000, 0)
    assert.equal(result("+QFTPPUT: 0,2000"), host:send(payload(2000)))
    -- What is lost with the link has been confirmed all the same.
    host:wait(RTT / 2 + 0.2)
    host.module:fault("drop")
    host:wait(1)
    assert.equal("", host.server:get("/f"))
  end)

  it("leaves at the server what has arrived when the link is lost", function()
    local host = session { radio = { rtt = 1000, uplink = 8000 } }
    start(host, 4000)
    host:send(payload(4000))
    host:wait(2.5)
    local counters = counted(host, function() host.module:fault("drop") end)
    assert.equal(payload(1360), host.server:get("/f"))
    assert.equal(2500 - 1360, counters.up) -- what was on its way
  end)

  it("leaves in whole packets, though the host writes it byte by byte", function()
    local sizes = {}
    local base = { write = function(_, bytes) sizes[#sizes + 1] = #bytes end }
    local operation = { at = 0, base = base }
    upload.open({ now = 0, half = 1, buffer = 4096, up = direction.new() }, operation)
    for _ = 1, 3000 do operation:write("x") end
    operation:move(2)
    assert.same({ 1360, 1360, 280 }, sizes)
  end)

  it("of nothing takes a round trip as well", function()
    local host = session()
    local seconds = timed(host, '+QFTPPUT="f","COM:",0,0,1', "+QFTPPUT: 0,0\r\n")
    assert_near(4 * RTT, seconds, 0.1)
    assert.equal("", host.server:get("/f"))
  end)

  it("from UFS goes over the radio, too", function()
    local host = session()
    host.module.ufs:put("staged", payload(20000))
    local seconds = timed(host, '+QFTPPUT="f","UFS:staged"', "+QFTPPUT: 0,20000\r\n")
    assert_near(4 * RTT + air_time(20000, 0), seconds, 0.2)
    assert.equal(payload(20000), host.server:get("/f"))
  end)
end)

describe("a download over a radio", function()
  it("takes PASV, a connection and RETR, and then the bytes", function()
    local host = session()
    host.server:put("/f", payload(30000))
    local heard, seconds
    local counters = counted(host, function()
      heard, seconds = listen(host, "+QFTPGET: 0,30000\r\n", host:at('+QFTPGET="f","COM:",0,30000'))
    end)
    assert.equal(CONNECT .. payload(30000) .. result("+QFTPGET: 0,30000"), heard)
    assert_near(3 * RTT + air_time(0, 30000), seconds, 0.1)
    assert.same({ 2, 1 }, { counters.commands, counters.data_connections })
    assert.equal(30000 + 49 + 54 + 24, counters.down)
  end)

  it("of a listing sets another type before, and the next download sets it back", function()
    local host = session()
    host.server:put("/f", "x")
    local listing = counted(host, function()
      timed(host, '+QFTPNLST="."', "+QFTPNLST: 0,3\r\n")
    end)
    assert.same({ 3, 1 }, { listing.commands, listing.words.TYPE })
    local get = counted(host, function()
      timed(host, '+QFTPGET="f","COM:"', "+QFTPGET: 0,1\r\n")
    end)
    assert.same({ 3, 1 }, { get.commands, get.words.TYPE })
  end)

  it("that is stopped early has more on the air than it has read", function()
    local host = session()
    host.server:put("/f", payload(100000))
    local counters = counted(host, function()
      timed(host, '+QFTPGET="f","COM:",0,2000', "+QFTPGET: 0,2000\r\n")
    end)
    -- A window of 16 KiB, and what the reading of 2000 bytes has added to it.
    assert.is_true(counters.down > 16384 and counters.down < 16384 + 2000 + 200,
      counters.down .. " bytes")
    -- All that is still on its way comes before the next reply.
    assert.is_true(timed(host, "+QFTPPWD", "+QFTPPWD: 0,/\r\n") >= RTT)
  end)

  it("waits for a host that does not read, at the server", function()
    local host = session()
    host.server:put("/f", payload(100000))
    host:at('+QFTPGET="f","COM:"')
    local counters = counted(host, function()
      host.now = host.now + 100
      for _ = 1, 1000 do
        host.module:tick(math.min(host.now, host.module:deadline() or host.now))
      end
    end)
    assert.is_true(counters.down < 16384 + 200, counters.down .. " bytes")
  end)
end)

describe("what runs at the same time over a radio", function()
  it("shares its rate", function()
    local function seconds(is_busy)
      local host = session { quirks = { "confirms=taken" } }
      if is_busy then
        host:at('+QFTPPUT="f","COM:",0,4000,0')
        listen(host, CONNECT)
        host:send(payload(4000)) -- and 1.6 s for them
      end
      return timed(host, "+QFTPPWD", "+QFTPPWD: 0,/\r\n")
    end
    local idle, busy = seconds(false), seconds(true)
    -- The end of the upload is awaited, then the command is sent.
    assert_near(idle + RTT + air_time(4000, 24), busy)
  end)

  for _, case in ipairs {
    { 9600, 300000, 960 }, { 115200, 20000, 2500 }, { 921600, 300000, 37500 },
  } do
    local baudrate, uplink, rate = case[1], case[2], case[3]
    it(("takes %d bytes a second from a line of %d baud"):format(rate, baudrate), function()
      local host = session { radio = { rtt = 100, uplink = uplink } }
      host:at("+IFC=2,2", '+QFTPPUT="f","COM:",0,50000,1')
      listen(host, CONNECT)
      local start = host.now
      local line = uart.new(host.module, { baudrate = baudrate })
      local pending, said = payload(50000), ""
      while true do
        local count = pending ~= "" and line:room(host.now) or 0
        line:feed(pending:sub(1, count), host.now)
        pending = pending:sub(count + 1)
        said = said .. line:take(host.now)
        if said:find("+QFTPPUT: 0,50000\r\n", 1, true) then break end
        assert(host.now - start < 600, said)
        local time = math.min(line:deadline() or math.huge,
          pending ~= "" and line:arrival() or math.huge)
        host.now = math.max(host.now + 1e-6, math.min(time, host.now + 1))
      end
      assert.equal(payload(50000), host.server:get("/f"))
      assert_near(50000 / rate + 0.1, host.now - start, 0.03 * 50000 / rate)
    end)
  end
end)

describe("the counters of the emulator", function()
  it("count without a radio as well", function()
    local host = Host.new { active = true, backend = memory.new() }
    host:log_in()
    host:at('+QFTPPUT="f","COM:",0,5,1')
    host:send("hello")
    host:at('+QFTPSIZE="f"')
    local counters = host.module:counters()
    assert.same({ USER = 1, PASS = 1, TYPE = 1, PASV = 1, STOR = 1, SIZE = 1 }, counters.words)
    assert.same({ 6, 1, 1 }, { counters.commands, counters.control_connections,
      counters.data_connections })
  end)

  it("stop where the server refuses", function()
    local host = Host.new { active = true, backend = memory.new {
      refuse = { ["REST-RETR"] = 502, RNFR = 550 }, users = { test = "other" } } }
    host:at("+CMEE=1", '+QFTPCFG="account","test","secret"')
    host:at('+QFTPOPEN="server.invalid"', '+QFTPOPEN="server"')
    assert.same({ USER = 1, PASS = 1 }, host.module:counters().words)
    host:at('+QFTPCFG="account","test","other"')
    host:at('+QFTPOPEN="server"', '+QFTPRENAME="a","b"')
    host:at('+QFTPGET="a","COM:",5')
    assert.same({ USER = 2, PASS = 2, TYPE = 1, RNFR = 1, PASV = 1, REST = 1 },
      host.module:counters().words)
  end)
end)

-- Small pieces that come and go one by one must not become events without end.
describe("a large file through a line that is slower than the radio", function()
  for _, way in ipairs { "put", "get" } do
    it(("is not carried byte by byte: %s"):format(way), function()
      local server = memory.new()
      server:put("/f", payload(300000))
      local core = module.new { backend = server, active = true, radio = "lte-m" }
      local line, now, polls = uart.new(core, { baudrate = 115200 }), 0, 0
      local poll = core.backend.poll
      function core.backend.poll(...)
        polls = polls + 1
        return poll(...)
      end
      local pending, said = "AT+IFC=2,2\rAT+QFTPOPEN=\"server\"\r", ""
      local function run(ending)
        while said:sub(-#ending) ~= ending do
          assert(now < 600, said)
          local count = pending ~= "" and line:room(now) or 0
          line:feed(pending:sub(1, count), now)
          pending = pending:sub(count + 1)
          said = (said .. line:take(now)):sub(-100)
          local time = math.min(line:deadline() or math.huge,
            pending ~= "" and line:arrival() or math.huge)
          now = math.max(now + 1e-6, math.min(time, now + 1))
        end
      end
      run("+QFTPOPEN: 0,0\r\n")
      pending = ('AT+QFTP%s="f","COM:",0,300000%s\r'):format(way:upper(),
        way == "put" and ",1" or "")
      if way == "put" then
        run(CONNECT)
        pending = payload(300000)
      end
      run(("+QFTP%s: 0,300000\r\n"):format(way:upper()))
      assert.is_true(polls < 90000, polls .. " polls")
    end)
  end
end)
