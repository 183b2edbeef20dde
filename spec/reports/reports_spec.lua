-- Plays each report of this folder to the driver; see README.md.

local replayed = require "spec.support.replayed"

local FOLDER = "spec/reports/"

local function names()
  local pipe = assert(io.popen("ls " .. FOLDER .. "*.trace"))
  local found = {}
  for line in pipe:lines() do found[#found + 1] = line:match("([^/]+)%.trace$") end
  pipe:close()
  return found
end

-- Bytes that the driver gets at once: a line may be cut anywhere.
local READ_SIZES = { 4096, 7, 1 }

describe("the report", function()
  for _, name in ipairs(names()) do
    local report = dofile(FOLDER .. name .. ".lua")
    for _, read_size in ipairs(READ_SIZES) do
      it(("%s: %s (reads of %d bytes)"):format(name, report.title, read_size), function()
        local player = replayed.run_file(FOLDER .. name .. ".trace", {
          tolerant = report.tolerant, read_size = read_size,
        }, function(modem) report.run(modem, assert) end)
        if not report.tolerant then assert.is_nil(player:left()) end
      end)
    end
  end

  it("is one of several", function() assert.is_true(#names() >= 5) end)
end)
