--- The output of the program: results on standard output, as plain lines or as one JSON
-- value; errors and progress on standard error.

local Error = require "bg96.ftp.error"
local Progress = require "bg96.cli.progress"
local core = require "bg96.core"
local format = require "bg96.cli.format"
local host = require "bg96.cli.host"

local Output = {}
Output.__index = Output

local STDOUT, STDERR = 1, 2

--- @tparam table options json, quiet, verbose (booleans)
function Output.new(options)
  local width = function() return host.terminal_width(STDERR) or 80 end
  local is_terminal = host.terminal_width(STDOUT) ~= nil
  local shows_bar = is_terminal and host.terminal_width(STDERR) and not options.verbose
  return setmetatable({
    json = options.json, quiet = options.quiet, is_terminal = is_terminal,
    bar_width = shows_bar and width or nil,
  }, Output)
end

-- --- JSON ------------------------------------------------------------------

local function prepare(value)
  if type(value) == "string" then return format.utf8(value) end
  if type(value) ~= "table" then return value end
  local copy = setmetatable({}, getmetatable(value))
  for key, item in pairs(value) do copy[prepare(key)] = prepare(item) end
  return copy
end

-- The order of the keys in an object.
local KEY_ORDER = {
  "name", "path", "type", "kind", "command", "code", "protocol", "subject", "message", "ok",
  "detail", "advice", "size", "modify", "bytes", "sent", "seconds", "attempts", "resumed",
  "transferred", "facts", "files", "free", "total", "vid", "pid", "description",
}

local function encode(value)
  return require("dkjson").encode(prepare(value), { keyorder = KEY_ORDER })
end

--- Makes a table an object in JSON, even where it is empty.
function Output.object(fields)
  return setmetatable(fields, { __jsontype = "object" })
end

-- --- results and errors ----------------------------------------------------

-- A full disk or a closed pipe is an error.
local function write(text)
  local ok, message = io.stdout:write(text)
  if ok then ok, message = io.stdout:flush() end
  if not ok then error(Error.new { kind = "local", detail = "standard output: " .. message }, 0) end
end

--- Prints the result of a command; raises an error if that fails.
-- @param result what the command returned
-- @tparam[opt] function show show(result, say) prints the lines of the plain form by say()
function Output:result(result, show)
  if self.json then return write(encode(result) .. "\n") end
  if not show then return end
  local lines = {}
  show(result, function(pattern, ...)
    local line = select("#", ...) > 0 and pattern:format(...) or pattern
    lines[#lines + 1] = (self.is_terminal and format.printable(line) or line) .. "\n"
  end)
  write(table.concat(lines))
end

--- Prints an error message, in one line.
function Output.complain(text)
  io.stderr:write("bg96-ftp: ", format.printable((tostring(text):gsub("%s+", " "))), "\n")
end

-- Advice of the library in terms of Lua, and the same for a shell.
local in_a_shell = {
  { "ftp.ports()", "bg96-ftp ports" },
  { "modem:activate{ apn = ... }", "apn = NAME in the configuration" },
  { "activate it with modem:activate()", "log in, which activates it" },
  { "call modem:activate() and log in again", "try again" },
  { "modem:unlock(pin)", "pin = PIN in the configuration" },
  { 'modem:at("+CGATT=1")', "bg96-ftp at +CGATT=1" },
  { "allow more time; a later call goes on from here",
    "give a longer --deadline; the same command goes on from here" },
}

--- Translates advice of the library for a user at a shell.
function Output.translate(text)
  for _, pair in ipairs(in_a_shell) do
    local first, last = text:find(pair[1], 1, true)
    if first then text = text:sub(1, first - 1) .. pair[2] .. text:sub(last + 1) end
  end
  return text
end

--- Reports a failure: a line on standard error, and with --json an object as well.
-- @param err an error object
-- @tparam[opt] string subject what it concerns, such as a file name
function Output:failure(err, subject)
  subject = subject and core.mask(subject)
  local text = self.translate(err.kind == "defect" and err.message or tostring(err))
  self.complain(subject and ("%s: %s"):format(subject, text) or text)
  if not self.json then return end
  write(encode { error = Output.object {
    kind = err.kind, code = err.code, protocol = err.protocol, command = err.command,
    message = err.message, transferred = err.transferred, subject = subject,
  } } .. "\n")
end

-- --- progress ---------------------------------------------------------------

--- Shows the progress of a transfer from now on.
-- @tparam string name of the file
-- @tparam boolean takes_stdout whether the file goes to standard output
-- @treturn function for the library's `progress`; nil if nothing is to be shown
function Output:progress(name, takes_stdout)
  if self.quiet or self.json or (takes_stdout and self.is_terminal) then return nil end
  local display = Progress.new { name = name, stream = io.stderr, width = self.bar_width }
  self.display = display
  return function(done, total) display:update(done, total) end
end

--- Removes the bar, if there is one.
function Output:clear()
  if self.display then self.display:clear() end
end

-- The error in one line without advice: the program itself tries again.
local function describe(err)
  local plain = setmetatable({}, getmetatable(err))
  for name, value in pairs(err) do plain[name] = value end
  plain.advice = nil
  return tostring(plain)
end

--- Reports that a transfer was interrupted and will continue.
-- @param err an error object
-- @tparam number delay seconds until then
function Output:retry(err, delay)
  if self.quiet then return end
  self:clear()
  self.complain(("%s; going on in %s"):format(describe(err), format.duration(delay)))
end

return Output
