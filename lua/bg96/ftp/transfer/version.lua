--- What tells one version of a remote file from another: its size and its time.

local failure = require "bg96.ftp.transfer.failure"

local version = {}

--- Asks for the time of the remote file. Returns it; "" where the server does not tell; or
-- nil, err.
function version.ask_time(transfer)
  if transfer.lacks_mdtm then return "" end
  local seconds, text = transfer.session:mdtm(transfer.name)
  if seconds then return text end
  if not failure.refuses(text) and text.kind ~= "framing" then return nil, text end
  transfer.lacks_mdtm = true
  return ""
end

-- Asks for its size. Returns that; "unknown" where the server does not tell; or nil, err.
local function ask_size(transfer)
  if transfer.lacks_size then return "unknown" end
  local size, err = transfer.session:size(transfer.name)
  if size then return size end
  if not failure.refuses(err) then return nil, err end
  transfer.lacks_size = failure.is_unsupported(err)
  return "unknown"
end

--- Asks what identifies the version of the remote file. A change between the two questions
-- shows at the end, as the time is asked first. Whether there is such a file, the transfer
-- itself tells.
-- @treturn table {size=, modified=}; or nil, err
function version.ask(transfer)
  local modified, size, err
  modified, err = version.ask_time(transfer)
  if not modified then return nil, err end
  size, err = ask_size(transfer)
  if not size then return nil, err end
  return { size = size, modified = modified }
end

return version
