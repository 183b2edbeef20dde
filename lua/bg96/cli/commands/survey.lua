--- survey: asks a module what the manual leaves open, and writes it as a habits file.

local Error = require "bg96.ftp.error"
local connection = require "bg96.cli.connection"
local kinds = require "bg96.cli.kinds"
local localfile = require "bg96.cli.localfile"
local signals = require "bg96.cli.signals"
local status = require "bg96.cli.status"
local survey = require "bg96.survey"
local version = require("bg96.ftp").version

local MINUTES, QUICK_MINUTES = 10, 2

local function check(args)
  if not (args.offline or args.settings.host) then
    return nil, "which server? Give --host, BG96_HOST, or host = ... in the configuration; or"
      .. " survey the module alone with --offline", status.USAGE
  end
  if args.report then return localfile.can_create(args.report) end
  return true
end

local function is_active(modem, cid)
  local contexts, err = modem:contexts()
  if not contexts then return nil, err end
  for _, context in ipairs(contexts) do
    if context.cid == cid then return context.active end
  end
  return false
end

-- What a login needs. Returns whether the context has to be deactivated at the end.
local function go_online(modem, settings, output)
  output:doing("activating the PDP context")
  local was_active, err = is_active(modem, settings.cid)
  if was_active == nil then return nil, err end
  local ok
  ok, err = connection.activate(modem, settings)
  if ok then ok, err = connection.configure_tls(modem, settings) end
  if not ok then return nil, err end
  return { deactivates = not was_active }
end

-- The driver finds the module, brings it to a known state and online; then it gives way.
local function prepare(args, output)
  local settings, link = args.settings, args.link
  settings.speed = nil
  local modem, err = link:open()
  if not modem then return nil, err end
  local online = {}
  local ok, problem = connection.unlock(modem, settings)
  if not ok then return nil, problem end
  if not args.offline then online, problem = go_online(modem, settings, output) end
  if not online then return nil, problem end
  local module = { port = modem.path, baudrate = modem.base_baudrate,
    deactivates = online.deactivates }
  output:doing(nil)
  link:close()
  return module
end

-- Seconds for giving everything back after Ctrl-C; a second one ends that.
local CLEANING = 60

local function server_of(s)
  return {
    host = s.host, port = s["server-port"], user = s.user, password = s.password, mode = s.mode,
    tls = s.tls ~= "no" and s.tls, timeout = s.timeout, cid = s.cid, sslctx = s["tls-context"],
    data_address = s["data-address"],
  }
end

-- On standard error: standard output has the report.
local function progress(args, output)
  return function(step, number, count)
    local text = ("step %d of %d: %s"):format(number, count, step.title)
    output:doing(text)
    if not (output.bar_width or args.quiet) then io.stderr:write(text, "\n") end
  end
end

local function announce(args, output, id)
  local minutes = args.quick and QUICK_MINUTES or MINUTES
  local text = ("this takes up to %d minutes"):format(minutes)
  if not args.offline then
    text = text .. (", moves up to 2 MB, and uses a folder bg96-survey-%s on the server, which it"
      .. " removes"):format(id)
  end
  output:note(text .. "; Ctrl-C ends it")
end

local function comments(args, report)
  return {
    ("bg96-ftp %s, %s, %d s%s%s"):format(version, os.date("!%Y-%m-%d"),
      math.ceil(report.duration), args.quick and ", quick" or "",
      args.offline and ", offline" or ""),
    "The first lines are the habits; all that follows is for people. Account, server, numbers",
    "and addresses are masked; please look through it before you pass it on.",
  }
end

-- A sink is a function, or standard output.
local function pour(sink, text)
  if type(sink) == "function" then return sink(text) end
  return sink:write(text)
end

local function write(args, report)
  local text = survey.format(report, comments(args, report))
  return localfile.replace(args.report or "-", function(sink)
    local ok, message = pour(sink, text)
    if ok then return true end
    return nil, Error.new { kind = "local", detail = tostring(message) }
  end)
end

local function describe(report, path)
  local count, open = 0, 0
  for _ in pairs(report.habits) do count = count + 1 end
  for name in pairs(report.measured) do
    if name:find("^not%-found%-out") then open = open + 1 end
  end
  return ("%s: %d habits; %d steps without a result, %d answers not understood"):format(path,
    count, open, #report.not_understood)
end

local function run(args, output)
  local module, err = prepare(args, output)
  if not module then return nil, err end
  local id = survey.new_id()
  announce(args, output, id)
  local report
  report, err = survey.run {
    port = module.port, baudrate = module.baudrate, flowcontrol = args.settings.flowcontrol,
    wait = signals.wait, quick = args.quick, id = id, deactivates = module.deactivates,
    server = not args.offline and server_of(args.settings) or nil,
    on_step = progress(args, output), on_line = args.link.trace,
    on_interrupt = function() signals.leave(CLEANING) end,
  }
  output:doing(nil)
  if not report then return nil, err end
  for _, what in ipairs(report.left) do output:note("left behind: " .. what) end
  local ok
  ok, err = write(args, report)
  if not ok then return nil, err end
  if report.interrupted then return nil, report.interrupted end
  if report.over then
    output:complain(report.over .. "; the report has what was found until then")
  end
  if args.report then output:report(describe(report, args.report)) end
  return report
end

return { {
  name = "survey", has_no_json = true, prints_itself = true,
  summary = "Asks the module what the manual leaves open, and writes its habits.",
  examples = {
    { "survey -o habits.txt", "with the server of the configuration, in ten minutes" },
    { "survey --quick --offline", "two minutes with the module alone" },
  },
  arguments = function(parser)
    parser:option("-o --output", "File for the report (standard output)."):argname("FILE")
      :target("report"):convert(kinds.named("--output", kinds.path))
    parser:flag("--quick", "Two minutes at most, and less data.")
    parser:flag("--offline", "The module alone, without a server.")
  end,
  check = check, run = run,
  status = function(report) return report.over and status.MODULE or status.DONE end,
} }
