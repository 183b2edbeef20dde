--- The control connection of the network backend: commands out, replies in
-- (RFC 959, 4.2). Everything here waits, inside a coroutine of cqueues.
local errno = require("cqueues.errno")
local socket = require("cqueues.socket")

local control = {}
control.__index = control

local LINE_MAX = 8192

-- Seconds to wait for a server's reply to a transfer that was cut.
local PATIENCE = 2

-- Errors are returned with their number, not thrown.
local function give_back(_, _, code)
  return code
end

--- Makes a socket return its errors, binary, without buffering of what is written.
function control.tame(raw)
  raw:onerror(give_back)
  raw:setmode("bn", "bn")
  raw:setmaxline(LINE_MAX)
  return raw
end

--- A socket on its way to `host`. `name` is what TLS tells the server, or false.
function control.dial(host, port, name)
  return control.tame(socket.connect({ host = host, port = port, nodelay = true,
    sendname = name or false }))
end

--- Connects to `host`; `options`: `timeout` in seconds and `name` as for `dial`. The
-- connection tells `note(step)`, a field of it, what it does; see bg96.emulator.air.
-- Returns the connection, or nil and the module's code: 604 if the name does
-- not resolve, 606 if nobody listens.
function control.connect(host, port, options)
  local raw = control.dial(host, port, options.name)
  local connected, code = raw:connect(options.timeout)
  if not connected then
    raw:close()
    -- cqueues has negative numbers for errors of name resolution.
    return nil, type(code) == "number" and code < 0 and 604 or 606
  end
  -- For cqueues.poll, to see that the server speaks unasked.
  local readable = { pollfd = raw:pollfd(), events = "r" }
  return setmetatable({ socket = raw, readable = readable, heard = 0 }, control)
end

local function read_line(self)
  local line, problem = self.socket:read("*L")
  if not line or line:sub(-1) ~= "\n" then return nil, problem end
  self.heard = self.heard + #line
  return (line:gsub("\r?\n$", ""))
end

local function read_reply(self)
  local line, problem = read_line(self)
  if not line then return nil, problem end
  local code, separator, text = line:match("^(%d%d%d)([ -]?)(.*)$")
  if not code then return nil end
  local lines = { text }
  while separator == "-" do
    line = read_line(self)
    if not line then return nil end
    lines[#lines + 1] = line
    if line:sub(1, 4) == code .. " " then break end
  end
  return tonumber(code), table.concat(lines, "\n")
end

-- Reads a reply as the end of `step` (of bg96.emulator.air), and tells of it.
local function end_step(self, step)
  self.heard = 0
  local code, text = read_reply(self)
  step.down = self.heard
  self.note(step)
  return code, text
end

--- The next reply: its code and text (the lines of a longer one with line
-- feeds between them), or nil and an error's number if the connection is lost.
-- `kind` is "greeting" or "reply" (which is meant if it is left out).
function control:reply(kind)
  return end_step(self, { kind = kind or "reply" })
end

--- Sends a command line and gives its reply, as above.
function control:ask(word, argument)
  local line = (argument and word .. " " .. argument or word) .. "\r\n"
  if not self.socket:write(line) then return nil end
  self.socket:flush()
  return end_step(self, { kind = "command", word = word, up = #line })
end

--- The reply to a transfer that was cut from here. pure-ftpd over TLS may send none
-- (seen with 1.0.50). A NOOP then tells, as replies come in order. Returns the code, or
-- nil if the connection is lost.
function control:reply_to_cut()
  self.socket:settimeout(PATIENCE)
  local code, problem = self:reply()
  self.socket:settimeout(nil)
  if code or problem ~= errno.ETIMEDOUT then return code end
  self.socket:clearerr("r")
  code = self:ask("NOOP")
  if code == 200 then return 226 end
  return self:reply() and code -- it was only late; the NOOP's reply is behind it
end

--- The address of the server, and ours, as numbers in text.
function control:addresses()
  local _, there = self.socket:peername()
  local _, here = self.socket:localname()
  return there, here
end

--- Starts TLS. Returns whether that worked.
function control:secure(tls, timeout)
  self.note { kind = "tls" }
  return tls:start(self.socket, timeout)
end

--- Cuts the connection; a coroutine that waits for it goes on with nothing.
function control:cut()
  self.socket:shutdown("rw")
end

function control:close()
  self.socket:close()
end

return control
