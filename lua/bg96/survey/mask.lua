--- What a report must not hold: account, names of servers, numbers of module and card,
-- addresses.

local mask = {}

local SHORTEST = 4 -- characters of a secret that is replaced without quotes around it

local function escape(text)
  return (text:gsub("%p", "%%%0"))
end

-- Replaces `secret` in quotes, and by itself where it is no common word.
local function hide(text, secret, name)
  if secret == "" then return text end
  text = text:gsub('"' .. escape(secret) .. '"', '"' .. name .. '"')
  if #secret >= SHORTEST then text = text:gsub(escape(secret), name) end
  return text
end

-- Where the module is (cells) and who calls: whatever is in quotes, and long numbers.
local function hide_place(text)
  if text:find("^%+C[EG]?REG:") or text:find("^%+QIACT:") then
    return (text:gsub('"[^"]*"', '"x"'))
  elseif text:find("^%+C") then
    return (text:gsub("%d%d%d%d%d%d%d+", "x"))
  end
  return text
end

-- IMEI, IMSI and the number of the card: their first digits tell maker and network.
local function shorten(digits)
  return digits:sub(1, 6) .. ("x"):rep(#digits - 6)
end

--- Makes a function that masks a text.
-- @tparam table secrets an array of { text, what stands in its place }, to which more may be added
function mask.new(secrets)
  return function(text)
    text = hide_place(text)
    for _, secret in ipairs(secrets) do text = hide(text, secret[1], secret[2]) end
    text = text:gsub("%d+", function(digits)
      return #digits >= 15 and shorten(digits) or nil
    end)
    return (text:gsub("%d+%.%d+%.%d+%.%d+", "x.x.x.x"))
  end
end

--- Shows control characters and bytes beyond ASCII.
function mask.printable(text)
  return (text:gsub("[%z\1-\31\127-\255]", function(byte)
    if byte == "\r" then return "\\r" end
    return ("\\x%02x"):format(byte:byte())
  end))
end

return mask
