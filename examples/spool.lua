-- A service for a router: uploads the files of a folder, and deletes each file that has
-- arrived. procd or systemd starts it and may kill it at any moment: the state of an
-- unfinished upload is kept beside the file, and the next start continues it.
--
--   BG96_HOST=ftp.example.org BG96_USER=me BG96_PASSWORD=secret \
--     lua5.4 examples/spool.lua FOLDER [--once]
--
-- Further settings: BG96_PORT, BG96_BAUDRATE (or auto), BG96_SPEED (raise it to this),
-- BG96_WAIT_PORT (seconds to wait for a port that is locked or not there yet), BG96_APN and
-- BG96_SERVER_PORT. A program that fills the folder should write to a name that begins with a
-- dot and then rename the file, so that every visible file is complete. The log goes to syslog,
-- by logger(1).

local ftp = require "bg96.ftp"
local lfs = require "lfs" -- LuaFileSystem
local wait = require "bg96.wait.poll"

local PAUSE = 60                 -- seconds between two scans of the folder
local FIRST_DELAY, LONGEST_DELAY = 60, 3600 -- seconds after the first failure, and at most
local FILE_DEADLINE = 3 * 3600   -- seconds for one file, so that it cannot hold up the others

local folder, once = arg[1], arg[2] == "--once"
local host = os.getenv("BG96_HOST")
if not folder or not host then
  io.stderr:write("usage: BG96_HOST=... spool.lua FOLDER [--once]\n")
  os.exit(2)
end

-- One line each, whatever the names of files hold.
local function log(priority, pattern, ...)
  local logger = io.popen("logger -t bg96-spool -p daemon." .. priority, "w")
  if not logger then return end
  logger:write((pattern:format(...):gsub("%c", "?")), "\n")
  logger:close()
end

local function sleep(seconds)
  wait(-1, nil, seconds) -- no descriptor: only time can end it
end

-- The names of complete files in order, without the records that the library keeps beside
-- an unfinished upload.
local function waiting_files()
  local names = {}
  for name in lfs.dir(folder) do
    local is_private = name:find("^%.") or name:find("%.upload$") or name:find("%.upload%.new$")
    if not is_private and lfs.attributes(folder .. "/" .. name, "mode") == "file" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

local function connect()
  local modem, session, ok, err
  local baudrate = os.getenv("BG96_BAUDRATE") or "115200"
  modem, err = ftp.open {
    port = os.getenv("BG96_PORT") or "auto",
    port_wait = tonumber(os.getenv("BG96_WAIT_PORT") or 0),
    baudrate = tonumber(baudrate) or baudrate,
    speed = tonumber(os.getenv("BG96_SPEED")),
  }
  if not modem then return nil, err end
  ok, err = modem:activate { apn = os.getenv("BG96_APN") }
  if ok then
    session, err = modem:login {
      host = host, port = tonumber(os.getenv("BG96_SERVER_PORT") or 21),
      user = os.getenv("BG96_USER"), password = os.getenv("BG96_PASSWORD"),
    }
  end
  if session then return modem, session end
  modem:close()
  return nil, err
end

-- Uploads a file. A name that no AT command can hold, with a quote in it for example, is
-- misuse and raises an error: here it is one of this file.
local function upload(session, path, name)
  local ok, report, err = pcall(session.upload, session, path, name,
    { deadline = FILE_DEADLINE, reboot = true })
  if ok then return report, err end
  return nil, report
end

-- Sends one file, and deletes it only when the server has the whole file.
local function send(session, name)
  local path = folder .. "/" .. name
  local report, err = upload(session, path, name)
  if not report then
    log("err", "%s: %s", name, tostring(err))
    return false, err
  end
  log("info", "%s: %.0f bytes in %.0f s, %d attempts", name, report.bytes, report.seconds,
    report.attempts)
  local ok, message = os.remove(path)
  if not ok then log("err", "sent, but not deleted: %s", message) end
  return ok
end

-- Whether the failure concerns this file only: the others may still get through.
local function is_about_file(err)
  return type(err) == "string" or err and (err.kind == "local" or (err.protocol or 0) >= 500)
end

-- Sends all files. Returns false if some are left for another try.
local function send_all(names)
  if #names == 0 then return true end
  local modem, session = connect()
  if not modem then
    log("warning", "%d files wait: %s", #names, tostring(session))
    return false
  end
  local is_done = true
  for _, name in ipairs(names) do
    local ok, err = send(session, name)
    is_done = is_done and ok
    if not ok and not is_about_file(err) then break end
  end
  modem:close() -- other programs may use the module until the next scan
  return is_done
end

local delay = FIRST_DELAY
repeat
  local names = waiting_files()
  local ok, is_done = pcall(send_all, names)
  if not ok then -- a setting that no module takes, such as a password with a quote
    log("err", "%s", tostring(is_done))
    os.exit(2)
  end
  if once then os.exit(is_done and 0 or 1) end
  sleep(is_done and PAUSE or delay)
  delay = is_done and FIRST_DELAY or math.min(2 * delay, LONGEST_DELAY)
until false
