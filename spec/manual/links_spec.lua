-- The pages refer to files and headings that are there.

local blocks = require "spec.support.blocks"

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

-- The anchor that hosts make of a heading.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-"))
end

local function has_heading(text, wanted)
  for heading in ("\n" .. text):gmatch("\n#+ ([^\n]*)") do
    if anchor(heading) == wanted then return true end
  end
  return false
end

-- The path of a link on a page; nil for another site.
local function resolve(page, target)
  if target:find("^%a+:") then return nil end
  if target == "" then return page end
  local path = (page:match("^(.*/)") or "") .. target
  repeat
    local count
    path, count = path:gsub("[^/]+/%.%./", "", 1)
  until count == 0
  return path
end

for _, page in ipairs(blocks.pages()) do
  it("the links of " .. page .. " lead somewhere", function()
    for target in read(page):gmatch("%]%(([^)%s]+)%)") do
      local file, heading = target:match("^([^#]*)#?(.*)$")
      local path = resolve(page, file)
      if path then
        local text = read(path)
        assert(text, target .. " is not there")
        if heading ~= "" then assert(has_heading(text, heading), target .. ": no such heading") end
      end
    end
  end)
end
