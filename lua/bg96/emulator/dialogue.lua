--- The FTP commands with which a client carries out a request (see bg96.emulator.backend),
-- as the steps of bg96.emulator.air: what the memory backend says over the air. The
-- commands are those of the network backend; the replies are as long as usual.
local dialogue = {}

local GREETING = 28
-- The length of the replies, with CR LF.
local REPLIES = {
  AUTH = 18, USER = 33, PASS = 23, PBSZ = 21, PROT = 33, TYPE = 26, CWD = 34, PWD = 34, SIZE = 10,
  MDTM = 20, DELE = 24, MKD = 24, RMD = 24, RNFR = 36, RNTO = 21, PASV = 49, PORT = 41, REST = 36,
  RETR = 54, STOR = 54, LIST = 54, NLST = 54, MLSD = 54, QUIT = 14,
}
local END = 24

local function command(word, argument)
  local text = argument and word .. " " .. argument or word
  return { kind = "command", word = word, up = #text + 2, down = REPLIES[word] }
end

local LISTINGS = { list = true, nlst = true, mlsd = true }

--- Whether the type that a login or a transfer sets is ASCII: that of listings is.
function dialogue.is_ascii(request)
  return LISTINGS[request.verb] or request.ascii == true
end

local function type_of(ascii)
  return command("TYPE", ascii and "A" or "I")
end

local steps_of = {}

function steps_of.open(request)
  local tls = request.tls and { kind = "tls" }
  local implicit = tls and request.tls.mode == "implicit"
  local steps = { { kind = "connect" } }
  local function add(step) steps[#steps + 1] = step end
  if implicit then add(tls) end
  add { kind = "greeting", down = GREETING }
  if tls and not implicit then
    add(command("AUTH", "TLS"))
    add(tls)
  end
  add(command("USER", request.user or ""))
  add(command("PASS", request.password or ""))
  if tls then
    add(command("PBSZ", "0"))
    add(command("PROT", "P"))
  end
  add(type_of(dialogue.is_ascii(request)))
  return steps
end

function steps_of.rename(request)
  return { command("RNFR", request.name), command("RNTO", request.new_name) }
end

for verb, word in pairs { cwd = "CWD", size = "SIZE", mdtm = "MDTM", del = "DELE", mkdir = "MKD",
  rmdir = "RMD" } do
  steps_of[verb] = function(request) return { command(word, request.name) } end
end

function steps_of.pwd() return { command("PWD") } end

function steps_of.close() return { command("QUIT") } end

local WORDS = { retrieve = "RETR", store = "STOR", list = "LIST", nlst = "NLST", mlsd = "MLSD" }

-- `login` is the request with which the session was opened.
local function transfer(request, login, type_is_ascii)
  local steps = {}
  local function add(step) steps[#steps + 1] = step end
  local ascii = dialogue.is_ascii(request)
  if ascii ~= type_is_ascii then add(type_of(ascii)) end
  add(login.passive == false and command("PORT", "192,168,100,100,200,100") or command("PASV"))
  add { kind = "connect", data = true }
  if (request.offset or 0) > 0 then add(command("REST", ("%d"):format(request.offset))) end
  local is_listing_here = LISTINGS[request.verb] and request.name == "."
  add(command(WORDS[request.verb], not is_listing_here and request.name or nil))
  if login.tls then add { kind = "tls" } end
  return steps
end

--- The steps of `request` up to its data connection. `session`: `login`, the request that
-- has opened the session, and `ascii`, the type that is set.
function dialogue.steps(request, session)
  if WORDS[request.verb] then return transfer(request, session.login, session.ascii) end
  return steps_of[request.verb](request)
end

--- The same when the server refuses: up to the `last` word, or kind of step.
function dialogue.until_refused(steps, last)
  local list = {}
  for _, step in ipairs(steps) do
    list[#list + 1] = step
    if step.word == last or step.kind == last then break end
  end
  return list
end

--- The second reply to a transfer.
function dialogue.ending()
  return { kind = "reply", down = END }
end

return dialogue
