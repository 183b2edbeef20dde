--- The output of the program: results on standard output, as plain lines or as JSON; errors
-- and what is going on on standard error; all that was done in the log, if there is one.

local Activity = require "bg96.cli.activity"
local Error = require "bg96.ftp.error"
local Progress = require "bg96.cli.progress"
local core = require "bg96.core"
local explain = require "bg96.cli.explain"
local format = require "bg96.cli.format"
local host = require "bg96.cli.host"
local json = require "bg96.cli.json"

local Output = {}
Output.__index = Output

local STDOUT, STDERR = 1, 2

--- @tparam table options json, quiet, verbose (booleans)
-- @tparam[opt] table log see bg96.cli.log
function Output.new(options, log)
  local width = function() return host.terminal_width(STDERR) or 80 end
  local is_terminal = host.terminal_width(STDOUT) ~= nil
  local shows_bar = is_terminal and host.terminal_width(STDERR) and not options.verbose
  return setmetatable({
    json = options.json, quiet = options.quiet, is_terminal = is_terminal, log = log,
    bar_width = shows_bar and width or nil,
  }, Output)
end

local function note(self, priority, text)
  if self.log then self.log:write(priority, text) end
end

-- --- results ---------------------------------------------------------------

-- A full disk or a closed pipe is an error.
local function write(text)
  local ok, message = io.stdout:write(text)
  if ok then ok, message = io.stdout:flush() end
  if not ok then error(Error.new { kind = "local", detail = "standard output: " .. message }, 0) end
end

local WIDTH = 80 -- columns where there is no terminal

--- Prints a text behind a label by say(), in lines that fit the terminal.
function Output.say_behind(label, text, say)
  for _, line in ipairs(format.behind(label, text, host.terminal_width(STDOUT) or WIDTH)) do
    say("%s", line)
  end
end

local function make_line(self, pattern, ...)
  local line = select("#", ...) > 0 and pattern:format(...) or pattern
  return (self.is_terminal and format.printable(line) or line) .. "\n"
end

--- Prints the result of a command; raises an error if that fails.
-- @param result what the command returned
-- @tparam[opt] function show show(result, say, output) prints the lines of the plain form by say()
function Output:result(result, show)
  if self.json then return write(json.encode(result) .. "\n") end
  if not show then return end
  local lines = {}
  show(result, function(...) lines[#lines + 1] = make_line(self, ...) end, self)
  write(table.concat(lines))
end

--- Prints a line at once, below which the bar goes on; not as JSON.
function Output:say(...)
  if self.json then return end
  self:clear()
  write(make_line(self, ...))
end

--- Reports what was done, at once and in the log. A quiet program says nothing.
function Output:report(text)
  note(self, "info", text)
  if not self.quiet then self:say("%s", text) end
end

-- --- errors ----------------------------------------------------------------

--- Prints an error message, in one line.
function Output:complain(text)
  self:clear()
  text = tostring(text):gsub("%s+", " ")
  io.stderr:write("bg96-ftp: ", format.printable(text), "\n")
  note(self, "err", text)
end

--- An error as a value for JSON.
-- @param err an error object
-- @tparam[opt] string subject what it concerns, such as a file name
function Output.as_value(err, subject)
  return json.object {
    kind = err.kind, code = err.code, protocol = err.protocol, command = err.command,
    message = err.message, transferred = err.transferred, subject = subject,
  }
end

--- Reports a failure in a line on standard error.
-- @param err an error object
-- @tparam[opt] string subject
function Output:warn(err, subject)
  local text = err.kind == "defect" and err.message or explain.line(err)
  self:complain(subject and ("%s: %s"):format(core.mask(subject), text) or text)
end

--- The same, and with --json an object as well. `text` replaces the line.
function Output:failure(err, subject, text)
  if text then self:complain(text) else self:warn(err, subject) end
  if not self.json then return end
  write(json.encode { error = self.as_value(err, subject and core.mask(subject)) } .. "\n")
end

--- Reports wrong usage, or anything else that was found before the module was opened.
-- @tparam string kind for JSON: "usage" or "local"
function Output:refuse(kind, problem)
  self:failure({ kind = kind, message = problem }, nil, problem)
end

-- --- what is going on --------------------------------------------------------

--- From now on nothing is shown but reports and failures, unless it is at a terminal: for a
-- service, whose output is a log.
-- @treturn boolean whether that is so, and tick() need not be called any more
function Output:only_report()
  self.shows_nothing = not self.bar_width
  return self.shows_nothing
end

local function is_hidden(self)
  return self.quiet or self.json or self.shows_nothing
end

-- What replaces the display.
local function display(self, new)
  self:clear()
  self.display = new
end

--- Shows what is being done from now on, until something else is.
-- @tparam[opt] string text such as "logging in"; nil for nothing
function Output:doing(text)
  if is_hidden(self) or not text then return display(self, nil) end
  display(self, Activity.new { text = text, stream = io.stderr, width = self.bar_width })
end

--- Shows the progress of a transfer from now on.
-- @tparam string name of the file
-- @tparam boolean takes_stdout whether the file goes to standard output
-- @treturn function for the library's `progress`; nil if nothing is to be shown
function Output:progress(name, takes_stdout)
  display(self, nil)
  if is_hidden(self) or (takes_stdout and self.is_terminal) then return nil end
  local bar = Progress.new { name = name, stream = io.stderr, width = self.bar_width }
  self.display = bar
  return function(done, total) bar:update(done, total) end
end

--- Has the display go on with time. Called while the program waits.
function Output:tick()
  if self.display then self.display:tick() end
end

--- Removes the display from the terminal, if it is there.
function Output:clear()
  if self.display then self.display:clear() end
end

--- Reports something that is no error.
function Output:note(text)
  note(self, "warning", text)
  if self.quiet then return end
  self:clear()
  io.stderr:write("bg96-ftp: ", format.printable(text), "\n")
end

--- Reports that a transfer was interrupted and will continue.
-- @param err an error object
-- @tparam number delay seconds until then
function Output:retry(err, delay)
  self:note(("%s; going on in %s"):format(explain.what(err), format.duration(delay)))
end

return Output
