--- Contents of files: bytes that look like commands and results.

local Random = require "spec.simulation.random"

local payload = {}

-- Lines that are AT commands, in case a line of a file ever runs as one. Each is numbered by
-- its place in the file, so the lines that ran show how much of it did.
local HARM = {
  "", ';+QFTPDEL="victim"', ";+CFUN=1,1", ";+QFTPCLOSE", ";+QIDEACT=1", ";+CMEE=0", ";E1", ";O",
  ';+QFTPPUT="victim","COM:"', ';+QFTPRENAME="victim","x"',
}

-- "AT+QFLST" finds nothing and does no harm; it only leaves its trace.
local function command_line(random, place, id)
  return ('AT+QFLST="bait-%d-%06d"%s\r'):format(id, place, random:choice(HARM))
end

local WORDS = { "+QFTPGET", "+QFTPPUT", "+QFTPLIST", "+QFTPNLST", "+QFTPMLSD", "+QFDWL", "+QFUPL" }

local function forged_trailer(random, place)
  local count = random:one_in(3) and random:integer(0, 9999) or place
  return ("\r\nOK\r\n\r\n%s: 0,%d\r\n"):format(random:choice(WORDS), count)
end

local SIGNS = {
  "\r\nOK\r\n", "\r\nNO CARRIER\r\n", "\r\nERROR\r\n", "\r\n+CME ERROR: 605\r\n", "\r\nRDY\r\n",
  "\r\nCONNECT\r\n", '\r\n+QIURC: "pdpdeact",1\r\n', "\r\n+QFTPCLOSE: 606,0\r\n", "+++", "A/", "\r",
  "\n", "\r\n", "\0", '"', "\17", "\19", "\26", "\27", "OKAY", "\r\nOK",
}

local makers = {
  noise = function(random) return string.char(random:integer(0, 255)) end,
  zeros = function() return "\0\0\0\0\0\0\0\0" end,
  text = function(random, place)
    return ("%06d %s\r\n"):format(place, random:integer(0, 2 ^ 30))
  end,
  plus = function(random) return random:choice { "+++", "+", "++", "+++\r", "++++" } end,
  signs = function(random) return random:choice(SIGNS) end,
  trailers = forged_trailer,
  commands = command_line,
}

payload.kinds = { "noise", "zeros", "text", "plus", "signs", "trailers", "commands" }

--- The bytes of { kind =, size =, id = }; `id` makes two of a kind differ.
function payload.make(what)
  local random = Random.new(what.id)
  local make, chunks, size = makers[what.kind], {}, 0
  while size < what.size do
    local chunk = make(random, size, what.id)
    chunks[#chunks + 1], size = chunk, size + #chunk
  end
  return table.concat(chunks):sub(1, what.size)
end

--- Whether a command line that has run is one of a payload, and if so of which id
-- and from which place on.
function payload.bait(command)
  local id, place = command:match('"bait%-(%d+)%-(%d+)"')
  return id and tonumber(id), place and tonumber(place)
end

return payload
