--- One transfer that finishes at a time on a modem, first come, first served: two
-- that recover from failures would log each other out.

local Error = require "bg96.ftp.error"
local pause = require "bg96.ftp.pause"

local turn = {}

--- What a modem keeps of this. A ticket lives as long as somebody holds it: that of a
-- transfer whose coroutine is thrown away goes with it.
function turn.new()
  return { last = 0, tickets = setmetatable({}, { __mode = "v" }) }
end

local function is_first(turns, ticket)
  for number in pairs(turns.tickets) do
    if number < ticket.number then return false end
  end
  return true
end

--- Waits until all who came before have given their tickets back.
-- @param modem
-- @tparam string word of the command that waits, for errors
-- @tparam[opt] number ends_at on the modem's clock
-- @treturn table a ticket for turn.give(); or nil, err
function turn.take(modem, word, ends_at)
  local turns = modem.turns
  turns.last = turns.last + 1
  local ticket = { number = turns.last }
  turns.tickets[ticket.number] = ticket
  while not is_first(turns, ticket) do
    local left = ends_at and ends_at - modem.core:now() or 1
    if modem.is_closed or left <= 0 then
      turn.give(modem, ticket)
      if modem.is_closed then return Error.closed(word) end
      return nil, Error.new { kind = "timeout", command = word, reason = "no turn" }
    end
    pause.wait(modem, math.min(left, 1))
  end
  return ticket
end

--- Gives a ticket back.
function turn.give(modem, ticket)
  modem.turns.tickets[ticket.number] = nil
end

return turn
