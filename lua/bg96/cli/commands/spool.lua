--- spool: a service that uploads what is put into a folder.

local Spool = require "bg96.cli.spool"
local kinds = require "bg96.cli.kinds"
local lfs = require "lfs"
local signals = require "bg96.cli.signals"
local status = require "bg96.cli.status"
local transfer = require "bg96.cli.commands.transfer"

local INTERVAL = 60 -- seconds
local FILE_DEADLINE = 3 * 3600 -- seconds for one file, so that it cannot hold up the others

local function check(args)
  args.folder = args.folder:gsub("(.)/+$", "%1")
  if args.into then
    local _, problem = kinds.remote("+QFTPMKDIR")(args.into)
    if problem then return nil, "--into: " .. problem, status.USAGE end
  end
  if args.settings.type == "ascii" then
    return nil, "type = ascii changes files: spool needs type = binary", status.USAGE
  end
  if lfs.attributes(args.folder, "mode") == "directory" then return true end
  return nil, args.folder .. " is no folder"
end

-- The options of session:upload(). Unlike those of put, the deadline is for each file.
local function upload_options(args, output, remote)
  return {
    retries = args.retries, deadline = args.deadline or FILE_DEADLINE, reboot = args.reboot,
    atomic = not args.no_atomic, progress = output:progress(remote),
    on_retry = function(err, _, delay) output:retry(err, delay) end,
  }
end

local function run(args, output)
  if output:only_report() then signals.on_tick = nil end
  local spool = Spool.new {
    folder = args.folder, into = args.into, keep = args.keep, link = args.link, output = output,
    interval = args.interval or INTERVAL, sleep = signals.sleep, describe = transfer.describe,
    upload = function(remote) return upload_options(args, output, remote) end,
  }
  if not args.once then return spool:serve() end
  local code, err = spool:round()
  if not code then return nil, err end
  args.outcome = code
  return {}
end

return { {
  name = "spool", needs_host = true, has_no_json = true, prints_itself = true,
  status = function(_, args) return args.outcome end,
  summary = "Uploads what is put into a folder, and deletes what has arrived.",
  examples = {
    { "spool /srv/spool", "until it is stopped" },
    { "spool /srv/spool --once", "once, from cron; the exit status says whether all has gone" },
    { "spool /srv/spool --keep --into logs", "moves to /srv/spool/sent in place of deleting" },
  },
  arguments = function(parser)
    parser:argument("folder", "Local folder. Files that are not complete yet have names that "
      .. "begin with a dot."):convert(kinds.named("folder", kinds.path))
    parser:flag("--once", "Send what is there now, and end.")
    parser:option("--interval", "Time between two looks into the folder (60): seconds, or 10m, 2h."
      ):argname("TIME"):convert(kinds.named("--interval", kinds.seconds))
    parser:flag("--keep", "Move what has arrived into the subfolder sent, and delete nothing.")
    parser:option("--into", "Remote folder."):argname("DIR"):convert(
      kinds.named("--into", kinds.path))
    transfer.add_options(parser)
  end,
  check = check, run = run,
} }
