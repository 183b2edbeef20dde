-- Uploads the files of a folder, and deletes each that has arrived. `bg96-ftp spool FOLDER` is
-- the same as a service, with all settings, back-off and a log.
--
--   BG96_PORT=/dev/ttyUSB2 BG96_APN=internet BG96_HOST=ftp.example.org BG96_USER=me \
--     BG96_PASSWORD=secret lua5.4 examples/spool.lua FOLDER

local ftp = require "bg96.ftp"
local lfs = require "lfs" -- LuaFileSystem

local folder = ftp.check(arg[1], "which folder?")

local modem = ftp.check(ftp.open { port = os.getenv("BG96_PORT") or "auto", port_wait = 60 })
ftp.check(modem:activate { apn = os.getenv("BG96_APN") })
local session = ftp.check(modem:login {
  host = ftp.check(os.getenv("BG96_HOST"), "which server?"),
  port = tonumber(os.getenv("BG96_SERVER_PORT") or 21),
  user = os.getenv("BG96_USER"), password = os.getenv("BG96_PASSWORD"),
})

for name in lfs.dir(folder) do
  local path = folder .. "/" .. name
  -- A hidden file is not complete yet, and a journal is the library's.
  local is_ours = name:find("^%.") or name:find("%.upload$")
  if lfs.attributes(path, "mode") == "file" and not is_ours then
    -- Interrupted by anything, even a power cut, this goes on at the same byte next time.
    local report, err = session:upload(path, name, { deadline = 3600 })
    if report then os.remove(path) end
    print(name, report and report.bytes .. " bytes" or tostring(err))
  end
end

modem:close()
