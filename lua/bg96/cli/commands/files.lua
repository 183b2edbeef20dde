--- rm, mv, mkdir, rmdir, size, mdtm: single files and folders on the server.

local copy = require "bg96.cli.copy"
local kinds = require "bg96.cli.kinds"

-- A command that does the same with each given name, up to the first failure.
-- @tparam table command name, summary and examples; word (the module's); what (the names are);
--   act(session, name, args); and, if there are any, options(parser)
local function for_each(command)
  command.needs, command.status = "session", copy.status
  function command.arguments(parser)
    parser:argument("name", command.what):args("+"):convert(kinds.remote(command.word))
    if command.options then command.options(parser) end
    copy.add_keep_going(parser)
  end
  function command.run(session, args, output)
    if args.keep_going then
      return copy.each(args.name, args, output, function(name)
        local ok, err = command.act(session, name, args)
        if not ok then return nil, err, name end
        return { name = name }
      end)
    end
    for _, name in ipairs(args.name) do
      local ok, err = command.act(session, name, args)
      if not ok then return nil, err, name end
    end
    return { names = args.name }
  end
  return command
end

local rm = for_each {
  name = "rm", word = "+QFTPDEL", what = "Remote file.",
  summary = "Deletes remote files.",
  examples = { { "rm old.log older.log", "" } },
  act = function(session, name) return session:del(name) end,
}

-- Makes a folder and those above it. What is there already is fine, and so is a folder above
-- that the account may not make because it may only work below it.
local function make_path(session, name)
  local ok, err
  for at in name:gmatch("()/") do
    local parent = name:sub(1, at - 1)
    if parent:find("[^/]") then session:mkdir(parent, { exists_ok = true }) end
  end
  ok, err = session:mkdir(name, { exists_ok = true })
  return ok, err
end

local mkdir = for_each {
  name = "mkdir", word = "+QFTPMKDIR", what = "Remote folder.",
  summary = "Makes remote folders.",
  examples = {
    { "mkdir logs", "" },
    { "mkdir -p logs/2024/05", "those above it as well; no error if it is there" },
  },
  options = function(parser)
    parser:flag("-p --parents", "Make the folders above it as well; no error if it is there.")
  end,
  act = function(session, name, args)
    if args.parents then return make_path(session, name) end
    return session:mkdir(name)
  end,
}

local rmdir = for_each {
  name = "rmdir", word = "+QFTPRMDIR", what = "Remote folder.",
  summary = "Deletes empty remote folders.",
  examples = { { "rmdir logs/2024 logs", "" } },
  act = function(session, name) return session:rmdir(name) end,
}

local function add_name(word)
  return function(parser)
    parser:argument("name", "Remote file."):convert(kinds.remote(word))
  end
end

local mv = {
  name = "mv", needs = "session",
  summary = "Renames a remote file or folder.",
  examples = { { "mv today.log 2024-05-01.log", "" } },
  arguments = function(parser)
    parser:argument("old", "Present name."):convert(kinds.remote("+QFTPRENAME", 1))
    parser:argument("new", "New name."):convert(kinds.remote("+QFTPRENAME", 2))
  end,
  run = function(session, args)
    local ok, err = session:rename(args.old, args.new)
    if not ok then return nil, err, args.old end
    return { old = args.old, new = args.new }
  end,
}

local size = {
  name = "size", needs = "session",
  summary = "Prints the size of a remote file in bytes.",
  examples = { { "size today.log", "" } },
  arguments = add_name("+QFTPSIZE"),
  run = function(session, args)
    local bytes, err = session:size(args.name)
    if not bytes then return nil, err, args.name end
    return { name = args.name, size = bytes }
  end,
  show = function(result, say) say("%.0f", result.size) end,
}

local mdtm = {
  name = "mdtm", needs = "session",
  summary = "Prints when a remote file was last changed (UTC).",
  examples = { { "mdtm today.log", "2024-05-01T12:00:00Z" } },
  arguments = add_name("+QFTPMDTM"),
  run = function(session, args)
    local seconds, text = session:mdtm(args.name)
    if not seconds then return nil, text, args.name end
    return { name = args.name, modify = seconds, text = text }
  end,
  show = function(result, say) say("%s", os.date("!%Y-%m-%dT%H:%M:%SZ", result.modify)) end,
}

return { rm, mv, mkdir, rmdir, size, mdtm }
