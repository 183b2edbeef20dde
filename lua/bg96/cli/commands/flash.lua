--- ufs: files in the module's own flash.

local kinds = require "bg96.cli.kinds"
local localfile = require "bg96.cli.localfile"

local ls = {
  name = "ls", needs = "modem",
  summary = "Lists the files in the module's flash, and the space left.",
  examples = { { "ufs ls", "size and name of each" }, { "ufs ls '*.pem'", "some" } },
  arguments = function(parser)
    parser:argument("pattern", "Names to list; all unless given.")
      :args("?"):convert(kinds.flash)
  end,
  run = function(modem, args)
    local files, err = modem:files(args.pattern or "*")
    if not files then return nil, err end
    local space
    space, err = modem:space()
    if not space then return nil, err end
    return { files = files, free = space.free, total = space.total }
  end,
  show = function(result, say)
    for _, file in ipairs(result.files) do say("%9.0f  %s", file.size, file.name) end
    say("%9.0f  bytes free of %.0f", result.free, result.total)
  end,
}

local get = {
  name = "get", needs = "modem",
  summary = "Reads a file from the module's flash; its checksum is verified.",
  examples = {
    { "ufs get notes.txt", "into ./notes.txt" },
    { "ufs get notes.txt -", "to standard output" },
  },
  arguments = function(parser)
    parser:argument("name", "File in the flash."):convert(kinds.flash)
    parser:argument("path", "Local file or folder, - for standard output."):args("?")
  end,
  uses_stdout = function(args) return args.path == "-" end,
  check = function(args)
    args.path = localfile.destination(args.path, args.name)
    if args.path == "-" then return true end
    return localfile.can_create(args.path)
  end,
  run = function(modem, args, output)
    local progress = output:progress(args.name, args.path == "-")
    local bytes, err = localfile.replace(args.path, function(sink)
      return modem:ufs(args.name):read { sink = sink, progress = progress }
    end)
    if not bytes then return nil, err, args.name end
    return { name = args.name, path = args.path, bytes = bytes }
  end,
}

local put = {
  name = "put", needs = "modem",
  summary = "Writes a file into the module's flash; its checksum is verified.",
  examples = { { "ufs put ca.pem", "" }, { "ufs put - ca.pem < ca.pem", "from standard input" } },
  arguments = function(parser)
    parser:argument("path", "Local file, - for standard input.")
    parser:argument("name", "File in the flash; as the local one unless given.")
      :args("?"):convert(kinds.flash)
  end,
  check = function(args)
    local name = args.name or localfile.base(args.path)
    if not name then return nil, "which name in the flash? Give one behind the file", true end
    local problem
    args.name, problem = kinds.flash(name)
    if problem then return nil, problem, true end
    args.file, problem = localfile.open(args.path)
    return args.file ~= nil, problem
  end,
  run = function(modem, args)
    local bytes, err = modem:ufs(args.name):write(args.file)
    if not bytes then return nil, err, args.name end
    return { name = args.name, path = args.path, bytes = bytes }
  end,
}

local rm = {
  name = "rm", needs = "modem",
  summary = "Deletes files in the module's flash.",
  examples = { { "ufs rm notes.txt", "" } },
  arguments = function(parser)
    parser:argument("name", "File in the flash."):args("+"):convert(kinds.flash)
  end,
  run = function(modem, args)
    for _, name in ipairs(args.name) do
      local ok, err = modem:ufs(name):remove()
      if not ok then return nil, err, name end
    end
    return { names = args.name }
  end,
}

return {
  { name = "ufs", summary = "Works on files in the module's own flash.",
    commands = { ls, get, put, rm } },
}
