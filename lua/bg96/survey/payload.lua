--- Payload of a survey. It holds no line end, so nothing in it looks like the module's words.

local payload = {}

local LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

--- Bytes of which a part tells where it stands.
-- @tparam number size
function payload.make(size)
  local parts, length = {}, 0
  while length < size do
    local part = ("%08d:%s;"):format(length, LETTERS)
    parts[#parts + 1], length = part, length + #part
  end
  return table.concat(parts):sub(1, size)
end

--- Makes an exchange ready for what follows the payload.
-- @tparam table exchange one with CONNECT
-- @tparam[opt] boolean is_local whether OK is the whole end, as for files in UFS
-- @treturn table the exchange
function payload.go_on(exchange, is_local)
  exchange.connected_at, exchange.final, exchange.failed = exchange.final_time, nil, nil
  exchange.wants_connect, exchange.wants_result = false, not is_local
  return exchange
end

return payload
