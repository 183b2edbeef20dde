--- ftp.run: functions as coroutines side by side over poll(2), with no other
-- library.

local core = require "bg96.core"
local poll = require "bg96.wait.poll"

local run = {}

-- The coroutines that a run() has made, and that may therefore yield to it.
local managed = setmetatable({}, { __mode = "k" })

--- The default wait: yields inside a run(), blocks outside.
function run.wait(fd, events, timeout)
  local thread = coroutine.running()
  if thread and managed[thread] then return coroutine.yield(fd, events, timeout) end
  return poll(fd, events, timeout)
end

-- Lets a job go on until it waits or ends; keeps the first error of all jobs.
local function resume(job, failure, ...)
  local ok, fd, events, timeout = coroutine.resume(job.thread, ...)
  job.ended = coroutine.status(job.thread) == "dead"
  if not ok then
    return failure or { message = fd, trace = debug.traceback(job.thread) }
  end
  job.fd, job.events = fd, events
  job.deadline = timeout and core.now() + timeout
  return failure
end

local function remove_ended(jobs)
  local left = {}
  for _, job in ipairs(jobs) do
    if not job.ended then left[#left + 1] = job end
  end
  return left
end

-- Seconds until the first deadline; nil where nobody has one.
local function time_left(jobs)
  local first
  for _, job in ipairs(jobs) do
    local deadline = job.fd and job.deadline or not job.fd and 0
    if deadline and (not first or deadline < first) then first = deadline end
  end
  return first and math.max(first - core.now(), 0)
end

-- Waits for any job; returns which of them are ready.
local function wait_for(jobs)
  local fds, events, owners = {}, {}, {}
  for _, job in ipairs(jobs) do
    if job.fd then
      fds[#fds + 1], events[#events + 1], owners[#owners + 1] = job.fd, job.events, job
    end
  end
  local ready = {}
  for i, happened in ipairs(core.poll(fds, events, time_left(jobs))) do
    ready[owners[i]] = happened or nil
  end
  return ready
end

--- Runs functions side by side and returns when all have ended. An error in one
-- is raised after the others have ended.
function run.run(...)
  local jobs, failure = {}, nil
  for i = 1, select("#", ...) do
    local thread = coroutine.create((select(i, ...)))
    managed[thread] = true
    jobs[i] = { thread = thread }
  end
  for _, job in ipairs(jobs) do failure = resume(job, failure) end
  jobs = remove_ended(jobs)
  while #jobs > 0 do
    local ready, now = wait_for(jobs), core.now()
    for _, job in ipairs(jobs) do
      if ready[job] or not job.fd then
        failure = resume(job, failure, true)
      elseif job.deadline and now >= job.deadline then
        failure = resume(job, failure, nil, "timeout")
      end
    end
    jobs = remove_ended(jobs)
  end
  if failure then
    local message = failure.message
    error(type(message) == "string" and message .. "\n" .. failure.trace or message, 0)
  end
end

return run
