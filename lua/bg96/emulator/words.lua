--- The commands of the emulator: for each word a table as bg96.emulator.interpreter takes it.
local words = {}

for _, group in ipairs { "general", "status", "sim", "pdp", "ssl", "files", "ftp" } do
  for word, entry in pairs(require("bg96.emulator." .. group).words) do words[word] = entry end
end

return words
