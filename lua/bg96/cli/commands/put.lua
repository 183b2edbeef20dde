--- put: local files, folders and standard input to the server.

local Error = require "bg96.ftp.error"
local copy = require "bg96.cli.copy"
local core = require "bg96.core"
local kinds = require "bg96.cli.kinds"
local lfs = require "lfs"
local localfile = require "bg96.cli.localfile"
local localtree = require "bg96.cli.localtree"
local status = require "bg96.cli.status"
local transfer = require "bg96.cli.commands.transfer"

-- The remote name of `path`; nil and a message where there is none.
local function remote_name(args, path, given)
  local base = path ~= "-" and localfile.base((path:gsub("/+$", "")))
  local remote = given or ""
  if args.into then remote = args.into:gsub("/+$", "") .. "/" end
  if remote == "" or remote:sub(-1) == "/" then remote = base and remote .. base end
  if not remote then return nil, "which remote file? Name one behind the local one" end
  return remote
end

-- A file or folder that is to be sent, with what is wrong with it.
local function make_job(path, remote, kind)
  local word = kind == "directory" and "+QFTPMKDIR" or "+QFTPPUT"
  local problem = kinds.remote_rule(word)(remote)
  if kind ~= "directory" and kind ~= "file" and kind ~= "stream" then
    problem = "is no regular file"
  end
  return { path = path, remote = remote, kind = kind, problem = problem }
end

local function add_folder(jobs, path, remote)
  jobs[#jobs + 1] = make_job(path, remote, "directory")
  return localtree.walk(path, remote, function(...) jobs[#jobs + 1] = make_job(...) end)
end

-- Adds what a local path stands for. Returns true; or nil, message, status.
local function add_path(jobs, args, path, given)
  local remote, problem = remote_name(args, path, given)
  if not remote then return nil, problem, status.USAGE end
  if path == "-" then
    jobs[1] = make_job(path, remote, "stream")
    return true
  end
  local mode = lfs.attributes(path, "mode")
  if mode == "directory" and args.recursive then return add_folder(jobs, path, remote) end
  if mode == "directory" then
    return nil, ("%s is a folder: give -r to copy it"):format(path), status.USAGE
  end
  local ok, message = localfile.can_read(path)
  if not ok and not args.keep_going then return nil, message end
  local job = make_job(path, remote, mode or "file")
  if not ok then job.missing = message end
  jobs[#jobs + 1] = job
  return true
end

-- Local paths, and the remote name if one stands behind a single path.
local function split(args)
  local paths = args.path
  if args.into or #paths == 1 then return paths end
  -- Two names of local files are rather a pattern's than a file and its remote name.
  local is_pattern = (args.delete_after or args.keep_going) and lfs.attributes(paths[2], "mode")
  if #paths == 2 and not is_pattern then return { paths[1] }, paths[2] end
  return nil, "several files need --into DIR"
end

local function collect(args)
  local paths, given = split(args)
  if not paths then return nil, given, status.USAGE end
  local jobs = {}
  for _, path in ipairs(paths) do
    local ok, problem, code = add_path(jobs, args, path, given)
    if not ok then return nil, problem, code end
  end
  return jobs
end

-- Finds what is wrong before anything is sent.
local function check(args)
  args.is_stream = args.path[1] == "-"
  for _, path in ipairs(args.path) do
    if path == "-" and #args.path > 1 and (args.into or path ~= args.path[1]) then
      return nil, "standard input (-) is one file: give its remote name behind it", status.USAGE
    end
  end
  local ok, problem, code = transfer.check_options(args, args.is_stream)
  if not ok then return nil, problem, code end
  args.jobs, problem, code = collect(args)
  if not args.jobs then return nil, problem, code end
  for _, job in ipairs(args.jobs) do
    if job.problem and not args.keep_going then
      return nil, ("%s: %s"):format(job.path, job.problem), status.USAGE
    end
  end
  return true
end

-- Deletes a file that has arrived, unless it was written to meanwhile.
local function delete(path, stamp)
  local _, now = core.stat(path)
  if now ~= stamp then
    return nil, Error.new { kind = "local", detail = path .. " was changed while it was sent: it "
      .. "has arrived as it was, and is not deleted" }
  end
  local ok, message = os.remove(path)
  if ok then return true end
  return nil, Error.new { kind = "local", detail = "sent, but not deleted: " .. message }
end

local function upload(session, job, args, output)
  local _, stamp = core.stat(job.path)
  local report, err = session:upload(job.path, job.remote,
    transfer.options(args, output, job.remote))
  if not report then return nil, err, job.path end
  output:report(transfer.describe(report, job.remote))
  if args.delete_after then
    local ok
    ok, err = delete(job.path, stamp)
    if not ok then return nil, err, job.path end
  end
  return transfer.with_names(report, job.remote, job.path)
end

local function make_folder(session, job)
  local ok, err = session:mkdir(job.remote, { exists_ok = true })
  if not ok then return nil, err, job.remote end
  return { name = job.remote, path = job.path, type = "dir" }
end

local function send_stream(session, job, output)
  local progress = output:progress(job.remote)
  local report, err = transfer.once(function()
    return session:put(job.remote, io.stdin, { progress = progress })
  end)
  if not report then return nil, err, job.remote end
  output:report(transfer.describe(report, job.remote))
  return transfer.with_names(report, job.remote, job.path)
end

local function act(session, job, args, output)
  if job.missing then
    return nil, Error.new { kind = "local", detail = job.missing }, job.path
  elseif job.problem then
    return nil, copy.misuse(job.problem), job.path
  elseif job.kind == "stream" then
    return send_stream(session, job, output)
  elseif job.kind == "directory" then
    return make_folder(session, job)
  end
  return upload(session, job, args, output)
end

return { {
  name = "put", needs = "session", resumes = transfer.resumes, status = copy.status,
  summary = "Uploads files; continues where an earlier attempt stopped.",
  examples = {
    { "put today.log", "as today.log" },
    { "put /var/log/today.log logs/", "into a remote folder" },
    { "put *.log --into logs --delete-after", "several files with one login" },
    { "put -r site --into public", "a folder as public/site" },
    { "put --retries 20 --deadline 6h big.bin", "with patience" },
    { "dmesg | bg96-ftp put - dmesg.txt", "from standard input" },
  },
  arguments = function(parser)
    parser:argument("path", "Local file, - for standard input; behind a single one its remote "
      .. "name, or a remote folder with a / at its end."):args("+"):convert(
      kinds.named("path", kinds.path))
    transfer.add_copy_options(parser, "local")
    transfer.add_options(parser)
  end,
  check = check,
  run = function(session, args, output)
    return transfer.run(args.jobs, args, output, function(job)
      return act(session, job, args, output)
    end)
  end,
} }
