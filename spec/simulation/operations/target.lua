--- The file or folder on the server that an operation is about.

local target = {}

function target.path(context, op)
  return context.root .. "/" .. op.file
end

--- The content of the file; nil if there is none.
function target.content(context, op)
  local node = context.server.tree:node(target.path(context, op))
  return node and node.content
end

function target.folder(context, op)
  if op.folder == "trap" then return context.root .. "/trap-" .. op.name end
  return op.folder == "." and context.root or context.root .. "/" .. op.folder
end

--- The failure to expect if the file is missing.
function target.no_file(context, op)
  if not target.content(context, op) then return "ftp", 627 end
end

--- The failure to expect if the folder is missing.
function target.no_folder(context, op)
  if not context.server.tree:node(target.folder(context, op)) then return "ftp", 627 end
end

return target
