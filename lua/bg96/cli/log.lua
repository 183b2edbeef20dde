--- The log of --log: a line for each thing that was done or has failed, with its time, in a
-- file; or to syslog by logger(1), which adds the time.

local format = require "bg96.cli.format"

local Log = {}
Log.__index = Log

--- Opens a log.
-- @tparam string where "syslog", or the path of a file that is appended to
-- @return a log; or nil, message
function Log.open(where)
  if where == "syslog" then return setmetatable({}, Log) end
  local file, message = io.open(where, "a")
  if not file then return nil, message end
  file:setvbuf("line")
  return setmetatable({ file = file }, Log)
end

-- Each line is a program of its own, because not every logger takes priorities from its input.
local function send(priority, text)
  local logger = io.popen("logger -t bg96-ftp -p daemon." .. priority, "w")
  if not logger then return end
  logger:write(text, "\n")
  logger:close()
end

--- Writes one line, whatever the names of files in it hold. A log that cannot be written
-- ends nothing.
-- @tparam string priority "info", "warning" or "err"
-- @tparam string text
function Log:write(priority, text)
  text = format.printable((text:gsub("%s+", " ")))
  if not self.file then return send(priority, text) end
  self.file:write(os.date("!%Y-%m-%dT%H:%M:%SZ "), priority, " ", text, "\n")
end

return Log
