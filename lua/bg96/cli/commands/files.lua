--- rm, mv, mkdir, rmdir, size, mdtm: single files and folders on the server.

local kinds = require "bg96.cli.kinds"

-- A command that does the same with each given name, up to the first failure.
local function for_each(name, method, word, summary, what, examples)
  return {
    name = name, needs = "session", summary = summary, examples = examples,
    arguments = function(parser)
      parser:argument("name", what):args("+"):convert(kinds.remote(word))
    end,
    run = function(session, args)
      for _, remote in ipairs(args.name) do
        local ok, err = session[method](session, remote)
        if not ok then return nil, err, remote end
      end
      return { names = args.name }
    end,
  }
end

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

return {
  for_each("rm", "del", "+QFTPDEL", "Deletes remote files.", "Remote file.",
    { { "rm old.log older.log", "" } }),
  mv,
  for_each("mkdir", "mkdir", "+QFTPMKDIR", "Makes remote folders.", "Remote folder.",
    { { "mkdir logs logs/2024", "" } }),
  for_each("rmdir", "rmdir", "+QFTPRMDIR", "Deletes empty remote folders.", "Remote folder.",
    { { "rmdir logs/2024 logs", "" } }),
  size, mdtm,
}
