--- The commands, in the order of --help. A command is a table:
--
--   name, summary, examples   for the help; examples are arguments and what they do
--   arguments(parser)         adds its arguments to a parser of argparse
--   check(args)               before anything is opened: true; or nil, what is wrong
--   needs                     "session", "modem" or nil: what run() gets first
--   run(target, args, output) gives the result; or nil, err, and what it was about
--   show(result, say)         the result in plain lines; without it nothing is said
--   commands                  in place of all that: commands of its own

local commands = {}

for _, name in ipairs { "listing", "transfer", "files", "module", "flash" } do
  for _, command in ipairs(require("bg96.cli.commands." .. name)) do
    commands[#commands + 1] = command
  end
end

return commands
