--- The module's flash: files by name, a limited space. It survives a reboot. Some modules keep
-- files in RAM too, until they restart: those whose names begin with RAM:.
local ufs = {}
ufs.__index = ufs

local SPACE, RAM_SPACE = 3 * 1024 * 1024, 256 * 1024

--- `space`: its size in bytes (3 MiB if left out); `has_ram`: whether RAM: is a place of its own.
function ufs.new(space, has_ram)
  return setmetatable({ spaces = { UFS = space or SPACE, RAM = RAM_SPACE }, has_ram = has_ram,
    files = {} }, ufs)
end

-- Where a file or files of this name or pattern are.
local function place_of(self, name)
  return self.has_ram and name:find("^RAM:") and "RAM" or "UFS"
end

--- Bytes that are still free at the place of `name` (in the flash without it), and all of them.
function ufs:free(name)
  local used, place = 0, place_of(self, name or "")
  for each, file in pairs(self.files) do
    if place_of(self, each) == place then used = used + file.size end
  end
  return math.max(0, self.spaces[place] - used), self.spaces[place]
end

--- A restart forgets what is in RAM.
function ufs:restart()
  for _, name in ipairs(self:names("RAM:*")) do
    if self.has_ram then self.files[name] = nil end
  end
end

--- The content of the file `name`, or nil.
function ufs:content(name)
  local file = self.files[name]
  if not file then return nil end
  if #file.chunks > 1 then file.chunks = { table.concat(file.chunks) } end
  return file.chunks[1] or ""
end

--- Its size in bytes, or nil.
function ufs:size(name)
  return self.files[name] and self.files[name].size
end

--- Makes or replaces a file. Returns false if it does not fit.
function ufs:put(name, content)
  local before = self.files[name]
  self.files[name] = nil
  if self:free(name) < #content then
    self.files[name] = before
    return false
  end
  self.files[name] = { chunks = { content ~= "" and content or nil }, size = #content }
  return true
end

--- Adds to a file; false (and nothing added) if there is no space.
function ufs:append(name, bytes)
  local file = self.files[name]
  if not file or self:free(name) < #bytes then return false end
  file.chunks[#file.chunks + 1] = bytes
  file.size = file.size + #bytes
  return true
end

--- Deletes a file; false if there is none.
function ufs:delete(name)
  local known = self.files[name] ~= nil
  self.files[name] = nil
  return known
end

--- The names that match `pattern` ("*" stands for anything), in order.
function ufs:names(pattern)
  local wanted = "^" .. pattern:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
  local names, place = {}, place_of(self, pattern)
  for name in pairs(self.files) do
    if name:find(wanted) and place_of(self, name) == place then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

return ufs
