--- Reading what a module answers.

local reading = {}

--- A text without the blanks that are outside quotes.
function reading.squeeze(text)
  local quoted = false
  return (text:gsub(".", function(character)
    if character == '"' then quoted = not quoted end
    if character == " " and not quoted then return "" end
  end))
end

--- The texts behind the colon of a result, without blanks around them: the first, and the rest.
-- @treturn string what stands before the first comma; nil where nothing is there
-- @treturn string what stands behind it; nil without a comma
function reading.split(result)
  local text = (result or ""):match("^%+%u+:%s*(.-)%s*$")
  if not text or text == "" then return nil end
  local first, rest = text:match("^([^,]-)%s*,%s*(.*)$")
  return first or text, rest
end

--- How an exchange ended, in a few words: "0,1000", "+CME ERROR: 603", "CONNECT". Blanks are left
-- out where they mean nothing.
function reading.outcome(exchange)
  if exchange.failed then return exchange.final end
  local text = (exchange.result or ""):match("^%+%u+:%s*(.-)%s*$")
  if text then return reading.squeeze(text) end
  if exchange.timed_out then return "no answer" end
  return exchange.connected and "CONNECT" or exchange.final
end

--- Whether an operation worked.
function reading.is_done(exchange)
  return not exchange.failed and reading.split(exchange.result) == "0"
end

local DIGITS_MAX = 10

--- A text as a whole number; nil where it is none, or too long to be one of ours.
function reading.whole(text)
  local digits = (text or ""):match("^%d+$")
  return digits and #digits <= DIGITS_MAX and tonumber(digits) or nil
end

--- The second number of a result, or the only one; nil where that is none.
function reading.number(exchange)
  local first, rest = reading.split(exchange.result)
  return reading.whole(rest or first)
end

--- Milliseconds, as a report has them.
function reading.ms(seconds)
  return ("%d ms"):format(math.floor(seconds * 1000 + 0.5))
end

--- Bytes a second, as a report has them.
function reading.rate(bytes, seconds)
  if seconds <= 0 then return "at once" end
  return ("%d B/s"):format(math.floor(bytes / seconds + 0.5))
end

return reading
