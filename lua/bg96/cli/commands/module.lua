--- at, ports, status: the module itself.

local core = require "bg96.core"
local ftp = require "bg96.ftp"
local kinds = require "bg96.cli.kinds"
local moduleinfo = require "bg96.cli.moduleinfo"

-- As a trace shows them, without passwords and PINs.
local function mask_all(lines)
  local masked = {}
  for i, line in ipairs(lines or {}) do masked[i] = core.mask(line) end
  return masked
end

-- A bare ERROR to what somebody has typed is about what was typed.
local function explain_error(err)
  err.command = nil -- the subject of the failure says it
  if err.kind == "error" then err.advice = "unknown command or argument" end
  if err.kind == "timeout" then err.advice = "give it more time: -t 3m" end
  return err
end

local at = {
  name = "at", needs = "modem",
  summary = "Runs AT commands and prints what the module answers.",
  examples = {
    { "at AT+CSQ", "signal strength" },
    { "at +CGMR '+QNWINFO'", "two commands; the AT may be left out" },
    { "at -t 3m '+COPS=?'", "one that takes long" },
  },
  arguments = function(parser)
    parser:argument("command", "AT command."):args("+")
      :convert(kinds.at_command):target("lines")
    parser:option("-t --wait", "Longest time for each, in seconds (10).")
      :argname("TIME"):convert(kinds.named("--wait", kinds.seconds))
  end,
  run = function(modem, args, output)
    local answers = {}
    for i, text in ipairs(args.lines) do
      output:doing("AT" .. core.mask(text))
      local lines, err = modem:at(text, { timeout = args.wait })
      output:doing(nil)
      answers[i] = { command = core.mask("AT" .. text), lines = mask_all(lines or err.lines) }
      for _, line in ipairs(answers[i].lines) do output:say("%s", line) end
      if not lines then return nil, explain_error(err), "AT" .. text end
    end
    return answers
  end,
}

local function usb_id(port)
  return port.vid and port.pid and ("%04x:%04x"):format(port.vid, port.pid) or "-"
end

local ports = {
  name = "ports",
  summary = "Lists the serial ports of this machine.",
  examples = { { "ports", "path, USB ids and description of each" } },
  run = function() return ftp.ports() end,
  show = function(found, say)
    for _, port in ipairs(found) do
      say("%-16s %-9s  %s", port.path, usb_id(port), port.description or port.product or "")
    end
  end,
}

local status = {
  name = "status", needs = "modem",
  summary = "Shows module, SIM, signal, network and PDP contexts, and changes nothing.",
  examples = { { "status", "" }, { "--json status | jq .signal.dbm", "the signal alone" } },
  run = function(modem) return moduleinfo.ask(modem) end,
  show = function(info, say, output)
    for _, line in ipairs(moduleinfo.lines(info)) do
      output.say_behind(("%-14s"):format(line[1]), line[2], say)
    end
  end,
}

return { at, ports, status }
