--- A survey of a module: asks, by harmless steps, what the manual leaves open, and says it as
-- habits, which `bg96-emulator --habits` understands.
--
--   local survey = require "bg96.survey"
--   local report = assert(survey.run { port = "/dev/ttyUSB2",
--     server = { host = "ftp.example.com", user = "me", password = "secret" } })
--   io.write(survey.format(report))
--
-- It works on the bare serial port, because a driver hides what is asked for here. What it makes
-- on module and server has names of its own, and is removed at the end, also after an error or an
-- interruption; settings are set back.

local Dialogue = require "bg96.survey.dialogue"
local Error = require "bg96.ftp.error"
local Line = require "bg96.survey.line"
local Place = require "bg96.survey.place"
local Spacing = require "bg96.survey.spacing"
local Stop = require "bg96.survey.stop"
local baudrate = require "bg96.ftp.baudrate"
local check = require "bg96.ftp.check"
local habits = require "bg96.habits"
local mask = require "bg96.survey.mask"
local poll = require "bg96.wait.poll"
local protect = require "bg96.ftp.protect"

local survey = {}

-- Seconds of silence before a step: an answer that is late, or another program's, must not be
-- taken for the next one.
local LEAST_SILENCE, MOST_SILENCE = 0.05, 0.3

-- Seconds for all, and how many of them are kept for giving everything back.
local LONGEST, CLEANING = 600, 60
local QUICK_LONGEST, QUICK_CLEANING = 120, 45

-- The steps in their order, by file.
local ORDER = { "identity", "syntax", "timing", "flash", "session", "transfers", "datamode",
  "rates", "refusals" }
local NAMES = {
  "identity", "network", "echo", "noise", "unknown", "several", "answers", "rate", "other-rate",
  "rows", "limits", "forms", "queries", "masking", "values", "ufs", "ram", "ufs-read", "ufs-acks",
  "ufs-refused", "closed",
  "login", "pwd", "stat", "close", "put", "size", "get", "get-part", "get-end", "refused-get",
  "refused-texts", "name-lengths", "list", "gaps", "guards", "chunks", "ato", "downloads",
  "flash", "refused-names", "rename", "early", "refused-logins",
}

local function all_steps()
  local by_name, steps = {}, {}
  for _, file in ipairs(ORDER) do
    for _, step in ipairs(require("bg96.survey." .. file)) do by_name[step.name] = step end
  end
  for i, name in ipairs(NAMES) do steps[i] = by_name[name] end
  return steps
end

--- Every step, in order: name, title, seconds (the longest time for it), needs ("server",
-- "session" or nil), is_long (true: not in a quick survey).
survey.steps = all_steps()

--- A survey that runs.
local Survey = {}
Survey.__index = Survey

