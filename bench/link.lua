-- What transfers cost over a radio, on a virtual clock: driver and emulated module in one
-- process, with the server in memory. Prints, for each measure NAME, its seconds, FTP commands,
-- data connections, and bytes up and down, as lines "NAME_seconds 1.5".
--
--   link.lua RADIO[+taken] BAUDRATE SIZE...    login, then put, get, upload and download of each
--                                       size in one session, and close; with flow control; the
--                                       quirk confirms=taken
--   link.lua answer MS BAUDRATE SIZE    the four where each answer of the module takes MS, with
--                                       nothing slow behind it
--   link.lua loss                       uploads where the radio is slower than the line, without
--                                       flow control

local module = require "spec.support.module"
local transfer_bench = require "spec.support.transfer_bench"

local unpack = table.unpack or unpack -- luacheck: std max

-- Runs f() and prints what it has cost. Returns what it returned.
local function measure(place, name, f)
  local before, started = place.module:counters(), place.bench.now
  local value, err = f()
  local after = place.module:counters()
  print(("%s_seconds %.4f"):format(name, place.bench.now - started))
  for _, counter in ipairs { "commands", "data_connections", "up", "down", "lost" } do
    print(("%s_%s %d"):format(name, counter, after[counter] - before[counter]))
  end
  return value, err
end

local function transfers(place, session, size)
  local data = transfer_bench.data(size, size)
  local here = place:write("here", data)
  local function name(what) return ("%s_%d"):format(what, size) end
  local function check(got) assert(got == data, "the file differs") end
  measure(place, name "put", function() return assert(session:put("put", data)) end)
  check(place.server:get("/put"))
  check(measure(place, name "get", function() return assert(session:get("put")) end))
  measure(place, name "upload", function() return assert(session:upload(here, "uploaded")) end)
  check(place.server:get("/uploaded"))
  measure(place, name "download", function()
    return assert(session:download("uploaded", place:path("back")))
  end)
  check(place:read("back"))
  os.remove(place:path("back"))
end

local function run(options, job)
  local place = transfer_bench.new(options)
  place:run(function(session, modem) job(place, session, modem) end)
  place:remove()
end

local kinds = {}

function kinds.radio(radio, baudrate, ...)
  local sizes, name, quirk = { ... }, radio:match("^([^+]+)%+?(.*)$")
  local quirks = quirk ~= "" and { "confirms=" .. quirk } or {}
  local options = { radio = name, quirks = quirks, baudrate = tonumber(baudrate) }
  run(options, function(place, session, modem)
    assert(modem:use_flowcontrol())
    measure(place, "close", function() return assert(session:close()) end)
    session = measure(place, "login", function() return assert(modem:login(module.login)) end)
    for _, size in ipairs(sizes) do transfers(place, session, tonumber(size)) end
  end)
end

function kinds.answer(ms, baudrate, size)
  local options = { quirks = { "answer=" .. ms }, baudrate = tonumber(baudrate) }
  run(options, function(place, session) transfers(place, session, tonumber(size)) end)
end

-- The second upload knows what the first one has learned.
function kinds.loss()
  local size = 200000
  local options = { radio = { rtt = 150, uplink = 24000, downlink = 24000 }, timeout = 20 }
  run(options, function(place, session)
    local data = transfer_bench.data(size)
    local here = place:write("here", data)
    for i = 1, 2 do
      local name = "upload" .. i
      local report, err = measure(place, name, function() return session:upload(here, "up") end)
      print(("%s_done %d"):format(name, report and 1 or 0))
      if not report then io.stderr:write(tostring(err), "\n") end
      assert(not report or place.server:get("/up") == data, "the file differs")
    end
    local count = measure(place, "put", function() return session:put("put", data) end)
    print("put_done", count and 1 or 0)
  end)
end

local kind = kinds[arg[1]]
if kind then kind(unpack(arg, 2)) else kinds.radio(unpack(arg)) end
