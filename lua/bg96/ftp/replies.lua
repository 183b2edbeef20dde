--- Reads the replies of modem:at(). What a module says by itself may have the word of the
-- command that runs, and another program's reply may come: so the line that has the shape of
-- a reply is taken, wherever it stands.

local Error = require "bg96.ftp.error"

local replies = {}

--- The captures of the first line that has a shape; nil where none has.
function replies.find(lines, pattern)
  for _, line in ipairs(lines) do
    local first, second = line:match(pattern)
    if first then return first, second end
  end
end

--- Asks the module.
-- @tparam string command as for modem:at()
-- @tparam string pattern that a reply has, with one or two captures
-- @tparam[opt] table options of modem:at()
-- @treturn string the captures of the first line that has it; or nil, err; the error has kind
--   "framing" where no line has it
function replies.ask(modem, command, pattern, options)
  local lines, err = modem:at(command, options)
  if not lines then return nil, err end
  local first, second = replies.find(lines, pattern)
  if first then return first, second end
  return nil, Error.new {
    kind = "framing", command = command:match("^%+%w+"), detail = "an unexpected answer",
  }
end

return replies
