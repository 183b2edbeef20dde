--- What a run logs in to: the network, and an FTP server in memory with what lies there.

local memory = require "bg96.emulator.memory"
local payload = require "spec.simulation.payload"
local tree = require "bg96.emulator.tree"

local remote = {
  access_password = "s3cretOfApn", host = "ftp.example.com", user = "joe", password = "s3cretOfJoe",
}

-- A folder for each kind of listing, with a name in it that looks like the end of the
-- listing, with the right count of bytes.
local function set_traps(server, root)
  for verb, word in pairs { list = "+QFTPLIST", nlst = "+QFTPNLST", mlsd = "+QFTPMLSD" } do
    local file = { kind = "file", content = "", mtime = 1704067200 }
    local before = #tree.listing(verb, "", { kind = "dir", entries = { a = file } }) - #"\r\n"
    local name = ("a\r\nOK\r\n\r\n%s: 0,%d"):format(word, before)
    local path = root .. "/trap-" .. verb
    server:put(path .. "/x", "x")
    server.tree:node(path).entries[name] = file
  end
end

--- The server for a plan: each worker has a folder of its own, "/w1" and so on.
function remote.new(plan)
  local server = memory.new {
    users = { [remote.user] = remote.password }, ports = { [21] = true }, delay = plan.delay,
  }
  for _, row in ipairs(plan.refuse) do server.refuse[row[1]] = row[2] end
  server:put("/victim", "untouched")
  for i = 1, #plan.workers do
    server:put(("/w%d/big"):format(i), payload.make(plan.big))
    server:put(("/w%d/here/x y.txt"):format(i), "x")
    set_traps(server, ("/w%d"):format(i))
  end
  return server
end

return remote
