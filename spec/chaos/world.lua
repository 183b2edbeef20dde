--- What all kinds of chaos have: the calls that their coroutines make, and how each is judged.

local Error = require "bg96.ftp.error"
local operations = require "spec.chaos.operations"
local protect = require "bg96.ftp.protect"

local World = {}
World.__index = World

local kinds = {}
for kind in ("ftp cme error timeout port reset pdp framing local verify deadline cancelled closed")
  :gmatch("%a+") do kinds[kind] = true end

-- Longest time of a call: what the module's own timeouts, a resync and a queue of others take.
local CALL_SECONDS, CLOSE_SECONDS = 900, 12

--- A world; `fields` has random, pause (a wait), modem, session, path, now() and abandon().
function World.new(fields)
  fields.subscribed, fields.calls, fields.log = 0, 0, {}
  local world = setmetatable(fields, World)
  -- Callbacks know these as plain functions.
  world.close = function() return World.close_modem(world) end
  world.check_error = function(err) return World.judge_error(world, err) end
  return world
end

--- Notes that an invariant does not hold.
function World:fail(text, ...)
  self.failure = self.failure or text:format(...)
end

--- A line of what has happened, for who looks into a failure.
function World:note(text, ...)
  self.log[#self.log + 1] = ("%10.3f "):format(self.now()) .. text:format(...)
end

function World:judge_error(err)
  if getmetatable(err) ~= Error or not kinds[err.kind] then
    self:fail("an error that is none: %s", tostring(err))
  elseif tostring(err):find("s3cret", 1, true) then
    self:fail("an error that holds the password")
  end
end

--- Closes the modem, which is bounded in time and leaves the port closed.
function World:close_modem()
  local started = self.now()
  self:note("close")
  local ok = self.modem:close()
  self:note("closed")
  if ok ~= true then self:fail("close() gave %s", tostring(ok)) end
  if self.now() - started > CLOSE_SECONDS then
    self:fail("close() took %.1f s", self.now() - started)
  end
  return true
end

-- An operation may be cut off by its coroutine's end; then nothing is judged.
local function judge(world, name, started, ok, value, err)
  if not ok then return world:fail("%s threw %s", name, tostring(value)) end
  if value == nil then world:judge_error(err) end
  world:note("%s: %s", name, value == nil and tostring(err) or "worked")
  if world.now() - started > CALL_SECONDS then
    world:fail("%s took %.1f s", name, world.now() - started)
  end
end

--- Makes a few calls of random kinds.
function World:work()
  for _ = 1, self.random:integer(1, 6) do
    local name = operations.pick(self)
    self.calls = self.calls + 1
    self:note("%s ...", name)
    local started = self.now()
    judge(self, name, started, protect(operations[name], self, self.modem))
    if self.random:one_in(3) then self.pause(-1, nil, self.random:integer(0, 50) / 10) end
  end
end

local faults = {
  "drop,%s", "drop,how=silence,%s", "drop,how=result,close=yes,%s", "early,%s", "early,how=bare,%s",
  "close,%s", "pdp,%s", "reset,%s", "brownout,%s", "hang,wake=20,%s", "hang,%s", "unplug,%s",
  "ufs-full,%s", "urc,%s,line=+QIND:1", "urc,%s,line=RING",
  "chatter,%s,every=1,count=30,line=+QIND:2",
}

--- The text of a fault that strikes some time; nil where there is none.
function World:pick_fault()
  if self.random:one_in(3) then return nil end
  return (self.random:choice(faults):format(self.random:choice {
    "seconds=" .. self.random:integer(1, 60), "bytes=" .. self.random:integer(1, 60000),
  }))
end

return World
