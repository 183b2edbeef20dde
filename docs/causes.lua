-- The causes of the numbers in docs/errors.md: table 1 of the manual by the module's numbers,
-- table 2 by the server's. `make docs` copies them there; the remedies are in
-- lua/bg96/ftp/texts.lua.
return {
  errors = {
    [0] = "The command did what it should.",
    [601] = "The module does not know the cause, or the server gave a reply that the module has "
      .. "no number for.",
    [602] = "The server does not accept this client at the moment: too many connections from one "
      .. "address, or a ban after wrong passwords.",
    [603] = "Another command is running, or the result of a CLOSE is still outstanding. After a "
      .. "refused data connection, some modules answer this to everything until CLOSE.",
    [604] = "The server's name could not be resolved: it is misspelt, there is no name server, or "
      .. "no context is active.",
    [605] = "The network failed: no coverage, the context is gone, or there is no route to the "
      .. "server.",
    [606] = "There is no control connection: nothing listens at that port, the server has hung "
      .. "up, or no session was opened.",
    [607] = "The data connection broke during a transfer.",
    [608] = "The server closed the connection: it was idle for too long, or the server is "
      .. "shutting down.",
    [609] = "Nothing came within the response timeout. After an upload it is unknown how much has "
      .. "arrived.",
    [610] = "An argument is out of range, or settings contradict each other (TLS in active mode).",
    [611] = "The file in the module's flash does not exist or cannot be opened.",
    [612] = "The start position is beyond the end of the file.",
    [613] = "The module's flash failed, in most cases because it is full.",
    [614] = "The server is going down, or has too many users (421).",
    [615] = "No data connection was established: a firewall, a server behind NAT that names its "
      .. "internal address, or active mode on a network that accepts no incoming connections "
      .. "(425).",
    [616] = "The server or something in between closed the data connection (426).",
    [617] = "The file is busy at the moment: locked, or being written by another client (450).",
    [618] = "The server had an internal failure (451).",
    [619] = "The server's disk is full (452).",
    [620] = "The server does not know the FTP command that this one needs, such as MLSD or SIZE "
      .. "(500).",
    [621] = "The server does not understand the name or the argument (501).",
    [622] = "The server does not implement this command (502).",
    [623] = "The server expects another command first (503); the session is in an unexpected "
      .. "state.",
    [624] = "The server does not implement this variant of the command (504).",
    [625] = "Wrong user or password, or anonymous users are not allowed (530).",
    [626] = "The account may not store files (532).",
    [627] = "The name does not exist, already exists, or may not be used in this way (550).",
    [628] = "The server does not support the requested type of transfer (551).",
    [629] = "The quota of the user is used up (552).",
    [630] = "The server does not allow this name: forbidden characters, or an upload filter "
      .. "(553).",
    [631] = "The TLS handshake failed: the certificate does not verify, it carries another name, "
      .. "the clock is wrong, or the two sides share no version or cipher suite. See "
      .. "docs/ftps.md.",
  },
  replies = {
    [421] = "The server is going down, or limits connections.",
    [425] = "The server could not open the data connection, or the client did not reach its data "
      .. "port.",
    [426] = "The data connection was cut.",
    [450] = "The file is busy.",
    [451] = "The server had an internal failure.",
    [452] = "The disk is full.",
    [500] = "The server does not know the command.",
    [501] = "The server does not understand the argument.",
    [502] = "The server does not implement the command.",
    [503] = "Another command has to come first.",
    [504] = "The server does not implement this variant.",
    [530] = "Not logged in: wrong user or password, or the server requires TLS first.",
    [532] = "Storing files needs another account.",
    [550] = "Not found, not allowed, or already there.",
    [551] = "Unknown page type.",
    [552] = "The quota is used up.",
    [553] = "The name is not allowed.",
  },
}
