--- The file or folder on the server that an operation is about.

local target = {}

function target.path(context, op)
  return context.root .. "/" .. op.file
end

--- The content of the file; nil if there is none.
function target.content(context, op)
  return context.server:get(target.path(context, op))
end

function target.folder(context, op)
  if op.folder == "trap" then return context.root .. "/trap-" .. op.name end
  return op.folder == "." and context.root or context.root .. "/" .. op.folder
end

--- The failure to expect if the file is missing.
function target.no_file(context, op)
  if not target.content(context, op) then return "ftp", 627 end
end

--- Whether the server refuses one of these words, which ask for no value.
function target.refuses(context, ...)
  for i = 1, select("#", ...) do
    local reply = context.server.refuse[(select(i, ...))]
    if reply and reply >= 400 then return true end
  end
  return false
end

--- The failure to expect where the folder is not there.
function target.no_folder(context, op)
  if not context.server.tree:node(target.folder(context, op)) then return "ftp", 627 end
end

return target
