--- A BG96 of 2018. What is not here is as the emulator does it by default.
return [[
# bg96 habits 1
# A BG96 of 2018. The comment above each habit says how it is known: seen (in a capture of a real
# module), code (working programs rely on it), documented (a manual says it), guessed.

# seen
model = BG96

# seen
firmware = BG96MAR02A07M1G

# documented: a second of silence; less than half a second has failed in working programs
guard = 1000

# seen: the log of a restart says POWERED DOWN at once and pdpdeact half-way, and the module
# echoes what it does not answer
wordy-restart = yes

# seen: the same log has RDY, and no APP RDY
no-app-ready = yes

# seen: OK is not the end of AT+QFTPCLOSE. Guessed: how long it takes
slow-close = 2

# code: names of files in the flash come without the place that they are in
ufs-prefix = no
]]
