--- get: remote files and folders to local files or standard output.

local Error = require "bg96.ftp.error"
local copy = require "bg96.cli.copy"
local kinds = require "bg96.cli.kinds"
local lfs = require "lfs"
local localfile = require "bg96.cli.localfile"
local remotetree = require "bg96.cli.remotetree"
local status = require "bg96.cli.status"
local transfer = require "bg96.cli.commands.transfer"

local complain = kinds.remote_rule("+QFTPGET")

-- Remote names, and the local path if one stands behind a single name.
local function split(args)
  local names = args.remote
  if args.into or #names == 1 then return names, args.into end
  if #names == 2 then return { names[1] }, names[2] end
  return nil, "several files need --into DIR"
end

local function make_job(args, remote, given)
  local path = localfile.destination(given, (remote:gsub("/+$", "")))
  if not path then return nil, "which local file? Name one behind the remote one", status.USAGE end
  if path == "-" then return { remote = remote, path = path } end
  if lfs.attributes(path, "mode") == "directory" then
    if args.recursive then return { remote = remote, path = path } end
    return nil, path .. " is a folder", status.USAGE
  end
  local ok, problem = localfile.can_create(path)
  if not ok then return nil, problem end
  return { remote = remote, path = path }
end

local function check(args)
  local names, given = split(args)
  if not names then return nil, given, status.USAGE end
  args.is_stream = given == "-" or args.into == "-"
  local ok, problem, code = transfer.check_options(args, args.is_stream)
  if not ok then return nil, problem, code end
  if args.into and lfs.attributes(args.into, "mode") ~= "directory" then
    return nil, ("--into: %s is no folder"):format(args.into)
  end
  args.jobs = {}
  for i, remote in ipairs(names) do
    args.jobs[i], problem, code = make_job(args, remote, given)
    if not args.jobs[i] then return nil, problem, code end
    local wrong = complain(remote)
    if wrong then return nil, ("%s: %s"):format(remote, wrong), status.USAGE end
  end
  return true
end

local function receive_stream(session, job, output)
  local progress = output:progress(job.remote, true)
  local report, err = transfer.once(function()
    return session:get(job.remote, { sink = io.stdout, progress = progress })
  end)
  if not report then return nil, err, job.remote end
  return transfer.with_names(report, job.remote, job.path)
end

local function download(session, job, args, output)
  local report, err = session:download(job.remote, job.path,
    transfer.options(args, output, job.remote))
  if not report then return nil, err, job.remote end
  output:report(transfer.describe(report, job.path))
  if args.delete_after then
    local ok
    ok, err = session:del(job.remote)
    if not ok then return nil, err, job.remote end
  end
  return transfer.with_names(report, job.remote, job.path)
end

-- --- folders ----------------------------------------------------------------

-- Makes a local folder. One that is there is used, a link to one is not.
local function make_folder(path)
  local kind = lfs.symlinkattributes(path, "mode")
  if kind == "directory" then return true end
  if kind then return nil, Error.new { kind = "local", detail = path .. " is no folder" } end
  local ok, message = lfs.mkdir(path)
  if ok then return true end
  return nil, Error.new { kind = "local", detail = ("%s: %s"):format(path, message) }
end

-- What is in a remote folder, as jobs.
local function jobs_of(session, job)
  local entries, err = remotetree.entries(session, job.remote)
  if not entries then return nil, err end
  local jobs = {}
  for i, entry in ipairs(entries) do
    local remote = job.remote:gsub("/+$", "") .. "/" .. entry.name
    jobs[i] = { remote = remote, path = job.path .. "/" .. entry.name, kind = entry.kind,
      problem = remotetree.complain(entry.name) or complain(remote) }
  end
  return jobs
end

local act

-- Copies a folder. Its files count one by one.
local function copy_folder(session, job, args, output)
  local ok, err = make_folder(job.path)
  if not ok then return nil, err, job.path end
  output:doing("listing " .. job.remote)
  local jobs
  jobs, err = jobs_of(session, job)
  output:doing(nil)
  if not jobs then return nil, err, job.remote end
  local results, subject
  results, err, subject = copy.each(jobs, args, output, function(each)
    return act(session, each, args, output)
  end)
  if not results then return nil, err, subject end
  return { name = job.remote, path = job.path, type = "dir", files = results }
end

-- Whether a name that the user has given is a folder. Names that a server lists come with that.
local function find_kind(session, job)
  if job.kind then return job.kind end
  local home, err = session:pwd()
  if not home then return nil, err end
  local is_folder
  is_folder, err = remotetree.is_folder(session, home, job.remote)
  if is_folder == nil then return nil, err end
  return is_folder and "directory" or "file"
end

function act(session, job, args, output)
  if job.problem then return nil, copy.misuse(job.problem), job.remote end
  if job.path == "-" then return receive_stream(session, job, output) end
  if not args.recursive then return download(session, job, args, output) end
  local kind, err = find_kind(session, job)
  if not kind then return nil, err, job.remote end
  if kind == "directory" then return copy_folder(session, job, args, output) end
  return download(session, job, args, output)
end

return { {
  name = "get", needs = "session", resumes = transfer.resumes, status = copy.status,
  summary = "Downloads files; continues where an earlier attempt stopped.",
  examples = {
    { "get firmware.bin", "into ./firmware.bin" },
    { "get config/today.conf /etc/today.conf", "" },
    { "get a.bin b.bin --into /tmp", "several files with one login" },
    { "get -r config --into /etc", "a folder as /etc/config" },
    { "get --deadline 2h --reboot firmware.bin", "restarting the module if needed" },
    { "get list.txt - | sort", "to standard output" },
  },
  arguments = function(parser)
    parser:argument("remote", "Remote file; behind a single one a local file or folder, or - for "
      .. "standard output."):args("+"):convert(kinds.named("remote", kinds.path))
    transfer.add_copy_options(parser, "remote")
    transfer.add_options(parser)
  end,
  uses_stdout = function(args) return args.remote[2] == "-" and not args.into end,
  check = check,
  run = function(session, args, output)
    return transfer.run(args.jobs, args, output, function(job)
      return act(session, job, args, output)
    end)
  end,
} }
