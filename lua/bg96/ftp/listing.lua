--- Listings as tables. What stands in a listing is data: nothing here makes a
-- path or a command of it.

local core = require "bg96.core"

local listing = {}

local CR = 13

-- Lines of a text that ends them with LF or CR LF, without empty ones. A pattern
-- for both ends would take a time that grows with the square of a line of CRs.
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
-- @treturn table {name=, type=, size=, modify=, facts={}}; nil for a line that is
--   no entry
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
