--- The commands, in the order of --help. A command is a table:
--
--   name, summary, examples   for the help; examples are arguments and what they do
--   arguments(parser)         adds its arguments to a parser of argparse
--   check(args)               before anything is opened: true; or nil, message, exit status
--                             (true is that of wrong usage)
--   needs                     "session", "modem" or nil: the first argument of run()
--   needs_host                true: a server must be named, though run() logs in by itself
--   run(target, args, output) returns the result; or nil, err, and what it concerns
--   show(result, say, output) prints the result in plain lines; without it nothing is printed
--   prints_itself             true: the result is not printed, as JSON neither
--   status(result, args)      the exit status of a result; DONE without it
--   resumes(args)             whether the same command goes on after an interruption
--   has_no_json, has_no_batch true: not with --json, not in a batch
--   commands                  instead of all that: subcommands

local commands = {}

local files = {
  "listing", "get", "put", "files", "batch", "spool", "module", "diagnose", "survey", "console",
  "flash", "config",
}

for _, name in ipairs(files) do
  for _, command in ipairs(require("bg96.cli.commands." .. name)) do
    commands[#commands + 1] = command
  end
end

return commands
