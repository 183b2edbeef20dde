--- Copies of several files with one login: what put, get, rm and others share.

local Error = require "bg96.ftp.error"
local Output = require "bg96.cli.output"
local core = require "bg96.core"
local status = require "bg96.cli.status"

local copy = {}

-- After these no other file can get through.
local is_end = { port = true, closed = true, cancelled = true, deadline = true, reset = true }

--- An error that is about the name of a file, or its kind.
function copy.misuse(problem)
  return Error.new { kind = "usage", detail = problem }
end

--- Seconds that are left of a deadline for all files; nil where there is none.
function copy.time_left(args)
  if not args.deadline then return nil end
  args.ends_at = args.ends_at or core.now() + args.deadline
  return math.max(args.ends_at - core.now(), 0.001)
end

--- Does the same with each of several items, up to the first failure; with --keep-going beyond
-- it, as far as the link allows.
-- @tparam table items
-- @tparam table args of the command; its exit status is stored in `args.outcome`
-- @tparam function act act(item) returns a result; or nil, err, and what it concerns
-- @treturn table an array of results, and of { name=, error= } for each failure; or nil, err,
--   subject for an interruption
function copy.each(items, args, output, act)
  local results = {}
  for _, item in ipairs(items) do
    local result, err, subject = act(item)
    if result then
      results[#results + 1] = result
    elseif err.kind == "cancelled" then
      return nil, err, subject
    else
      output:warn(err, subject)
      args.outcome = args.outcome or status.of(err)
      results[#results + 1] = { name = subject, error = Output.as_value(err) }
      if not args.keep_going or is_end[err.kind] then break end
    end
  end
  return results
end

--- The exit status of a command that copy.each() has run.
function copy.status(_, args)
  return args.outcome or status.DONE
end

--- Adds --keep-going.
function copy.add_keep_going(parser)
  parser:flag("--keep-going", "Go on with the next one after a failure.")
end

return copy
