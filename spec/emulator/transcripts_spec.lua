-- Every transcript, played to the emulator from the host's side: it gives exactly these
-- answers to these commands.

local HostPlayer = require "spec.support.host_player"
local transcript = require "spec.support.transcript"

describe("the emulator", function()
  for _, played in ipairs(transcript.all("emulator")) do
    it("answers as in " .. played.name, function() HostPlayer.play(played) end)
  end
end)
