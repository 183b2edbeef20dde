--- What was set for a module is set again after it has restarted.
--
-- The core counts in what may be a restart (`epoch`): the module has said so, it echoes
-- again, or it was out of reach, so that nobody knows. A setting is good for the epoch in
-- which it was made. restore.ensure() stands before each call that depends on a setting, and
-- makes that setting again where the epoch is another one; where this does not work, the call
-- fails. Flow control and DTR are not among them: they are part of the core's resync.

local Error = require "bg96.ftp.error"

local restore = {}

-- A module that restarts again and again under its settings is not usable.
local ATTEMPTS = 3

--- Forgets a setting: it is being changed, or does not work any more.
function restore.forget(modem, name)
  modem.settings[name] = nil
end

--- Makes a setting, and keeps how to make it again.
-- @param modem
-- @tparam string name
-- @tparam table setting with apply(setting, modem) -> true; or nil, err
-- @return what apply() has returned
function restore.make(modem, name, setting)
  restore.forget(modem, name)
  local epoch = modem.core:epoch()
  local ok, err = setting:apply(modem)
  if not ok then return nil, err end
  setting.epoch = epoch
  modem.settings[name] = setting
  return restore.ensure(modem, name)
end

--- Sees that a setting is made, as far as the script has ever made it.
-- @treturn integer the epoch in which it is made; true where there is nothing to do; or
--   nil, err
function restore.ensure(modem, name)
  local setting = modem.settings[name]
  if not setting then return true end
  for _ = 1, ATTEMPTS do
    local epoch = modem.core:epoch()
    if setting.epoch == epoch then return epoch end
    local ok, err = setting:apply(modem)
    if not ok then return nil, err end
    setting.epoch = epoch
  end
  if setting.epoch == modem.core:epoch() then return setting.epoch end
  return nil, Error.new { kind = "reset", detail = "it restarts while its settings are made" }
end

return restore
