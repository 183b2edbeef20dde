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

local function function_sink(fn)
  return {
    write = function(bytes) check_written(fn(bytes)) end,
    finish = function(count)
      check_written(fn(nil))
      return count
    end,
    abandon = function(message) fn(nil, message) end,
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

--- Calls `report(done, total)` where it is given, and only where that is more than
-- before.
function sink.progress(report)
  local last = -1
  return function(done, total)
    if not report or done <= last then return end
    last = done
    report(done, total)
  end
end

--- Runs a task that brings data, into a sink.
-- @param modem the modem of the task
-- @param task of the C core
-- @tparam table options sink, progress
-- @return the bytes as a string, or their number where there is a sink; or nil, err
function sink.fill(modem, task, options)
  local report = sink.progress(options.progress)
  local output = sink.open(options.sink)
  local count, err = Call.run(modem, task, {
    data = function(chunk, running)
      output.write(chunk)
      if options.progress then report(running:progress()) end
    end,
    done = function(bytes) return output.finish(bytes) end,
  })
  if count == nil then
    protect(output.abandon, tostring(err)) -- it may be what has failed
    return nil, err
  end
  return count
end

return sink
