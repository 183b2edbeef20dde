--- io.open for files of the library: none gets a number that a program may write to as its
-- standard output, having been started with that closed.

local core = require "bg96.core"

--- @return file; or nil, message, errno
return function(path, mode)
  local held = core.hold_standard()
  local file, message, errno = io.open(path, mode)
  core.release_standard(held)
  return file, message, errno
end
