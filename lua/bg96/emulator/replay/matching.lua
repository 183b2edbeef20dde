--- Whether a command is the one that a trace shows.
local matching = {}

-- Names that the driver makes up, different in each run: of the proof, of files on the server
-- and in the flash.
local HALF = ("%x"):rep(8)
local TOKENS = { '"(' .. HALF .. HALF .. ')"', "%.(" .. HALF .. ")%.%l", "bg96_(" .. HALF .. ")" }

local function tokens_of(text)
  local tokens = {}
  for _, pattern in ipairs(TOKENS) do
    for token in text:gmatch(pattern) do
      tokens[#tokens + 1] = token
      text = text:gsub(token, "?")
    end
  end
  return tokens, text
end

--- Compares a command with that of a trace, in which secrets are masked.
-- @treturn table the traced names that the driver has made up, each with the name that it has
--   made up now; nil where the commands differ
function matching.agree(traced, command)
  if traced == command then return {} end
  local mask = traced:find("***", 1, true)
  if mask then return traced:sub(1, mask - 1) == command:sub(1, mask - 1) and {} or nil end
  local old, old_rest = tokens_of(traced)
  local new, new_rest = tokens_of(command)
  if old_rest ~= new_rest then return nil end
  local renamed = {}
  for i, token in ipairs(old) do renamed[token] = new[i] end
  return renamed
end

local function word_and_name(command)
  return command:match('^(AT%+QFTP%u+="[^"]*")') or command:match('^(AT%+QFUPL="[^"]*")')
end

--- The same where numbers behind the name may differ, such as the length of a chunk.
function matching.agree_loosely(traced, command)
  local first, second = word_and_name(traced), word_and_name(command)
  return first and second and matching.agree(first, second)
end

--- The bytes of payload that a command announces, or nil.
function matching.announced(command)
  return tonumber(command:match('^AT%+QFTPPUT="[^"]*","COM:",%d+,(%d+)')
    or command:match('^AT%+QFUPL="[^"]*",(%d+)'))
end

return matching
