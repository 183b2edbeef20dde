--- A stand-in for lua-eco, which Debian lacks, over poll(2): what bg96.wait.eco uses of
-- versions 2 and 3 (watchers) and 4 (objects of a descriptor), as the real ones turned out to
-- do it (`make test-eco`).
--
-- As there: a timeout of 0 or less is none, times are whole milliseconds, cut off; the coroutine
-- that waits is resumed itself, and if it has been closed or has ended, that ends the program. In
-- version 4 one coroutine waits for a descriptor and direction, until its object is closed.
local core = require "bg96.core"

local IO = 0

local function now() return math.floor(core.now() * 1000) end

local function has(mask, bit) return mask % (2 * bit) >= bit end

local function new(version)
  local READ, WRITE = 1, version < 4 and 2 or 4
  local eco = { READ = READ, WRITE = WRITE }
  local waits = {} -- by watcher or object

  local function resume(thread, ...)
    local ok, message = coroutine.resume(thread, ...)
    if not ok then error(debug.traceback(thread, tostring(message)), 0) end
  end

  function eco.run(f) resume(coroutine.create(f)) end

  local function wait(object, fd, mask, timeout)
    timeout = timeout or 0
    waits[object] = {
      thread = coroutine.running(), fd = fd, mask = mask,
      at = timeout > 0 and now() + math.floor(timeout * 1000) or nil,
    }
    return coroutine.yield()
  end

  local function end_wait(object, ...)
    local thread = waits[object].thread
    waits[object] = nil
    resume(thread, ...)
  end

  local function make_watcher(fd, mask)
    local watcher = {}
    function watcher:wait(timeout)
      if waits[self] then return false, "busy" end
      return wait(self, fd, mask, timeout)
    end
    function watcher:cancel()
      if waits[self] then end_wait(self, false, "canceled") end
    end
    return watcher
  end

  local function check_free(fd, mask)
    for _, other in pairs(waits) do
      for _, bit in ipairs { READ, WRITE } do
        if other.fd == fd and has(mask, bit) and has(other.mask, bit) then
          error("another coroutine is already waiting on this file descriptor", 3)
        end
      end
    end
  end

  local function make_object(fd)
    local methods = {}
    function methods:wait(mask, timeout)
      check_free(fd, mask)
      return wait(self, fd, mask, timeout)
    end
    return setmetatable({}, {
      __index = methods, __close = function(object) waits[object] = nil end,
    })
  end

  if version < 4 then
    eco.IO = IO
    function eco.watcher(kind, fd, mask)
      assert(kind == IO and fd >= 0)
      return make_watcher(fd, mask)
    end
  else
    function eco.io(fd)
      assert(fd >= 0, "Bad file descriptor")
      return make_object(fd)
    end
  end

  local function next_timeout()
    local first
    for _, w in pairs(waits) do
      if w.at and (not first or w.at < first) then first = w.at end
    end
    return first and math.max(first - now(), 0) / 1000
  end

  -- Objects, and with what their coroutines are resumed.
  local function collect_ready()
    local objects, fds, events, ready = {}, {}, {}, {}
    for object, w in pairs(waits) do
      objects[#objects + 1], fds[#fds + 1] = object, w.fd
      events[#events + 1] = (has(w.mask, READ) and "r" or "") .. (has(w.mask, WRITE) and "w" or "")
    end
    local happened = core.poll(fds, events, next_timeout())
    for i, object in ipairs(objects) do
      local w = waits[object]
      if happened[i] then
        ready[#ready + 1] = { object, w, true }
      elseif w.at and now() >= w.at then
        ready[#ready + 1] = { object, w, nil, "timeout" }
      end
    end
    return ready
  end

  --- What the interpreter does once the main program is over.
  function eco.loop()
    while next(waits) do
      for _, r in ipairs(collect_ready()) do
        if waits[r[1]] == r[2] then end_wait(r[1], r[3], r[4]) end
      end
    end
  end

  return eco
end

return new
