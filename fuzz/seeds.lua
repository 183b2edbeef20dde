-- Writes the seeds of the fuzzers: small inputs that reach deep into the code.
--
--   seeds.lua FOLDER TRANSCRIPT...
--
-- The module's lines of a transcript ("<") become a stream for the framer and lines for the
-- cursor; commands and answers become a schedule for the modem (see obey() in modem.c).

local folder = arg[1]
local count = 0

local function write(target, bytes)
  count = count + 1
  local file = assert(io.open(("%s/%s/%04d"):format(folder, target, count), "wb"))
  file:write(bytes)
  file:close()
end

-- --- the orders of modem.c ---------------------------------------------------

local CLEAN_AND_TRACED = "\6"
local ECHO, OK, CONNECT, REST, CRLF, NO_CARRIER = "\1", "\2", "\4", "\6x", "\7", "\9"
local DEADLINE, GIVE_LAST = "\11", "\16\0\200\1"

local function raw(bytes) return "\0" .. string.char(#bytes) .. bytes end
local function result(code, number) return "\3" .. string.char(code, number) end
local function start(kind, ...) return "\13" .. string.char(kind, ...) end
local function unasked(which) return "\17" .. string.char(which) end

local RIGHT_NUMBER, FAILED = 200, 4
local COMMAND, DOWNLOAD, LISTING, UPLOAD, REQUEST, LOGIN, ACTIVATION = 0, 1, 2, 3, 4, 5, 6
local UFS_UPLOAD, UFS_DOWNLOAD, RECOVERY = 9, 10, 11
local RESYNC = OK .. OK .. ECHO .. OK .. OK .. OK

local download = start(DOWNLOAD, 1) .. OK .. result(0, RIGHT_NUMBER) .. CONNECT
local schedules = {
  start(COMMAND, 0) .. raw("\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
  download .. REST .. CRLF .. OK .. result(0, RIGHT_NUMBER),
  download .. REST .. CRLF .. OK .. result(FAILED, 0),
  download .. unasked(0) .. DEADLINE .. DEADLINE .. RESYNC,
  download .. NO_CARRIER .. DEADLINE,
  download .. "\5\0\50a" .. "\15\0" .. DEADLINE .. OK .. DEADLINE .. OK .. CONNECT .. REST
    .. CRLF .. OK .. result(0, RIGHT_NUMBER),
  start(LISTING, 1) .. CONNECT .. "\5\0\30b" .. OK .. result(0, 30) .. DEADLINE .. RESYNC
    .. OK .. result(0, 30),
  download .. raw("ab\r\n\r\nOK\r\n\r\n+QFTPGET: 607,426\r\n") .. unasked(0) .. DEADLINE .. RESYNC,
  download .. raw('\r\n+QIND: "csq",20,99\r\n') .. DEADLINE .. DEADLINE .. RESYNC,
  start(LISTING, 1) .. CONNECT .. "\5\0\30b" .. OK .. raw("\r\n+CREG: 1\r\n\r\nERROR\r\n")
    .. result(0, 30) .. DEADLINE .. RESYNC .. OK .. result(0, 30),
  start(COMMAND, 0) .. raw("\r\n+CREG: 1\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
  start(REQUEST, 2) .. OK .. raw("\r\nNO CARRIER\r\n\r\nRING\r\n") .. result(0, 100),
  start(UPLOAD, 0) .. GIVE_LAST .. CONNECT .. OK .. result(0, RIGHT_NUMBER),
  start(UPLOAD, 0) .. "\16\1\0\0" .. CONNECT .. OK .. result(0, RIGHT_NUMBER) .. GIVE_LAST
    .. CONNECT .. OK .. result(0, RIGHT_NUMBER),
  start(UPLOAD, 0) .. "\12\0\100" .. GIVE_LAST .. CONNECT .. OK .. DEADLINE .. RESYNC,
  start(REQUEST, 2) .. OK .. result(0, 100) .. start(REQUEST, 1) .. OK
    .. raw('\r\n+QFTPPWD: 0,"/"\r\n'),
  start(LOGIN, 3) .. OK .. raw("\r\n+QFTPSTAT: 0,4\r\n") .. OK:rep(9) .. result(0, 0),
  start(ACTIVATION, 0, 1) .. raw('\r\n+QIACT: 1,1,1,"10.7.157.1"\r\n') .. OK
    .. raw('\r\n+QICSGP: 1,"internet","","",0\r\n') .. OK:rep(4),
  start(UFS_UPLOAD, 4) .. OK .. CONNECT .. raw("\r\n+QFUPL: 4,0000\r\n") .. OK,
  start(UFS_DOWNLOAD) .. raw('\r\n+QFLST: "name",4\r\n') .. OK .. CONNECT .. raw("abcd")
    .. raw("\r\n+QFDWL: 4,0206\r\n") .. OK,
  start(RECOVERY) .. OK .. raw("\r\n+QFTPSTAT: 0,1\r\n") .. OK .. result(0, 0) .. DEADLINE,
}

for _, schedule in ipairs(schedules) do
  write("modem", CLEAN_AND_TRACED .. schedule)
  write("modem", "\4" .. RESYNC .. schedule) -- from an unknown state
end

-- --- streams, lines and listings ------------------------------------------------

local LINES, DATA, TRAILER, SUSPENDED = "\0", "\1", "\2", "\3"
local function stream(what, payload, bytes)
  write("framer", what .. string.char(payload >> 8, payload & 255) .. "\1\1" .. bytes)
end

stream(LINES, 0, "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
stream(LINES, 0, "\r\n" .. ("x"):rep(1030) .. "\r\nOK\r\n")
stream(DATA, 20, ("+++\r\nOK\r\n"):rep(3):sub(1, 20) .. "\r\nOK\r\n\r\n+QFTPGET: 0,20\r\n")
stream(DATA, 20, ("x"):rep(21) .. "\r\nOK\r\n")
stream(TRAILER, 0, "a.txt\r\nb.txt\r\n\r\nOK\r\n\r\n+QFTPLIST: 0,14\r\n")
stream(TRAILER, 0, "\r\nOK\r\n\r\n+QFTPLIST: 0,5\r\nmore\r\nNO CARRIER\r\n")
stream(TRAILER, 0, "\r\n+CME ERROR: 605\r\n")
stream(TRAILER, 0, "\r\nOK\r\n\r\nCONNECT 1000\r\n\r\nERROR\r\n")
local CHATTER = '\r\n+QIND: "csq",20,99\r\n'
stream(TRAILER, 0, "a.txt\r\n\r\nOK\r\n\r\n+CREG: 1\r\n\r\nERROR\r\n\r\n+QFTPLIST: 0,7\r\n")
stream(TRAILER, 0, "a.txt\r\n\r\n+X: 1\r\n\r\nOK\r\n" .. CHATTER:rep(30) .. "+QFTPLIST:0, 7 \r\n")
stream(DATA, 200, ("y"):rep(40) .. "\r\n\r\n\r\nOK\r\n\r\n+QFTPGET: 607,426\r\n" .. CHATTER:rep(30))
stream(DATA, 200, ("y"):rep(40) .. '\r\n+QIURC: "pdpdeact",1\r\n' .. CHATTER)
stream(DATA, 200, ("y"):rep(40) .. CHATTER:rep(40))
stream(SUSPENDED, 100, ("y"):rep(50) .. "\r\nOK\r\n")
stream(SUSPENDED, 60, ("y"):rep(58) .. "\r\n\r\nOK\r\n\r\n+QFTPGET: 0,60\r\n")

local TAKES = "\8\3\0\0\2\2\1\2\4"
local function line(text) write("cursor", TAKES .. text) end

line("+QFTPGET: 0,1000")
line('+QIACT: 1,1,1,"10.7.157.1"')
line('+QICSGP: 1,"internet","user","secret",2')
line('+QFLST: "UFS:a.bin",1000')
line("+QFUPL: 300,F34A")
line("+CME ERROR: 615")
line('+QIURC: "pdpdeact",1')
line("+QFTPCLOSE: 606,0")
line('AT+QFTPCFG="account","user","secret"')

for _, text in ipairs {
  "type=file;size=1000;modify=20140708110039; name with spaces.txt",
  "type=cdir;modify=20240229235960.123; .", "type=OS.unix=symlink;; x", " name only",
  "9223372036854775807", "20000229000000",
} do write("listing", text) end

-- --- transcripts ------------------------------------------------------------------

-- "%r" and the like are left as they are: a fuzzer does not mind.
local function read_transcript(path)
  local said, schedule = {}, { CLEAN_AND_TRACED }
  for text in io.lines(path) do
    local answer = text:match("^< ?(.*)")
    if answer then
      said[#said + 1] = answer
      line(answer)
      schedule[#schedule + 1] = raw((answer .. "\r\n"):sub(1, 255))
    elseif text:match("^> AT%+QFTPPUT") then
      schedule[#schedule + 1] = start(UPLOAD, 0) .. GIVE_LAST
    elseif text:match("^> AT%+QFTPGET") then
      schedule[#schedule + 1] = start(DOWNLOAD, 0)
    elseif text:match("^> AT%+QFTP[LNM][ILS]") then
      schedule[#schedule + 1] = start(LISTING, 0)
    elseif text:match("^> ") then
      schedule[#schedule + 1] = start(REQUEST, 3)
    elseif text:match("^pause") then
      schedule[#schedule + 1] = DEADLINE
    end
  end
  local bytes = table.concat(said, "\r\n") .. "\r\n"
  stream(LINES, 0, bytes)
  stream(TRAILER, 0, bytes)
  write("modem", table.concat(schedule))
end

for i = 2, #arg do read_transcript(arg[i]) end
