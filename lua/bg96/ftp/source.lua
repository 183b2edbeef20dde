--- Sources of an upload, as a sequence of chunks.
--
-- A source is a string, a file handle, or a function as LuaSocket's ltn12 has
-- them: it returns the next chunk, nil at the end, or nil and a message. A chunk is
-- complete, and known to be the last or not, before its command is sent. So a source may
-- be as slow as it likes.

local source = {}

-- Bytes of a chunk. Each chunk costs one command and its answers, some 100 bytes on the
-- serial line. Of a source that is not a string two chunks are held in memory. A file is
-- read in such chunks as well: putting them together from smaller ones takes longer than a
-- fast line allows.
source.CHUNK_SIZE = 128 * 1024

local function fail_short(missing)
  error(("the source ended %.0f bytes before the length that was given"):format(missing), 0)
end

-- Chunks of a string are ranges of it, not copies.
local function string_chunks(text, length)
  local last = math.min(#text, length or #text)
  local at = 0
  return function()
    if length and length > last then fail_short(length - last) end
    local first = at + 1
    at = math.min(at + source.CHUNK_SIZE, last)
    return text, first, at, at == last
  end, last
end

-- Takes exactly `length` bytes from `read`, where a length is given.
local function limit(read, length)
  if not length then return read end
  local left = length
  return function()
    if left <= 0 then return nil end
    local chunk, message = read(left)
    if not chunk and not message then fail_short(left) end
    if type(chunk) ~= "string" then return chunk, message end
    chunk = chunk:sub(1, left)
    left = left - #chunk
    return chunk
  end
end

-- Chunks of a stream. A chunk is returned when a byte of the next one, or the end, has come.
local function stream_chunks(read)
  local chunks, size, ended = {}, 0, false
  local function fill()
    while not ended and size <= source.CHUNK_SIZE do
      local chunk, message = read()
      if message then error(message, 0) end
      if chunk ~= nil and type(chunk) ~= "string" then
        error("the source returned a " .. type(chunk) .. " where a string was expected", 0)
      end
      ended = chunk == nil
      if chunk and #chunk > 0 then
        chunks[#chunks + 1] = chunk
        size = size + #chunk
      end
    end
  end
  return function()
    fill()
    if size > source.CHUNK_SIZE and #chunks[1] == source.CHUNK_SIZE then
      size = size - source.CHUNK_SIZE
      return table.remove(chunks, 1), 1, source.CHUNK_SIZE, false
    end
    local text = table.concat(chunks)
    local last = math.min(size, source.CHUNK_SIZE)
    local rest = text:sub(last + 1)
    chunks, size = { rest }, #rest
    return text, 1, last, #rest == 0
  end
end

local function file_reader(file)
  return function(most)
    local chunk, message = file:read(math.min(most or source.CHUNK_SIZE, source.CHUNK_SIZE))
    if not chunk and message then error(message, 0) end
    return chunk
  end
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
-- @treturn function each call returns a string, the first and last index of the
--   chunk in it, and whether it is the last; throws the source's error
-- @treturn integer bytes in all; nil where that is not known
function source.open(value, length)
  if type(value) == "string" then return string_chunks(value, length) end
  if is_file(value) then
    return stream_chunks(limit(file_reader(value), length)), length or file_length(value)
  end
  return stream_chunks(limit(value, length)), length
end

return source
