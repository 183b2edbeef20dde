--- Files and listings, whole and in parts.

local Stop = require "bg96.survey.stop"
local payload = require "bg96.survey.payload"
local reading = require "bg96.survey.reading"

local SIZE = 1000 -- bytes of the file that most of it is about
local FILE = "a"
local TINY = 100

local function options(s)
  return { result = true, timeout = s.place:patience() }
end

local function ask(s, text)
  return s.d:at(text, options(s))
end

-- A data connection that cannot be opened fails in a way of its own.
local function begin(s, text)
  local exchange = s.d:at(text, { connect = true, timeout = s.place:patience() })
  if exchange.failed and exchange.final:find("615", 1, true) then s.habits["sync-615"] = true end
  if not exchange.connected then
    if exchange.failed then s.place.is_open = false end -- 603 to all but CLOSE may follow
    Stop.throw(text:match("QFTP%u+") .. ": " .. reading.outcome(exchange))
  end
  return payload.go_on(exchange)
end

local function put(s)
  local name = s.place:file(FILE)
  s.file = name
  local bytes = payload.make(SIZE)
  local exchange = begin(s, ('+QFTPPUT="%s","COM:",0,%d,1'):format(name, SIZE))
  s.measured["time.put.connect"] = reading.ms(exchange.final_time - exchange.sent)
  s.d:send(bytes)
  s.d:collect(exchange, s.place:patience())
  s.has_file = reading.is_done(exchange)
  if reading.outcome(exchange) ~= ("0,%d"):format(SIZE) then
    s:wonder("AT+QFTPPUT", reading.outcome(exchange))
  end
  s.measured["put.len"] = reading.outcome(ask(s, "+QFTPLEN"))
end

local function need_file(s)
  if not s.has_file then Stop.throw("there is no file") end
end

local function size(s)
  need_file(s)
  local exchange = ask(s, ('+QFTPSIZE="%s"'):format(s.file))
  local first, rest = reading.split(exchange.result)
  if first == tostring(SIZE) and not rest then
    s.habits["size-without-err"] = true
  elseif reading.outcome(exchange) ~= "0," .. SIZE then
    s:wonder("AT+QFTPSIZE", reading.outcome(exchange))
  end
  s.measured["mdtm"] = reading.outcome(ask(s, ('+QFTPMDTM="%s"'):format(s.file)))
  s.measured["size.len"] = reading.outcome(ask(s, "+QFTPLEN"))
end

local function get(s, name, arguments, length)
  local exchange = begin(s, ('+QFTPGET="%s","COM:"%s'):format(name, arguments))
  local bytes = s.d:receive(length, s.place:patience())
  s.d:collect(exchange, s.place:patience())
  return bytes, exchange
end

local function get_whole(s)
  need_file(s)
  local bytes, exchange = get(s, s.file, "", SIZE)
  s.measured["get.intact"] = bytes == payload.make(SIZE) and "yes" or "no"
  s.measured["time.get.connect"] = reading.ms(exchange.final_time - exchange.sent)
  s.measured["get.len"] = reading.outcome(ask(s, "+QFTPLEN"))
end

local function get_part(s)
  need_file(s)
  local bytes = get(s, s.file, (",%d,%d"):format(TINY, TINY), TINY)
  local expected = payload.make(SIZE):sub(TINY + 1, 2 * TINY)
  s.measured["get.part"] = bytes == expected and "yes" or "no"
end

-- What comes for an offset.
local function get_from(s, offset)
  local exchange = s.d:at(('+QFTPGET="%s","COM:",%d'):format(s.file, offset),
    { connect = true, timeout = s.place:patience() })
  if not exchange.connected then return reading.outcome(exchange) end
  payload.go_on(exchange)
  s.d:collect(exchange, s.place:patience())
  return "CONNECT, then " .. reading.outcome(exchange)
end

-- At the end of the file, and behind it.
local function get_end(s)
  need_file(s)
  local at_end = get_from(s, SIZE)
  s.measured["get.at-end"] = at_end
  s.measured["get.behind-end"] = get_from(s, SIZE + 10)
  if at_end:find("^62%d,") or at_end:find("^%+CME ERROR: 62") then
    s.habits["get-at-end"] = "refused"
  elseif at_end ~= "CONNECT, then 0,0" then
    s:wonder("a download at the end of a file", at_end)
  end
