--- The driver on the test bench with a trace that is played back in place of a module.

local Bench = require "spec.support.bench"
local replay = require "bg96.emulator.replay"

local replayed = {}

--- Runs job(modem, bench) against a trace.
-- @tparam string text the trace
-- @tparam[opt] table options those of replay.new(), and `timeout` and `read_size` of the bench
-- @tparam function job
-- @return the player, whose left() tells whether all was played, and the bench
function replayed.run(text, options, job)
  options = options or {}
  local player = replay.new(text, options)
  local bench = Bench.new {
    peer = player, timeout = options.timeout, read_size = options.read_size,
  }
  bench:run(function(modem) job(modem, bench) end)
  return player, bench
end

--- The same with a trace in a file.
function replayed.run_file(path, options, job)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  options = options or {}
  options.name = options.name or path:match("[^/]+$")
  return replayed.run(text, options, job)
end

return replayed
