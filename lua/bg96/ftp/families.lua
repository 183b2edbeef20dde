--- Quectel's modules, as far as they differ for the driver.

-- The name of a family, which is a pattern of models as well; further patterns; in seconds, how
-- long QFTPOPEN may take, whatever the timeout of the login; bytes of a remote name at most.
local families = {
  { "BG96" },
  { "BG95", "BG77", "BG600L" },
  { "EC200", "EG91%d", "EG800", open = 125 },
  { "EC2x", "EC2[015]", "EG25", "EG9[15]" },
  { "UC20", "UG%d", name = 50 },
}

--- The family of a model, as AT+CGMM tells it.
-- @treturn table a row of the above, with the name of the family in front
return function(model)
  for _, family in ipairs(families) do
    for _, pattern in ipairs(family) do
      if model:find(pattern) then return family end
    end
  end
  return { "unknown, treated as a BG96" }
end
