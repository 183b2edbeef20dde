--- The FTP servers of the specs: pyftpdlib, and three common daemons.

local process = require "spec.support.process"

local servers = {}

local DAEMON = "spec/support/daemon.py"

--- By name: `user` (the password is always "test"), `tls` modes, `lacks`, the features that
-- it does not have, `cuts`, whether an upload into the middle of a file truncates it, and
-- `dots`, the names that it adds to those in a folder.
servers.known = {
  pyftpdlib = { user = "test", tls = { "explicit", "implicit" } },
  vsftpd = { user = "anonymous", tls = { "explicit", "implicit" }, lacks = { mlsd = true } },
  proftpd = { user = "test", tls = { "explicit", "implicit" } },
  ["proftpd-debian"] = { user = "test", tls = {} },
  ["proftpd-bare"] = { user = "test", tls = {} },
  ["pure-ftpd"] = { user = "test", tls = { "explicit" }, cuts = true, dots = { ".", ".." } },
}

servers.names = { "pyftpdlib", "vsftpd", "proftpd", "pure-ftpd" }

--- Returns why a server cannot run on this machine; nil if it can.
function servers.problem(name)
  if name == "pyftpdlib" then return nil end -- needed by other specs as well
  local pipe = assert(io.popen(("/usr/bin/python3 %s %s --check 2>&1"):format(DAEMON, name)))
  local problem = pipe:read("*a"):gsub("%s+$", "")
  pipe:close()
  return problem ~= "" and problem or nil
end

--- A folder to serve: `path`, with the folder `files` in it, into which the account may write.
-- Some servers refuse accounts that may write into their root.
function servers.folder()
  local path = process.folder()
  assert(os.execute(("chmod 755 %s && mkdir -m 777 %s/files"):format(path, path)))
  return path
end

--- Starts a server over a folder.
-- @tparam[opt] string tls "explicit" or "implicit"
-- @tparam[opt] string certificate path of a PEM file with certificate and key
-- @return a process with `port` and stop()
function servers.start(name, root, tls, certificate)
  local words = name == "pyftpdlib" and { "spec/support/ftpd.py" } or { DAEMON, name }
  table.insert(words, 1, "/usr/bin/python3")
  for _, word in ipairs { "--root", root } do words[#words + 1] = word end
  if tls then
    for _, word in ipairs { "--tls", tls, "--certificate", certificate } do
      words[#words + 1] = word
    end
  end
  local server = process.start(words)
  server.port = assert(tonumber(server.line), server.line or name .. " does not start")
  return server
end

return servers
