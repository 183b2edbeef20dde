--- How much of chapter 2 of the manual the driver sends, the emulator carries out, and the
-- transcripts show: each command in each of its forms.
--
-- The transcripts are played: what counts is what the driver really sent and what the
-- emulator accepted.

local HostPlayer = require "spec.support.host_player"
local ModulePlayer = require "spec.support.module_player"
local forms = require "spec.support.forms"
local transcript = require "spec.support.transcript"

local unpack = table.unpack or unpack -- luacheck: std max

local coverage = {}

local function note(found, line, name)
  local form = forms.classify(line)
  if not form then return end
  found[form] = found[form] or {}
  if found[form][#found[form]] ~= name then table.insert(found[form], name) end
end

-- The lines that a module accepts, as a set.
local function accepted_lines(played)
  local lines = {}
  for _, command in ipairs(played:commands()) do
    if command.accepted then lines[command.line] = true end
  end
  return lines
end

-- Plays the transcripts of one side; returns, for each form, the names of those in which that
-- side used it.
local function play(side, player)
  local found = {}
  for _, played in ipairs(transcript.all(side)) do
    local accepted = accepted_lines(played)
    for _, line in ipairs(player.play(played)) do
      line = line:gsub("\r$", "")
      if accepted[line] then note(found, line, played.name) end
    end
  end
  return found
end

local function read_transcripts()
  local found = {}
  for _, played in ipairs(transcript.all()) do
    for line in pairs(accepted_lines(played)) do note(found, line, played.name) end
  end
  return found
end

--- Measures the coverage.
-- @treturn table the rows of forms.all(), each with `driver`, `emulator` and
--   `transcript`: an array of names of transcripts; nil if there is none. For the driver
--   a form also counts as used if it sends the complete one; then `is_completed` is set
function coverage.measure()
  local driver, emulator = play("driver", ModulePlayer), play("emulator", HostPlayer)
  local shown = read_transcripts()
  local rows = forms.all()
  for _, row in ipairs(rows) do
    row.is_completed = driver[row.syntax] == nil
    row.driver = driver[row.syntax] or driver[row.complete]
    row.emulator, row.transcript = emulator[row.syntax], shown[row.syntax]
  end
  return rows
end

local SIDES = { "driver", "emulator", "transcript" }

--- The cells of `rows` that are empty.
-- @treturn table an array of texts
function coverage.missing(rows)
  local missing = {}
  for _, row in ipairs(rows) do
    for _, side in ipairs(SIDES) do
      if not row[side] then missing[#missing + 1] = ("%s: %s"):format(side, row.syntax) end
    end
  end
  return missing
end

-- "yes", "NO", or "-" if the manual has no such form.
local function cell(rows, word, kind, side)
  local is_there, is_whole = false, true
  for _, row in ipairs(rows) do
    if row.word == word and kind[row.kind] then
      is_there, is_whole = true, is_whole and row[side] ~= nil
    end
  end
  return not is_there and "-" or is_whole and "yes" or "NO"
end

local KINDS = {
  { "test", { test = true } }, { "query", { query = true } },
  { "write or execution", { write = true, execution = true } },
}
local COMMAND_LINE = "%-5s%-12s" .. ("  %-8s%-10s%-12s"):rep(#KINDS)
local TITLE_LINE = ("%17s"):format("") .. ("  %-30s"):rep(#KINDS)

local function print_commands(rows, say)
  local kinds, sides = {}, {}
  for _, kind in ipairs(KINDS) do
    kinds[#kinds + 1] = kind[1]
    for _, side in ipairs(SIDES) do sides[#sides + 1] = side end
  end
  say(TITLE_LINE:format(unpack(kinds)))
  say(COMMAND_LINE:format("", "command", unpack(sides)))
  for number, word in ipairs(forms.words) do
    local cells = {}
    for _, kind in ipairs(KINDS) do
      for _, side in ipairs(SIDES) do cells[#cells + 1] = cell(rows, word, kind[2], side) end
    end
    say(COMMAND_LINE:format("2." .. number, word, unpack(cells)))
  end
end

local FORM_LINE = "%-60s  %-8s%-10s%s"

local function print_forms(rows, say)
  say(FORM_LINE:format("form", "driver", "emulator", "transcript"))
  for _, row in ipairs(rows) do
    local driver = row.driver and (row.is_completed and "in full" or "yes") or "NO"
    say(FORM_LINE:format(row.syntax, driver, row.emulator and "yes" or "NO",
      row.transcript and row.transcript[1] or "NO"))
  end
  say("in full: the driver sends the form in which nothing is left out")
end

--- Prints both tables.
-- @tparam function say gets each line
-- @treturn integer exit status: 0, or 1 if a cell is empty
function coverage.print(say)
  local rows = coverage.measure()
  print_commands(rows, say)
  say("")
  print_forms(rows, say)
  say("")
  local missing = coverage.missing(rows)
  say(("%d forms of %d commands, %d cells missing"):format(#rows, #forms.words, #missing))
  for _, text in ipairs(missing) do say("missing: " .. text) end
  return #missing == 0 and 0 or 1
end

return coverage
