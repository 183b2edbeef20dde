--- The command interpreter: lines from the host in, answers out. It knows the
-- shape of commands and answers (V.250); what they mean is in tables of commands.
local arguments = require("bg96.emulator.arguments")
local errors = require("bg96.emulator.errors")
local parse = require("bg96.emulator.parse")
local unpack = require("bg96.emulator.compat").unpack

local interpreter = {}
interpreter.__index = interpreter

-- Longer lines are answered ERROR; two names of 255 bytes fit easily.
local LINE_MAX = 1024

local CR, LF, BACKSPACE = 13, 10, 8
local UNKNOWN_COMMAND = 58

local numeric_results = {
  OK = 0, CONNECT = 1, RING = 2, ["NO CARRIER"] = 3, ERROR = 4,
}

--- `module` is the whole module, `words` its table of commands: for each word a
-- table with `test` (a line, lines, or true for OK alone), `read`, `exec` and
-- `write` (functions of the module), `kinds` (of the arguments of `write`) and
-- `error` (code for arguments outside them, 50 if left out). The functions give a
-- verdict: nothing or true for OK (and then perhaps a function to call behind it),
-- false and a code for an error, "wait" if `complete` or `connect` will follow,
-- "none" if they have answered by themselves.
function interpreter.new(module, words)
  return setmetatable({ module = module, words = words, input = "", log = {},
    command = { word = "AT" } }, interpreter)
end

--- As after boot, with the `settings` of a profile.
function interpreter:reset(settings)
  self.input, self.executing, self.queue, self.after = "", false, {}, {}
  self.cmee, self.unsent = 0, nil
  self:configure(settings)
end

--- What AT&F sets besides the echo.
interpreter.factory = { verbose = true, quiet = false, s3 = CR, s4 = LF, s5 = BACKSPACE }

--- Takes over the `settings` of a profile: echo (ATE), verbose (ATV), quiet (ATQ)
-- and the codes of S3 to S5; those left out are the factory's.
function interpreter:configure(settings)
  self.echo = settings.echo == true
  for name, value in pairs(interpreter.factory) do
    self[name] = value
    if settings[name] ~= nil then self[name] = settings[name] end
  end
end

--- The settings, as a profile keeps them.
function interpreter:settings()
  local settings = { echo = self.echo }
  for name in pairs(interpreter.factory) do settings[name] = self[name] end
  return settings
end

function interpreter:feed(bytes)
  self.input = self.input .. bytes
end

-- ----------------------------------------------------------------- answers

--- The line break of answers: the characters of S3 and S4.
function interpreter:line_break()
  return string.char(self.s3, self.s4)
end

--- Info lines of an answer share one leading and one closing line break.
function interpreter:reply(...)
  local lines, stop = { ... }, self:line_break()
  for i, line in ipairs(lines) do lines[i] = self.module.spacing:line(line) end
  local start = self.verbose and self.module.spacing:lead(stop) or ""
  self.module.output:write(start .. table.concat(lines, stop) .. stop)
end

-- Notes that an answer has not left yet.
local function note_unsent(self)
  local answer = {}
  self.unsent = answer
  self.module.output:when_sent(function()
    if self.unsent == answer then self.unsent = nil end
  end)
end

--- A final result code or CONNECT, in the form that ATV and ATQ set.
function interpreter:final(text)
  if self.quiet then return end
  local number = numeric_results[text]
  if not self.verbose and number then
    self.module.output:write(number .. string.char(self.s3))
  else
    self.module.output:write(self:line_break() .. text .. self:line_break())
  end
  if self.module.quirks["early-command"] then note_unsent(self) end
end

local function error_text(self, code)
  if code == nil or self.cmee == 0 then return "ERROR" end
  return "+CME ERROR: " .. (self.cmee == 2 and errors.text(code) or code)
end

local function finish_line(self, text)
  local after, faults = self.after, self.module.faults
  self.executing, self.queue, self.after = false, {}, {}
  faults:say("inside", self.command.word)
  self:final(text)
  for _, action in ipairs(after) do action() end
  faults:say("after", self.command.word)
end

--- Answers a command that has not been answered yet with an error.
function interpreter:fail(code)
  self:final(error_text(self, code))
end

--- Ends a command that had to wait, without a final result code.
function interpreter:drop_line()
  self.executing, self.queue, self.after = false, {}, {}
end

-- ---------------------------------------------------------------- commands

