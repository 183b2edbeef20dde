--- What a backend is. A backend is the module's FTP client: it carries out
-- what the commands ask for, against a tree in memory or a server in the
-- network. The core never waits for it, it looks.
--
--   backend:start(request) -> operation     begins something, one at a time
--   backend:poll(now)                       lets things go on (seconds)
--   backend:deadline() -> time or nil       when it wants to be polled again
--   backend:lost() -> boolean               the control connection died by itself
--   backend:drop()                          cuts every connection, at once
--
-- A request is a table with `verb` and what the verb needs:
--
--   open      host, port, user, password, passive, ascii, trust_server_address,
--             tls = nil or { mode = "implicit"|"explicit", level =, version =, ... }
--   close
--   cwd, size, del, mkdir, rmdir, mdtm      name
--   pwd
--   rename                                  name, new_name
--   retrieve                                name, offset, ascii
--   store                                   name, offset, ascii
--   list, nlst, mlsd                        name
--
-- An operation has these fields, which only the backend writes:
--
--   done      true when it has ended
--   code      then: 0, or the module's code 601 to 631
--   protocol  then: the server's reply code, 0 where it sent none
--   value     then: the result of pwd (text), size (number), mdtm (text)
--   opened    transfers: true once the data connection stands
--
-- and operation:cancel(), after which the backend forgets it. Downloads
-- (retrieve and the listings) add
--
--   operation:ready() -> count, since       bytes to be had, and since when
--   operation:read(max) -> bytes
--   operation:stop()                        enough: close the data connection
--
-- and uploads (store)
--
--   operation:room() -> count               bytes it can take now
--   operation:write(bytes)                  takes them all
--   operation:unsent() -> count             bytes taken but not yet gone
--   operation:finish()                      that was all: close and commit
--
-- A download is done only after its last byte has been read.
local backend = {}

--- An operation that has not ended; `fields` are put into it.
function backend.operation(fields)
  local operation = fields or {}
  operation.done = false
  operation.cancel = operation.cancel or function(self) self.cancelled = true end
  return operation
end

--- Ends `operation` with the module's `code` and the server's `protocol`.
function backend.finish(operation, code, protocol, value)
  if operation.done then return end
  operation.code, operation.protocol, operation.value = code, protocol or 0, value
  operation.done = true
end

return backend
