--- Fetches a part of a remote file that is known to have it: SIZE is not asked.

local Error = require "bg96.ftp.error"
local sink = require "bg96.ftp.sink"

--- @param session
-- @tparam string name of the remote file
-- @tparam integer offset
-- @tparam integer length
-- @treturn string the bytes; or nil, err
return function(session, name, offset, length)
  local core = session.modem.core
  if not core:is_session_open() then return Error.closed("+QFTPGET", "lost") end
  local silence = session.timeout * 1000
  local task = core:download(silence, silence, "+QFTPGET", name, offset, length, "known")
  return sink.fill(session.modem, task, {})
end
