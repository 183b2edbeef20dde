--- One call to the module: the loop of step and wait.
--
-- A task is a state machine of the C core; task:step() moves it on without ever
-- blocking and tells what is to be done next. All waiting of the library is here.

local Error = require "bg96.ftp.error"
local protect = require "bg96.ftp.protect"

local Call = {}

-- A failure in a callback that is not part of the call must not end it, and
-- must not be hidden either.
local function report(what, message)
  io.stderr:write(("bg96.ftp: error in %s: %s\n"):format(what, tostring(message)))
end

--- Hands an unsolicited line to those who subscribed to it.
function Call.deliver(modem, line)
  for _, subscription in ipairs(modem.subscriptions) do
    if line:sub(1, #subscription.prefix) == subscription.prefix then
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

local function fail_locally(task, message)
  task:withdraw()
  local _, _, _, _, command, _, transferred = task:step()
  task:release()
  if getmetatable(message) == Error then return nil, message end
  return nil, Error.new {
    kind = "local", command = command, detail = tostring(message), transferred = transferred,
  }
end

-- What each event does; true ends the loop.
local function handle(modem, task, handlers, event, a, b, c)
  if event == "wait" then
    if handlers.progress then handlers.progress(task) end
    modem.wait(a, b, handlers.patience and handlers.patience(c) or c)
  elseif event == "urc" then
    Call.deliver(modem, a)
  elseif event == "trace" then
    Call.trace(modem, a, b)
  else
    handlers[event](a, task)
  end
end

local function loop(modem, task, handlers)
  while true do
    local event, a, b, c, d, e, f = task:step()
    if event == "done" then
      if handlers.done then return handlers.done(a) end
      return a
    elseif event == "failed" then
      return nil, Error.from_step(a, b, c, d, e, f)
    end
    handle(modem, task, handlers, event, a, b, c)
  end
end

local none = {}

--- Runs `task` to its end.
-- @param modem the modem that the task belongs to
-- @param task of the C core, in the queue already
-- @tparam[opt] table handlers what to do with lines, data and so on: functions
--   line(text), data(bytes), want(nil, task), progress(task), patience(seconds or
--   nil), which gives how long to wait instead, and done(value), whose result the
--   call then returns. What they throw ends the call with kind
--   "local"; an error object is passed on as it is.
-- @return the task's value, or nil and an error object
function Call.run(modem, task, handlers)
  local ok, value, err = protect(loop, modem, task, handlers or none)
  if not ok then return fail_locally(task, value) end
  task:release()
  return value, err
end

return Call
