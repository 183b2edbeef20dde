-- What a survey leaves behind (nothing), how long it takes, and what its report holds; with an
-- emulated module on a virtual clock.

local Error = require "bg96.ftp.error"
local habits = require "bg96.habits"
local memory = require "bg96.emulator.memory"
local survey = require "bg96.survey"
local surveyline = require "spec.support.surveyline"

-- The module is what each spec says, whatever HABITS is.
before_each(function() require("spec.support.habits").assumes_all() end)

-- Names of all that is on the server and in the flash.
local function find_rest(line)
  local names = {}
  for name in pairs(line.server.tree:node("/").entries) do names[#names + 1] = name end
  for name in pairs(line.module.ufs.files) do names[#names + 1] = name end
  return names
end

local function assert_nothing_left(report, line)
  assert.same({}, find_rest(line))
  assert.same({}, report.left)
  assert.is_true(line.is_closed)
end

-- The settings that a survey changes.
local function settings_of(module)
  local interpreter, values = module.interpreter, {}
  for name, value in pairs(module.session.settings) do values[name] = value end
  values.echo, values.cmee, values.rate = interpreter.echo, interpreter.cmee, module.baudrate
  return values
end

local function steps_without_result(report)
  local names = {}
  for name in pairs(report.measured) do
    names[#names + 1] = name:match("^not%-found%-out%.(.*)$")
  end
  table.sort(names)
  return names
end

-- Calls `act` with the line when the survey comes to a step, or so many seconds later.
local function at_step(name, act, seconds)
  local time
  return {
    on_wait = function(line)
      if time and line.clock >= time then
        time = nil
        act(line)
      end
    end,
    on_step = function(step)
      if step.name == name then time = surveyline.now() + (seconds or 0) end
    end,
  }
end

local function run_with(hooks, options, settings)
  options, settings = options or {}, settings or {}
  options.on_wait, settings.on_step = hooks.on_wait, hooks.on_step
  return surveyline.run(options, settings)
end

describe("a survey", function()
  it("leaves module and server as they were", function()
    local before
    local report, line = surveyline.run({
      quirks = { "padded-checksum" }, settings = "E1+CMEE=2",
      on_wait = function(line)
        if before then return end
        local values = line.module.session.settings
        values.username, values.password, values.rsptimeout = "they", "theirs", 33
        values.filetype, values.data_address = 1, 0
        before = settings_of(line.module)
      end,
    })
    assert_nothing_left(report, line)
    assert.same(before, settings_of(line.module))
    assert.equal("closed", line.module.session.open == 4 and "closed")
    assert.is_false(line.module.pdp:is_active(1))
  end)

  it("does not deactivate a context that was active", function()
    local report, line = surveyline.run({ active = true }, { quick = true })
    assert_nothing_left(report, line)
    assert.is_true(line.module.pdp:is_active(1))
    report, line = surveyline.run({ active = true }, { quick = true, deactivates = true })
    assert_nothing_left(report, line)
    assert.is_false(line.module.pdp:is_active(1))
  end)

  it("empties an account whose password it could not read", function()
    local set = false
    local _, line = surveyline.run({ quirks = { "masked-password" }, on_wait = function(line)
      local values = line.module.session.settings
      if not set then values.username, values.password = "they", "theirs" end
      set = true
    end }, { quick = true })
    assert.equal("", line.module.session.settings.password)
  end)

  it("sends nothing that restarts the module, saves settings, or touches card and network",
    function()
      local _, line = surveyline.run({})
      for _, command in ipairs(line.module:commands()) do
        for _, word in ipairs { "CFUN", "QPOWD", "&W", "&F", "CGACT", "CPIN=", "QCFG", "COPS=",
          "QICSGP", "CLCK", "CPWD", "QSSLCFG", "Z" } do
          assert.is_nil(command:find("AT+" .. word, 1, true), command)
          assert.is_nil(command:find("AT" .. word, 1, true), command)
        end
      end
    end)

  it("writes little into the flash, and moves less than it says", function()
    local written = 0
    local report, line = surveyline.run({ on_wait = function(line)
      local ufs = line.module.ufs
      if ufs.is_watched then return end
      ufs.is_watched = true
      local append = ufs.append
      function ufs.append(self, name, bytes)
        written = written + #bytes
        return append(self, name, bytes)
      end
    end })
    assert.is_true(written > 0 and written < 20000)
    local counters = line.module:counters()
    assert.is_true(counters.up + counters.down < 2e6)
    assert.is_true(counters.up + counters.down > 4e5)
    assert.matches("^%d+ bytes$", report.measured.payload)
  end)

  it("ends in its time, whatever the module takes for an answer", function()
    for _, milliseconds in ipairs { 1000, 4000, 20000 } do
      for _, is_quick in ipairs { false, true } do
        local report, line = surveyline.run({ quirks = { "answer=" .. milliseconds } },
          { quick = is_quick })
        assert.is_true(line.clock <= (is_quick and 120 or 600))
        assert.is_nil(report.interrupted)
        if milliseconds == 1000 then assert_nothing_left(report, line) end
      end
    end
  end)

  it("says what there was no time for", function()
    local report = surveyline.run({ quirks = { "answer=4000" } }, { quick = true })
    assert.equal("no time was left", report.measured["not-found-out.rename"])
  end)

  it("asks the module alone without a server", function()
    local report, line = surveyline.run({ quirks = { "ufs-prefix" } }, { server = false })
    assert.is_true(report.habits["ufs-prefix"])
    assert.equal("left out: there is no server", report.measured["not-found-out.pwd"])
    for _, command in ipairs(line.module:commands()) do
      assert.is_nil(command:find("QFTPOPEN=\"", 1, true), command)
      assert.is_nil(command:find("QIACT", 1, true), command)
    end
    assert_nothing_left(report, line)
  end)

  it("tries a wrong password once", function()
    local server = memory.new { users = { joe = "other" } }
    local report, line = surveyline.run({ backend = server })
    local logins = 0
    for _, command in ipairs(line.module:commands()) do
      if command:find("QFTPOPEN=\"", 1, true) then logins = logins + 1 end
    end
    assert.equal(1, logins)
    assert.equal("login: 625,530", report.measured["not-found-out.login"])
    assert.equal("login: 625,530", report.measured["not-found-out.guards"])
    assert.equal(15, #report.measured["ufs.missing"])
  end)

  it("works over a slow radio, and finds what is taken without loss", function()
    local report, line = surveyline.run({ radio = { profile = "nb-iot" } })
    assert_nothing_left(report, line)
    assert.equal(4096, report.measured["chunk.largest-without-loss"])
    assert.matches("^%d+ of 16384 bytes$", report.measured["chunk.lost"])
    assert.is_true(line.clock <= 600)
    assert.is_nil(report.habits["slow-close"])
  end)

  it("loses nothing with flow control, which it takes back", function()
    local report, line = surveyline.run({ radio = { profile = "nb-iot" }, settings = "+IFC=0,0" },
      { flowcontrol = "rtscts" })
    assert_nothing_left(report, line)
    assert.equal("115200 baud, flow control rtscts", report.measured.line)
    assert.is_nil(report.measured["chunk.lost"])
    assert.equal(65536, report.measured["chunk.largest-without-loss"])
    assert.same({ 0, 0 }, line.module.flow)
  end)
end)

describe("a survey of a module with faults", function()
  local cases = {
    { "drops the link in an upload", "chunks", "drop", 1 },
    { "drops the link in a download", "downloads", "drop", 1 },
    { "drops the link without a word", "downloads", "drop,how=silence", 1 },
    { "loses its context", "get", "pdp" },
    { "cuts a transfer", "chunks", "early", 1 },
    { "closes the session", "list", "close" },
    { "loses an answer", "size", "silence,command=QFTPSIZE" },
    { "loses a result", "pwd", "silence,command=QFTPPWD,what=result" },
    { "answers late", "size", "late,command=QFTPSIZE,ms=60000" },
    { "is full", "ufs", "ufs-full" },
    { "loses bytes in its flash", "ufs", "ufs-loss,command=QFUPL" },
    { "talks on", "echo", 'chatter,every=700,line=+QIND: "csq",20,99' },
    { "spoils a byte", "forms", "byte,at=200" },
    { "loses a byte", "put", "byte,at=100,how=lost" },
    { "restarts", "guards", "reset" },
    { "loses its power", "forms", "brownout" },
    { "is off for a while", "rows", "power,wake=20" },
  }
  for _, case in ipairs(cases) do
    local what, step, fault, seconds = case[1], case[2], case[3], case[4]
    it("that " .. what .. " ends in its time and leaves nothing behind", function()
      local is_struck = false
      local report, line = run_with(at_step(step, function(line)
        is_struck = true
        line.module:fault(fault)
      end, seconds))
      assert.is_true(is_struck)
      assert.is_true(line.clock <= 600)
      line.module.faults:clear()
      assert_nothing_left(report, line)
      assert.is_nil(report.over)
    end)
  end

  it("goes on with the next step after a fault", function()
    local report = run_with(at_step("get", function(line) line.module:fault("drop") end))
    assert.same({ "get" }, steps_without_result(report))
  end)

  it("tells lines that nobody has asked for", function()
    local report = run_with(at_step("echo", function(line)
      line.module:fault('chatter,every=700,count=3,line=+QIND: "csq",20,99')
    end))
    local seen = false
    for name, text in pairs(report.measured) do
      seen = seen or (name:find("^unasked") and text == '+QIND: "csq",20,99 (3)')
    end
    assert.is_true(seen)
  end)

  it("that hangs is over soon, and says what may be left", function()
    local report, line = run_with(at_step("get", function(line) line.module:fault("hang") end))
    assert.equal("the module does not answer any more", report.over)
    assert.is_true(line.clock < 600)
    assert.is_true(#report.left > 0)
    assert.matches("bg96%-survey%-7f3a", table.concat(report.left, " "))
    assert.is_true(line.is_closed)
  end)

  it("that was never there is over soon", function()
    local report, line = surveyline.run({ state = "silent" })
    assert.equal("the module does not answer any more", report.over)
    assert.is_true(line.clock < 120)
  end)

  it("that is left in data mode is brought back first", function()
    local report, line = surveyline.run({ state = "data-upload" })
    assert.is_nil(report.over)
    assert.equal("BG96", report.habits.model)
    assert_nothing_left(report, line)
  end)
end)

describe("an interrupted survey", function()
  for _, step in ipairs { "echo", "other-rate", "ufs", "close", "guards", "ato", "chunks",
    "refused-logins" } do
    it("gives everything back, and what it has found, at " .. step, function()
      local is_told
      local report, line = run_with(at_step(step, function()
        error(Error.new { kind = "cancelled", detail = "interrupted" }, 0)
      end, 0.4), {}, { on_interrupt = function() is_told = true end })
      assert.equal("cancelled", report.interrupted.kind)
      assert.is_true(is_told)
      assert_nothing_left(report, line)
      assert.equal("BG96", report.habits.model)
      assert.equal(115200, line.module.baudrate)
      assert.equal(115200, line.baudrate)
    end)
  end

  it("notes a defect of a step, and goes on", function()
    local step = survey.steps[4]
    local run = step.run
    local path = "bg96/survey/syntax.lua:1: "
    step.run = function() error(path .. "a mistake", 0) end
    local report, line = surveyline.run({}, { quick = true })
    step.run = run
    assert.equal("a defect of the survey: " .. path .. "a mistake",
      report.measured["not-found-out." .. step.name])
    assert.equal("0,1000", report.measured["get.len"])
    assert_nothing_left(report, line)
  end)

  it("raises what is no error object, when everything is given back", function()
    local line
    local ok, thrown = pcall(run_with, at_step("guards", function(l)
      line = l
      error("a bug", 0)
    end))
    assert.is_false(ok)
    assert.equal("a bug", thrown)
    assert.same({}, find_rest(line))
  end)
end)

describe("a report", function()
  local report, text

  setup(function()
    require("spec.support.habits").assumes_all()
    report = surveyline.run({ quirks = { "pwd-quoted", "spacing=blank", "slow-close=5" },
      backend = memory.new { users = { ["joe.public"] = "hush-hush-9" } } },
      { server = { host = "ftp.example.com", user = "joe.public", password = "hush-hush-9" } })
    text = survey.format(report, { "a comment" })
  end)

  it("is a habits file", function()
    local parsed = assert(habits.parse(text, "report"))
    assert.same({ manufacturer = "Quectel", model = "BG96", firmware = "BG96MAR02A07M1G",
      ["pwd-quoted"] = "yes", spacing = "blank", ["slow-close"] = "5" }, parsed.habits)
    assert.equal("0,1000", parsed.measured["get.len"])
  end)

  it("holds no secret, no name of the server, no whole number of the module", function()
    for _, secret in ipairs { "hush", "joe", "example", "866425030000001" } do
      assert.is_nil(text:find(secret, 1, true), secret)
    end
    assert.is_truthy(text:find("866425xxxxxxxxx", 1, true))
    assert.is_truthy(text:find('AT+QFTPCFG="account","USER","***"', 1, true))
    assert.is_truthy(text:find('AT+QFTPOPEN="HOST",21', 1, true))
    assert.is_nil(text:find("10.7.157.1", 1, true))
  end)

  it("hides where the login leads, and where the module is", function()
    local server = memory.new {}
    server:make_folder("/home")
    server:make_folder("/home/customer7")
    function server:poll(now) -- a login leads there
      local was_connected = self.connected
      memory.poll(self, now)
      if self.connected and not was_connected then self.cwd = "/home/customer7" end
    end
    local other = run_with(at_step("echo", function(line)
      line.module:fault('chatter,every=900,count=2,line=+CEREG: 1,"5650","29A7DF4",8')
      line.module:fault('urc,line=+CLIP: "+4915112345678",145')
    end), { backend = server })
    local said = survey.format(other)
    assert.same({}, next(server.tree:node("/home/customer7").entries) or {})
    assert.is_truthy(said:find('< +QFTPPWD: 0,/HOME/bg96-survey-7f3a', 1, true))
    for _, secret in ipairs { "customer7", "29A7DF4", "5650", "4915112345678" } do
      assert.is_nil(said:find(secret, 1, true), secret)
    end
    assert.is_truthy(said:find('+CEREG: 1,"x","x",8 (2)', 1, true))
  end)

  it("has the raw lines, blank ones too", function()
    assert.is_truthy(text:find("## pwd\n> AT+QFTPPWD\n<\n< OK\n<\n"
      .. '< +QFTPPWD: 0, "/bg96-survey-7f3a"\n', 1, true))
    assert.is_truthy(text:find("< (1000 bytes of payload)\n<\n< OK\n<\n< +QFTPGET: 0, 1000\n", 1,
      true))
    assert.is_truthy(text:find("> +++\n<\n< OK\n", 1, true))
  end)

  it("is one whatever the module says about itself", function()
    local other = run_with(at_step("identity", function(line)
      line.module:fault("urc,command=CGMM,when=before,line=A\1B \255")
      line.module:fault("urc,command=CGMI,when=before,line=\t")
    end), {}, { quick = true })
    local parsed = assert(habits.parse(survey.format(other), "report"))
    assert.equal("A\\x01B \\xff", parsed.habits.model)
  end)

  it("shows the end of an echo and bytes that are no text", function()
    assert.is_truthy(text:find("## echo\n> ATE1\n<\n< OK\n> AT\n< AT\\r\n< OK\n", 1, true))
  end)
end)

describe("an answer that no habit can express", function()
  local function wonder(quirk, fault, step)
    return run_with(at_step(step, function(line) line.module:fault(fault) end),
      { quirks = { quirk } }, { quick = true }).not_understood
  end

  it("is printed as such", function()
    assert.same({ "an unknown command: +CME ERROR: 4" },
      wonder(nil, "result,command=BG96SURVEY,cme=4", "identity"))
    assert.same({ "AT+QFTPSTAT of an idle session: 605,0" },
      wonder(nil, "result,command=QFTPSTAT,err=605", "stat"))
  end)
end)

describe("survey.run", function()
  it("raises an error for a wrong option", function()
    for _, options in ipairs { { prot = "x" }, { port = 1 }, { port = "/dev/x", server = {} },
      { port = "/dev/x", server = { host = 'a"b' } }, { port = "/dev/x", quick = "yes" },
      { port = "/dev/x", server = { host = "a", port = 0 } } } do
      assert.has_error(function() survey.run(options) end)
    end
  end)

  it("returns an error for a port that cannot be opened", function()
    local report, err = survey.run { port = "/dev/there-is-none" }
    assert.is_nil(report)
    assert.equal("port", err.kind)
    assert.equal(2, err.code)
  end)
end)
