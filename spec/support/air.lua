--- What goes over the air: the FTP commands and the bytes of a memory backend.

local air = {}

local WORDS = {
  open = "USER PASS TYPE", close = "QUIT", cwd = "CWD", pwd = "PWD", size = "SIZE", mdtm = "MDTM",
  del = "DELE", mkdir = "MKD", rmdir = "RMD", rename = "RNFR RNTO", list = "PASV LIST",
  nlst = "PASV NLST", mlsd = "PASV MLSD",
}

local TRANSFERS = { retrieve = "RETR", store = "STOR" }

local function words_of(request)
  local word = TRANSFERS[request.verb]
  if not word then return WORDS[request.verb] end
  return request.offset > 0 and "PASV REST " .. word or "PASV " .. word
end

--- Notes from now on which FTP commands the module sends to `server`, a memory backend.
-- @treturn table an array of commands; tostring() joins them
function air.watch(server)
  local sent = setmetatable({}, { __tostring = function(list) return table.concat(list, " ") end })
  local start = server.start
  function server:start(request)
    for word in words_of(request):gmatch("%S+") do sent[#sent + 1] = word end
    return start(self, request)
  end
  return sent
end

return air