local function check_and_write(self, entry, text)
  local tokens = arguments.split(text)
  local values = tokens and arguments.check(entry.kinds, tokens)
  if not values then return false, entry.error or 50 end
  return entry.write(self.module, unpack(values, 1, #entry.kinds))
end

-- A test form as the quirk test.COMMAND has it.
local function other_test_form(self, text)
  if text == "ERROR" then return false, 4 end
  if text == "OK" then return true end
  local lines = {}
  for line in (text .. " | "):gmatch("(.-) | ") do lines[#lines + 1] = line end
  self:reply(unpack(lines))
end

local function test_form(self, entry, word)
  local other = self.module.quirks["test." .. word]
  if other then return other_test_form(self, other) end
  local lines = entry.test
  if lines == nil then return false, 4 end
  if type(lines) == "function" then lines = lines(self.module) end
  if type(lines) == "string" then self:reply(lines) end
  if type(lines) == "table" then self:reply(unpack(lines)) end
end

local function call(self, command)
  local entry = self.words[command.word]
  if not entry then return false, self.module.quirks["unknown-58"] and UNKNOWN_COMMAND or nil end
  if entry.needs_sim and self.module.sim:refusal() then
    return false, self.module.sim:refusal()
  end
  if command.form == "test" then return test_form(self, entry, command.word) end
  if not entry[command.form] then return false, 4 end
  if command.form == "write" and entry.kinds then
    return check_and_write(self, entry, command.arguments)
  end
  return entry[command.form](self.module, command.number or command.arguments)
end

local function execute(self, command)
  self.command = command
  local handled, verdict, detail = self.module.faults:before(command)
  if handled then return verdict, detail end
  if self.module.refuses_all then return false end
  return call(self, command)
end

-- Carries out the commands of a line until one has to wait or fails.
local function advance(self)
  while #self.queue > 0 do
    local verdict, detail = execute(self, table.remove(self.queue, 1))
    if verdict == "wait" then
      self.executing = true
      return
    elseif verdict == "none" then
      return self:drop_line()
    elseif verdict == false then
      return finish_line(self, error_text(self, detail))
    end
    self.after[#self.after + 1] = detail
  end
  finish_line(self, "OK")
end

--- Ends a command that had to wait: true, and perhaps a function to call after
-- OK, or false and a code.
function interpreter:complete(verdict, detail)
  if not self.executing then return end
  self.executing = false
  if verdict then
    self.after[#self.after + 1] = detail
    advance(self)
  else
    finish_line(self, error_text(self, detail))
  end
end

--- Ends a command that had to wait with CONNECT; OK follows behind the payload.
function interpreter:connect()
  self:drop_line()
  self:final("CONNECT")
end

-- ------------------------------------------------------------------- lines

-- The character of S5 takes back the one before it.
local function edit(self, line)
  if not line:find(string.char(self.s5), 1, true) then return line end
  local kept = {}
  for i = 1, #line do
    if line:byte(i) == self.s5 then
      kept[#kept] = nil
    else
      kept[#kept + 1] = line:sub(i, i)
    end
  end
  return table.concat(kept)
end

local function say_echo(self, bytes)
  if self.echo and not self.module.quirks["no-echo"] then self.module.output:write(bytes) end
end

-- With the quirk `answer` a line is carried out only after a while.
local function start(self, commands)
  self.queue, self.after = commands, {}
  local seconds = self.module:answer_time()
  if seconds == 0 then return advance(self) end
  self.executing = true
  self.module:after(seconds, function()
    self.executing = false
    advance(self)
  end)
end

local function refuse_line(self)
  self.command = { word = "" }
  finish_line(self, "ERROR")
end

-- An interpreter hunts for AT: what stands before it is noise.
local function take_line(self, line)
  local text = edit(self, line):match("[Aa][Tt](.*)$")
  local commands = text and parse.line(text)
  local first = commands and commands[1] or { word = "AT", form = "exec" }
  if text then self.module.faults:say("before-echo", first.word) end
  say_echo(self, line .. string.char(self.s3))
  if #line > LINE_MAX then return refuse_line(self) end
  if not text then
    if line ~= "" and self.module.quirks["noise-error"] then refuse_line(self) end
    return
  end
  self.last_line = line
  self.log[#self.log + 1] = "AT" .. text
  if not commands then
    self.command = { word = "AT" }
    return finish_line(self, "ERROR")
  end
  start(self, #commands > 0 and commands or { first })
end

local function repeat_last(self)
  say_echo(self, "A/")
  if self.last_line then
    local echo = self.echo
    self.echo = false
    take_line(self, self.last_line)
    self.echo = echo
  end
end

-- The next line, or nil. Line feeds count only where S3 or S5 is one, and what comes
-- behind the line keeps them, as it may be payload. A line without an end keeps only
-- as much as shows that it is too long.
local function next_line(self)
  local ignores_lf = self.s3 ~= LF and self.s5 ~= LF
  if ignores_lf then self.input = self.input:gsub("^\n+", "") end
  local stop = self.input:find(string.char(self.s3), 1, true)
  if stop then
    local line = self.input:sub(1, stop - 1)
    self.input = self.input:sub(stop + 1)
    if ignores_lf then line = line:gsub("\n", "") end
    return line
  end
  if #self.input > 2 * LINE_MAX then self.input = self.input:sub(1, LINE_MAX + 1) end
end

--- Takes one line if there is one and the last has been answered. Returns
-- whether it did.
function interpreter:run()
  if self.executing then return false end
  if self.input:find("^\n*[Aa]/") then
    self.input = self.input:gsub("^\n*%a/", "", 1)
    repeat_last(self)
    return true
  end
  local line = next_line(self)
  if not line then return false end
  take_line(self, line)
  return true
end

return interpreter
