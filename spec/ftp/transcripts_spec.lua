-- Every transcript, played to the driver: it sends what the transcript shows and nothing
-- else, and returns what it says, wherever the serial line cuts the answers.

local ModulePlayer = require "spec.support.module_player"
local transcript = require "spec.support.transcript"

-- The greatest number of ways in which an answer can be cut in two.
local function count_cuts(played)
  local most = 0
  for _, step in ipairs(played.steps) do
    if step.kind == "answer" then most = math.max(most, #transcript.cuts(step)) end
  end
  return most
end

describe("the driver", function()
  for _, played in ipairs(transcript.all("driver")) do
    describe("in " .. played.name, function()
      it("sends and returns what it should", function()
        ModulePlayer.play(played)
      end)

      it("does so with each answer cut in two at every byte", function()
        for cut = 1, count_cuts(played) do ModulePlayer.play(played, { cut = cut }) end
      end)

      it("does so byte by byte, in both directions", function()
        ModulePlayer.play(played, { read_size = 1, write_room = 1 })
      end)
    end)
  end
end)
