--- batch: several commands with one login, one a line of standard input.

local Error = require "bg96.ftp.error"
local copy = require "bg96.cli.copy"
local signals = require "bg96.cli.signals"
local status = require "bg96.cli.status"

-- The words of a line. Blanks separate them; in quotes, single or double, they are part of one.
-- Returns nil where a quote does not close.
local function split(line)
  local words, at = {}, line:find("%S")
  while at do
    local quote = line:match("^[\"']", at)
    local word, stop
    if quote then
      word, stop = line:match("^" .. quote .. "([^" .. quote .. "]*)" .. quote .. "()", at)
      if not word or line:find("^%S", stop) then return nil end
    else
      word, stop = line:match("^(%S+)()", at)
    end
    words[#words + 1] = word
    at = line:find("%S", stop)
  end
  return words
end

-- The command of a line, ready to run; or nil, what is wrong, and the exit status for it.
local function read_command(line, args)
  local words = split(line)
  if not words then return nil, "a quote does not close", status.USAGE end
  local parsed, command = require("bg96.cli.arguments").parse_line(words)
  if not parsed then return nil, command, status.USAGE end
  parsed.settings, parsed.json, parsed.link = args.settings, args.json, args.link
  local ok, problem, code = true, nil, nil
  if command.check then ok, problem, code = command.check(parsed) end
  if ok and (parsed.is_stream or command.uses_stdout and command.uses_stdout(parsed)) then
    ok, problem, code = nil, "standard input and output (-) are not for a batch", status.USAGE
  end
  if not ok then return nil, problem, code or status.FILE end
  return command, parsed
end

-- Runs the command of a line. Returns its exit status; or nil, err, subject.
local function run_command(command, parsed, link, output)
  local target, err
  if command.needs == "session" then target, err = link:login() else target, err = link:open() end
  if not target then return nil, err end
  local result, subject
  result, err, subject = command.run(target, parsed, output)
  output:doing(nil)
  if not result then return nil, err, subject end
  output:result(result, command.show)
  return command.status and command.status(result, parsed) or status.DONE
end

-- Runs a line. Returns its exit status; or nil, err, for an interruption.
local function run_line(line, number, args, output)
  local command, parsed, code = read_command(line, args)
  if not command then
    output:failure(code == status.FILE and Error.new { kind = "local", detail = parsed }
      or copy.misuse(parsed), ("line %d"):format(number))
    return code
  end
  local done, err, subject = run_command(command, parsed, args.link, output)
  if done then return done end
  if err.kind == "cancelled" then return nil, err end
  output:failure(err, ("line %d: %s"):format(number, subject or command.name))
  return status.of(err)
end

local function run(_, args, output)
  local number = 0
  for line in io.stdin:lines() do
    number = number + 1
    if line:find("%S") and not line:find("^%s*#") then
      local code, err = run_line(line:gsub("\r$", ""), number, args, output)
      if not code then return nil, err end
      if code ~= status.DONE then args.outcome = args.outcome or code end
      if code ~= status.DONE and not args.keep_going then break end
    end
  end
  if signals.caught() then return nil, Error.new { kind = "cancelled" } end
  return {}
end

return { {
  name = "batch", needs = "session", has_no_batch = true, prints_itself = true,
  status = copy.status,
  summary = "Runs commands from standard input with one login.",
  examples = {
    { "batch < commands", "one command a line; # begins a comment" },
    { "printf 'mkdir -p logs\\nput today.log logs/\\n' | bg96-ftp batch", "" },
  },
  arguments = function(parser) copy.add_keep_going(parser) end,
  run = run, split = split,
} }
