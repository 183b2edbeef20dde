--- The way to module and server: opens and logs in when a command asks for it, says what it is
-- doing, and ends all of it together.

local connection = require "bg96.cli.connection"
local core = require "bg96.core"
local format = require "bg96.cli.format"
local signals = require "bg96.cli.signals"

local Link = {}
Link.__index = Link

-- Shows lines with the seconds since the first. `bg96-emulator --replay` reads them.
local function new_trace()
  local start
  return function(direction, text)
    local now = core.now()
    start = start or now
    io.stderr:write(("%9.3f %s %s\n"):format(now - start, direction, format.printable(text)))
  end
end

--- @tparam table settings as settings.resolve() gives them
-- @tparam table output see bg96.cli.output
-- @tparam boolean is_verbose whether to show what goes over the serial line
function Link.new(settings, output, is_verbose)
  return setmetatable({
    settings = settings, output = output, trace = is_verbose and new_trace() or nil,
  }, Link)
end

--- Opens the module, if it is not open.
-- @return a modem; or nil, err
function Link:open()
  if self.modem then return self.modem end
  local port = self.settings.port
  self.output:doing("opening " .. (port == "auto" and "the module" or port))
  local err
  self.modem, err = connection.open(self.settings, signals.wait, self.trace)
  self.output:doing(nil)
  return self.modem, err
end

--- Logs in, if there is no session that works.
-- @return a session; or nil, err
function Link:login()
  local modem, err = self:open()
  if not modem then return nil, err end
  if self.session and not self.session:is_over() then return self.session end
  self.session, err = connection.login(modem, self.settings, function(text)
    self.output:doing(text)
  end)
  self.output:doing(nil)
  return self.session, err
end

--- Logs out and gives the port back.
function Link:close()
  local modem = self.modem
  self.modem, self.session = nil, nil
  if modem then modem:close() end
end

return Link
