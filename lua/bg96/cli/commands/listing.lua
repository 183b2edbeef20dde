--- ls and mlsd: what is in a remote folder.

local format = require "bg96.cli.format"
local json = require "bg96.cli.json"
local kinds = require "bg96.cli.kinds"

local HERE = "."

local function add_folder(word)
  return function(parser)
    parser:argument("folder", "Remote folder; the one after the login unless given.")
      :args("?"):convert(kinds.remote(word))
  end
end

local ls = {
  name = "ls", needs = "session",
  summary = "Lists the names in a remote folder.",
  examples = {
    { "ls", "names, one a line" },
    { "ls -l logs", "as the server shows them to people" },
    { "--json ls logs", "an array of names" },
  },
  arguments = function(parser)
    add_folder("+QFTPNLST")(parser)
    parser:flag("-l --long", "The server's own long listing (LIST).")
  end,
  run = function(session, args)
    local list = args.long and session.list or session.nlst
    local found, err = list(session, args.folder or HERE)
    if not found then return nil, err, args.folder end
    return args.long and { listing = found } or found
  end,
  show = function(result, say)
    for _, name in ipairs(result) do say("%s", name) end
    for line in (result.listing or ""):gmatch("[^\r\n]+") do say("%s", line) end
  end,
}

-- string.format() takes no NUL where a width is given.
local function show_entry(entry, say)
  local size = entry.size and ("%.0f"):format(entry.size) or "-"
  say("%-4s %12s  %-19s  %s", format.printable(entry.type or "-"), size,
    entry.modify and os.date("!%Y-%m-%d %H:%M:%S", entry.modify) or "-", entry.name)
end

local mlsd = {
  name = "mlsd", needs = "session",
  summary = "Lists a remote folder with type, size and time (UTC) of each entry.",
  examples = {
    { "mlsd", "a table" },
    { "--json mlsd logs | jq -r '.[] | select(.size > 1000000).name'", "names of the big ones" },
  },
  arguments = add_folder("+QFTPMLSD"),
  run = function(session, args)
    local entries, err = session:mlsd(args.folder or HERE)
    if not entries then return nil, err, args.folder end
    for _, entry in ipairs(entries) do json.object(entry.facts) end
    return entries
  end,
  show = function(entries, say)
    for _, entry in ipairs(entries) do show_entry(entry, say) end
  end,
}

return { ls, mlsd }
