---@meta bg96.ftp

-- The public surface of bg96.ftp for the Lua language server: what an editor shows
-- and checks while a script is written. It is never loaded.
-- spec/manual/types_spec.lua compares it with what there is.
--
-- A call that fails at run time returns nil and an error object. Misuse, such as a wrong type
-- or an unknown option, raises an error.

-- ------------------------------------------------------------------- errors

---@alias bg96.ErrorKind
---| "ftp" # the module says that an FTP command failed: `code` 601 to 631
---| "cme" # another command was refused, with a number
---| "error" # another command was refused, without one
---| "timeout" # no answer in time; the next call cleans up by itself
---| "port" # the serial port failed, hung up, or is locked: `code` is errno
---| "reset" # the module restarted under the call
---| "pdp" # the module lost its PDP context under the call
---| "framing" # bytes that do not fit the protocol
---| "local" # the script's own source, sink or file failed, or modem:tls() is missing
---| "verify" # a finished transfer does not match
---| "deadline" # the deadline of upload() or download() has passed while the link was well
---| "cancelled" # the call was given up
---| "closed" # the modem or session is closed, or the session was lost

--- `tostring(err)` is one line that a person can act on.
---@class bg96.Error
---@field kind bg96.ErrorKind
---@field code? integer the module's number, or errno
---@field protocol? integer the FTP server's reply code
---@field command? string such as "+QFTPGET"
---@field message string
---@field detail? string what the tables of the manual do not say
---@field advice? string what to do about it
---@field transferred? integer payload bytes that got through
---@field lines? string[] replies of modem:at() that came before the failure
---@field attempts? integer of upload() and download()

-- ------------------------------------------------- waiting, sources and sinks

--- Waits until the descriptor is ready or `timeout` seconds (nil: for ever) are
--- over. With a descriptor of -1, and nil for events, it only lets the time pass.
--- Waking too early does no harm.
---@alias bg96.Wait fun(fd: integer, events?: "r"|"w"|"rw", timeout?: number): true?, "timeout"?

--- What `require` is given for a ready-made one; each returns a bg96.Wait.
---@alias bg96.WaitModule
---| "bg96.wait.poll" # blocks, with poll(2)
---| "bg96.wait.yield" # yields its arguments to a scheduler of your own
---| "bg96.wait.cqueues"
---| "bg96.wait.luv"
---| "bg96.wait.copas"
---| "bg96.wait.eco" # lua-eco
---| "bg96.wait.uloop" # libubox, Lua 5.1

--- Called for the first bytes, for the last, and ten times a second at most in between.
---@alias bg96.Progress fun(done: integer, total?: integer)

--- A string, a file handle, a source as of LuaSocket's ltn12, or a file in UFS.
---@alias bg96.Source string|file*|(fun(): string?, string?)|bg96.File

--- A file handle, a sink as of LuaSocket's ltn12, or a file in UFS.
---@alias bg96.Sink file*|(fun(chunk?: string, err?: string): any, string?)|bg96.File

-- ------------------------------------------------------------------- module

---@class bg96.ftp
---@field version string
---@field errors table<integer, string> texts of the module's codes, 601 to 631
---@field replies table<integer, string> texts of the FTP servers' reply codes
local ftp = {}

---@class bg96.OpenOptions
---@field port string a path, or "auto": the first AT port that answers among USB serial ports
---@field baudrate? integer|"auto" 115200 unless given; "auto" tries the usual rates
---@field speed? integer bits a second that the module is raised to by AT+IPR, where that works
---@field flowcontrol? "none"|"rtscts" "none" unless given
---@field port_wait? number seconds to wait for a port that is locked or not there yet, or 0
---@field wait? bg96.Wait poll(2) unless given
---@field timeout? number seconds for ordinary commands and for opening, 10 unless given
---@field trace? fun(direction: string, text: string) secrets are ***, payload is a count
---@field ids? string[] for "auto": "vid:pid" in hexadecimal, "*" for any; { "2c7c:*" } unless given
---@field dtr? boolean the DTR line is wired: it then suspends downloads, which is faster than "+++"

--- Opens the module on a serial port, locks that, and brings the module to a known state.
---@param options bg96.OpenOptions
---@return bg96.Modem? modem
---@return bg96.Error? err
function ftp.open(options) end

