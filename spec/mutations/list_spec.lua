-- The planted mistakes of list.lua fit the source as it is now: each place is there, once.
-- `make mutations` plants them.

local list = require "spec.mutations.list"

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function count(text, part)
  local times, at = 0, 1
  while true do
    local first, last = text:find(part, at, true)
    if not first then return times end
    times, at = times + 1, last + 1
  end
end

describe("a mistake to be planted", function()
  for _, mistake in ipairs(list) do
    it("fits the source: " .. mistake.name, function()
      assert.equal(1, count(contents(mistake.file), mistake.old), mistake.file)
      assert.are_not.equal(mistake.old, mistake.new)
    end)
  end
end)
