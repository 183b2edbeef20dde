-- Writes the bash completion of the programs, as argparse makes it from their options.
-- Kept in the repository, so that installing needs no argparse.
--
--   lua generate.lua [FOLDER]

local folder = ... or "docs/completion"

local programs = {
  ["bg96-ftp"] = require("bg96.cli.arguments").parser(),
  ["bg96-emulator"] = require("bg96.emulator.options").parser(),
}

for name, parser in pairs(programs) do
  local path = ("%s/%s.bash"):format(folder, name)
  local file = assert(io.open(path, "w"))
  assert(file:write(parser:get_bash_complete()))
  assert(file:close())
end