---@class bg96.Port
---@field path string
---@field description? string
---@field vid? integer
---@field pid? integer
---@field manufacturer? string
---@field product? string
---@field serial? string

--- Lists the serial ports of this machine.
---@return bg96.Port[]? ports
---@return bg96.Error? err
function ftp.ports() end

--- Runs functions as coroutines side by side over poll(2) until all have ended; an
--- error in one is raised after that.
---@param ... fun()
function ftp.run(...) end

--- Lets time pass. Inside ftp.run() the other functions go on meanwhile; elsewhere it
--- blocks.
---@param seconds number 0 or more
function ftp.sleep(seconds) end

--- Gives back what a call has returned, or raises its error as text.
---@generic T
---@param value T?
---@param ... any what follows it: the error where `value` is nil
---@return T value
---@return any ... what followed it
function ftp.check(value, ...) end

-- -------------------------------------------------------------------- modem

---@class bg96.Modem
local Modem = {}

---@class bg96.AtOptions
---@field timeout? number seconds, the modem's unless given
---@field interrupt? boolean in the middle of another coroutine's download, which goes on afterwards

--- Runs any AT command.
---@param command string without "AT", such as "+CSQ"
---@param options? bg96.AtOptions
---@return string[]? lines of the reply, without the final result code
---@return bg96.Error? err
function Modem:at(command, options) end

--- Subscribes to unsolicited lines; they come while a call runs, or from poll().
---@param prefix string what the lines begin with, such as "+QIURC"
---@param fn fun(line: string) must not call the modem or yield
---@return fun() unsubscribe takes the subscription back
function Modem:on(prefix, fn) end

---@class bg96.Info
---@field manufacturer string
---@field model string
---@field revision string
---@field imei string
---@field family string the modules that the driver takes it for, such as "BG96"
---@field baudrate integer of the line

---@return bg96.Info? info
---@return bg96.Error? err
function Modem:info() end

--- Has module and port run at another baud rate, proven by an echo; or both stay as they are.
---@param rate integer bits a second
---@return boolean? ok
---@return bg96.Error? err
function Modem:set_baudrate(rate) end

---@class bg96.Signal
---@field rssi integer 0 to 31; 99 where unknown
---@field ber integer 0 to 7; 99 where unknown
---@field dbm? integer

---@return bg96.Signal? signal
---@return bg96.Error? err
function Modem:signal() end

---@class bg96.ActivateOptions
---@field cid? integer 1 to 16, 1 unless given
---@field apn? string the settings that the module has are used unless given
---@field user? string
---@field password? string
---@field auth? "none"|"pap"|"chap" "none" unless given
---@field type? "ipv4"|"ipv6"|"ipv4v6" "ipv4" unless given

--- Configures and activates a PDP context; nothing where it is active with these settings.
---@param options? bg96.ActivateOptions
---@return string? address
---@return bg96.Error? err
function Modem:activate(options) end

---@param cid? integer 1 to 16, 1 unless given
---@return true? ok
---@return bg96.Error? err
function Modem:deactivate(cid) end

---@class bg96.Context
---@field cid integer
---@field active boolean
---@field type? string
---@field address? string

---@return bg96.Context[]? contexts
---@return bg96.Error? err
function Modem:contexts() end

---@class bg96.TlsOptions
---@field ctx? integer 0 to 5, 0 unless given: the sslctx of a login
---@field version? "1.0"|"1.1"|"1.2"|"all" "1.2" unless given
---@field ciphersuites? integer 0xffff, all of them, unless given
---@field verify? "server"|"mutual"|"none" "server" unless given
---@field ca? string PEM text or a path
---@field cert? string PEM text or a path
---@field key? string PEM text or a path
---@field sni? boolean true unless given
---@field ignore_time? boolean certificates may have run out by the module's clock

--- Configures TLS for FTPS. Certificates and keys are put into UFS.
---@param options? bg96.TlsOptions
---@return true? ok
---@return bg96.Error? err
function Modem:tls(options) end

--- A file in the module's flash; nothing is asked of the module yet.
---@param name string 1 to 60 bytes
---@return bg96.File file
function Modem:ufs(name) end

---@class bg96.FileEntry
---@field name string
---@field size integer bytes

---@param pattern? string "*" unless given
---@return bg96.FileEntry[]? files in the module's flash
---@return bg96.Error? err
function Modem:files(pattern) end

