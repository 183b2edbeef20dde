--- Calls of a session that are one command and its result.

local checks = require "spec.simulation.operations.checks"
local target = require "spec.simulation.operations.target"

local exchanges = {}

exchanges.size = {
  words = { "+QFTPSIZE" },
  expected = function(context, op)
    if context.server.refuse.SIZE then return "ftp" end
    return target.no_file(context, op)
  end,
  run = function(context, op) return context.session:size(target.path(context, op)) end,
  check = function(context, op, value)
    if value ~= #target.content(context, op) then return ("a size of %s"):format(value) end
  end,
}

exchanges.mdtm = {
  words = { "+QFTPMDTM" },
  expected = function(context, op)
    if context.server.refuse.MDTM then return "ftp" end
    return target.no_file(context, op)
  end,
  run = function(context, op) return context.session:mdtm(target.path(context, op)) end,
  check = function(_, _, value)
    if value < 1704067200 then return ("a time of %s"):format(value) end
  end,
}

exchanges.del = {
  words = { "+QFTPDEL" }, expected = target.no_file,
  run = function(context, op) return context.session:del(target.path(context, op)) end,
  check = function(context, op)
    if target.content(context, op) then return "the file is still there" end
  end,
}

exchanges.rename = {
  words = { "+QFTPRENAME" },
  expected = function(context, op)
    if target.refuses(context, "RNTO") then return "ftp" end
    local is_there = context.server.tree:node(context.root .. "/renamed")
    if is_there and target.refuses(context, "RNTO-EXISTING") then return "ftp" end
    return target.no_file(context, op)
  end,
  run = function(context, op)
    op.wanted = target.content(context, op)
    return context.session:rename(target.path(context, op), context.root .. "/renamed")
  end,
  check = function(context, op)
    if context.server:get(context.root .. "/renamed") ~= op.wanted then return "not renamed" end
  end,
}

exchanges.mkdir = {
  words = { "+QFTPMKDIR" },
  expected = function(context)
    if context.server.tree:node(context.root .. "/new") then return "ftp", 627 end
  end,
  run = function(context) return context.session:mkdir(context.root .. "/new") end,
  check = function(context)
    if not context.server.tree:node(context.root .. "/new") then return "no folder was made" end
  end,
}

exchanges.rmdir = {
  words = { "+QFTPRMDIR" },
  expected = function(context)
    if not context.server.tree:node(context.root .. "/new") then return "ftp", 627 end
  end,
  run = function(context) return context.session:rmdir(context.root .. "/new") end,
  check = function(context)
    if context.server.tree:node(context.root .. "/new") then return "the folder is still there" end
  end,
}

exchanges.cwd = {
  words = { "+QFTPCWD" }, expected = target.no_folder,
  run = function(context, op) return context.session:cwd(target.folder(context, op)) end,
  check = function(context, op)
    if not context.is_shared and context.server.cwd ~= target.folder(context, op) then
      return "in " .. context.server.cwd
    end
  end,
}

exchanges.pwd = {
  words = { "+QFTPPWD" },
  run = function(context) return context.session:pwd() end,
  check = function(context, _, value)
    -- A blank at the end may be part of the name.
    local name = context.server.cwd
    if not context.is_shared and value ~= name and value ~= name .. " " then
      return "in " .. value
    end
  end,
}

exchanges.len = {
  words = { "+QFTPLEN" },
  run = function(context) return context.session:len() end,
  check = function() end,
}

exchanges.stat = {
  words = { "+QFTPSTAT" },
  run = function(context) return context.session:stat() end,
  check = function(context, _, value)
    if not context.is_shared and not context.has_faults and value ~= "idle" then return value end
  end,
}

exchanges.config = {
  words = { "+QFTPCFG" }, seconds = function(_, timeout) return timeout + 0.1 end,
  run = function(context) return context.session:config("rsptimeout") end,
  check = function(context, _, value)
    if not context.has_faults and value ~= context.login_timeout then
      return ("a timeout of %s"):format(value)
    end
  end,
}

exchanges.close = {
  words = { "+QFTPCLOSE" }, ends_session = true,
  run = function(context) return context.session:close() end, check = checks.equals(true),
}

return exchanges
