-- What is behind the numbers of docs/errors.md: table 1 of the manual by its numbers, table 2 by
-- the server's. `make docs` puts it there; what to do about each stands in src/ftp/errors.c.
return {
  errors = {
    [0] = "The command did what it should.",
    [601] = "The module does not know what went wrong, or the server gave a reply that it has no "
      .. "number for.",
    [602] = "The server does not let this client in for now: too many connections from one "
      .. "address, a ban after wrong passwords.",
    [603] = "Something else is going on: another command, or a CLOSE whose result has not come "
      .. "yet. After a refused data connection some modules say it to everything until CLOSE.",
    [604] = "The name of the server could not be resolved: misspelt, no name server, or no active "
      .. "context.",
    [605] = "The network failed: no coverage, the context gone, no route to the server.",
    [606] = "There is no control connection: nobody listens at that port, the server has hung up, "
      .. "or the session was never opened.",
    [607] = "The data connection broke in the middle of a transfer.",
    [608] = "The server closed its side: idle for too long, or shutting down.",
    [609] = "Nothing came within the response timeout; of an upload it is unknown what has "
      .. "arrived.",
    [610] = "An argument is outside its range, or settings contradict each other (TLS in active "
      .. "mode).",
    [611] = "The file in the module's flash does not exist or cannot be opened.",
    [612] = "The start position is behind the end of the file.",
    [613] = "The module's flash failed, most often because it is full.",
    [614] = "The server is going down, or has too many users (421).",
    [615] = "No data connection came about: a firewall, NAT behind which the server gives an "
      .. "address of its own, or active mode on a network that lets nobody in (425).",
    [616] = "The server or something on the way ended the data connection (426).",
    [617] = "The file is busy for the moment: locked, or being written by another (450).",
    [618] = "The server failed on its own (451).",
    [619] = "The server's disk is full (452).",
    [620] = "The server does not know the FTP command behind it, such as MLSD or SIZE (500).",
    [621] = "The server does not understand the name or the argument (501).",
    [622] = "The server knows the command and does not have it (502).",
    [623] = "The server expects another command first (503); the session is in disorder.",
    [624] = "The server does not have this variant of the command (504).",
    [625] = "Wrong user or password, or anonymous users are not welcome (530).",
    [626] = "The account may not store files (532).",
    [627] = "The name does not exist, exists already, or may not be used so (550).",
    [628] = "The server was asked for a type of transfer that it does not have (551).",
    [629] = "The quota of the user is used up (552).",
    [630] = "The server does not allow this name: forbidden characters, an upload filter (553).",
    [631] = "The TLS handshake failed: the certificate does not verify, its name is another, the "
      .. "clock is wrong, or no version or cipher suite is common. See docs/ftps.md.",
  },
  replies = {
    [421] = "The server is going down, or limits connections.",
    [425] = "The server could not reach, or was not reached at, the data port.",
    [426] = "The data connection was cut.",
    [450] = "The file is busy.",
    [451] = "A failure inside the server.",
    [452] = "The disk is full.",
    [500] = "The server does not know the command.",
    [501] = "The argument makes no sense to it.",
    [502] = "It does not have the command.",
    [503] = "Another command has to come first.",
    [504] = "It does not have this variant.",
    [530] = "Not logged in: user, password, or a login that TLS has to precede.",
    [532] = "Storing needs an account of its own.",
    [550] = "Not found, not allowed, or there already.",
    [551] = "Unknown page type.",
    [552] = "The quota is used up.",
    [553] = "The name is not allowed.",
  },
}
