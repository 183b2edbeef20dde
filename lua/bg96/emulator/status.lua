--- Commands about card, network, clock and power saving that people type and scripts ask, and
-- that no transfer needs: their settings are kept and change nothing.
local arguments = require("bg96.emulator.arguments")

local any, integer, optional, text = arguments.any, arguments.integer, arguments.optional,
  arguments.text

local status = { words = {} }

local words = status.words

-- 2024-01-01 00:00:00: where the clock of the module stands at the beginning.
local EPOCH = { year = 2024, month = 1, day = 1, hour = 0 }

-- Like a module's, these settings outlast a restart.
local function kept(module)
  module.kept_settings = module.kept_settings or {}
  return module.kept_settings
end

-- Registration and signal.
local function cell_of(module)
  return module.cell
end

local function is_registered(module)
  local registration = cell_of(module).registration
  return registration == 1 or registration == 5
end

words["+CIMI"] = { test = true, needs_sim = true, exec = function(module)
  module:reply("262011234567890")
end }

words["+QCCID"] = { test = true, needs_sim = true, exec = function(module)
  module:reply("+QCCID: 8949000000000000001F")
end }

words["+QNWINFO"] = { test = true, exec = function(module)
  module:reply(is_registered(module) and '+QNWINFO: "CAT-M1","26201","LTE BAND 20",6300'
    or "+QNWINFO: No Service")
end }

words["+QCSQ"] = { test = '+QCSQ: "NOSERVICE","GSM","CAT-M1","CAT-NB1"', exec = function(module)
  local rssi = cell_of(module).rssi
  local is_heard = is_registered(module) and rssi <= 31
  module:reply(is_heard and ('+QCSQ: "CAT-M1",%d,%d,%d,-9'):format(2 * rssi - 113,
    2 * rssi - 140, 4 * rssi) or '+QCSQ: "NOSERVICE"')
end }

words["+CCLK"] = {
  test = true, kinds = { text(20) },
  read = function(module)
    local clock = kept(module).clock or { seconds = os.time(EPOCH), since = 0, zone = "+00" }
    local now = math.floor(clock.seconds + module.clock.now - clock.since)
    module:reply(('+CCLK: "%s%s"'):format(os.date("%y/%m/%d,%H:%M:%S", now), clock.zone))
  end,
  write = function(module, given)
    local year, month, day, hour, min, sec, zone =
      given:match("^(%d%d)/(%d%d)/(%d%d),(%d%d):(%d%d):(%d%d)([+-]%d%d)$")
    if not year then return false, 50 end
    kept(module).clock = { zone = zone, since = module.clock.now, seconds = os.time {
      year = 2000 + year, month = month, day = day, hour = hour, min = min, sec = sec } }
  end,
}

-- A setting that is a number.
local function number(word, low, high)
  words[word] = {
    test = ("%s: (%d-%d)"):format(word, low, high), kinds = { integer(low, high) },
    read = function(module) module:reply(("%s: %d"):format(word, kept(module)[word] or 0)) end,
    write = function(module, value) kept(module)[word] = value end,
  }
end

number("+CTZU", 0, 3)
number("+QSCLK", 0, 2)

words["+CPSMS"] = {
  test = "+CPSMS: (0,1),,,(\"00000000\"-\"11111111\"),(\"00000000\"-\"11111111\")",
  kinds = { integer(0, 2), optional(any(8)), optional(any(8)), optional(text(8)),
    optional(text(8)) },
  read = function(module)
    local saving = kept(module)["+CPSMS"] or { 0, "01100000", "00000000" }
    module:reply(('+CPSMS: %d,,,"%s","%s"'):format(saving[1], saving[2], saving[3]))
  end,
  write = function(module, mode, _, _, update, active)
    kept(module)["+CPSMS"] = { mode, update or "01100000", active or "00000000" }
  end,
}

-- The rows of AT+QCFG that concern the network.
local rows = {
  nwscanseq = "00", nwscanmode = "0", iotopmode = "0", servicedomain = "1", roamservice = "255",
  band = "0xf,0x100002000000000f0e189f,0x100002000000000f0e189f",
}

words["+QCFG"] = {
  test = { '+QCFG: "nwscanseq",(00,01,02,03),(0,1)', '+QCFG: "nwscanmode",(0,1,3),(0,1)',
    '+QCFG: "iotopmode",(0-2),(0,1)', '+QCFG: "servicedomain",(0-2),(0,1)',
    '+QCFG: "roamservice",(1,2,255),(0,1)', '+QCFG: "band",(0-F),(0-FF),(0-FF),(0,1)' },
  kinds = { text(20), optional(any(32)), optional(any(32)), optional(any(32)),
    optional(any(1)) },
  write = function(module, name, first, ...)
    name = name:lower()
    if not rows[name] then return false, 50 end
    local key = "+QCFG " .. name
    if not first then
      module:reply(('+QCFG: "%s",%s'):format(name, kept(module)[key] or rows[name]))
    elseif name == "band" then
      local second, third = ...
      if not second or not third then return false, 50 end
      kept(module)[key] = table.concat({ first, second, third }, ",")
    else
      kept(module)[key] = first
    end
  end,
}

return status
