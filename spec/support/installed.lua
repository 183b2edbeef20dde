-- Transfers a file with the library that is installed below a folder, and fails if another
-- one was loaded. Prints the name of the Lua.
--
--   LUA_PATH=... LUA_CPATH=... lua installed.lua PORT FOLDER

local port, folder = arg[1], arg[2]

local ftp = require "bg96.ftp"
local source = debug.getinfo(ftp.open, "S").source
assert(source:sub(2, #folder + 1) == folder, source .. " is not below " .. folder)

local content = ("\0\r\nOK\r\n+++\255"):rep(5000)
local modem = assert(ftp.open { port = port })
assert(modem:activate { apn = "internet" })
local session = assert(modem:login { host = "ftp.example.com", user = "me", password = "secret" })
assert(session:put("f", content) == #content)
assert(session:get("f") == content)
modem:close()
print(rawget(_G, "jit") and "LuaJIT" or _VERSION)
