--- How generous a module is with blanks and empty lines in `+WORD: ...` lines.
local spacing = {}
spacing.__index = spacing

--- The styles of the quirk `spacing`.
spacing.styles = { "blank", "tight", "trailing", "joined", "airy" }

--- `styles` is a set of them, or nil.
function spacing.new(styles)
  return setmetatable({ styles = styles or {} }, spacing)
end

-- Puts a blank behind the first comma outside quotes.
local function widen(line)
  local quoted = false
  for i = 1, #line do
    local char = line:sub(i, i)
    if char == '"' then quoted = not quoted end
    if char == "," and not quoted then return line:sub(1, i) .. " " .. line:sub(i + 1) end
  end
  return line
end

--- `line` with its blanks.
function spacing:line(line)
  if not line:find("^%+%u+: ") then return line end
  local styles = self.styles
  if styles.blank then line = widen(line) end
  if styles.tight then line = line:gsub("^(%+%u+): ", "%1:") end
  if styles.trailing then line = line .. " " end
  return line
end

--- What stands before an answer; `line_break` is that of the module.
function spacing:lead(line_break)
  return self.styles.airy and line_break .. line_break or line_break
end

--- What stands before a result line, behind OK.
function spacing:result_lead(line_break)
  return self.styles.joined and "" or self:lead(line_break)
end

return spacing
