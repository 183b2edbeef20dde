--- What get and put have in common: options, reports, and whole files or streams.
--
-- Files are transferred by session:download() and session:upload(), which continue after
-- failures of the link. Standard input and output cannot be repeated, so they are
-- transferred once, by session:get() and session:put().

local copy = require "bg96.cli.copy"
local core = require "bg96.core"
local format = require "bg96.cli.format"
local kinds = require "bg96.cli.kinds"
local status = require "bg96.cli.status"

local transfer = {}

--- Adds the options of both.
function transfer.add_options(parser)
  parser:option("--retries", "How often to try again after a failure (8).")
    :argname("N"):convert(kinds.named("--retries", kinds.count(0, 1000)))
  parser:option("--deadline", "Give up after this time: seconds, or 10m, 2h.")
    :argname("TIME"):convert(kinds.named("--deadline", kinds.seconds))
  parser:flag("--no-atomic", "Write under the final name from the start.")
  parser:flag("--reboot", "Restart the module if nothing else helps: three times at most, "
    .. "ten minutes apart.")
end

--- Adds the options for several files.
function transfer.add_copy_options(parser, what)
  parser:option("--into", "Folder for all files."):argname("DIR"):convert(
    kinds.named("--into", kinds.path))
  parser:flag("-r --recursive", "Copy folders with all that is in them.")
  parser:flag("--delete-after", ("Delete the %s file when all of it has arrived."):format(what))
  copy.add_keep_going(parser)
end

--- Checks what goes with a stream, or with a file.
-- @treturn boolean true; or nil, message, status
function transfer.check_options(args, is_stream)
  local for_files = { "retries", "deadline", "reboot", "no_atomic", "into", "recursive",
    "delete_after", "keep_going" }
  if not is_stream then
    if args.settings.type ~= "ascii" then return true end
    return nil, "type = ascii is for standard input and output (-); files need type = binary",
      status.USAGE
  end
  for _, name in ipairs(for_files) do
    if args[name] then
      return nil, ("--%s is for files, not for -"):format((name:gsub("_", "-"))), status.USAGE
    end
  end
  return true
end

--- The options of upload() and download().
function transfer.options(args, output, name)
  return {
    retries = args.retries, deadline = copy.time_left(args), reboot = args.reboot,
    atomic = not args.no_atomic, progress = output:progress(name),
    on_retry = function(err, _, delay) output:retry(err, delay) end,
  }
end

--- One transfer without retries, with a report like the others.
function transfer.once(run)
  local started = core.now()
  local bytes, err = run()
  if not bytes then return nil, err end
  return { bytes = bytes, sent = bytes, attempts = 1, resumed = 0, seconds = core.now() - started }
end

--- A report for people.
function transfer.describe(report, name)
  local again = report.attempts > 1 and (", %d attempts"):format(report.attempts) or ""
  return ("%s: %s in %s (%s/s%s)"):format(name, format.bytes(report.bytes),
    format.duration(report.seconds),
    format.bytes(report.sent / math.max(report.seconds, 0.001)), again)
end

--- A report with names, as JSON has it.
function transfer.with_names(report, remote, path)
  local result = { name = remote, path = path }
  for key, value in pairs(report) do result[key] = value end
  return result
end

--- Whether a command that was interrupted goes on where it was.
function transfer.resumes(args)
  return not args.is_stream
end

--- Runs a command for one file, or for several. One file's report is the result; several give
-- an array.
-- @tparam function act act(job) returns a report; or nil, err, subject
function transfer.run(jobs, args, output, act)
  if #jobs ~= 1 or args.into or args.recursive then return copy.each(jobs, args, output, act) end
  return act(jobs[1])
end

return transfer
