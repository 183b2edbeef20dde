--- Sinks of a download: nothing (the bytes are returned as a string), a file
-- handle, or a function as LuaSocket's ltn12 has them: it gets each chunk, at
-- the end nil, after a failure nil and a message, and returns a true value, or
-- nil and a message.

local Call = require "bg96.ftp.call"
local protect = require "bg96.ftp.protect"

local sink = {}

local function string_sink()
  local chunks = {}
  return {
    write = function(bytes) chunks[#chunks + 1] = bytes end,
    finish = function() return table.concat(chunks) end,
    abandon = function() end,
  }
end

local function check_written(ok, message)
  if not ok then error(message or "the sink took no more", 0) end
end

local function file_sink(file)
  return {
    write = function(bytes) check_written(file:write(bytes)) end,
    finish = function(count)
      check_written(file:flush()) -- a full disk may show only now
      return count
    end,
    abandon = function() file:flush() end,
  }
end

-- The function gets nil once, whatever comes of that. One that returns nothing then has
-- succeeded: there is nothing more that it could take.
local function function_sink(fn)
  local is_ended = false
  local function finish(message)
    if is_ended then return true end
    is_ended = true
    return fn(nil, message)
  end
  return {
    write = function(bytes) check_written(fn(bytes)) end,
    finish = function(count)
      local ok, message = finish()
      if not ok and message then error(message, 0) end
      return count
    end,
    abandon = finish,
  }
end

--- Tells what is wrong with a value as a sink; a rule for check.options().
function sink.rule(value)
  local meta = getmetatable(value)
  if io.type(value) == "file" or type(value) == "function" then return end
  if type(meta) == "table" and meta.__call then return end
  if io.type(value) == "closed file" then return "the file is closed" end
  return ("file or function expected, got %s"):format(type(value))
end

--- Opens a sink.
-- @param value nil, a file handle or an ltn12 sink
-- @treturn table write(bytes), finish(count) -> what the call returns,
--   abandon(message); write and finish throw the sink's error
function sink.open(value)
  if value == nil then return string_sink() end
  if io.type(value) == "file" then return file_sink(value) end
  return function_sink(value)
end

-- Seconds between two reports of progress.
local REPORT_INTERVAL = 0.1

--- Calls `report(done, total)` where it is given, and only where that is more than before: ten
-- times a second at most, but always the first time and the last.
-- @treturn function (done, total, is_last)
function sink.progress(modem, report)
  local told, told_at = -1, nil
  return function(done, total, is_last)
    if not report or done <= told then return end
    local now = modem.core:now()
    if told_at and now - told_at < REPORT_INTERVAL and not is_last then return end
    told, told_at = done, now
    report(done, total)
  end
end

-- A sink gets so many bytes at once, or what has come in so many seconds.
local GATHERED, GATHER_SECONDS = 4096, 0.1

-- Gathers what comes for an output: 115200 baud bring some 80 bytes at a time.
local function gather(modem, output)
  local chunks, size, since = {}, 0, nil
  local gathered = {}
  function gathered.flush()
    if size == 0 then return end
    local bytes = table.concat(chunks)
    chunks, size = {}, 0
    output.write(bytes)
  end
  function gathered.write(bytes)
    if size == 0 and #bytes >= GATHERED / 2 then return output.write(bytes) end -- a fast line
    if size == 0 then since = modem.core:now() end
    chunks[#chunks + 1] = bytes
    size = size + #bytes
    if size >= GATHERED then gathered.flush() end
  end
  -- Hands on what has waited long enough. Returns seconds until the rest has; or nil.
  function gathered.look()
    if size == 0 then return nil end
    local left = since + GATHER_SECONDS - modem.core:now()
    if left > 0 then return left end
    gathered.flush()
  end
  function gathered.finish(count)
    gathered.flush()
    return output.finish(count)
  end
  function gathered.abandon(message)
    gathered.flush()
    output.abandon(message)
  end
  return gathered
end

-- A sink that fails still gets its end.
local function abandon(gathered, output, message)
  if not protect(gathered.abandon, message) then protect(output.abandon, message) end
end

--- Runs a task that brings data, into a sink.
-- @param modem the modem of the task
-- @param task of the C core
-- @tparam table options sink, progress
-- @return the bytes as a string, or their number where there is a sink; or nil, err
function sink.fill(modem, task, options)
  local report = sink.progress(modem, options.progress)
  local output = sink.open(options.sink)
  local gathered = gather(modem, output)
  local count, err = Call.run(modem, task, {
    data = function(chunk, running)
      gathered.write(chunk)
      if options.progress then report(running:progress()) end
    end,
    progress = gathered.look,
    done = function(bytes)
      local result = gathered.finish(bytes)
      report(bytes, bytes, true)
      return result
    end,
  })
  if count == nil then
    abandon(gathered, output, tostring(err))
    return nil, err
  end
  return count
end

return sink
