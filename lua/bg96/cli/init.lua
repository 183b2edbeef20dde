--- bg96-ftp: the library at a shell.

local missing = require "bg96.cli.packages".find_missing()
if missing then
  return function()
    io.stderr:write("bg96-ftp: ", missing, "\n")
    return 1
  end
end

local Error = require "bg96.ftp.error"
local Link = require "bg96.cli.link"
local Log = require "bg96.cli.log"
local Output = require "bg96.cli.output"
local arguments = require "bg96.cli.arguments"
local config = require "bg96.cli.config"
local format = require "bg96.cli.format"
local json = require "bg96.cli.json"
local settings = require "bg96.cli.settings"
local signals = require "bg96.cli.signals"
local status = require "bg96.cli.status"

-- Runs the command with what it needs.
local function perform(command, args, output)
  local link = args.link
  if not command.needs then return command.run(args, output) end
  local target, err
  if command.needs == "session" then target, err = link:login() else target, err = link:open() end
  if not target then return nil, err end
  return command.run(target, args, output)
end

-- An error object is a failure like any other, wherever it was raised. Anything else is a
-- bug of ours, and its traceback helps.
local function as_failure(message)
  if getmetatable(message) == Error then return message end
  return { kind = "defect", message = debug.traceback("defect: " .. tostring(message), 2) }
end

local function uses_stdout(command, args)
  return command.uses_stdout and command.uses_stdout(args)
end

-- What an interruption has left, and how to go on.
local function describe_interruption(command, args, err, subject)
  if not (command.resumes and command.resumes(args)) or not subject then return "interrupted" end
  local bytes = err.transferred or 0
  if bytes == 0 then return ("interrupted; nothing of %s was kept"):format(subject) end
  return ("interrupted; %s of %s are kept, and the same command goes on from there"):format(
    format.bytes(bytes), subject)
end

local function report_failure(command, args, output, err, subject)
  local signal = signals.caught()
  if signal then
    output:failure(err, subject, describe_interruption(command, args, err, subject))
    return status.SIGNALLED + signal
  end
  output:failure(err, subject)
  return status.of(err)
end

-- Runs the command, closes the modem, then shows the result: before the logout it would not
-- be final.
local function run(command, args, output)
  local ok, result, err, subject = xpcall(function()
    return perform(command, args, output)
  end, as_failure)
  if not ok then result, err = nil, result end
  output:doing(args.link.session and "logging out")
  signals.leave()
  args.link:close()
  output:doing(nil)
  if not result then return report_failure(command, args, output, err, subject) end
  local is_shown = not uses_stdout(command, args) and not command.prints_itself
  if is_shown then output:result(result, command.show) end
  return command.status and command.status(result, args) or status.DONE
end

-- Checks what can be checked before the module is opened. Returns an exit status and a
-- message, or nil.
local function prepare(command, args, options)
  local configuration, problem = config.read(args.config_file, os.getenv)
  if not configuration then return status.USAGE, problem end
  args.settings, problem, args.sources = settings.resolve(options, os.getenv, configuration)
  if not args.settings then return status.USAGE, problem end
  local needs_host = command.needs == "session" or command.needs_host
  if needs_host and not args.settings.host then
    return status.USAGE, "which server? Give --host, BG96_HOST, or host = ... in the configuration"
  end
  if args.json and uses_stdout(command, args) then
    return status.USAGE, "--json is not possible if the file goes to standard output"
  end
  if args.json and command.has_no_json then
    return status.USAGE, "--json is not possible with " .. command.name
  end
  local ok, kind
  if command.check then
    ok, problem, kind = command.check(args)
    if not ok then return kind == true and status.USAGE or kind or status.FILE, problem end
  end
  ok, problem = signals.catch()
  if not ok then return status.FAILED, problem end
end

local kinds = { [status.USAGE] = "usage", [status.FILE] = "local" }

local function start(command, args, output)
  if not (output.quiet or output.json) then
    signals.on_tick = function() output:tick() end
  end
  args.link = Link.new(args.settings, output, args.verbose)
  local ok, result = pcall(run, command, args, output)
  if ok then return result end
  output:complain(result)
  return getmetatable(result) == Error and status.of(result) or status.FAILED
end

--- Runs the program.
-- @tparam table argv as the interpreter's arg
-- @treturn integer the exit status
return function(argv)
  local args, command, options = arguments.parse(argv)
  if args.json and not json.is_available() then
    io.stderr:write("bg96-ftp: --json needs the Lua module dkjson or cjson (Debian: lua-dkjson, "
      .. "OpenWrt: lua-cjson, LuaRocks: dkjson)\n")
    return status.FAILED
  end
  local log, problem
  if args.log then
    log, problem = Log.open(args.log)
    if not log then
      Output.new(args):refuse("local", "--log: " .. problem)
      return status.FILE
    end
  end
  local output = Output.new(args, log)
  local code
  code, problem = prepare(command, args, options)
  if not code then return start(command, args, output) end
  output:refuse(kinds[code] or "error", problem)
  return code
end
