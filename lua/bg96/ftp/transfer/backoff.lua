--- How long to wait before a retry: seconds after the first failure, then longer each time,
-- an hour at most. Part of the delay is random, so that many modems which one outage has
-- stopped do not come back at the same moment.

local backoff = {}

local FIRST, FACTOR, MOST = 2, 3, 3600

--- @tparam integer failures in a row, at least 1
-- @tparam number luck from 0 to 1, random
-- @treturn number seconds
function backoff.delay(failures, luck)
  local full = math.min(FIRST * FACTOR ^ (failures - 1), MOST)
  return full * (0.5 + luck / 2)
end

return backoff
