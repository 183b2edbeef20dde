--- A folder whose files are uploaded as they come, each once: a file that has arrived is deleted,
-- or put away. Whatever fails is tried again, later and later; whoever is killed goes on at the
-- same byte.

local Error = require "bg96.ftp.error"
local copy = require "bg96.cli.copy"
local core = require "bg96.core"
local kinds = require "bg96.cli.kinds"
local lfs = require "lfs"
local localtree = require "bg96.cli.localtree"
local status = require "bg96.cli.status"

local Spool = {}
Spool.__index = Spool

local LONGEST_DELAY = 3600 -- seconds between two rounds, however often they fail
local PUT_AWAY = "sent"    -- the folder for files that are kept

--- @tparam table options folder, link (to the server), output, upload (the options of
--   session:upload() for a remote name), and, if wanted, into (a remote folder), keep (put
--   files away in place of deleting them), interval (seconds between two rounds), sleep
--   (function(seconds))
function Spool.new(options)
  local self = setmetatable({ sent = {}, refused = {} }, Spool)
  for name, value in pairs(options) do self[name] = value end
  return self
end

-- The files that are complete: a name that begins with a dot is one of a file that is not.
local function waiting_files(self)
  local names, message = localtree.names(self.folder)
  if not names then return nil, Error.new { kind = "local", detail = message } end
  local files = {}
  for _, name in ipairs(names) do
    local mode = lfs.attributes(self.folder .. "/" .. name, "mode")
    if mode == "file" and not name:find("^%.") then files[#files + 1] = name end
  end
  return files
end

local function remote_name(self, name)
  return (self.into and self.into:gsub("/+$", "") .. "/" or "") .. name
end

-- Whether the server can be asked to take the name. If not, it is said once.
local function check_name(self, name)
  local problem = kinds.remote_rule("+QFTPPUT")(remote_name(self, name))
  if problem and not self.refused[name] then self.output:warn(copy.misuse(problem), name) end
  self.refused[name] = problem
  return problem == nil
end

local function local_failure(message)
  return nil, Error.new { kind = "local", detail = message }
end

-- Takes a file that has arrived out of the folder. One that was written to meanwhile stays, and
-- is sent again.
local function take_away(self, name)
  local path = self.folder .. "/" .. name
  local ok, message
  if self.keep then
    local away = self.folder .. "/" .. PUT_AWAY
    if lfs.attributes(away, "mode") ~= "directory" then lfs.mkdir(away) end
    ok, message = os.rename(path, away .. "/" .. name)
  else
    ok, message = os.remove(path)
  end
  if ok then
    self.sent[name] = nil
    return true
  end
  return local_failure(("sent, but still in the folder: %s"):format(message))
end

-- Sends one file. Returns true; or nil, err.
local function send(self, session, name)
  local path = self.folder .. "/" .. name
  local _, stamp = core.stat(path)
  if self.sent[name] ~= stamp then
    local remote = remote_name(self, name)
    local report, err = session:upload(path, remote, self.upload(remote))
    if not report then return nil, err end
    self.output:report(self.describe(report, name))
    local _, now = core.stat(path)
    if now ~= stamp then
      return local_failure("was written to while it was sent, and is sent again")
    end
    self.sent[name] = stamp
  end
  return take_away(self, name)
end

local is_about_file = { [status.REFUSED] = true, [status.FILE] = true, [status.USAGE] = true }

-- Sends files up to a failure that concerns them all. Returns the first exit status that is no
-- success, DONE without one; or nil, err, for an interruption.
local function send_all(self, session, names)
  local worst = status.DONE
  for _, name in ipairs(names) do
    local ok, err = send(self, session, name)
    if not ok then
      if err.kind == "cancelled" then return nil, err end
      self.output:warn(err, name)
      local code = status.of(err)
      worst = worst == status.DONE and code or worst
      if not is_about_file[code] then break end
    end
  end
  return worst
end

-- What is known of files that are gone counts no more.
local function forget_gone(self, files)
  local is_there = {}
  for _, name in ipairs(files) do is_there[name] = true end
  for _, known in ipairs { self.sent, self.refused } do
    for name in pairs(known) do
      if not is_there[name] then known[name] = nil end
    end
  end
end

--- Sends what is in the folder.
-- @treturn integer an exit status: DONE if nothing is left; or nil, err, for an interruption
function Spool:round()
  local files, err = waiting_files(self)
  if not files then
    self.output:warn(err)
    return status.FILE
  end
  forget_gone(self, files)
  local names = {}
  for _, name in ipairs(files) do
    if check_name(self, name) then names[#names + 1] = name end
  end
  local refused = #names < #files and status.FILE or status.DONE
  if #names == 0 then return refused end
  local session
  session, err = self.link:login()
  if not session and err.kind == "cancelled" then return nil, err end
  local code
  if session then
    code, err = send_all(self, session, names)
  else
    self.output:warn(err, #names == 1 and "1 file waits" or ("%d files wait"):format(#names))
    code = status.of(err)
  end
  self.link:close() -- other programs may use the module until the next round
  if not code then return nil, err end
  return code == status.DONE and refused or code
end

--- Goes on for ever.
-- @return nil, err, for an interruption
function Spool:serve()
  local delay = self.interval
  while true do
    local code, err = self:round()
    if not code then return nil, err end
    if code == status.DONE or code == status.FILE then
      delay = self.interval
      self.sleep(delay)
    else
      self.sleep(delay)
      delay = math.min(2 * delay, math.max(LONGEST_DELAY, self.interval))
    end
  end
end

return Spool
