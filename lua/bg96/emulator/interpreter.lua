--- The command interpreter: lines from the host in, answers out. It knows the
-- shape of commands and answers, the tables of commands know their meaning.
local arguments = require("bg96.emulator.arguments")
local errors = require("bg96.emulator.errors")
local parse = require("bg96.emulator.parse")
local unpack = require("bg96.emulator.compat").unpack

local interpreter = {}
interpreter.__index = interpreter

-- Longer lines are answered ERROR; two names of 255 bytes fit easily.
local LINE_MAX = 1024

local numeric_results = {
  OK = 0, CONNECT = 1, RING = 2, ["NO CARRIER"] = 3, ERROR = 4,
}

--- `module` is the whole module, `words` its table of commands: for each word a
-- table with `test` (a line, lines, or true for OK alone), `read`, `exec` and
-- `write` (functions of the module), `kinds` (of the arguments of `write`) and
-- `error` (code for arguments outside them, 50 if left out). They give nothing
-- or true for OK (and then perhaps a function to call behind it), false and a
-- code for an error, "wait" where `complete` or `connect` will follow, "none"
-- where they have answered by themselves.
function interpreter.new(module, words)
  return setmetatable({ module = module, words = words, input = "", log = {} }, interpreter)
end

--- As after boot; `settings.echo` says whether what is typed comes back.
function interpreter:reset(settings)
  self.input, self.executing, self.queue, self.after = "", false, {}, {}
  self.echo, self.verbose, self.quiet, self.cmee = settings.echo, true, false, 0
end

function interpreter:feed(bytes)
  self.input = self.input .. bytes
end

-- Info lines of an answer share one leading and one closing line break.
function interpreter:reply(...)
  local start = self.verbose and "\r\n" or ""
  self.module.output:write(start .. table.concat({ ... }, "\r\n") .. "\r\n")
end

--- A final (or CONNECT), as ATV and ATQ want it.
function interpreter:final(text)
  if self.quiet then return end
  local number = numeric_results[text]
  if not self.verbose and number then
    self.module.output:write(number .. "\r")
  else
    self.module.output:write("\r\n" .. text .. "\r\n")
  end
end

local function error_text(self, code)
  if code == nil or self.cmee == 0 then return "ERROR" end
  return "+CME ERROR: " .. (self.cmee == 2 and errors.text(code) or code)
end

local function finish_line(self, text)
  local after = self.after
  self.executing, self.queue, self.after = false, {}, {}
  self.module.faults:inside(self.command)
  self:final(text)
  for _, action in ipairs(after) do action() end
  self.module.faults:after(self.command)
end

local function check_and_write(self, entry, text)
  local tokens = arguments.split(text)
  local values = tokens and arguments.check(entry.kinds, tokens)
  if not values then return false, entry.error or 50 end
  return entry.write(self.module, unpack(values, 1, #entry.kinds))
end

local function test_form(self, entry)
  local lines = entry.test
  if lines == nil then return false, 4 end
  if type(lines) == "string" then self:reply(lines) end
  if type(lines) == "table" then self:reply(unpack(lines)) end
end

local function call(self, command)
  local entry = self.words[command.word]
  if not entry then return false end
  if entry.needs_sim and self.module.sim:refusal() then
    return false, self.module.sim:refusal()
  end
  if command.form == "test" then return test_form(self, entry) end
  if not entry[command.form] then return false, 4 end
  if command.form == "write" and entry.kinds then
    return check_and_write(self, entry, command.arguments)
  end
  return entry[command.form](self.module, command.number or command.arguments)
end

local function execute(self, command)
  self.command = command
  local handled, verdict, detail = self.module.faults:before(command)
  if not handled then verdict, detail = call(self, command) end
  return verdict, detail
end

--- An error final of a command that has answered by itself so far.
function interpreter:fail(code)
  self:final(error_text(self, code))
end

--- Ends a command that had to wait without any final.
function interpreter:drop_line()
  self.executing, self.queue, self.after = false, {}, {}
end

-- Works off the commands of a line until one has to wait or fails.
local function advance(self)
  while #self.queue > 0 do
    local verdict, detail = execute(self, table.remove(self.queue, 1))
    if verdict == "wait" then
      self.executing = true
      return
    elseif verdict == "none" then
      self.executing, self.queue, self.after = false, {}, {}
      return
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

--- Ends a command that had to wait with CONNECT; no OK follows here.
function interpreter:connect()
  self.executing, self.queue, self.after = false, {}, {}
  self:final("CONNECT")
end

local function edit(line)
  local edited
  repeat
    edited, line = line, line:gsub("[^\b]\b", ""):gsub("^\b+", "")
  until edited == line
  return line
end

-- An interpreter hunts for AT: what stands before it is noise.
local function take_line(self, line)
  if self.echo then self.module.output:write(line .. "\r") end
  if #line > LINE_MAX then
    self.command = { word = "" }
    return finish_line(self, "ERROR")
  end
  local text = edit(line):match("[Aa][Tt](.*)$")
  if not text then return end
  self.last_line = line
  self.log[#self.log + 1] = "AT" .. text
  local commands = parse.line(text)
  self.command = { word = "AT" }
  if not commands then return finish_line(self, "ERROR") end
  if #commands == 0 then commands = { { word = "AT", form = "exec" } } end
  self.queue, self.after = commands, {}
  advance(self)
end

local function repeat_last(self)
  if self.echo then self.module.output:write("A/") end
  if self.last_line then
    local echo = self.echo
    self.echo = false
    take_line(self, self.last_line)
    self.echo = echo
  end
end

-- The next line, or nil. What comes after CR stays, but for its line feed; a
-- line without an end keeps only as much as shows that it is too long.
local function next_line(self)
  self.input = self.input:gsub("^\n+", "")
  local line, rest = self.input:match("^([^\r]*)\r(.*)$")
  if line then
    self.input = rest
    return (line:gsub("\n", ""))
  end
  if #self.input > 2 * LINE_MAX then self.input = self.input:sub(1, LINE_MAX + 1) end
end

--- Takes one line if there is one and the last has been answered. Gives
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
