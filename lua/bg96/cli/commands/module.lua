--- at, ports, diagnose: the module itself.

local Output = require "bg96.cli.output"
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local kinds = require "bg96.cli.kinds"

-- Without the AT, which users may write and the library adds.
local function command(value)
  if value:find("[%z\r\n]") then return nil, "a command is one line" end
  return (value:gsub("^[Aa][Tt]", "", 1))
end

-- As a trace shows them, without passwords and PINs.
local function mask_all(lines)
  local masked = {}
  for i, line in ipairs(lines) do masked[i] = core.mask(line) end
  return masked
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
    parser:argument("command", "AT command."):args("+"):convert(command):target("lines")
    parser:option("-t --wait", "Longest time for each, in seconds (10).")
      :argname("TIME"):convert(kinds.seconds)
  end,
  run = function(modem, args)
    local answers = {}
    for i, text in ipairs(args.lines) do
      local lines, err = modem:at(text, { timeout = args.wait })
      if not lines then return nil, err, "AT" .. text end
      answers[i] = { command = core.mask("AT" .. text), lines = mask_all(lines) }
    end
    return answers
  end,
  show = function(answers, say)
    for _, answer in ipairs(answers) do
      for _, line in ipairs(answer.lines) do say("%s", line) end
    end
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

local diagnose = {
  name = "diagnose", needs = "modem",
  summary = "Checks SIM, signal, registration and PDP context; fails if any check does.",
  examples = {
    { "diagnose", "a line for each, with advice if it fails" },
    { "--json diagnose | jq '.[] | select(.ok | not)'", "the failed checks" },
  },
  run = function(modem, args)
    local report = modem:diagnose(args.settings.cid)
    for _, item in ipairs(report) do
      item.advice = item.advice and Output.translate(item.advice)
    end
    return report
  end,
  show = function(report, say)
    for _, item in ipairs(report) do
      local advice = item.advice and "  (" .. item.advice .. ")" or ""
      say("%s %-13s %s%s", item.ok and "ok" or "NO", item.name, item.detail or "", advice)
    end
  end,
  has_failed = function(report)
    for _, item in ipairs(report) do
      if not item.ok then return true end
    end
    return false
  end,
}

return { at, ports, diagnose }
