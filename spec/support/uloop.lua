--- A stand-in for libubox's uloop, which Debian lacks: its Lua binding over poll(2). As there,
-- a timer of 0 ms is never armed; one without references is stopped by the collector; a
-- descriptor that is added twice is silently not watched the second time; and it calls back in
-- the Lua state that has loaded it, which therefore has to outlive the loop.
local core = require "bg96.core"

local uloop = { ULOOP_READ = 1, ULOOP_WRITE = 2 }
local watched, timers = {}, setmetatable({}, { __mode = "k" })
local state = coroutine.running()
local is_running

function uloop.init() return true end

function uloop.cancel() is_running = false end

function uloop.fd_add(fd, callback, flags)
  assert(flags > 0, "flags cannot be zero")
  local handle = { fd = fd, callback = callback, flags = flags }
  function handle.delete()
    if watched[fd] == handle then watched[fd] = nil end
  end
  watched[fd] = watched[fd] or handle
  return handle
end

function uloop.timer(callback, milliseconds)
  local timer = { callback = callback }
  function timer.set(_, ms) timer.at = core.now() + math.floor(ms) / 1000 end
  function timer.cancel() timer.at = nil end
  timers[timer] = true
  if milliseconds and milliseconds ~= 0 then timer:set(milliseconds) end
  return timer
end

local function first_timer()
  local first
  for timer in pairs(timers) do
    if timer.at and (not first or timer.at < first.at) then first = timer end
  end
  return first
end

local function run_timers()
  local timer = first_timer()
  while timer and timer.at <= core.now() do
    timer.at = nil
    timer.callback()
    timer = first_timer()
  end
end

local function run_descriptors()
  local fds, events, handles = {}, {}, {}
  for fd, handle in pairs(watched) do
    fds[#fds + 1], handles[#handles + 1] = fd, handle
    events[#events + 1] = ({ "r", "w", "rw" })[handle.flags]
  end
  local timer = first_timer()
  local seconds = timer and math.max(timer.at - core.now(), 0)
  for i, happened in ipairs(core.poll(fds, events, seconds)) do
    if happened and watched[fds[i]] == handles[i] then handles[i].callback(handles[i], 0) end
  end
end

function uloop.run()
  assert(not state or coroutine.status(state) ~= "dead", "uloop calls back in a dead coroutine")
  is_running = true
  while is_running do
    run_timers()
    if is_running then run_descriptors() end
  end
  return true
end

return uloop
