--- A watch for loops that need one: a descriptor that stands for another one, for both of its
-- directions, and for a timeout. Throws an error object where the process has no more
-- descriptors; that is then the error of the call that waits.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"

return function()
  local watch, errno = core.watch()
  if not watch then
    error(Error.new { kind = "local", code = errno, detail = core.strerror(errno) }, 0)
  end
  return watch
end
