-- Every fenced block of README and docs runs, as it is pasted, and prints or does what its page
-- says. What cannot run here is listed at the end, with the reason.
--
-- spec/support/blockrows.lua has a row for each block. A block of a language below that has no
-- row fails; one of another language (a picture, a format) is not code.

local blocks = require "spec.support.blocks"
local desk = require "spec.support.desk"
local rows = require "spec.support.blockrows"

local is_code = { lua = true, sh = true, console = true }
local is_no_code = { text = true, conf = true, json = true, c = true, make = true }

local left_out, counts = {}, { run = 0, dry = 0, by = 0 }

local function row_of(block)
  for _, row in ipairs(rows[block.page] or {}) do
    if block.text:find(row[1], 1, true) then
      row.is_used = true
      return row
    end
  end
end

-- A pattern for a line of a page: figures, their units and the width of columns may differ.
local function pattern_of(line)
  line = line:gsub("%d[%d.,:]*%f[^%d.,:]", "\1"):gsub("\1 [kMG]?B", "\1\2"):gsub("=+>?", "\3")
  line = line:gsub("[^%w%s\1-\3]", "%%%0"):gsub("%s+", " +")
  return (line:gsub("[\1-\3]", { ["\1"] = "[%d.,:-]+", ["\2"] = "[%d.,:]+ [kMG]?B",
    ["\3"] = "=*>?" }))
end

-- What was printed, also what was overwritten, in lines.
local function printed(world)
  return (world.out:gsub("\27%[K", ""):gsub("\r", "\n"):gsub("\n\n+", "\n"))
end

local function expect_in_order(text, patterns)
  local at = 1
  for _, pattern in ipairs(patterns) do
    local first, last = text:find(pattern, at)
    assert(first, ("no %q behind %q"):format(pattern, text:sub(at)))
    at = last + 1
  end
end

-- The lines that a console block shows behind its commands.
local function shown_by_console(text)
  local patterns = {}
  for line in text:gmatch("[^\n]+") do
    if not line:find("^%$ ") and line ~= "..." then patterns[#patterns + 1] = pattern_of(line) end
  end
  return patterns
end

-- `print(x) --> value`: the value, without what explains it behind two blanks.
local function shown_by_arrows(text)
  local patterns = {}
  for value in text:gmatch("%-%-> *([^\n]+)") do
    patterns[#patterns + 1] = value:gsub("%s%s.*$", ""):gsub("%p", "%%%0")
  end
  return patterns
end

local function judge(block, row, world)
  local text = printed(world)
  assert(world.status == (row.status or 0), ("status %s: %s"):format(tostring(world.status), text))
  if block.language == "console" then expect_in_order(text, shown_by_console(block.text)) end
  if block.language == "lua" then expect_in_order(text, shown_by_arrows(block.text)) end
  expect_in_order(world.out, row.prints or {})
  if row.check then row.check(world) end
end

local function check(block, row, find)
  assert(row, "no row in spec/support/blockrows.lua says how to run this:\n" .. block.text)
  local reason = row.skip or block.reason
  if reason then
    left_out[#left_out + 1] = ("%s:%d: %s"):format(block.page, block.line, reason)
  elseif row.lua and _VERSION ~= "Lua " .. row.lua then
    pending("needs Lua " .. row.lua)
  elseif row.by then
    counts.by = counts.by + 1
  else
    if row.dry then row.in_repository = true end
    desk.run(block, row, find, function(world) judge(block, row, world) end)
    counts[row.dry and "dry" or "run"] = counts[row.dry and "dry" or "run"] + 1
  end
end

local function first_line(block)
  return block.text:match("[^\n]*"):sub(1, 50)
end

for _, page in ipairs(blocks.pages()) do
  describe(page, function()
    local found = blocks.read(page)

    local function find(text)
      for _, block in ipairs(found) do
        if block.text:find(text, 1, true) then return block end
      end
      error(("%s has no block with %q"):format(page, text))
    end

    for _, block in ipairs(found) do
      if is_code[block.language] then
        it(("%d: %s"):format(block.line, first_line(block)), function()
          check(block, row_of(block) or (block.reason and {}), find)
        end)
      end
    end

    it("says the language of each block, and has a block for each row", function()
      for _, block in ipairs(found) do
        assert(is_code[block.language] or is_no_code[block.language],
          ("line %d: the language is %q"):format(block.line, block.language))
      end
      for _, row in ipairs(rows[page] or {}) do
        assert(row.is_used, "no block holds " .. row[1])
      end
    end)
  end)
end

describe("the blocks that are not run", function()
  it("are listed here with their reasons", function()
    print(("\nblocks of the pages: %d run, %d saved for one that is, %d with make -n, %d not run:")
      :format(counts.run, counts.by, counts.dry, #left_out))
    for _, line in ipairs(left_out) do print("  " .. line) end
    assert.is_true(counts.run > 4 * #left_out)
  end)
end)
