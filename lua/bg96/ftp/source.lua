--- Sources of an upload, as a sequence of blocks.
--
-- A source is a string, a file handle, or a function as LuaSocket's ltn12 has
-- them: it returns the next chunk, nil at the end, or nil and a message. A block is
-- complete, and known to be the last or not, before its command is sent. So a source may
-- be as slow as it likes.

local source = {}

--- Bytes of a block at most. Of a source that is not a string two blocks are held in memory.
source.MOST = 512 * 1024

local function fail_short(missing)
  error(("the source ended %.0f bytes before the length that was given"):format(missing), 0)
end

-- Blocks of a string are ranges of it, not copies.
local function string_blocks(text, length)
  local last = math.min(#text, length or #text)
  local at = 0
  return function(wanted)
    if length and length > last then fail_short(length - last) end
    local first = at + 1
    at = math.min(at + wanted, last)
    return text, first, at, at == last
  end, last
end

-- Takes exactly `length` bytes from `read`, where a length is given.
local function limit(read, length)
  if not length then return read end
  local left = length
  return function(most)
    if left <= 0 then return nil end
    local chunk, message = read(math.min(left, most))
    if not chunk and not message then fail_short(left) end
    if type(chunk) ~= "string" then return chunk, message end
    chunk = chunk:sub(1, left)
    left = left - #chunk
    return chunk
  end
end

-- What was read and not handed on yet: chunks from `first` to `last`, with `size` bytes.
local Buffer = {}
Buffer.__index = Buffer

function Buffer:add(chunk)
  if chunk == "" then return end
  self.last, self.size = self.last + 1, self.size + #chunk
  self[self.last] = chunk
end

-- Takes one chunk, or the first bytes of it: `most` at most.
local function take_one(self, most)
  local chunk = self[self.first]
  if #chunk > most then
    self[self.first] = chunk:sub(most + 1)
    chunk = chunk:sub(1, most)
  else
    self[self.first] = nil
    self.first = self.first + 1
  end
  self.size = self.size - #chunk
  return chunk
end

--- Takes the first `count` bytes, or all.
function Buffer:take(count)
  local taken, left = {}, math.min(count, self.size)
  while left > 0 do
    local chunk = take_one(self, left)
    taken[#taken + 1], left = chunk, left - #chunk
  end
  if #taken == 1 then return taken[1] end -- not copied
  return table.concat(taken)
end

-- Blocks of a stream. A block is returned when a byte of the next one, or the end, has come.
-- read(most) gives the next chunk, of so many bytes if it can choose: mostly it is a block.
local function stream_blocks(read)
  local buffer, ended = setmetatable({ first = 1, last = 0, size = 0 }, Buffer), false
  local function fill(wanted)
    while not ended and buffer.size <= wanted do
      local missing = wanted - buffer.size
      local chunk, message = read(missing > 0 and missing or wanted)
      if message then error(message, 0) end
      if chunk ~= nil and type(chunk) ~= "string" then
        error("the source returned a " .. type(chunk) .. " where a string was expected", 0)
      end
      ended = chunk == nil
      if chunk then buffer:add(chunk) end
    end
  end
  return function(wanted)
    fill(wanted)
    local block = buffer:take(wanted)
    return block, 1, #block, buffer.size == 0
  end
end

local function file_reader(file)
  return function(most)
    local chunk, message = file:read(most)
    if not chunk and message then error(message, 0) end
    return chunk
  end
end

local function function_reader(fn)
  return function() return fn() end
end

-- Bytes from here to the end of a file that can be positioned; nil for a pipe, and for a file
-- without a size, as those of /proc, from which more may come.
local function file_length(file)
  local here = file:seek("cur")
  local size = here and file:seek("end")
  if not size then return nil end
  file:seek("set", here)
  return size > 0 and size - here or nil
end

local function is_file(value)
  return io.type(value) == "file"
end

--- Tells what is wrong with a value as a source; a rule for check.argument().
function source.rule(value)
  local meta = getmetatable(value)
  local can_call = type(value) == "function" or (type(meta) == "table" and meta.__call)
  if type(value) == "string" or is_file(value) or can_call then return end
  if io.type(value) == "closed file" then return "the file is closed" end
  return ("string, file or function expected, got %s"):format(type(value))
end

--- Opens a source.
-- @param value string, file handle or ltn12 source
-- @tparam[opt] integer length bytes to take, exactly
-- @treturn function (wanted): each call returns a string, the first and last index of the
--   next block in it, of so many bytes, and whether it is the last; throws the source's error
-- @treturn integer bytes in all; nil where that is not known
function source.open(value, length)
  if type(value) == "string" then return string_blocks(value, length) end
  if is_file(value) then
    return stream_blocks(limit(file_reader(value), length)), length or file_length(value)
  end
  return stream_blocks(limit(function_reader(value), length)), length
end

return source
