-- The service's init script, run by the shell of a router (busybox ash) with stand-ins for
-- UCI and procd: what it starts, with which environment, and what it refuses.

local process = require "spec.support.process"
local settings = require "bg96.cli.settings"
local shell = require "spec.support.shell"

local INIT = "openwrt/bg96/files/bg96-spool.init"
local folder

before_each(function() folder = process.folder() end)
after_each(function() process.remove(folder) end)

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Runs a function of the script over sections: { name, options } each. Gives the exit status
-- and what was called, line by line.
local function run(call, sections)
  local script = { ". spec/openwrt/router.sh", "configuration() {", ":" }
  for _, section in ipairs(sections) do
    script[#script + 1] = ("section %s %s"):format(section.type or "spool", section[1])
    for name, value in pairs(section[2]) do
      script[#script + 1] = ("option %s %s"):format(name, quote(value))
    end
  end
  script[#script + 1] = "}\n. " .. INIT .. "\n" .. call
  shell.write(folder .. "/script", table.concat(script, "\n") .. "\n")
  local status = shell.execute(folder,
    ("busybox ash -u %s/script > %s/out 2>&1"):format(folder, folder))
  return status, shell.contents(folder .. "/out")
end

local function started(options)
  local complete = { enabled = "1", folder = folder, host = "ftp.example.com" }
  for name, value in pairs(options or {}) do complete[name] = value end
  local _, out = run("start_service", { { "main", complete } })
  return out
end

describe("the init script", function()
  it("is one that procd runs at boot, and again when its configuration changes", function()
    local text = shell.contents(INIT)
    assert.matches("^#!/bin/sh /etc/rc%.common\n", text)
    assert.matches("\nUSE_PROCD=1\nSTART=%d+\n", text)
    local _, out = run("service_triggers", {})
    assert.equal("procd_add_reload_trigger [bg96-spool]\n", out)
  end)

  it("starts the program for a folder, with its settings in the environment", function()
    assert.equal(("config_load [bg96-spool]\nprocd_open_instance [main]\n"
      .. "procd_set_param [command] [/usr/bin/bg96-ftp] [spool] [%s] [--reboot]\n"
      .. "procd_set_param [env] [BG96_CONFIG=/dev/null]\n"
      .. "procd_append_param [env] [BG96_PORT=/dev/ttyUSB2]\n"
      .. "procd_append_param [env] [BG96_APN=internet]\n"
      .. "procd_append_param [env] [BG96_HOST=ftp.example.com]\n"
      .. "procd_append_param [env] [BG96_USER=me]\nprocd_append_param [env] [BG96_PASSWORD=pw]\n"
      .. "procd_set_param [respawn] [3600] [60] [0]\nprocd_set_param [stdout] [1]\n"
      .. "procd_set_param [stderr] [1]\nprocd_close_instance\n"):format(folder),
      started { port = "/dev/ttyUSB2", user = "me", password = "pw", apn = "internet" })
  end)

  it("hands on every setting of bg96-ftp, and the options of spool", function()
    local given = { into = "logs", interval = "10m", keep = "1" }
    for name in pairs(settings.by_name) do given[name:gsub("-", "_")] = "value" end
    local out = started(given)
    for name in pairs(settings.by_name) do
      assert.is_truthy(out:find(("[%s=value]"):format(settings.variable(name)), 1, true), name)
    end
    assert.matches("%[%-%-into%] %[logs%]\n.*%[%-%-interval%] %[10m%]\n.*%[%-%-keep%]\n", out)
  end)

  it("hands any password on as it is that a module can take", function()
    for _, password in ipairs { "it's", "a b  c", "$HOME `id` \\n", "*", "-n", "100%s", "ü;&|" } do
      local out = started { password = password }
      assert.is_truthy(out:find("[BG96_PASSWORD=" .. password .. "]\n", 1, true), out)
    end
  end)

  it("refuses what no module takes, says which option it was, and not its value", function()
    local wrong = { password = 'sec"ret', user = "sec\nret", apn = 'sec"', host = 'sec"' }
    for name, value in pairs(wrong) do
      local out = started { [name] = value }
      assert.matches("logger .*%[main: option " .. name .. ": ", out)
      assert.is_nil(out:find("procd") or out:find("sec", 1, true), out)
    end
  end)

  it("starts nothing that is not enabled, or not complete", function()
    assert.equal("config_load [bg96-spool]\n", started { enabled = "0" })
    assert.matches("logger .*needs a folder that is there, and a host", started { host = "" })
    assert.matches("logger .*needs a folder", started { folder = folder .. "/missing" })
  end)

  it("starts each section by itself: one that is wrong does not stop the others", function()
    local _, out = run("start_service", {
      { "first", { enabled = "1", folder = folder, host = "one", password = '"' } },
      { "other", { enabled = "1" }, type = "globals" },
      { "second", { enabled = "1", folder = folder, host = "two" } },
    })
    assert.matches("logger .*%[first: option password", out)
    assert.matches("procd_open_instance %[second%]", out)
    assert.is_nil(out:find("procd_open_instance [first]", 1, true) or out:find("[other]", 1, true))
  end)

  it("reads each option of the configuration that is installed, in which nothing is enabled",
  function()
    local configuration = shell.contents("openwrt/bg96/files/bg96-spool.config")
    local init = shell.contents(INIT)
    for name in configuration:gmatch("option (%S+)") do
      assert.is_truthy(init:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
    end
    assert.matches("option enabled '0'", configuration)
  end)
end)
