--- The names of an upload on the server: a temporary one beside the final one, and the rename
-- at the end.
--
-- Some servers do not rename over an existing file. There the old file is renamed aside, the
-- new one gets its name, and then the old one is deleted: at any moment one of them is there.
-- The name aside is in the journal before it is used.

local failure = require "bg96.ftp.transfer.failure"
local localfile = require "bg96.ftp.transfer.localfile"
local sessionstate = require "bg96.ftp.sessionstate"
local token = require "bg96.ftp.token"

local publishing = {}

-- Bytes of the last part of a remote name, on the file systems of servers.
local BASE_SIZE = 255

--- A name in the folder of the final one that no other file has; nil where there is no room.
function publishing.name_beside(transfer, kind)
  local suffix = (".%s.%s"):format(token(transfer.session.modem.core:random()), kind)
  local folder, base = transfer.name:match("^(.*/)([^/]*)$")
  folder, base = folder or "", base or transfer.name
  local size = sessionstate.name_size(transfer.session, "+QFTPRENAME") -- and that of QFTPPUT
  local room = math.min(BASE_SIZE, size - #folder) - #suffix
  return room >= 0 and folder .. localfile.cut(base, room) .. suffix or nil
end

--- Removes a remote file, if it is there.
function publishing.remove(transfer, name)
  local ok, err = transfer.session:del(name)
  if ok or (err.kind == "ftp" and err.protocol == 550) then return true end
  return nil, err
end

--- Deletes old files that are aside, now that the new one has its name. Where the server does
-- not let us, they stay.
function publishing.remove_asides(transfer)
  while #transfer.asides > 0 do
    local ok, err = publishing.remove(transfer, transfer.asides[#transfer.asides])
    if not ok and failure.heals(err) then return nil, err end
    table.remove(transfer.asides)
  end
  return true
end

--- Gives the old file its name back (`asides_name`), where it is aside. Returns true; or nil
-- where a file has that name; or nil, err.
function publishing.put_back(transfer)
  while #transfer.asides > 0 do
    local aside = transfer.asides[#transfer.asides]
    local ok, err = transfer.session:rename(aside, transfer.asides_name)
    if not ok then
      if failure.heals(err) then return nil, err end
      ok, err = transfer.session:size(aside)
      if ok then return nil end
      if failure.heals(err) then return nil, err end
    end
    table.remove(transfer.asides)
    if ok then return true end
  end
  return true
end

--- Where an upload to another name has left files aside that could not be put back: deletes
-- them if that name has a file, and leaves them otherwise.
function publishing.forget_other_asides(transfer)
  if transfer.asides_name == transfer.name then return true end
  if #transfer.asides > 0 then
    local size, err = transfer.session:size(transfer.asides_name)
    if not size and failure.heals(err) then return nil, err end
    if size then
      local ok
      ok, err = publishing.remove_asides(transfer)
      if not ok then return nil, err end
    end
  end
  transfer.asides, transfer.asides_name = {}, transfer.name
  return true
end

local function rename(transfer)
  return transfer.session:rename(transfer.state.temporary, transfer.name)
end

local NO_RENAME = "the server does not rename here, or not over an existing file: "
  .. "use atomic = false"

-- Puts the new file in the place of an old one, over which the server has refused to rename.
-- Where it refuses to move the old one as well, it lets us rename nothing at all. Where there
-- is no file of the name, the refusal is about something else.
local function replace(transfer, refusal)
  refusal.advice = NO_RENAME
  local aside = publishing.name_beside(transfer, "old")
  local size, err = transfer.session:size(transfer.name)
  if not size and failure.heals(err) then return nil, err end
  if not size or not aside then return nil, refusal end
  table.insert(transfer.asides, aside)
  transfer:save()
  local ok
  ok, err = transfer.session:rename(transfer.name, aside)
  if ok then
    ok, err = rename(transfer)
    if ok then return true end
  end
  if failure.heals(err) then return nil, err end
  ok, err = publishing.put_back(transfer)
  if not ok and err then return nil, err end
  transfer.state.renaming = false
  transfer:save()
  return nil, refusal
end

--- Gives the file its final name.
-- @treturn boolean true; or nil, err
function publishing.publish(transfer)
  local state = transfer.state
  state.renaming = true
  transfer:save()
  local ok, err = rename(transfer)
  if not ok and failure.is_unsupported(err) then
    err.advice = NO_RENAME
    return nil, err
  end
  if not ok then
    if failure.refuses(err) then state.renaming = false end
    if not failure.is_permanent(err) then return nil, err end
    state.renaming = true
    ok, err = replace(transfer, err)
  end
  if not ok then return nil, err end
  return publishing.remove_asides(transfer)
end

return publishing
