--- get and put: files to and from the server, whole.
--
-- Files go by session:download() and session:upload(), which go on after whatever a
-- link does; standard input and output cannot be asked again for what was lost, so
-- they go by session:get() and session:put(), once.

local core = require "bg96.core"
local format = require "bg96.cli.format"
local kinds = require "bg96.cli.kinds"
local localfile = require "bg96.cli.localfile"

local function add_options(parser)
  parser:option("--retries", "How often to try again after a failure (8).")
    :argname("N"):convert(kinds.count(0))
  parser:option("--deadline", "Give up after this time: seconds, or 10m, 2h.")
    :argname("TIME"):convert(kinds.seconds)
  parser:flag("--no-atomic", "Write under the final name from the start.")
  parser:flag("--reboot", "Restart the module where nothing else helps: three times at most, "
    .. "ten minutes apart.")
end

local function check_stream_options(args)
  if args.retries or args.deadline or args.reboot or args.no_atomic then
    return nil, "--retries, --deadline, --no-atomic and --reboot are for files, not for -", true
  end
  return true
end

-- What makes a transfer last until it is done.
local function options(args, display, output)
  return {
    retries = args.retries, deadline = args.deadline, reboot = args.reboot,
    atomic = not args.no_atomic, progress = localfile.report_to(display),
    on_retry = function(err, _, delay) output:retry(display, err, delay) end,
  }
end

-- A transfer in one go, with a report like that of the others.
local function once(transfer)
  local started = core.now()
  local bytes, err = transfer()
  if not bytes then return nil, err end
  return { bytes = bytes, sent = bytes, attempts = 1, resumed = 0, seconds = core.now() - started }
end

local function finish(args, display, report, err)
  if display then display:clear() end
  if not report then return nil, err, args.remote end
  local result = { name = args.remote, path = args.path }
  for key, value in pairs(report) do result[key] = value end
  return result
end

local function show(result, name, say)
  local again = result.attempts > 1 and (", %d attempts"):format(result.attempts) or ""
  say("%s: %s in %s (%s/s%s)", name, format.bytes(result.bytes), format.duration(result.seconds),
    format.bytes(result.bytes / math.max(result.seconds, 0.001)), again)
end

local get = {
  name = "get", needs = "session",
  summary = "Downloads a file; goes on where an earlier attempt was cut off.",
  examples = {
    { "get firmware.bin", "into ./firmware.bin" },
    { "get config/today.conf /etc/today.conf", "" },
    { "get --deadline 2h --reboot firmware.bin", "by all means, but not for longer" },
    { "get list.txt - | sort", "to standard output" },
  },
  arguments = function(parser)
    parser:argument("remote", "Remote file."):convert(kinds.remote("+QFTPGET"))
    parser:argument("path", "Local file or folder, - for standard output."):args("?")
    add_options(parser)
  end,
  uses_stdout = function(args) return args.path == "-" end,
  check = function(args)
    args.path = localfile.destination(args.path, args.remote)
    if not args.path then return nil, "which local file? Name one behind the remote one", true end
    if args.path == "-" then return check_stream_options(args) end
    return localfile.can_create(args.path)
  end,
  run = function(session, args, output)
    local display = output:progress(args.remote, args.path == "-")
    if args.path ~= "-" then
      return finish(args, display,
        session:download(args.remote, args.path, options(args, display, output)))
    end
    return finish(args, display, once(function()
      return session:get(args.remote, { sink = io.stdout,
        progress = localfile.report_to(display) })
    end))
  end,
  show = function(result, say) show(result, result.path, say) end,
}

local function resolve_remote(args)
  local base = args.path ~= "-" and localfile.base(args.path)
  local remote = args.remote or ""
  if remote == "" or remote:sub(-1) == "/" then remote = base and remote .. base end
  if not remote then return nil, "which remote file? Name one behind the local one" end
  return kinds.remote("+QFTPPUT")(remote)
end

local put = {
  name = "put", needs = "session",
  summary = "Uploads a file; goes on where an earlier attempt was cut off.",
  examples = {
    { "put today.log", "as today.log" },
    { "put /var/log/today.log logs/", "into a remote folder" },
    { "put --retries 20 --deadline 6h big.bin", "with patience" },
    { "dmesg | bg96-ftp put - dmesg.txt", "from standard input" },
  },
  arguments = function(parser)
    parser:argument("path", "Local file, - for standard input.")
    parser:argument("remote", "Remote file, or folder with a / at its end; as the local file "
      .. "unless given."):args("?")
    add_options(parser)
  end,
  check = function(args)
    local problem
    args.remote, problem = resolve_remote(args)
    if not args.remote then return nil, problem, true end
    if args.path == "-" then return check_stream_options(args) end
    local file
    file, problem = localfile.open(args.path)
    if file then file:close() end
    return file and true, problem
  end,
  run = function(session, args, output)
    local display = output:progress(args.remote)
    if args.path ~= "-" then
      return finish(args, display,
        session:upload(args.path, args.remote, options(args, display, output)))
    end
    return finish(args, display, once(function()
      return session:put(args.remote, io.stdin, { progress = localfile.report_to(display) })
    end))
  end,
  show = function(result, say) show(result, result.name, say) end,
}

return { get, put }
