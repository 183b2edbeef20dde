-- Which settings a login makes: those that the module is not known to have.

local module = require "spec.support.module"

local ALL = { "contextid", "filetype", "transmode", "rsptimeout", "ssltype", "data_address",
  "account" }

-- The names of the settings that job(modem) makes.
local function settings_of(modem, job)
  local before, names = #modem.bench.module:commands(), {}
  job(modem)
  for i, command in ipairs(modem.bench.module:commands()) do
    if i > before then names[#names + 1] = command:match('^AT%+QFTPCFG="([^"]+)",') end
  end
  return names
end

local function log_in(modem, changes)
  local options = {}
  for name, value in pairs(module.login) do options[name] = value end
  for name, value in pairs(changes or {}) do options[name] = value end
  local session = assert(modem:login(options))
  assert(session:close())
end

-- Runs job(modem) after a login that has made all settings.
local function after_login(job)
  module.bench():run(function(modem)
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    assert.same(ALL, settings_of(modem, log_in))
    job(modem)
  end)
end

describe("a second login", function()
  it("sets the account, and nothing that is set already", function()
    after_login(function(modem) assert.same({ "account" }, settings_of(modem, log_in)) end)
  end)

  it("sets what is to be something else", function()
    after_login(function(modem)
      assert.same({ "rsptimeout", "account" }, settings_of(modem, function()
        log_in(modem, { timeout = 60 })
      end))
      assert.equal(60, modem.bench.module.session.settings.rsptimeout)
      assert.same({ "filetype", "account" }, settings_of(modem, function()
        log_in(modem, { timeout = 60, type = "ascii" })
      end))
    end)
  end)

  for what, restart in pairs {
    ["a restart"] = function(modem) assert(modem:reboot()) end,
    ["a restart without a word"] = function(modem)
      modem.bench.module:fault("brownout,command=CSQ")
      modem:signal()
    end,
    ["an exchange that timed out"] = function(modem)
      modem.bench.module:fault("silence,command=CSQ")
      assert.is_nil(modem:signal())
    end,
    ["a setting by the script"] = function(modem) assert(modem:at('+qftpcfg="transmode",0')) end,
    ["ATZ"] = function(modem) assert(modem:at("Z")) end,
  } do
    it("sets everything after " .. what, function()
      after_login(function(modem)
        restart(modem)
        assert(modem:activate { apn = "internet" })
        assert.same(ALL, settings_of(modem, log_in))
      end)
    end)
  end

  for _, how in ipairs { "err=601,protocol=0", "cme=605", "cme=60" } do
    it("sets everything after a login that was refused: " .. how, function()
      after_login(function(modem)
        modem.bench.module:fault("result,command=QFTPOPEN," .. how)
        assert.same({ "account" }, settings_of(modem, function()
          assert.is_nil(modem:login(module.login))
        end))
        assert.same(ALL, settings_of(modem, log_in))
      end)
    end)
  end

  it("asks again for what the module has refused, as old firmware does", function()
    module.bench({ quirks = { "old-ftpcfg" } }):run(function(modem)
      assert(modem:clean_up())
      assert(modem:activate { apn = "internet" })
      log_in(modem)
      assert.same({ "ssltype", "data_address", "account" }, settings_of(modem, log_in))
    end)
  end)
end)
