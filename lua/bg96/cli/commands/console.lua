--- console: an AT terminal, which shows what the module says by itself as it comes.

local Editor = require "bg96.cli.editor"
local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local explain = require "bg96.cli.explain"
local format = require "bg96.cli.format"
local host = require "bg96.cli.host"
local kinds = require "bg96.cli.kinds"
local signals = require "bg96.cli.signals"

local STDIN = 0
local TIMEOUT = 180 -- seconds for a command, as AT+COPS=? may take

-- Beginnings of lines that come unasked.
local UNSOLICITED = { "+", "RDY", "APP RDY", "POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN",
  "RING", "NO CARRIER" }

local Console = {}
Console.__index = Console

local function write(text)
  io.stdout:write(text)
  io.stdout:flush()
end

local function new(modem, timeout)
  local self = setmetatable({ modem = modem, timeout = timeout, input = "" }, Console)
  if host.terminal_width(STDIN) and host.terminal_width(1) and host.take_keys() then
    self.editor = Editor.new("AT> ", write)
  end
  return self
end

-- Prints a line above the one that is being typed. Secrets are masked.
local function say(self, line)
  local is_typing = self.editor and not self.is_busy
  if is_typing then self.editor:hide() end
  line = core.mask(line)
  write((self.editor and format.printable(line) or line) .. "\n")
  if is_typing then self.editor:draw() end
end

local function describe(err)
  if err.kind == "error" then return "ERROR (unknown command or argument)" end
  return explain.line(err)
end

-- Runs a line that was typed. Returns true; or nil, err, where the module is gone.
local function execute(self, text)
  if not text:find("%S") then return true end
  if self.editor then self.editor:hide() end
  write((self.editor and self.editor.prompt or "") .. format.printable(core.mask(text)) .. "\n")
  if self.editor and core.mask(text) == text and core.mask("AT" .. text) == "AT" .. text then
    self.editor:remember(text)
  end
  local command, problem = kinds.at_command(text)
  if not command then
    say(self, problem)
    return true
  end
  self.is_busy = true
  local lines, err = self.modem:at(command, { timeout = self.timeout })
  for _, line in ipairs(lines or err.lines or {}) do say(self, line) end
  if lines or err.kind ~= "cancelled" then say(self, lines and "OK" or describe(err)) end
  self.is_busy = false
  if lines or not (err.kind == "port" or err.kind == "closed" or err.kind == "cancelled") then
    return true
  end
  return nil, err
end

-- The next complete line of the input, "" for more of what has come already; or nil, and whether
-- the input has ended.
local function next_line(self, bytes)
  if self.editor then return self.editor:type(bytes) end
  self.input = self.input .. bytes
  local line, rest = self.input:match("^([^\n]*)\n(.*)$")
  if not line then return nil, false end
  self.input = rest
  return (line:gsub("\r$", ""))
end

local words_of_end = { exit = true, quit = true }

-- Takes what has been typed. Returns true while there may be more; false at the end; or nil, err.
local function take_input(self)
  local bytes = host.read_input()
  local is_over = bytes == "" or bytes == nil
  if is_over and self.input ~= "" then bytes = "\n" end
  local line, has_ended = next_line(self, bytes or "")
  while line do
    if words_of_end[line] then return false end
    local ok, err = execute(self, line)
    if not ok then return nil, err end
    line, has_ended = next_line(self, "")
  end
  return not (is_over or has_ended)
end

-- Seconds after which a port that was ready, and has said nothing, is worth asking: it may be
-- gone, or in the middle of a line.
local DOUBT = 1

-- Hands out what the module has said.
local function take_output(self)
  local before = self.heard
  self.modem:poll()
  self.is_doubtful = self.heard == before
end

-- Asks the module for a sign of life. Returns true; or nil, err, where the port is gone.
local function is_there(self)
  self.is_doubtful = false
  local ok, err = self.modem:at("")
  if ok or err.kind ~= "port" then return true end
  return nil, err
end

local function converse(self)
  if self.editor then self.editor:draw() end
  while true do
    local timeout = self.is_doubtful and DOUBT or self.modem:timeout()
    local is_typed, is_said = signals.wait_for_either(STDIN, self.modem:pollfd(), timeout)
    local ok, err = true, nil
    if is_said then
      take_output(self)
    elseif not is_typed and self.is_doubtful then
      ok, err = is_there(self)
    else
      self.modem:poll()
    end
    if ok and is_typed then ok, err = take_input(self) end
    if not ok then return ok, err end
  end
end

local function run(modem, args)
  local self = new(modem, args.wait or TIMEOUT)
  self.heard = 0
  for _, prefix in ipairs(UNSOLICITED) do
    modem:on(prefix, function(line)
      self.heard = self.heard + 1
      say(self, line)
    end)
  end
  if self.editor then write("Ctrl-D ends; the AT of a command may be left out.\n") end
  local ok, err = converse(self)
  if self.editor then self.editor:hide() end
  if ok == nil then return nil, err or Error.new { kind = "cancelled" } end
  return {}
end

return { {
  name = "console", needs = "modem", has_no_json = true, has_no_batch = true,
  prints_itself = true,
  summary = "A terminal for AT commands, with a history; shows unsolicited lines.",
  examples = {
    { "console", "" },
    { "console < commands", "those of a file, one a line" },
  },
  arguments = function(parser)
    parser:option("-t --wait", "Longest time for each command, in seconds (180).")
      :argname("TIME"):convert(kinds.named("--wait", kinds.seconds))
  end,
  run = run,
} }
