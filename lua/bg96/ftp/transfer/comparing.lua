--- Compares the part of a download with the remote file, block by block.

local failure = require "bg96.ftp.transfer.failure"
local fetch_block = require "bg96.ftp.transfer.block"
local localfile = require "bg96.ftp.transfer.localfile"

local comparing = {}

-- Bytes of a block.
local BLOCK = 512

-- Bytes that are rather fetched again than searched: a block costs a data connection.
local STEP = 64 * 1024

-- Whether the remote file still has a block of the part, which proves its place where
-- `is_proof` is asked for. Returns true or false; or nil, err.
local function has_block(transfer, from, count, is_proof)
  local ours, err = localfile.read(transfer.file, transfer.part, from, count)
  if not ours then return nil, err end
  if is_proof and localfile.repeats(ours) then return false end
  local theirs
  theirs, err = fetch_block(transfer.session, transfer.name, from, count)
  if theirs then return theirs == ours end
  if failure.refuses(err) then return false end
  return nil, err
end

--- Whether the remote file, which has become longer, begins with what has been fetched: first
-- and last block are compared. Returns true or false; or nil, err.
function comparing.prove_growth(transfer)
  local total = transfer.total
  if total == 0 then return true end
  local ok, err = has_block(transfer, 0, math.min(BLOCK, total))
  if not ok or total <= BLOCK then return ok, err end
  return has_block(transfer, total - BLOCK, BLOCK)
end

--- Finds how much is right of a part in which bytes were lost or doubled, on the serial line:
-- all behind them stands in the wrong place.
-- @tparam table transfer
-- @tparam integer low so much is right
-- @tparam integer high so much is there
-- @treturn integer so much is right, at least; or nil, err
function comparing.find_right(transfer, low, high)
  while high - low > STEP do
    local middle = math.floor((low + high) / 2)
    local is_same, err = has_block(transfer, middle, math.min(BLOCK, high - middle), true)
    if is_same == nil then return nil, err end
    if is_same then low = middle + BLOCK else high = middle end
  end
  return low
end

return comparing
