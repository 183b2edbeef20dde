--- An upload and a download of the same file, for specs of faults that concern both: from
-- the local "here" to "copy" on the server, and from "there" on the server to the local
-- "copy".

local assert = require "luassert"
local bench = require "spec.support.transfer_bench"

local moves = {}

local data = bench.data(100000)
moves.data = data

--- Each has start(), which calls it; result(), the file that arrived; `word`, its command;
-- and left_over(), the number of files besides the expected ones.
moves.upload = {
  start = function(here, session, options)
    if not here:read("here") then here:write("here", data) end
    return session:upload(here:path("here"), "copy", options)
  end,
  result = function(here) return here.server:get("/copy") end,
  word = "QFTPPUT",
  left_over = function(here) return #here:remote_files() - 2 + #here:files() - 1 end,
}

moves.download = {
  start = function(here, session, options)
    return session:download("there", here:path("copy"), options)
  end,
  result = function(here) return here:read("copy") end,
  word = "QFTPGET",
  left_over = function(here) return #here:remote_files() - 1 + #here:files() - 1 end,
}

--- A place for one of them.
-- @tparam[opt] table options of module.bench()
function moves.new(options)
  local here = bench.new(options)
  here.server:put("/there", data)
  return here
end

--- Sets a fault; WORD in its text stands for the command of the move.
function moves.fault(here, direction, text)
  here:fault((text:gsub("WORD", moves[direction].word)))
end

--- Runs a move with faults that are set once the session is open.
-- @treturn table report, or nil
-- @treturn table error
-- @treturn Place where it went on
function moves.run(direction, options, faults, transfer_options)
  local here = moves.new(options)
  local report, err
  here:run(function(session, modem)
    for _, fault in ipairs(faults) do moves.fault(here, direction, fault) end
    report, err = moves[direction].start(here, session, transfer_options)
    assert.equal(0, modem.core:queue_length())
    if report then assert.equal("/", session:pwd()) end
  end)
  return report, err, here
end

return moves
