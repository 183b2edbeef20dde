--- The general commands: identity, answers, serial line, power.
local arguments = require("bg96.emulator.arguments")
local unpack = require("bg96.emulator.compat").unpack

local integer, optional = arguments.integer, arguments.optional

local general = { words = {} }

local words = general.words

local MANUFACTURER, MODEL, FIRMWARE = "Quectel", "BG96", "BG96MAR02A07M1G"
local IMEI = "866425030000001"

-- A basic command whose number must be in a range; `set` stores it.
local function switch(low, high, set)
  return { exec = function(module, number)
    if number < low or number > high then return false, 50 end
    if set then set(module, number) end
  end }
end

local function says(field)
  return function(module) module:reply(module.identity[field]) end
end

words["AT"] = { exec = function() end }

words["E"] = switch(0, 1, function(module, number)
  if number == 0 and module.quirks["stubborn-echo"] then return end
  module.interpreter.echo = number == 1
end)
words["V"] = switch(0, 1, function(module, number) module.interpreter.verbose = number == 1 end)
words["Q"] = switch(0, 1, function(module, number) module.interpreter.quiet = number == 1 end)
words["&D"] = switch(0, 2, function(module, number) module.dtr_function = number end)
words["&C"] = switch(0, 1)
words["&W"] = switch(0, 1, function(module) module:save_profile() end)
words["&F"] = switch(0, 0, function(module) module:factory_profile() end)
words["Z"] = switch(0, 0, function(module) module:load_profile() end)
words["X"] = switch(0, 4)

-- S3 ends a command line, S3 and S4 break lines of answers, S5 takes a character back.
for _, name in ipairs { "s3", "s4", "s5" } do
  words[name:upper()] = {
    read = function(module) module:reply(("%03d"):format(module.interpreter[name])) end,
    write = function(module, text)
      local code = tonumber(text)
      if not code or code > 127 then return false, 50 end
      module.interpreter[name] = code
    end,
  }
end

words["S0"] = { read = function(module) module:reply("000") end, write = function() end }
words["H"] = switch(0, 0)

words["I"] = { exec = function(module)
  local identity = module.identity
  module:reply(identity.manufacturer, identity.model, "Revision: " .. identity.revision)
end }

words["O"] = { exec = function(module)
  local transfer = module.session.transfer
  if transfer and transfer:resume() then return "none" end
  module.interpreter:final("NO CARRIER")
  return "none"
end }

for word, field in pairs {
  GMI = "manufacturer", CGMI = "manufacturer", GMM = "model", CGMM = "model",
  GMR = "firmware", CGMR = "firmware", GSN = "imei", CGSN = "imei",
} do
  words["+" .. word] = { test = true, exec = says(field) }
end

--- What a module with these quirks says about itself, unless `given` says otherwise.
function general.identity(quirks, given)
  local firmware = quirks.firmware or FIRMWARE
  return {
    manufacturer = given.manufacturer or quirks.manufacturer or MANUFACTURER,
    model = given.model or quirks.model or MODEL,
    firmware = given.firmware or firmware,
    revision = given.revision or quirks.revision or firmware,
    imei = given.imei or IMEI,
  }
end

words["+CMEE"] = {
  test = "+CMEE: (0,1,2)", kinds = { optional(integer(0, 2)) },
  read = function(module) module:reply("+CMEE: " .. module.interpreter.cmee) end,
  write = function(module, level) module.interpreter.cmee = level or 0 end,
}

words["+CSQ"] = {
  test = "+CSQ: (0-31,99),(0-7,99)",
  exec = function(module)
    module:reply(("+CSQ: %d,%d"):format(module.cell.rssi, module.cell.ber))
  end,
}

words["+CGATT"] = {
  test = "+CGATT: (0,1)", kinds = { integer(0, 1) }, needs_sim = true,
  read = function(module) module:reply("+CGATT: " .. (module.cell.attached and 1 or 0)) end,
  write = function(module, attached)
    if attached == 1 and module.cell.registration ~= 1 and module.cell.registration ~= 5 then
      return false, 30
    end
    module.cell.attached = attached == 1
  end,
}

local function registration(word)
  words[word] = {
    test = word .. ": (0-2)", kinds = { optional(integer(0, 2)) },
    read = function(module)
      module:reply(("%s: %d,%d"):format(word, module.reporting[word] or 0,
        module.cell.registration))
    end,
    write = function(module, level) module.reporting[word] = level or 0 end,
  }
end

registration("+CREG")
registration("+CGREG")
registration("+CEREG")

words["+COPS"] = {
  test = '+COPS: (2,"EMULATED","EMU","26201",8),,(0-4),(0-2)',
  read = function(module)
    local known = module.cell.registration == 1 or module.cell.registration == 5
    module:reply(known and '+COPS: 0,0,"EMULATED",8' or "+COPS: 0")
  end,
}

words["+IFC"] = {
  test = "+IFC: (0,2),(0,2)", kinds = { optional(integer(0, 2)), optional(integer(0, 2)) },
  read = function(module) module:reply(("+IFC: %d,%d"):format(unpack(module.flow))) end,
  write = function(module, by_host, by_module)
    if by_host == 1 or by_module == 1 then return false, 50 end
    module.flow = { by_host or 0, by_module or by_host or 0 }
  end,
}

local RATES = { 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 3000000 }

words["+IPR"] = {
  test = "+IPR: (),(" .. table.concat(RATES, ",") .. ")", kinds = { integer(0, 4000000) },
  read = function(module) module:reply("+IPR: " .. module.baudrate) end,
  write = function(module, rate)
    for _, known in ipairs(RATES) do
      if rate == known and module.quirks["ipr-refused"] then return false end
      if rate == known then
        return true, function() module:change_baudrate(rate) end
      end
    end
    return false, 50
  end,
}

words["+CFUN"] = {
  test = "+CFUN: (0,1,4),(0,1)", kinds = { integer(0, 4), optional(integer(0, 1)) },
  read = function(module) module:reply("+CFUN: " .. module.functionality) end,
  write = function(module, level, restart)
    if level == 2 or level == 3 then return false, 50 end
    if restart == 1 then
      return true, function() module:restart() end
    end
    module:set_functionality(level)
  end,
}

local function power_down(module)
  return true, function()
    module:after(module.options.power_down_seconds or 1, function()
      module:unsolicited("POWERED DOWN")
      module:power_off()
    end)
  end
end

words["+QPOWD"] = {
  test = "+QPOWD: (0,1)", kinds = { integer(0, 1) }, exec = power_down, write = power_down,
}

return general
