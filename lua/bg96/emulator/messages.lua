--- Messages between the program that runs an emulator inside itself and the thread that the
-- emulator is in: lists of strings, each with its length in front, over a socket.
local messages = {}

--- Sends the strings. Returns true, or nil and a message.
function messages.send(socket, ...)
  local parts = { ("%d\n"):format(select("#", ...)) }
  for i = 1, select("#", ...) do
    local text = tostring((select(i, ...)))
    parts[#parts + 1] = #text .. "\n" .. text
  end
  local ok, message = socket:write(table.concat(parts))
  if ok then ok, message = socket:flush() end
  if ok then return true end
  return nil, tostring(message)
end

local function read_number(socket)
  return tonumber((socket:read("*l")))
end

--- Waits for a message. Returns its strings as an array, or nil if there will be none.
function messages.receive(socket)
  local count = read_number(socket)
  if not count then return nil end
  local strings = {}
  for i = 1, count do
    local size = read_number(socket)
    if not size then return nil end
    strings[i] = size == 0 and "" or socket:read(size)
    if not strings[i] or #strings[i] < size then return nil end
  end
  return strings
end

--- Prepares a socket for messages.
function messages.prepare(socket)
  socket:setmode("bf", "bf")
  socket:setmaxline(64)
end

return messages