---@class bg96.Space
---@field free integer bytes
---@field total integer bytes

---@return bg96.Space? space in the module's flash
---@return bg96.Error? err
function Modem:space() end

---@class bg96.Finding
---@field name string
---@field ok boolean
---@field detail string
---@field advice? string what to do where it is not ok

--- Goes through chapter 4 of the manual: why a module does not get through.
---@param cid? integer 1 to 16, 1 unless given
---@return bg96.Finding[] report
function Modem:diagnose(cid) end

--- Enters the SIM's PIN if it is asked for; once, as three wrong ones block the card.
---@param pin string 4 to 8 digits
---@return true? ok
---@return bg96.Error? err
function Modem:unlock(pin) end

--- Restarts the module; returns when it answers again.
---@return true? ok
---@return bg96.Error? err
function Modem:reboot() end

---@class bg96.LoginOptions
---@field host string
---@field port? integer 21 unless given; 990 with implicit TLS
---@field user? string "anonymous" unless given
---@field password? string
---@field tls? false|"implicit"|"explicit" false unless given
---@field mode? "passive"|"active" "passive" unless given; active not with TLS
---@field type? "binary"|"ascii" "binary" unless given
---@field timeout? integer seconds, 20 to 180, 90 unless given
---@field cid? integer 1 to 16, 1 unless given: the PDP context
---@field sslctx? integer 0 to 5, 0 unless given: see tls()
---@field data_address? "control"|"server" "control" unless given: where data connections go

---@param options bg96.LoginOptions
---@return bg96.Session? session
---@return bg96.Error? err
function Modem:login(options) end

--- Logs out, bounded in time, and gives the port back.
---@return true
function Modem:close() end

--- Hands out unsolicited lines that came while no call was running; never blocks.
---@return true
function Modem:poll() end

--- The descriptor, for a loop of your own.
---@return integer fd
function Modem:pollfd() end

---@return "r"|"rw" events to wait for on it
function Modem:events() end

---@return number? seconds to wait at most
function Modem:timeout() end

-- ------------------------------------------------ files in the module's flash

---@class bg96.File
---@field name string
---@field size fun(self: bg96.File): integer?, bg96.Error? in bytes
---@field remove fun(self: bg96.File): true?, bg96.Error?
local File = {}

---@class bg96.FileWriteOptions
---@field timeout? number longest silence in seconds, 60 unless given

--- Writes the file in place of what is there; its checksum is verified.
---@param source string|file*|(fun(): string?, string?)
---@param options? bg96.FileWriteOptions
---@return integer? bytes
---@return bg96.Error? err
function File:write(source, options) end

---@class bg96.FileReadOptions
---@field sink? file*|(fun(chunk?: string, err?: string): any, string?)
---@field progress? bg96.Progress
---@field timeout? number longest silence in seconds, 60 unless given

--- Reads the file; its checksum is verified.
---@param options? bg96.FileReadOptions
---@return string|integer? data the bytes, or their number where there is a sink
---@return bg96.Error? err
function File:read(options) end

-- ------------------------------------------------------------------ session

---@class bg96.Session
---@field cwd fun(self: bg96.Session, path: string): true?, bg96.Error?
---@field pwd fun(self: bg96.Session): string?, bg96.Error?
---@field size fun(self: bg96.Session, name: string): integer?, bg96.Error?
---@field del fun(self: bg96.Session, name: string): true?, bg96.Error?
---@field rmdir fun(self: bg96.Session, name: string): true?, bg96.Error?
---@field rename fun(self: bg96.Session, old: string, new: string): true?, bg96.Error?
---@field len fun(self: bg96.Session): integer?, bg96.Error? bytes that the last transfer has moved
---@field close fun(self: bg96.Session): true?, bg96.Error? logs out; done when the module says so
local Session = {}

---@param name string
---@return integer? seconds since 1970, UTC
---@return string|bg96.Error text as the server says it
function Session:mdtm(name) end

---@return "opening"|"idle"|"transferring"|"closing"|"closed"|nil state
---@return bg96.Error? err
function Session:stat() end

---@class bg96.Settings
---@field contextid integer
---@field filetype integer
---@field transmode integer
---@field rsptimeout integer
---@field ssltype integer
---@field sslctxid integer
---@field data_address integer

