--- list, nlst and mlsd: folders, as text and as the library parses it.

local checks = require "spec.simulation.operations.checks"
local target = require "spec.simulation.operations.target"
local tree = require "bg96.emulator.tree"

local listings = {}

local function listed(context, op)
  local where = target.folder(context, op)
  return tree.listing(op.name, where, context.server.tree:node(where))
end

local shapes = {}

function shapes.list(value) return value end

function shapes.nlst(value) return table.concat(value, "\n") end

function shapes.mlsd(value)
  local lines = {}
  for _, entry in ipairs(value) do
    lines[#lines + 1] = ("%s %s %s"):format(entry.type, tostring(entry.size), entry.name)
  end
  return table.concat(lines, "\n")
end

-- Parses the text of a listing, independently of the library.
local readers = { list = shapes.list }

function readers.nlst(text)
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do lines[#lines + 1] = line end
  return table.concat(lines, "\n")
end

function readers.mlsd(text)
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do
    local kind, name = line:match("^type=(%w+);.*; (.*)$")
    if kind then
      lines[#lines + 1] = ("%s %s %s"):format(kind, line:match("size=(%d+)") or "nil", name)
    end
  end
  return table.concat(lines, "\n")
end

local function wanted(context, op)
  return target.no_folder(context, op) and "" or readers[op.name](listed(context, op))
end

for name, word in pairs { list = "+QFTPLIST", nlst = "+QFTPNLST", mlsd = "+QFTPMLSD" } do
  listings[name] = {
    words = { word, "+QFTPLEN", "+QFDEL", "+QFLST", "+QFDWL" },
    expected = target.no_folder, is_listing = true,
    run = function(context, op)
      op.wanted = wanted(context, op)
      return context.session[name](context.session, target.folder(context, op), { via = op.via })
    end,
    check = function(context, op, value)
      local got = shapes[name](value)
      if got == op.wanted then return nil end
      -- "A/" of a payload that ran as commands may have begun its upload again, which the resync
      -- of this call has ended.
      if next(context.struck) and got == wanted(context, op) then return nil end
      if not op.via and checks.is_spoilt(op, "down") then
        -- A listing has no checksum: flipped bytes are not noticed.
        for _, wound in ipairs(op.wounds) do
          if wound.how == "garbled" or #op.wounds > 1 then return nil end
        end
      end
      return ("a listing that is not the folder's: %q"):format(got)
    end,
  }
end

return listings