end

-- Chunks of which the second is not where the first one ended.
local function gaps(s)
  local name = s.place:file("n")
  local function put_chunk(offset, is_last)
    local exchange = s.d:at(('+QFTPPUT="%s","COM:",%d,%d,%d'):format(name, offset, TINY,
      is_last and 1 or 0), { connect = true, timeout = s.place:patience() })
    if not exchange.connected then return reading.outcome(exchange) end
    payload.go_on(exchange)
    s.d:send(payload.make(TINY))
    s.d:collect(exchange, s.place:patience())
    return reading.outcome(exchange)
  end
  if put_chunk(0, false) ~= "0," .. TINY then Stop.throw("no chunk came through") end
  local answer = put_chunk(2 * TINY, true)
  s.measured["chunk.gap"] = answer
  if answer:find("610", 1, true) then s.habits.beof = "consecutive" end
end

local function list(s)
  for _, word in ipairs { "+QFTPLIST", "+QFTPNLST", "+QFTPMLSD" } do
    local exchange = s.d:at(('%s="."'):format(word),
      { connect = true, timeout = s.place:patience() })
    if exchange.connected then
      payload.go_on(exchange)
      local bytes = s.d:receive_all(exchange, s.place:patience())
      if not bytes then Stop.throw(word .. ": no end was seen") end
      local has_name = bytes:find(s.place:file(FILE), 1, true)
      s.measured["list." .. word:lower():sub(6)] = ("%d bytes%s"):format(#bytes,
        has_name and "" or ", without the name")
    else
      s.measured["list." .. word:lower():sub(6)] = reading.outcome(exchange)
    end
  end
  s.measured["list.len"] = reading.outcome(ask(s, "+QFTPLEN"))
end

local function rename(s)
  need_file(s)
  local new_name = s.place:file("b")
  local renamed = ask(s, ('+QFTPRENAME="%s","%s"'):format(s.file, new_name))
  s.measured["rename"] = reading.outcome(renamed)
  local deleted = ask(s, ('+QFTPDEL="%s"'):format(reading.is_done(renamed) and new_name
    or s.file))
  s.measured["delete"] = reading.outcome(deleted)
  if reading.is_done(renamed) and reading.is_done(deleted) then
    s.place.files[s.file], s.place.files[new_name] = nil, nil
  end
end

-- Through the module's flash.
local function flash(s)
  local d, name = s.d, s.place:flash_file("d")
  local upload = d:at(('+QFUPL="%s",%d,10'):format(name, TINY), { connect = true })
  if not upload.connected then Stop.throw("AT+QFUPL: " .. upload.final) end
  payload.go_on(upload, true)
  d:send(payload.make(TINY))
  d:collect(upload)
  local remote, back = s.place:file("d"), s.place:flash_file("e")
  s.measured["put.ufs"] = reading.outcome(ask(s, ('+QFTPPUT="%s","%s",0'):format(remote, name)))
  s.measured["get.ufs"] = reading.outcome(ask(s, ('+QFTPGET="%s","%s",0'):format(remote, back)))
end

return {
  { name = "put", title = "an upload", seconds = 120, run = put, needs = "session" },
  { name = "size", title = "size and time of a file", seconds = 90, run = size, needs = "session" },
  { name = "get", title = "a download", seconds = 120, run = get_whole, needs = "session" },
  { name = "get-part", title = "a part of a file", seconds = 120, run = get_part,
    needs = "session", is_long = true },
  { name = "get-end", title = "downloads at the end of a file", seconds = 240, run = get_end,
    needs = "session" },
  { name = "gaps", title = "chunks with a gap", seconds = 120, run = gaps, needs = "session" },
  { name = "list", title = "listings", seconds = 240, run = list, needs = "session" },
  { name = "flash", title = "transfers through UFS", seconds = 120, run = flash,
    needs = "session", is_long = true },
  { name = "rename", title = "renaming and deleting", seconds = 90, run = rename,
    needs = "session" },
}
