--- How long to wait before a retry: soon after the first failure, then longer
-- and longer, an hour at most. The delay is drawn from the upper half of what
-- the count allows, so that many modems that one outage has stopped do not come
-- back in step.

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
