--- The module's flash: names, checksums, refusals. Little is written.

local Stop = require "bg96.survey.stop"
local payload = require "bg96.survey.payload"
local reading = require "bg96.survey.reading"

-- Its checksum is 00ab: two digits, or four, in capitals or not.
local CONTENT, SUM = "ab\97\201", "ab"
local ACKS = 2048 -- bytes, of which every 1024 are acknowledged in ACK mode

local function upload(s, name, content, options)
  local exchange = s.d:at(('+QFUPL="%s",%d,10%s'):format(name, #content, options or ""),
    { connect = true })
  if not exchange.connected then Stop.throw("AT+QFUPL: " .. exchange.final) end
  payload.go_on(exchange, true)
  s.d:send(content)
  return s.d:collect(exchange)
end

local function read_sum(s, exchange)
  local sum = (exchange.replies[1] or ""):match(",%s*(%x+)%s*$")
  if not sum then return s:wonder("AT+QFUPL", exchange.replies[1] or exchange.final) end
  s.measured["ufs.checksum"] = sum
  if sum == SUM then return end
  if sum == "00AB" then
    s.habits["padded-checksum"] = true
  else
    s:wonder("a checksum", ("%s for %s"):format(sum, SUM))
  end
end

-- The name as a listing shows it.
local function read_listing(s, name)
  local exchange = s.d:at(('+QFLST="%s"'):format(name))
  local shown = (exchange.replies[1] or ""):match("^%+QFLST:%s*(.-),%s*%d+%s*$")
  if not shown then return s:wonder("AT+QFLST", exchange.replies[1] or exchange.final) end
  local quoted = shown:match('^"(.*)"$')
  if not quoted then s.habits["bare-names"] = true end
  shown = quoted or shown
  if shown == "UFS:" .. name then
    s.habits["ufs-prefix"] = true
  elseif shown ~= name then
    s:wonder("a name in UFS", shown)
  end
end

local function names(s)
  local name = s.place:flash_file("a")
  read_sum(s, upload(s, name, CONTENT))
  read_listing(s, name)
  s.d:at('+QFLDS="UFS"')
  local again = s.d:at(('+QFUPL="%s",4,10'):format(name), { connect = true })
  if again.connected then
    s.d:send(CONTENT)
    payload.go_on(again, true)
    s.d:collect(again)
  end
  s.measured["ufs.exists"] = again.connected and "written over" or again.final
end

-- RAM: is a place of its own where its size is another one.
local function memory(s)
  local function total(place)
    local exchange = s.d:at(('+QFLDS="%s"'):format(place))
    return not exchange.failed and (exchange.replies[1] or ""):match(",%s*(%d+)")
  end
  local flash, ram = total("UFS"), total("RAM")
  s.measured["ram.space"] = ram and ram .. " bytes" or "none"
  if flash and ram and flash ~= ram then s.habits["ram-prefix"] = true end
end

local function read_back(s)
  local exchange = s.d:at(('+QFDWL="%s"'):format(s.place:flash_file("a")), { connect = true })
  if not exchange.connected then Stop.throw("AT+QFDWL: " .. exchange.final) end
  payload.go_on(exchange, true)
  local bytes = s.d:receive(#CONTENT, 5)
  s.d:collect(exchange)
  s.measured["ufs.intact"] = bytes == CONTENT and "yes" or "no"
end

-- Takes the acknowledgements that have come.
local function take_acks(d)
  d:pause(0.5)
  local acks = d.buffer:match("^A*")
  d.buffer = d.buffer:sub(#acks + 1)
  if acks ~= "" then d:keep("<", acks) end
  return #acks
end

-- In ACK mode an "A" follows each full KiB.
local function acknowledged(s)
  local exchange = s.d:at(('+QFUPL="%s",%d,10,1'):format(s.place:flash_file("b"), ACKS),
    { connect = true })
  if not exchange.connected then Stop.throw("AT+QFUPL: " .. exchange.final) end
  payload.go_on(exchange, true)
  local count = 0
  for _ = 1, 2 do
    s.d:send(("x"):rep(ACKS / 2))
    count = count + take_acks(s.d)
  end
  s.d:collect(exchange)
  s.measured["ufs.acknowledgements"] = ("%d for %d bytes"):format(count, ACKS)
end

local function refused(s)
  local d = s.d
  local missing = s.place:flash_file("none")
  s.measured["ufs.missing"] = d:at(('+QFDWL="%s"'):format(missing), { connect = true }).final
  s.measured["ufs.delete-missing"] = d:at(('+QFDEL="%s"'):format(missing)).final
  local space = d:at('+QFLDS="UFS"').replies[1] or ""
  local free, total = space:match(":%s*(%d+),%s*(%d+)")
  free = reading.whole(free)
  if not free then return end
  s.measured["ufs.space"] = ("%s of %s bytes are free"):format(free, total)
  local name = s.place:flash_file("c")
  local full = d:at(('+QFUPL="%s",%d,1'):format(name, free + 1), { connect = true })
  s.measured["ufs.full"] = full.connected and "CONNECT" or full.final
  if not full.connected then return end
  payload.go_on(full, true)
  d:collect(full) -- it gives up when nothing comes for a second
  s.measured["ufs.full"] = "CONNECT, then " .. reading.outcome(full)
end

return {
  { name = "ufs", title = "names and checksums in UFS", seconds = 60, run = names },
  { name = "ram", title = "files in memory", seconds = 20, run = memory },
  { name = "ufs-read", title = "reading from UFS", seconds = 30, run = read_back },
  { name = "ufs-acks", title = "acknowledgements", seconds = 30, run = acknowledged,
    is_long = true },
  { name = "ufs-refused", title = "refusals of UFS", seconds = 60, run = refused },
}
