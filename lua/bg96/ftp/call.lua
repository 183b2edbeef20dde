--- One call to the module: the loop of step and wait.
--
-- A task is a state machine of the C core. task:step() moves it on, never blocks, and tells
-- what to do next.

local Error = require "bg96.ftp.error"
local deadline = require "bg96.ftp.deadline"
local protect = require "bg96.ftp.protect"
local thread = require "bg96.ftp.thread"

local Call = {}

-- A subscriber or trace function that throws must not end the call under which it runs,
-- and the error must not be hidden either.
local function report(what, message)
  io.stderr:write(("bg96.ftp: error in %s: %s\n"):format(what, tostring(message)))
end

-- The call that the running coroutine is inside of; nil where there is none. On Lua 5.1
-- an error out of memory can end a call and leave its entry behind: then the coroutine
-- that has run it does not run any more.
local function current_call(modem, caller)
  local call = modem.calls[caller]
  local status = call and call.thread and coroutine.status(call.thread)
  if status == "dead" or status == "suspended" then return nil end
  return call
end

--- The error of a call that is made inside a callback of another call to the modem: it
-- would wait for its own end.
-- @treturn table error object; nil where the running coroutine is in no callback
function Call.refusal(modem, command)
  if not current_call(modem, thread.running() or "main") then return nil end
  return Error.new {
    kind = "local", command = command,
    detail = "called inside a callback of another call to this modem",
  }
end

-- Enters a call before `f` runs in it. This is done inside pcall() or protect(), and so
-- leave() follows whatever is thrown.
local function enter(modem, caller, call, f, ...)
  call.thread = coroutine.running()
  modem.calls[caller] = call
  return f(...)
end

-- Gives back all that follows `call`, which nothing else keeps alive while it runs.
local function leave(modem, caller, _, ...)
  modem.calls[caller] = nil
  return ...
end

-- protect() takes Lua functions only.
local function apply(fn, ...)
  return fn(...)
end

--- Calls a function of the script, which may yield, and in which calls to this modem are
-- refused, but for modem:close().
-- @return what protect() returns
function Call.callback(modem, fn, ...)
  local caller = thread.running() or "main"
  if current_call(modem, caller) then return protect(apply, fn, ...) end
  local mark = {}
  return leave(modem, caller, mark, protect(enter, modem, caller, mark, fn, ...))
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
      local ok, message = Call.callback(modem, subscription.fn, line)
      if not ok then report(("the function for %q"):format(subscription.prefix), message) end
    end
  end
end

--- Hands a line of the trace to the function given to ftp.open().
function Call.trace(modem, direction, text)
  local ok, message = Call.callback(modem, modem.trace, direction, text)
  if not ok then report("the trace function", message) end
end

-- Ends a call in which something has thrown. Where the call had failed already, as the modem
-- was closed in a callback, that is its error. An error object is the call's error. Anything
-- else that wait() has thrown means that the scheduler gives the call up; the rest comes
-- from the script's source, sink or progress function.
local function fail(call, task, thrown)
  task:withdraw()
  local event, kind, code, protocol, command, detail, transferred, reason = task:step()
  task:release()
  if event == "failed" and kind ~= "cancelled" then
    return nil, Error.from_step(kind, code, protocol, command, detail, transferred, reason)
  end
  if getmetatable(thrown) == Error then
    if thrown.kind == "deadline" then
      thrown.command, thrown.transferred = command, transferred
    end
    return nil, thrown
  end
  return nil, Error.new {
    kind = call.is_waiting and "cancelled" or "local",
    command = command, detail = tostring(thrown), transferred = transferred,
  }
end

local function wait(modem, call, task, handlers, fd, events, timeout)
  local wanted = handlers.progress and handlers.progress(task)
  if wanted and wanted < (timeout or math.huge) then timeout = wanted end
  local left, expired = deadline.left(modem)
  if not left then error(expired, 0) end
  if left < (timeout or math.huge) then timeout = left end
  call.is_waiting = true
  modem.wait(fd, events, timeout)
  call.is_waiting = false
end

-- Does what an event asks for.
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

-- The fourth value of the loop is for Lua 5.4, which closes it when the loop is left: a
-- coroutine that is closed then gives its call up at once. On other versions the collector
-- does that.
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

-- Gives a task up before its first step, with an error that lacks the command.
local function give_up(task, err)
  task:withdraw()
  local _, _, _, _, command = task:step()
  task:release()
  err.command = command
  return nil, err
end

local no_handlers = {}

--- Runs `task` to its end.
-- @param modem the modem that the task belongs to
-- @param task of the C core, in the queue already
-- @tparam[opt] table handlers what to do with lines, data and so on: functions
--   line(text), data(bytes), want(count, task), progress(task), which is called before each
--   wait and may return how many seconds that may last, and done(value), whose result the
--   call then returns. What they throw ends the call with kind "local",
--   what the wait throws with kind "cancelled"; an error object is passed on as it is.
-- @return the task's value, or nil and an error object
function Call.run(modem, task, handlers)
  local refusal = Call.refusal(modem)
  if refusal then return give_up(task, refusal) end
  local left, expired = deadline.left(modem)
  if not left then return give_up(task, expired) end
  local caller, call = thread.running() or "main", { is_waiting = false }
  local ok, value, err = leave(modem, caller, call,
    protect(enter, modem, caller, call, loop, modem, call, task, handlers or no_handlers))
  if not ok then return fail(call, task, value) end
  task:release()
  return value, err
end

return Call
