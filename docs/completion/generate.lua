-- Writes the bash completion of the programs, as argparse makes it from their options.
-- Kept in the repository, so that installing needs no argparse.
--
--   lua generate.lua [FOLDER]

local folder = ... or "docs/completion"

local function names_of(words)
  return table.concat(require("bg96.emulator.values").names(words), " ")
end

local programs = {
  ["bg96-ftp"] = require("bg96.cli.arguments").parser(),
  ["bg96-emulator"] = require("bg96.emulator.options").parser(),
}

-- What argparse completes with names of files, and is something else: words, or what a command
-- of the shell prints.
local replaced = {
  ["bg96-ftp"] = {
    ["-p|--port"] = "auto $(ls /dev/ttyUSB* /dev/ttyACM* /dev/ttyS* /dev/ttyAMA* 2>/dev/null)",
  },
  ["bg96-emulator"] = {
    ["--fault"] = names_of(require("bg96.emulator.faults").words),
    ["--habits"] = names_of(require("bg96.emulator.habits").words) .. ' $(compgen -f -- "$cur")',
    ["--quirk"] = names_of(require("bg96.emulator.quirks").words),
    ["--state"] = names_of(require("bg96.emulator.states").words),
  },
}

local function replace(script, options)
  for option, words in pairs(options) do
    local case = ("        %s)\n            COMPREPLY=($(compgen "):format(option)
    local first, last = script:find(case .. '-f -- "$cur"))', 1, true)
    assert(first, option)
    script = script:sub(1, first - 1) .. case .. ('-W "%s" -- "$cur"))'):format(words)
      .. script:sub(last + 1)
  end
  return script
end

for name, parser in pairs(programs) do
  local path = ("%s/%s.bash"):format(folder, name)
  local file = assert(io.open(path, "w"))
  assert(file:write(replace(parser:get_bash_complete(), replaced[name])))
  assert(file:close())
end
