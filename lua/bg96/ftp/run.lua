--- ftp.run: functions as coroutines side by side over poll(2), with no other
-- library.

local core = require "bg96.core"
local poll = require "bg96.wait.poll"
local thread = require "bg96.ftp.thread"

local run = {}

-- The jobs by their coroutines: those that a run() has made, and that may yield to it.
local job_of = setmetatable({}, { __mode = "kv" })

--- The default wait: yields inside a run(), blocks outside.
function run.wait(fd, events, timeout)
  if job_of[thread.yielding()] then return coroutine.yield(fd, events, timeout) end
  return poll(fd, events, timeout)
end

--- Lets `seconds` pass: other functions of a run() go on, outside of one it blocks.
function run.sleep(seconds)
  run.wait(-1, nil, seconds)
end

-- A job belongs to the run() that has made it, which waits for its end.
local function end_job(job, ok, message)
  local group = job.group
  job.ended = true
  group.left = group.left - 1
  if not ok and not group.failure then
    group.failure = { message = message, trace = debug.traceback(job.thread) }
  end
  if group.left == 0 and group.waiting then group.waiting.is_due = true end
end

-- Lets a job go on until it waits or ends.
local function resume(job, ...)
  job.is_due = false
  local ok, fd, events, timeout = coroutine.resume(job.thread, ...)
  if coroutine.status(job.thread) == "dead" then return end_job(job, ok, fd) end
  job.fd, job.events = fd, events
  job.deadline = timeout and core.now() + timeout
  -- A job that yields nothing lets the others have a turn.
  job.is_due = not fd and not timeout
end

local function remove_ended(jobs)
  local kept = 0
  for i = 1, #jobs do
    local job = jobs[i]
    jobs[i] = nil
    if not job.ended then
      kept = kept + 1
      jobs[kept] = job
    end
  end
end

-- Seconds until the first deadline; nil where no job has one.
local function time_left(jobs)
  local first
  for _, job in ipairs(jobs) do
    if job.is_due then return 0 end
    if job.deadline and (not first or job.deadline < first) then first = job.deadline end
  end
  return first and math.max(first - core.now(), 0)
end

-- Waits for any job; returns a set of those whose descriptors are ready.
local function wait_for(jobs)
  local fds, events, owners = {}, {}, {}
  for _, job in ipairs(jobs) do
    if job.fd and job.fd >= 0 then
      fds[#fds + 1], events[#events + 1], owners[#owners + 1] = job.fd, job.events, job
    end
  end
  local ready = {}
  for i, happened in ipairs(core.poll(fds, events, time_left(jobs))) do
    ready[owners[i]] = happened or nil
  end
  return ready
end

local function go_round(jobs)
  local ready, now = wait_for(jobs), core.now()
  for i = 1, #jobs do -- jobs that are added meanwhile have begun already
    local job = jobs[i]
    if ready[job] or job.is_due then
      resume(job, true)
    elseif job.deadline and now >= job.deadline then
      resume(job, nil, "timeout")
    end
  end
  remove_ended(jobs)
end

-- Starts the functions as jobs of one group, beside what is in `jobs`.
local function start(jobs, ...)
  local group = { left = select("#", ...) }
  for i = 1, group.left do
    local job = { thread = coroutine.create((select(i, ...))), group = group, jobs = jobs }
    job_of[job.thread] = job
    jobs[#jobs + 1] = job
    resume(job)
  end
  return group
end

local function raise(failure)
  local message = failure.message
  error(type(message) == "string" and message .. "\n" .. failure.trace or message, 0)
end

--- Runs functions side by side and returns when all have ended. Inside a function of
-- another run(), the functions of that one go on as well. An error in one function is
-- raised after the others have ended; of several errors, the first.
function run.run(...)
  local parent = job_of[thread.running()]
  local group
  if parent then
    group = start(parent.jobs, ...)
    group.waiting = parent
    while group.left > 0 do coroutine.yield(-1) end
  else
    local jobs = {}
    group = start(jobs, ...)
    remove_ended(jobs)
    while #jobs > 0 do go_round(jobs) end
  end
  if group.failure then raise(group.failure) end
end

return run
