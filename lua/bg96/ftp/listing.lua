--- Listings as tables. Names in a listing are data: nothing here makes a path or a command of
-- them.

local core = require "bg96.core"

local listing = {}

local CR = 13

-- The lines of a text, which end with LF or CR LF; empty ones are left out. A pattern for
-- both ends would take quadratic time on a line of many CRs.
local function lines(text)
  local next_line = text:gmatch("[^\n]+")
  return function()
    for line in next_line do
      local last = #line
      while line:byte(last) == CR do last = last - 1 end
      if last > 0 then return line:sub(1, last) end
    end
  end
end

--- Names of an NLST listing.
-- @tparam string text
-- @treturn table array of strings
function listing.names(text)
  local names = {}
  for line in lines(text) do names[#names + 1] = line end
  return names
end

--- Reads one line of an MLSD listing.
-- @tparam string line without its end
-- @treturn table {name=, type=, size=, modify=, facts={}}; nil where the line is no entry
function listing.entry(line)
  local name, facts = core.split_entry(line)
  if not name then return nil end
  return {
    name = name,
    type = facts.type and facts.type:lower(),
    size = facts.size and core.read_size(facts.size),
    modify = facts.modify and core.read_time(facts.modify),
    facts = facts,
  }
end

--- Entries of an MLSD listing.
-- @tparam string text
-- @treturn table array as of listing.entry(); lines that are none are left out
function listing.entries(text)
  local entries = {}
  for line in lines(text) do entries[#entries + 1] = listing.entry(line) end
  return entries
end

return listing
