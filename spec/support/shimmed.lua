--- The program of a shimmed child of spec/port/serialport_spec.lua: a whole session over the
-- port in its argument, and one line of output with the outcome.
--
--   lua5.4 shimmed.lua PORT FLOWCONTROL(none|rtscts) DTR(dtr|no-dtr)

local ftp = require "bg96.ftp"

local content = ("payload\r\nOK\r\n+++"):rep(300)

local function finish(...)
  print(...)
  os.exit(0, true)
end

local function describe(err)
  return ("%s %s"):format(err.kind, tostring(err.code))
end

local modem, err = ftp.open { port = arg[1], flowcontrol = arg[2], dtr = arg[3] == "dtr" or nil }
if not modem then finish("failed", describe(err)) end

local function check(value, problem)
  if value ~= nil then return value end
  modem:close()
  finish("failed", describe(problem))
end

check(modem:activate { apn = "internet" })
local session = check(modem:login { host = "ftp.example.com", user = "me", password = "secret" })
check(session:put("f", content))
local copy = check(session:get("f"))
check(session:close())
modem:close()
finish(copy == content and "whole" or "different")
