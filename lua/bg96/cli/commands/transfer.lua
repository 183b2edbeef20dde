--- get and put: whole files to and from the server.
--
-- Files are transferred by session:download() and session:upload(), which continue after
-- failures of the link. Standard input and output cannot be repeated, so they are
-- transferred once, by session:get() and session:put().

local core = require "bg96.core"
local format = require "bg96.cli.format"
local kinds = require "bg96.cli.kinds"
local localfile = require "bg96.cli.localfile"

local function add_options(parser)
  parser:option("--retries", "How often to try again after a failure (8).")
    :argname("N"):convert(kinds.count(0, 1000))
  parser:option("--deadline", "Give up after this time: seconds, or 10m, 2h.")
    :argname("TIME"):convert(kinds.seconds)
  parser:flag("--no-atomic", "Write under the final name from the start.")
  parser:flag("--reboot", "Restart the module if nothing else helps: three times at most, "
    .. "ten minutes apart.")
end

-- A stream is transferred once; a file is resumed by counting bytes, which ASCII
-- changes.
local function check_options(args)
  local is_stream = args.path == "-"
  if is_stream and (args.retries or args.deadline or args.reboot or args.no_atomic) then
    return nil, "--retries, --deadline, --no-atomic and --reboot are for files, not for -", true
  elseif not is_stream and args.settings.type == "ascii" then
    return nil, "type = ascii is for standard input and output (-); files need type = binary", true
  end
  return true
end

-- The options of upload() and download().
local function options(args, output)
  return {
    retries = args.retries, deadline = args.deadline, reboot = args.reboot,
    atomic = not args.no_atomic, progress = output:progress(args.remote),
    on_retry = function(err, _, delay) output:retry(err, delay) end,
  }
end

-- One transfer without retries, with a report like the others.
local function once(transfer)
  local started = core.now()
  local bytes, err = transfer()
  if not bytes then return nil, err end
  return { bytes = bytes, sent = bytes, attempts = 1, resumed = 0, seconds = core.now() - started }
end

local function finish(args, report, err)
  if not report then return nil, err, args.remote end
  local result = { name = args.remote, path = args.path }
  for key, value in pairs(report) do result[key] = value end
  return result
end

local function show(result, name, say)
  local again = result.attempts > 1 and (", %d attempts"):format(result.attempts) or ""
  say("%s: %s in %s (%s/s%s)", name, format.bytes(result.bytes), format.duration(result.seconds),
    format.bytes(result.sent / math.max(result.seconds, 0.001)), again)
end

local get = {
  name = "get", needs = "session",
  summary = "Downloads a file; continues where an earlier attempt stopped.",
  examples = {
    { "get firmware.bin", "into ./firmware.bin" },
    { "get config/today.conf /etc/today.conf", "" },
    { "get --deadline 2h --reboot firmware.bin", "restarting the module if needed" },
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
    local ok, problem, is_usage = check_options(args)
    if not ok or args.path == "-" then return ok, problem, is_usage end
    return localfile.can_create(args.path)
  end,
  run = function(session, args, output)
    if args.path ~= "-" then
      return finish(args, session:download(args.remote, args.path, options(args, output)))
    end
    local progress = output:progress(args.remote, true)
    return finish(args, once(function()
      return session:get(args.remote, { sink = io.stdout, progress = progress })
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
  summary = "Uploads a file; continues where an earlier attempt stopped.",
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
    local remote, problem = resolve_remote(args)
    if not remote then return nil, problem, true end
    args.remote = remote
    local ok, complaint, is_usage = check_options(args)
    if not ok or args.path == "-" then return ok, complaint, is_usage end
    return localfile.can_read(args.path)
  end,
  run = function(session, args, output)
    if args.path ~= "-" then
      return finish(args, session:upload(args.path, args.remote, options(args, output)))
    end
    local progress = output:progress(args.remote)
    return finish(args, once(function()
      return session:put(args.remote, io.stdin, { progress = progress })
    end))
  end,
  show = function(result, say) show(result, result.name, say) end,
}

return { get, put }
