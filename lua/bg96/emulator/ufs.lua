--- The module's flash: files by name, a limited space. It survives a reboot.
local ufs = {}
ufs.__index = ufs

local SPACE = 3 * 1024 * 1024

--- `space`: its size in bytes (3 MiB if left out).
function ufs.new(space)
  return setmetatable({ space = space or SPACE, files = {} }, ufs)
end

local function size_of(file)
  return file.size
end

--- Bytes that are still free.
function ufs:free()
  local used = 0
  for _, file in pairs(self.files) do used = used + size_of(file) end
  return math.max(0, self.space - used)
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
  if self:free() < #content then
    self.files[name] = before
    return false
  end
  self.files[name] = { chunks = { content ~= "" and content or nil }, size = #content }
  return true
end

--- Adds to a file; false (and nothing added) if there is no space.
function ufs:append(name, bytes)
  local file = self.files[name]
  if not file or self:free() < #bytes then return false end
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
  local names = {}
  for name in pairs(self.files) do
    if name:find(wanted) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

return ufs
