--- Who the module is.

local family_of = require "bg96.ftp.families"
local replies = require "bg96.ftp.replies"

local unpack = table.unpack or unpack -- luacheck: std max

local identity = {}

-- What names the module, and the command with the shape of its reply. Some siblings put the
-- word of the command in front.
local names = {
  { "manufacturer", "+CGMI", "^(.+)$" },
  { "model", "+CGMM", "^(.+)$" },
  { "revision", "+CGMR", "^(.+)$" },
  { "imei", "+CGSN", '^"?(%d+)"?$' },
}

--- See modem:info().
function identity.ask(modem)
  local info = {}
  for _, question in ipairs(names) do
    local name, command, shape = unpack(question)
    local answer, err = replies.ask(modem, command, shape)
    if not answer then return nil, err end
    info[name] = answer
  end
  info.revision = info.revision:gsub("^Revision:%s*", "")
  modem.imei, modem.family = info.imei, family_of(info.model)
  info.family = modem.family[1]
  return info
end

local refusals = { cme = true, error = true, framing = true }

--- The row of bg96.ftp.families for the module, which is asked for its model once.
-- @tparam number timeout in seconds
-- @treturn table; or nil, err
function identity.family(modem, timeout)
  if modem.family then return modem.family end
  local _, command, shape = unpack(names[2])
  local model, err = replies.ask(modem, command, shape, { timeout = timeout })
  if not model and not refusals[err.kind] then return nil, err end
  modem.family = family_of(model or "")
  return modem.family
end

--- What no other module has, asked for once; "" where it does not tell.
function identity.imei(modem)
  if not modem.imei then
    local _, command, shape = unpack(names[4])
    modem.imei = replies.ask(modem, command, shape)
  end
  return modem.imei or ""
end

return identity
