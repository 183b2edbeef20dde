--- A readable log of both directions: one line for each line of commands and
-- answers, payload as counts, secrets as ***.
local trace = {}
trace.__index = trace

--- Writes to `file`; times are shown as seconds since the first event.
function trace.new(file)
  return setmetatable({ file = file, text = { ["<"] = "", [">"] = "" },
    count = { ["<"] = 0, [">"] = 0 } }, trace)
end

-- What is masked, and by what.
local SECRETS = {
  { pattern = '([Qq][Ff][Tt][Pp][Cc][Ff][Gg][=:]%s*"[Aa][Cc][Cc][Oo][Uu][Nn][Tt]")(.+)', '%1,***' },
  { pattern = '([Qq][Ii][Cc][Ss][Gg][Pp]=%d+,%d+,"[^"]*")(,.+)', '%1,***' },
  { pattern = '(%+[Qq][Ii][Cc][Ss][Gg][Pp]: %d+,"[^"]*")(,.+)', '%1,***' },
  { pattern = '([Cc][Pp][Ii][Nn]=)(.+)', '%1***' },
}

--- `line` without the account, the PIN and the password of the access point.
function trace.mask(line)
  for _, secret in ipairs(SECRETS) do line = line:gsub(secret.pattern, secret[1]) end
  return line
end

local function printable(line)
  return (line:gsub("[%c\127-\255]", function(char) return ("\\x%02X"):format(char:byte()) end))
end

local function write(self, direction, text)
  self.file:write(("%10.4f %s %s\n"):format(self.now - self.start, direction, text))
end

local function flush_count(self, direction)
  if self.count[direction] > 0 then
    write(self, direction, ("[%d bytes]"):format(self.count[direction]))
    self.count[direction] = 0
  end
end

local function flush_text(self, direction)
  if self.text[direction] ~= "" then
    write(self, direction, printable(trace.mask(self.text[direction])))
    self.text[direction] = ""
  end
end

--- Takes an event of the module: { now=, direction=, bytes=, payload= }.
function trace:event(event)
  self.now = event.now
  self.start = self.start or event.now
  local direction = event.direction
  if event.payload then
    flush_text(self, direction)
    self.count[direction] = self.count[direction] + #event.bytes
    return
  end
  flush_count(self, "<")
  flush_count(self, ">")
  local text = self.text[direction] .. event.bytes
  for line in text:gmatch("([^\r\n]*)[\r\n]+") do
    if line ~= "" then write(self, direction, printable(trace.mask(line))) end
  end
  self.text[direction] = text:match("[^\r\n]*$")
  self.file:flush()
end

--- Writes what is still pending and closes the file.
function trace:close()
  if self.now then
    for _, direction in ipairs { "<", ">" } do
      flush_count(self, direction)
      flush_text(self, direction)
    end
  end
  self.file:close()
end

return trace
