--- An EC21 or EC25. What is not here is as the emulator does it by default.
return [[
# bg96 habits 1
# An EC21 or EC25. The comment above each habit says how it is known: seen (in a capture of a real
# module), code (working programs rely on it), documented (a manual says it), guessed. Where a
# capture is of another module of these years, it is said.

# documented
model = EC25

# guessed: the form is that of the maker's names
firmware = EC25EFAR06A01M4G

# seen: names of files come with the place that they are in
ufs-prefix = yes

# documented: there is RAM: beside the flash
ram-prefix = yes

# documented
data-address = 0-2

# documented
restenable = yes

# seen with an EC20, which takes 500
rsptimeout = 20-500

# seen with another module: the query of the account shows three stars
masked-password = 3

# seen with another module: results hold texts when AT+CMEE is 2
text-errors = yes

# seen with another module: a refused data connection, and then 603 until the session is closed
sync-615 = yes

# seen with another module: +++ ends a download, and ATO answers NO CARRIER
ato-refused = yes

# seen, both forms; guessed: which one it is here
pwd-quoted = yes

# seen: OK is not the end of AT+QFTPCLOSE. Guessed: how long it takes
slow-close = 2

# seen with an EC21: the SIM is missing, then busy, for three tenths of a second
slow-sim = 300

# code: programs expect a blank behind the comma, and guessed: no empty line behind OK
spacing = blank+joined

# documented
guard = 1000
]]