--- Notes what no habit can express.
function Survey:wonder(what, said)
  self.not_understood[#self.not_understood + 1] = self.d.mask(("%s: %s"):format(what, said))
end

local USUAL_GUARD, GUARD_GRAIN, GUARD_NOISE = 1000, 10, 0.05
local GUARD_MARGIN = 0.2 -- seconds that are added where the guards are not the point

--- Notes the guards of +++: the longest silence before it that was too short, the shortest one
-- that was not, and the time until OK.
function Survey:found_guard(refused, taken, after)
  self.guard = math.max(taken, after) + GUARD_MARGIN
  local fits = after <= taken + GUARD_NOISE and after >= (refused or 0) - GUARD_NOISE
  if not fits then
    return self:wonder("guards of +++", ("before it %g s, behind it %.2f s"):format(taken, after))
  end
  local guard = math.floor(after * 1000 / GUARD_GRAIN + 0.5) * GUARD_GRAIN
  self.measured.guard = ("%d ms"):format(guard)
  if math.abs(guard - USUAL_GUARD) > GUARD_NOISE * 1000 then self.habits.guard = guard end
end

local function random_id()
  local seed = tostring({}):match("%x+$") .. os.time()
  local hash = 5381
  for i = 1, #seed do hash = (hash * 33 + seed:byte(i)) % 65536 end
  return ("%04x"):format(hash)
end

local function secrets_of(server)
  if not server then return {} end
  return {
    { server.password or "", "***" }, { server.user or "", "USER" }, { server.host, "HOST" },
  }
end

local function new(options, line)
  local secrets = secrets_of(options.server)
  local d = Dialogue.new { line = line, mask = mask.new(secrets), on_line = options.on_line }
  local spacing = Spacing.new()
  d.on_exchange = function(exchange) spacing:note(exchange) end
  local place = Place.new(d, options.server, options.id or random_id(),
    options.flowcontrol == "rtscts")
  if options.deactivates then place.activated = (options.server or {}).cid or 1 end
  return setmetatable({
    d = d, place = place, secrets = secrets,
    is_quick = options.quick, has_server = options.server ~= nil, spacing = spacing,
    guard = USUAL_GUARD / 1000 + GUARD_MARGIN,
    habits = {}, measured = {}, not_understood = {}, exchanges = {},
    on_step = options.on_step or function() end,
  }, Survey)
end

-- --- steps ---------------------------------------------------------------------

local function leave_out(self, step, reason)
  self.measured["not-found-out." .. step.name] = reason
end

-- Why a step is not tried, or nil.
local function obstacle(self, step)
  if step.is_long and self.is_quick then return "left out of a quick survey" end
  if step.needs and not self.has_server then return "left out: there is no server" end
  if self.over then return self.over end
  if self.d:now() >= self.ends_at then return "no time was left" end
end

local function perform(self, step)
  local place = self.place
  if self.d.is_dirty then place:recover() end
  self.d:settle(math.min(1.1 * (self.answer_time or 0) + LEAST_SILENCE, MOST_SILENCE))
  self.d.ends_at = math.min(self.d:now() + step.seconds, self.ends_at)
  if step.needs == "session" then
    if place.is_doubtful then place:doubt_session() end
    place.is_doubtful = false
    place:ensure_session()
  end
  step.run(self)
end

local function keep_exchanges(self, name)
  if #self.d.log > 0 then
    self.exchanges[#self.exchanges + 1] = { name = name, lines = self.d.log }
  end
end

-- An error of ours in one step leaves the others what they are.
local function is_defect(thrown)
  return type(thrown) == "string" and thrown:find("bg96/survey/%l+%.lua:%d") ~= nil
end

local function run_step(self, step, number)
  local reason = obstacle(self, step)
  if reason then return leave_out(self, step, reason) end
  self.on_step(step, number, #survey.steps)
  self.d:begin(self.ends_at)
  local ok, thrown = protect(perform, self, step)
  keep_exchanges(self, step.name)
  if ok then return end
  self.place.is_doubtful = true
  if is_defect(thrown) then
    self.d.is_dirty = true
    return leave_out(self, step, "a defect of the survey: " .. thrown)
  end
  if not Stop.is(thrown) then error(thrown, 0) end
  leave_out(self, step, thrown.reason)
  if thrown.is_final then self.over = thrown.reason end
end

local function run_steps(self)
  self.d:begin(self.ends_at)
  local ok, thrown = protect(self.place.remember, self.place)
  keep_exchanges(self, "settings")
  if not ok and not Stop.is(thrown) then error(thrown, 0) end
  for number, step in ipairs(survey.steps) do run_step(self, step, number) end
end

-- --- the end ---------------------------------------------------------------------

local function clean_up(self, ends_at)
  self.d:begin(ends_at)
  local left = self.place:clean_up(function(f)
    local ok, thrown = protect(f)
    return not ok and thrown or nil
  end)
  keep_exchanges(self, "end")
  for i, what in ipairs(left) do self.measured["left-behind." .. i] = what end
  self.left = left
end

local UNASKED_MAX = 20

local function note_unasked(self)
  local lines = {}
  for text in pairs(self.d.unasked) do lines[#lines + 1] = text end
  table.sort(lines)
  for i = 1, math.min(#lines, UNASKED_MAX) do
    self.measured["unasked." .. i] = ("%s (%d)"):format(mask.printable(lines[i]),
      self.d.unasked[lines[i]])
  end
end

-- Where the login leads is known only after it has been said.
local function hide_home(self)
  local home = (self.place.path or ""):match("^(.*)/[^/]*$") or ""
  if #home < 2 then return end
  table.insert(self.secrets, { home, "/HOME" })
  for _, exchange in ipairs(self.exchanges) do
    for i, line in ipairs(exchange.lines) do exchange.lines[i] = self.d.mask(line) end
  end
end

-- A module may say anything: what a line of the report cannot hold is shown as \xHH.
local function clean(set)
  for name, value in pairs(set) do
    if type(value) == "string" then
      value = mask.printable(value):match("^%s*(.-)%s*$")
      set[name] = value ~= "" and value or nil
    end
  end
end

local function conclude(self, started)
  self.d:flush()
  hide_home(self)
  self.measured["line"] = ("%d baud, flow control %s"):format(self.d.line.baudrate,
    self.place.uses_rtscts and "rtscts" or "none")
  local value, mixed = self.spacing:find()
  self.habits.spacing = value
  for _, text in ipairs(mixed) do self.not_understood[#self.not_understood + 1] = text end
  note_unasked(self)
  self.measured.payload = ("%d bytes"):format(self.d.traffic)
  self.measured.duration = ("%d s"):format(math.ceil(self.d:now() - started))
  clean(self.habits)
  clean(self.measured)
  return {
    habits = self.habits, measured = self.measured, not_understood = self.not_understood,
    exchanges = self.exchanges, duration = self.d:now() - started, over = self.over,
    left = self.left,
  }
end

local server_rules = {
  host = check.text(1, 200), port = check.integer(1, 65535),
  user = check.text(0, 255), password = check.text(0, 255),
  mode = check.one_of("passive", "active"), tls = check.one_of(false, "implicit", "explicit"),
  timeout = check.integer(20, 180), cid = check.integer(1, 16), sslctx = check.integer(0, 5),
  data_address = check.one_of("control", "server"),
}

local rules = {
  port = check.text(1, 4096), baudrate = baudrate.rule,
  flowcontrol = check.one_of("none", "rtscts"), wait = check.callable,
  server = check.type("table"), quick = check.type("boolean"), on_step = check.callable,
  on_interrupt = check.callable, on_line = check.callable, deactivates = check.type("boolean"),
  line = check.type("table"), id = check.text(1, 16),
}

--- A name for what the survey makes: "bg96-survey-" and this.
survey.new_id = random_id

--- Surveys a module. The PDP context of the server is activated if it is not, with the settings
-- that the module has, and deactivated at the end then.
-- @tparam table options port (the path of the module's AT port), baudrate (115200),
--   flowcontrol ("none", "rtscts"), wait (see bg96.wait), server (as the options of
--   modem:login(); without it the survey is one of the module alone), quick (true: two minutes in
--   place of ten), on_step (function(step, number, count), called before each step of
--   survey.steps), on_line (function(direction, text), called with what goes over the line),
--   on_interrupt (function(), called when the wait has thrown, before everything is given back),
--   deactivates (true: the context is deactivated at the end in any case), id (see
--   survey.new_id()); and in place of port, baudrate and flowcontrol, line (see bg96.survey.line)
-- @treturn table the report: habits and measured (values by name), not_understood (an array of
--   texts), exchanges (an array of { name =, lines = }), duration (seconds), over (why the
--   module could not be asked any more, a text, or nil), left (an array of what could not be
--   removed), and interrupted, the error object with which a wait has ended it; or nil, err,
--   where the port cannot be opened
function survey.run(options)
  local o = check.options("run", options, rules,
    { required = {}, baudrate = 115200, flowcontrol = "none", wait = poll })
  if o.server then check.options("run", o.server, server_rules, { required = { host = true } }) end
  local line, err = o.line, nil
  if not line then line, err = Line.open(o) end
  if not line then return nil, err end
  local self, started = new(o, line), line:now()
  local longest = o.quick and QUICK_LONGEST or LONGEST
  local cleaning = o.quick and QUICK_CLEANING or CLEANING
  self.ends_at = started + longest - cleaning
  local ok, thrown = protect(run_steps, self)
  self.d.is_dirty = self.d.is_dirty or not ok
  if not ok and o.on_interrupt then o.on_interrupt() end
  clean_up(self, ok and started + longest or line:now() + cleaning)
  line:close()
  if not ok and getmetatable(thrown) ~= Error then error(thrown, 0) end
  local report = conclude(self, started)
  report.interrupted = thrown
  return report
end

--- The text of a report: a habits file.
-- @tparam table report
-- @tparam[opt] table comments an array of lines for its head
-- @treturn string
function survey.format(report, comments)
  return habits.format {
    comments = comments, habits = report.habits, measured = report.measured,
    not_understood = report.not_understood, exchanges = report.exchanges,
  }
end

return survey
