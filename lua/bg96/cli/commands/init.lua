--- The commands, in the order of --help. A command is a table:
--
--   name, summary, examples   for the help; examples are arguments and what they do
--   arguments(parser)         adds its arguments to a parser of argparse
--   check(args)               before anything is opened: true; or nil, message
--   needs                     "session", "modem" or nil: the first argument of run()
--   run(target, args, output) returns the result; or nil, err, and what it concerns
--   show(result, say)         prints the result in plain lines; without it nothing is printed
--   commands                  instead of all that: subcommands

local commands = {}

for _, name in ipairs { "listing", "transfer", "files", "module", "flash" } do
  for _, command in ipairs(require("bg96.cli.commands." .. name)) do
    commands[#commands + 1] = command
  end
end

return commands
