-- Uploads a file and downloads it again, on a virtual clock, over a link that is lost each
-- time EVERY bytes of payload have gone through. Prints how many bytes that took, as the
-- other end counts them: what the module took from the host, even if the link was already
-- lost, and what the server sent.
--
--   drops.lua carrier|result|silence BYTES EVERY
--
-- The word says how the module reports the loss.

local transfer_bench = require "spec.support.transfer_bench"

local how, size, every = arg[1], tonumber(arg[2]), tonumber(arg[3])
local data = transfer_bench.data(size)
local taken = 0
local place = transfer_bench.new {
  faults = { ("drop,bytes=%d,times=0,how=%s"):format(every, how) },
  trace = function(event)
    if event.payload and event.direction == "<" then taken = taken + #event.bytes end
  end,
}

-- Runs a transfer as a client of its own. Returns how many bytes the server sent for it.
local function run(transfer)
  local before = place.server.retrieved
  local report = assert(place:run(transfer))
  assert(report.attempts > size / every, "the link was not lost as often as it should be")
  return place.server.retrieved - before
end

place:write("here", data)
run(function(session) return session:upload(place:path("here"), "there") end)
local downloaded = run(function(session) return session:download("there", place:path("back")) end)
assert(place.server:get("/there") == data, "the uploaded file differs")
assert(place:read("back") == data, "the downloaded file differs")
place:remove()

print("uploaded", taken)
print("downloaded", downloaded)
