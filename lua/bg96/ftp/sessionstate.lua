--- Whether a session can be used, and what its calls take as names.

local Error = require "bg96.ftp.error"
local check = require "bg96.ftp.check"
local core = require "bg96.core"

local state = {}

--- Whether a session is over for good: it or its modem was closed, or another login was made.
-- upload() and download() bring back one that was merely lost.
function state.is_over(session)
  local modem = session.modem
  if session.is_closed or modem.is_closed then return true end
  return session.number ~= nil and session.number ~= modem.core:session()
end

--- Whether it was lost: it, or its context or module, has ended by itself.
function state.is_lost(session)
  return session.number ~= nil and not session.modem.core:is_session_open()
end

--- Whether its calls fail.
function state.is_closed(session)
  return state.is_over(session) or state.is_lost(session)
end

--- What a call on such a session returns.
function state.closed(session, command)
  return Error.closed(command, not state.is_over(session) and "lost" or nil)
end

--- How many bytes the first, or another, argument of a command may have: as the table of the
-- core says, or less where the module takes less.
function state.name_size(session, word, index)
  local family = session.modem.family
  return family and family.name or core.commands[word].arguments[index or 1].max
end

--- The rule for that argument.
function state.name_rule(session, word, index)
  return check.text(1, state.name_size(session, word, index))
end

return state
