--- One call to the module: the loop of step and wait.
--
-- A task is a state machine of the C core; task:step() moves it on without ever
-- blocking and tells what is to be done next. All waiting of the library is here.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local protect = require "bg96.ftp.protect"
local thread = require "bg96.ftp.thread"

local Call = {}

-- A failure in a callback that is not part of the call must not end it, and
-- must not be hidden either.
local function report(what, message)
  io.stderr:write(("bg96.ftp: error in %s: %s\n"):format(what, tostring(message)))
end

-- The subscriptions to a line, in a list of their own: a subscriber may take back any
-- subscription while the line is handed out.
local function subscriptions_to(modem, line)
  local matching = {}
  for _, subscription in ipairs(modem.subscriptions) do
    if line:sub(1, #subscription.prefix) == subscription.prefix then
      matching[#matching + 1] = subscription
    end
  end
  return matching
end

--- Hands an unsolicited line to its subscribers.
function Call.deliver(modem, line)
  for _, subscription in ipairs(subscriptions_to(modem, line)) do
    if not subscription.is_taken_back then
      local ok, message = pcall(subscription.fn, line)
      if not ok then report(("the function for %q"):format(subscription.prefix), message) end
    end
  end
end

--- Hands a line of the trace to the function given to ftp.open().
function Call.trace(modem, direction, text)
  local ok, message = pcall(modem.trace, direction, text)
  if not ok then report("the trace function", message) end
end

-- How a call ends in which something has thrown: an error object is what the call
-- fails of; what the scheduler throws gives the call up; anything else is the fault
-- of the caller's source, sink or progress function.
local function fail(call, task, message)
  task:withdraw()
  local _, _, _, _, command, _, transferred = task:step()
  task:release()
  if getmetatable(message) == Error then return nil, message end
  return nil, Error.new {
    kind = call.is_waiting and "cancelled" or "local",
    command = command, detail = tostring(message), transferred = transferred,
  }
end

local function wait(modem, call, task, handlers, fd, events, timeout)
  if handlers.progress then handlers.progress(task) end
  if handlers.patience then timeout = handlers.patience(timeout) end
  call.is_waiting = true
  modem.wait(fd, events, timeout)
  call.is_waiting = false
end

-- What each event does.
local function handle(modem, call, task, handlers, event, a, b, c)
  if event == "wait" then
    wait(modem, call, task, handlers, a, b, c)
  elseif event == "urc" then
    Call.deliver(modem, a)
  elseif event == "trace" then
    Call.trace(modem, a, b)
  else
    handlers[event](a, task)
  end
end

-- The fourth value of the loop is for Lua 5.4, which closes it when the loop is left:
-- a coroutine that is closed then gives its call up at once. Elsewhere the collector
-- does.
local function loop(modem, call, task, handlers)
  for event, a, b, c, d, e, f, g in task.step, task, nil, task do
    if event == "done" then
      if handlers.done then return handlers.done(a) end
      return a
    elseif event == "failed" then
      return nil, Error.from_step(a, b, c, d, e, f, g)
    end
    handle(modem, call, task, handlers, event, a, b, c)
  end
end

local none = {}

-- A source, sink or progress function runs inside a call: another one that it makes
-- to the same modem would wait for its own end.
local function refuse(task)
  task:withdraw()
  local _, _, _, _, command = task:step()
  return nil, Error.new {
    kind = "local", command = command,
    detail = "called by a source, sink or progress function of another call to this modem",
  }
end

--- Runs `task` to its end.
-- @param modem the modem that the task belongs to
-- @param task of the C core, in the queue already
-- @tparam[opt] table handlers what to do with lines, data and so on: functions
--   line(text), data(bytes), want(nil, task), progress(task), patience(seconds or
--   nil), which gives how long to wait instead, and done(value), whose result the
--   call then returns. What they throw ends the call with kind "local", what the
--   wait throws with kind "cancelled"; an error object is passed on as it is.
-- @return the task's value, or nil and an error object
function Call.run(modem, task, handlers)
  local caller = thread.running() or "main"
  -- A call that died of memory may stand there still, until the collector has seen it.
  if modem.calls[caller] then collectgarbage() end
  if modem.calls[caller] then return refuse(task) end
  local call = { is_waiting = false }
  modem.calls[caller] = call
  local ok, value, err = protect(loop, modem, call, task, handlers or none)
  modem.calls[caller] = nil
  if not ok then return fail(call, task, value) end
  task:release()
  return value, err
end

--- Lets `seconds` pass, while unsolicited lines are handed out; ends early where the
-- modem is closed. Waits on a descriptor of its own: the modem's may be waited on
-- already, by a call of another coroutine.
function Call.pause(modem, seconds)
  local watch = core.watch()
  local ends_at = modem.core:now() + seconds
  repeat
    local left = ends_at - modem.core:now()
    if left > 0 then modem.wait(watch:descriptor(), "r", math.min(left, 1)) end
    modem:poll()
  until left <= 0 or modem.is_closed
  watch:close()
end

return Call
