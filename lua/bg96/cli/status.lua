--- Exit statuses. Each stands for what a script can do about it.

local failure = require "bg96.ftp.transfer.failure"

local status = {
  DONE = 0, FAILED = 1,
  USAGE = 2,   -- correct the command line or the configuration
  REFUSED = 3, -- the server says no, and will say so again
  LINK = 4,    -- the network, or a server that is busy: try later
  MODULE = 5,  -- the module, its SIM, or the serial port
  FILE = 6,    -- a local file
  SIGNALLED = 128,
}

-- +CME ERROR codes about the network: none, timeout, not allowed, GPRS.
local is_network = { [30] = true, [31] = true, [32] = true, [148] = true }

-- Results of the module that are about its own flash.
local is_flash = { [611] = true, [612] = true, [613] = true }

-- Whether a command goes out to the network.
local function is_remote(command)
  return command ~= nil and (command:find("^%+QFTP") or command:find("^%+QIACT")) ~= nil
end

local by_kind = {
  port = status.MODULE, reset = status.MODULE, framing = status.MODULE,
  pdp = status.LINK, deadline = status.LINK, ["local"] = status.FILE, usage = status.USAGE,
}

--- The exit status for an error object.
function status.of(err)
  local kind = err.kind
  if kind == "ftp" then
    if is_flash[err.code] and not err.protocol then return status.MODULE end
    return failure.is_permanent(err) and status.REFUSED or status.LINK
  elseif kind == "cme" then
    return is_network[err.code] and status.LINK or status.MODULE
  elseif kind == "error" or kind == "timeout" then
    return is_remote(err.command) and status.LINK or status.MODULE
  elseif kind == "closed" then
    return err.reason == "lost" and status.LINK or status.FAILED
  end
  return by_kind[kind] or status.FAILED
end

return status
