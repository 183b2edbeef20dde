--- The symbolic link to the pty (--link): its own one, and never that of another emulator.
local link = {}

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function succeeds(command)
  local status = os.execute(command) -- a number on Lua 5.1
  return status == true or status == 0
end

-- What the link leads to, or nil where there is no link.
local function target_of(path)
  local pipe = io.popen("readlink -- " .. quoted(path) .. " 2>/dev/null")
  local target = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  return target
end

--- Makes the link `path` to the pty `target`. It replaces a link that leads nowhere, but no
-- file, and no link to a pty that is there. Returns true, or nil and a message.
function link.make(path, target)
  local old = target_of(path)
  local is_there = succeeds("[ -e " .. quoted(path) .. " ]")
  if not old and is_there then return nil, path .. " is there, and no link" end
  if old and is_there and old ~= target then
    return nil, ("%s leads to %s, which is in use: another emulator? Remove the link, or choose "
      .. "another"):format(path, old)
  end
  if succeeds(("ln -sfn -- %s %s"):format(quoted(target), quoted(path))) then return true end
  return nil, "cannot make the link " .. path
end

--- Removes the link, if it still leads to the pty `target`.
function link.remove(path, target)
  if target_of(path) == target then os.remove(path) end
end

return link
