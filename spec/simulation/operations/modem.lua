--- Calls of the modem itself, which need no session.

local checks = require "spec.simulation.operations.checks"
local habits = require "spec.support.habits"
local payload = require "spec.simulation.payload"

local modem = {}

local answers = {
  ["+CSQ"] = "+CSQ: 24,0", [""] = "", ["+CPIN?"] = "+CPIN: READY",
  ['+QFTPCFG="account"'] = '+QFTPCFG: "account"',
}

modem.at = {
  words = { "", "+CSQ", "+CPIN", "+QFTPCFG" },
  seconds = function(op, timeout) return (op.timeout or timeout) + 0.1 end, is_plain = true,
  run = function(context, op)
    local lines, err = context.modem:at(op.command, {
      interrupt = op.interrupt or nil, timeout = op.timeout,
    })
    return lines and table.concat(lines, "\n"), err
  end,
  check = function(context, op, value)
    local wanted = answers[op.command]
    -- A command without a word may have any line as its reply (AT&V has "&C: 1").
    if op.command == "" and (context.struck.urc or context.struck.chatter) then return nil end
    -- What it says of the account is not for the trace, and depends on who has logged in.
    if op.command:find("account", 1, true) then value = value:match('^[^,]*') end
    -- "+CPIN: READY" comes unasked as well, and nobody can tell which is which.
    if op.command == "+CPIN?" then value = value:match("^[^\n]*") end
    if not checks.is_reply(value, wanted) then return ("%q"):format(value) end
  end,
}

-- `calls`: how many commands it waits for, each as long as the modem's timeout; `seconds`
-- besides.
local function plain(words, run, check, calls, seconds)
  return { words = words, run = run, check = check, is_plain = true,
    seconds = function(_, timeout) return calls * (timeout + 0.1) + (seconds or 0) end }
end

modem.signal = plain({ "+CSQ" }, function(context) return context.modem:signal() end,
  function(_, _, value) if value.rssi ~= 24 then return tostring(value.rssi) end end, 1)

modem.info = plain({ "+CGMI", "+CGMM", "+CGMR", "+CGSN" },
  function(context) return context.modem:info() end,
  function(_, _, value)
    if value.model ~= habits.identity("model", "BG96") then return "a " .. value.model end
  end, 4)

modem.contexts = plain({ "+QIACT" }, function(context) return context.modem:contexts() end,
  function(_, _, value) if #value > 1 then return #value .. " contexts" end end, 1, 30)

modem.activate = plain({ "+QIACT", "+QICSGP", "+QIDEACT" },
  function(context) return context:activate() end, checks.equals("10.7.157.1"), 0, 520)

modem.deactivate = plain({ "+QIACT", "+QIDEACT" },
  function(context) return context.modem:deactivate() end, checks.equals(true), 1, 120)
modem.deactivate.ends_session = true

modem.reboot = plain({ "+CFUN", "+QFTPSTAT", "+QFTPCLOSE", "+CPIN" },
  function(context) return context.modem:reboot() end, checks.equals(true), 2, 120)
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
  function(_, op) if not op.is_same then return "the file in UFS is another" end end, 4, 400)
modem.ufs.carries_payload = true

modem.files = plain({ "+QFLST" }, function(context) return context.modem:files() end,
  function() end, 1)

modem.space = plain({ "+QFLDS" }, function(context) return context.modem:space() end,
  function(_, _, value) if value.free > value.total then return "more free than there is" end end,
  1)

modem.unlock = plain({ "+CPIN" }, function(context) return context.modem:unlock("1234") end,
  checks.equals(true), 2)

-- Where other coroutines use the module, or a slow one, a question may run out of time.
local function has_run_out_of_time(context, item)
  return context.is_shared and (item.detail:find("its turn did not come", 1, true)
    or context.is_slow and item.detail:find("no answer in time", 1, true))
end

modem.diagnose = plain(
  { "+CPIN", "+CSQ", "+CEREG", "+CGREG", "+COPS", "+CGATT", "+QICSGP", "+QIACT", "+QIDNSCFG" },
  function(context) return context.modem:diagnose() end,
  function(context, _, value)
    if #value ~= 7 then return #value .. " items" end
    for _, item in ipairs(value) do
      local is_fixed = item.name == "SIM" or item.name == "signal" or item.name == "registration"
        or item.name == "attach"
      local is_sure = not context.has_faults and not context.module.quirks["slow-sim"]
      if is_fixed and not item.ok and is_sure and not has_run_out_of_time(context, item) then
        return ("a false NO: %s, %s"):format(item.name, item.detail)
      end
    end
  end, 11)

-- A line that the module says by itself, and a command during which it does.
modem.listen = plain({ "+CSQ" },
  function(context, op)
    op.before = #context.heard
    context.module:fault({ kind = "urc", command = "CSQ", when = op.when, line = op.line })
    local signal, err = context.modem:signal()
    if not signal then return nil, err end
    return context.modem:at("")
  end,
  function(context, op)
    for i = op.before + 1, #context.heard do
      if context.heard[i] == op.line then return nil end
    end
    if not context.has_faults then return "the line was not heard" end
  end, 2)

return modem
