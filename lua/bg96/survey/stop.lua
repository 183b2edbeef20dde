--- What ends a step of a survey before its end: an error with a reason, which the report tells.

local Stop = {}
Stop.__index = Stop
Stop.__tostring = function(self) return self.reason end

--- Ends the running step.
-- @tparam string reason as a report has it
-- @tparam[opt] boolean is_final whether it ends the survey as well
function Stop.throw(reason, is_final)
  error(setmetatable({ reason = reason, is_final = is_final }, Stop), 0)
end

--- Whether something thrown is an end of a step.
function Stop.is(thrown)
  return getmetatable(thrown) == Stop
end

return Stop
