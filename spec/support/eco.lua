--- A stand-in for lua-eco, which Debian lacks: run(), loop() and io() over poll(2), as its
-- documentation (version 3) or, where that says nothing, its source describes them. With
-- `old`, the watchers of version 2 instead of io().
--
-- As there: one coroutine for a descriptor and direction, or an error; times in whole
-- milliseconds, cut off; a timeout of 0 or less is none.
local core = require "bg96.core"

local READ, WRITE = 1, 4

local function new(old)
  local eco = { READ = READ, WRITE = WRITE, IO = 0 }
  local waiting, pending = {}, {}

  local function resume(thread, ...)
    local ok, message = coroutine.resume(thread, ...)
    if not ok then error(debug.traceback(thread, tostring(message)), 0) end
  end

  local function now() return math.floor(core.now() * 1000) end

  local function has(mask, bit) return mask % (2 * bit) >= bit end

  local function check_free(fd, mask)
    for _, other in pairs(waiting) do
      for _, bit in ipairs { READ, WRITE } do
        if other.fd == fd and has(mask, bit) and has(other.mask, bit) then
          error("another coroutine is already waiting on this file descriptor", 3)
        end
      end
    end
  end

  local function wait(fd, mask, timeout)
    assert(fd >= 0, "Bad file descriptor")
    check_free(fd, mask)
    timeout = timeout or 0
    local thread = coroutine.running()
    waiting[thread] = {
      fd = fd, mask = mask, at = timeout > 0 and now() + math.floor(timeout * 1000) or nil,
    }
    return coroutine.yield()
  end

  if old then
    function eco.watcher(kind, fd, mask)
      assert(kind == eco.IO and (mask == READ or mask == WRITE), "must be eco.READ or eco.WRITE")
      return { wait = function(_, timeout) return wait(fd, mask, timeout) end }
    end
  else
    function eco.io(fd)
      return { wait = function(_, mask, timeout) return wait(fd, mask, timeout) end }
    end
  end

  function eco.run(f) resume(coroutine.create(f)) end

  local function next_timeout()
    local first
    for _, w in pairs(waiting) do
      if w.at and (not first or w.at < first) then first = w.at end
    end
    return first and math.max(first - now(), 0) / 1000
  end

  local function collect_ready()
    local fds, events, threads = {}, {}, {}
    for thread, w in pairs(waiting) do
      threads[#threads + 1], fds[#fds + 1] = thread, w.fd
      events[#events + 1] = (has(w.mask, READ) and "r" or "") .. (has(w.mask, WRITE) and "w" or "")
    end
    for i, happened in ipairs(core.poll(fds, events, next_timeout())) do
      if happened then pending[#pending + 1] = { threads[i], true } end
    end
    for _, thread in ipairs(threads) do
      local at = waiting[thread].at
      if at and now() >= at then pending[#pending + 1] = { thread, nil, "timeout" } end
    end
  end

  function eco.loop()
    while next(waiting) do
      collect_ready()
      for _, p in ipairs(pending) do
        if waiting[p[1]] then
          waiting[p[1]] = nil
          resume(p[1], p[2], p[3])
        end
      end
      pending = {}
    end
  end

  return eco
end

return new
