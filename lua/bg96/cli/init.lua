--- bg96-ftp: the library at a shell.

local Error = require "bg96.ftp.error"
local Output = require "bg96.cli.output"
local arguments = require "bg96.cli.arguments"
local config = require "bg96.cli.config"
local connection = require "bg96.cli.connection"
local format = require "bg96.cli.format"
local settings = require "bg96.cli.settings"
local signals = require "bg96.cli.signals"

-- Exit statuses; a signal's is 128 and its number, as shells have it.
local DONE, FAILED, WRONG_USAGE, SIGNALLED = 0, 1, 2, 128

local function trace(direction, text)
  io.stderr:write(direction, " ", format.printable(text), "\n")
end

-- Runs the command with what it needs. Stores the modem in `open`, so that the caller can
-- close it whatever happens.
local function perform(command, args, output, open)
  local target, err
  if command.needs then
    target, err = connection.open(args.settings, signals.wait, args.verbose and trace)
    open.modem = target
    if not target then return nil, err end
  end
  if command.needs == "session" then
    target, err = connection.login(target, args.settings)
    if not target then return nil, err end
  end
  if not command.needs then return command.run(args, output) end
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

-- Runs the command, closes the modem, then shows the result: before the logout it would not
-- be final.
local function run(command, args, output)
  local open = {}
  local ok, result, err, subject = xpcall(function()
    return perform(command, args, output, open)
  end, as_failure)
  if not ok then result, err = nil, result end
  output:clear()
  signals.leave()
  if open.modem then open.modem:close() end
  if not result and signals.caught() then
    output.complain("interrupted")
    return SIGNALLED + signals.caught()
  elseif not result then
    output:failure(err, subject)
    return FAILED
  end
  if not uses_stdout(command, args) then output:result(result, command.show) end
  return command.has_failed and command.has_failed(result) and FAILED or DONE
end

-- Checks what can be checked before the module is opened. Returns an exit status and a
-- message, or nil.
local function prepare(command, args, options)
  local configuration, problem = config.read(args.config, os.getenv)
  if not configuration then return WRONG_USAGE, problem end
  args.settings, problem = settings.resolve(options, os.getenv, configuration)
  if not args.settings then return WRONG_USAGE, problem end
  if command.needs == "session" and not args.settings.host then
    return WRONG_USAGE, "which server? Give --host, BG96_HOST, or host = ... in the configuration"
  end
  if args.json and not pcall(require, "dkjson") then
    return FAILED, "--json needs the Lua module dkjson (Debian: lua-dkjson, LuaRocks: dkjson)"
  end
  if args.json and uses_stdout(command, args) then
    return WRONG_USAGE, "--json is not possible if the file goes to standard output"
  end
  local ok, is_usage
  if command.check then
    ok, problem, is_usage = command.check(args)
    if not ok then return is_usage and WRONG_USAGE or FAILED, problem end
  end
  ok, problem = signals.catch()
  if not ok then return FAILED, problem end
end

--- Runs the program.
-- @tparam table argv as the interpreter's arg
-- @treturn integer the exit status
return function(argv)
  local args, command, options = arguments.parse(argv)
  local output = Output.new(args)
  local status, problem = prepare(command, args, options)
  if status then
    output.complain(problem)
    return status
  end
  local ok
  ok, status = pcall(run, command, args, output)
  if ok then return status end
  output.complain(status)
  return FAILED
end
