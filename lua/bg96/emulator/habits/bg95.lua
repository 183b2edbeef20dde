--- A BG95. What is not here is as the emulator does it by default.
return [[
# bg96 habits 1
# A BG95, which takes the commands of a BG96. The comment above each habit says how it is known:
# seen (in a capture of a real module), code (working programs rely on it), documented (a manual
# says it), guessed.

# documented
model = BG95-M3

# guessed: the form is that of the maker's names
firmware = BG95M3LAR02A03

# seen: every command is answered ERROR between RDY and APP RDY. Guessed: for how long, as it was
# some seconds
booting = 3000

# seen: a command that was sent before the end of the last answer ended the session
early-command = yes

# documented: there is RAM: beside the flash
ram-prefix = yes

# seen with other modules of the maker: OK is not the end of AT+QFTPCLOSE. Guessed: how long it
# takes
slow-close = 2

# documented
guard = 1000
]]
