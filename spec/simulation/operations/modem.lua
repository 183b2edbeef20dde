--- Calls of the modem itself, which need no session.

local checks = require "spec.simulation.operations.checks"
local payload = require "spec.simulation.payload"

local modem = {}

local answers = {
  ["+CSQ"] = "+CSQ: 24,0", [""] = "", ["+CPIN?"] = "+CPIN: READY",
  ['+QFTPCFG="account"'] = '+QFTPCFG: "account",',
}

modem.at = {
  words = { "", "+CSQ", "+CPIN", "+QFTPCFG" }, seconds = function() return 10.1 end,
  is_plain = true,
  run = function(context, op)
    local lines, err = context.modem:at(op.command, { interrupt = op.interrupt or nil })
    return lines and table.concat(lines, "\n"), err
  end,
  check = function(_, op, value)
    local wanted = answers[op.command]
    -- "+CPIN: READY" may be unsolicited as well, and looks the same.
    if op.command == "+CPIN?" then value = value:match("^[^\n]*") end
    if value:sub(1, #wanted) ~= wanted or value:find("\n") then return ("%q"):format(value) end
  end,
}

local function plain(words, run, check, seconds)
  return { words = words, run = run, check = check, is_plain = true,
    seconds = function() return seconds end }
end

modem.signal = plain({ "+CSQ" }, function(context) return context.modem:signal() end,
  function(_, _, value) if value.rssi ~= 24 then return tostring(value.rssi) end end, 10.1)

modem.info = plain({ "+CGMI", "+CGMM", "+CGMR", "+CGSN" },
  function(context) return context.modem:info() end,
  function(_, _, value)
    if value.model ~= "BG96" then return "a " .. value.model end
  end, 40.5)

modem.contexts = plain({ "+QIACT" }, function(context) return context.modem:contexts() end,
  function(_, _, value) if #value > 1 then return #value .. " contexts" end end, 40)

modem.activate = plain({ "+QIACT", "+QICSGP", "+QIDEACT" },
  function(context) return context:activate() end, checks.equals("10.7.157.1"), 520)

modem.deactivate = plain({ "+QIACT", "+QIDEACT" },
  function(context) return context.modem:deactivate() end, checks.equals(true), 120)
modem.deactivate.ends_session = true

modem.reboot = plain({ "+CFUN", "+QFTPSTAT", "+QFTPCLOSE" },
  function(context) return context.modem:reboot() end, checks.equals(true), 120)
modem.reboot.ends_session = true

modem.ufs = plain({ "+QFUPL", "+QFDEL", "+QFLST", "+QFDWL", "+QFOPEN", "+QFCLOSE" },
  function(context, op)
    local data = payload.make(op.content)
    local file = context.modem:ufs("own" .. context.root:sub(2))
    local value, err = file:write(data)
    if not value then return nil, err end
    value, err = file:read()
    if not value then return nil, err end
    op.is_same = value == data or #op.wounds > 0 and checks.are_alike(value, data)
    return file:remove()
  end,
  function(_, op) if not op.is_same then return "the file in UFS is another" end end, 400)
modem.ufs.carries_payload = true

modem.files = plain({ "+QFLST" }, function(context) return context.modem:files() end,
  function() end, 10.1)

modem.space = plain({ "+QFLDS" }, function(context) return context.modem:space() end,
  function(_, _, value) if value.free > value.total then return "more free than there is" end end,
  10.1)

modem.unlock = plain({ "+CPIN" }, function(context) return context.modem:unlock("1234") end,
  checks.equals(true), 20.2)

modem.diagnose = plain(
  { "+CPIN", "+CSQ", "+CEREG", "+CGREG", "+CGATT", "+QICSGP", "+QIACT", "+QIDNSCFG" },
  function(context) return context.modem:diagnose() end,
  function(_, _, value) if #value ~= 7 then return #value .. " items" end end, 200)

return modem
