--- What a backend is: the module's FTP client. It carries out what commands ask for,
-- on a tree in memory or on a real server. The core never waits for it, but polls.
--
--   backend:start(request) -> operation     begins an operation; one at a time
--   backend:poll(now)                       makes progress, at `now` (seconds)
--   backend:deadline() -> time or nil       when it wants to be polled again
--   backend:lost() -> boolean               whether the control connection has died
--   backend:drop()                          cuts every connection, at once
--   backend.air                             counts what goes over the network, see
--                                           bg96.emulator.air
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
--   protocol  then: the server's reply code, 0 if it sent none
--   value     then: the result of pwd (text), size (number), mdtm (text)
--   opened    transfers: true once the data connection is open
--   steps     what has gone over the network for it, see bg96.emulator.air
--
-- and operation:cancel(), after which the backend forgets it. Downloads
-- (retrieve and the listings) add
--
--   operation:ready() -> count, since       bytes that can be read, since when
--   operation:read(max) -> bytes
--   operation:stop()                        closes the data connection
--
-- and uploads (store)
--
--   operation:room() -> count               bytes it can take now
--   operation:write(bytes)                  takes them all
--   operation:unsent() -> count             bytes taken but not yet sent
--   operation:finish()                      closes the data connection and commits
--
--   operation.moved_at                      when the server last took something, or nil
--   operation.is_lossy                      true if bytes for which there is no room are
--                                           lost
--
-- A download is done only after its last byte has been read.
local backend = {}

--- A new operation with these `fields`.
function backend.operation(fields)
  local operation = fields or {}
  operation.done, operation.steps = false, {}
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