--- Asks what QFTPCFG is set to.
---@param name? string one setting, such as "rsptimeout"; all unless given
---@return bg96.Settings|integer? settings
---@return bg96.Error? err
function Session:config(name) end

---@class bg96.PutOptions
---@field offset? integer where in the remote file to begin
---@field length? integer bytes to take, exactly: a source that ends before is an error
---@field progress? bg96.Progress
---@field timeout? number longest silence in seconds, the session's unless given
---@field via? "ufs" staged in the module's flash, with a checksum

--- Uploads a file. Takes what a failed io.open() returns, too: put(name, nil, message) fails
--- with kind "local" and that message.
---@param name string of the remote file
---@param source? bg96.Source
---@param options? bg96.PutOptions|string
---@return integer? bytes sent and confirmed
---@return bg96.Error? err
function Session:put(name, source, options) end

---@class bg96.GetOptions
---@field sink? bg96.Sink the bytes are returned unless given
---@field offset? integer where in the remote file to begin
---@field length? integer bytes at most
---@field progress? bg96.Progress
---@field timeout? number longest silence in seconds, the session's unless given
---@field via? "ufs" staged in the module's flash, with a checksum

--- Downloads a file.
---@param name string of the remote file
---@param options? bg96.GetOptions
---@return string|integer? data the bytes, or their number where there is a sink
---@return bg96.Error? err
function Session:get(name, options) end

---@class bg96.TransferOptions
---@field progress? bg96.Progress
---@field on_retry? fun(err: bg96.Error, attempt: integer, delay: number) before each new attempt
---@field retries? integer in a row, without progress; 8 unless given
---@field deadline? number seconds for all of it
---@field atomic? boolean true unless given: under a temporary name until it is complete
---@field reboot? boolean the module may be restarted, three times at most
---@field chunk? integer bytes between two confirmations at most

---@class bg96.Data
---@field data string

---@class bg96.Report
---@field bytes integer of the file
---@field sent integer bytes that went over the line, those sent twice counted twice
---@field attempts integer
---@field seconds number
---@field resumed integer offset at which the last resumption began; 0 without one

--- Uploads a local file, through drops, resets and lost contexts.
---@param path string|bg96.Data of the local file, or what is sent in its place
---@param name string of the remote file
---@param options? bg96.TransferOptions
---@return bg96.Report? report
---@return bg96.Error? err
function Session:upload(path, name, options) end

--- Downloads a file into `path`, which is there only when it is complete.
---@param name string of the remote file
---@param path string of the local file
---@param options? bg96.TransferOptions
---@return bg96.Report? report
---@return bg96.Error? err
function Session:download(name, path, options) end

---@class bg96.MkdirOptions
---@field exists_ok? boolean a directory that is there already is no error

--- Creates a directory.
---@param name string
---@param options? bg96.MkdirOptions
---@return true? ok
---@return bg96.Error? err
function Session:mkdir(name, options) end

---@class bg96.ListOptions
---@field sink? bg96.Sink the listing is returned unless given
---@field progress? bg96.Progress
---@field timeout? number longest silence in seconds, the session's unless given
---@field via? "ufs" staged in the module's flash, with a checksum

--- Lists a directory as the server writes it for people.
---@param dir? string "." for the current one, which is meant where it is left out
---@param options? bg96.ListOptions
---@return string|integer? text or its number of bytes where there is a sink
---@return bg96.Error? err
function Session:list(dir, options) end

--- Lists the names in a directory. They are data, not paths.
---@param dir? string "." for the current one, which is meant where it is left out
---@param options? bg96.ListOptions
---@return string[]|integer? names or the number of bytes where there is a sink
---@return bg96.Error? err
function Session:nlst(dir, options) end

---@class bg96.Entry
---@field name string data, not a path
---@field type? string in lower case: "file", "dir", "cdir", "pdir"
---@field size? integer bytes
---@field modify? integer seconds since 1970, UTC
---@field facts table<string, string> as the server says them, by lower-case names

--- Lists a directory with its facts (RFC 3659).
---@param dir? string "." for the current one, which is meant where it is left out
---@param options? bg96.ListOptions
---@return bg96.Entry[]|integer? entries or the number of bytes where there is a sink
---@return bg96.Error? err
function Session:mlsd(dir, options) end

return ftp
