-- session:upload to ProFTPD as Debian configures it, and without any configuration: it
-- answers REST, and then refuses the STOR behind it (451). The bare one also refuses to write
-- over a file (550).

local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local servers = require "spec.support.servers"
local transfer_bench = require "spec.support.transfer_bench"

local data = transfer_bench.data(60000)

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local function names_in(folder)
  local names = {}
  local pipe = assert(io.popen(("ls -A '%s'"):format(folder)))
  for name in pipe:lines() do names[#names + 1] = name end
  pipe:close()
  return names
end

-- How often each refuses a command: the offset, and to write over what was left.
local refusals = { ["proftpd-debian"] = 1, ["proftpd-bare"] = 2 }

for name, expected in pairs(refusals) do
  local problem = servers.problem(name)
  if problem then
    pending(("%s: %s"):format(name, problem))
  else
    describe("#servers " .. name, function()
      local root, folder, server, emulator

      before_each(function()
        root, folder = servers.folder(), process.folder()
        server = servers.start(name, root)
      end)

      after_each(function()
        if emulator then emulator:stop() end
        server:stop()
        process.remove(root)
        process.remove(folder)
      end)

      -- Uploads over so many drops; gives the report, and what failed on the way.
      local function upload(drops, options)
        emulator = process.emulator("--baud", "921600", "--fault", drops)
        local path = folder .. "/local"
        local file = assert(io.open(path, "wb"))
        file:write(data)
        file:close()
        local errors = {}
        options = options or {}
        options.on_retry = function(err) errors[#errors + 1] = tostring(err) end
        local modem = assert(ftp.open { port = emulator.line })
        assert(modem:activate { apn = "internet" })
        local session = assert(modem:login { host = "127.0.0.1", port = server.port, user = "test",
          password = "test", timeout = 20 })
        assert(session:cwd("files"))
        local report, err = session:upload(path, "f", options)
        modem:close()
        return report, err, errors
      end

      it("gets all of an upload again after a drop, and not from an offset ever after", function()
        local report, err, errors = upload("drop,bytes=20000,times=2")
        assert.is_table(report, tostring(err) .. "\n" .. table.concat(errors, "\n"))
        assert.is_true(read_file(root .. "/files/f") == data)
        assert.same({ "f" }, names_in(root .. "/files"))
        local refused = 0
        for _, text in ipairs(errors) do
          if text:find("FTP 451") or text:find("FTP 550") then refused = refused + 1 end
        end
        assert.equal(expected, refused, table.concat(errors, "\n"))
      end)
    end)
  end
end
