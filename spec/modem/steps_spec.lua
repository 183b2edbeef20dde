-- A call of several commands: what came before a command was sent is not its reply.

local Bench = require "spec.support.bench"
local Script = require "spec.support.script"
local Session = require "bg96.ftp.session"

local function framed(line) return "\r\n" .. line .. "\r\n" end

describe("a call of several commands", function()
  -- Another program's answer, in the same read as the end of the first command.
  for _, stray in ipairs { "OK", "ERROR", "+CME ERROR: 100", "CONNECT", "+QFTPGET: 0,5" } do
    it(("does not take %s for the answer to the next"):format(stray), function()
      local bench = Bench.new {
        peer = Script.new {
          { 'AT+QFTPSIZE="f"', framed("OK") .. framed("+QFTPSIZE: 0,5") .. framed(stray) },
          { 'AT+QFTPGET="f","COM:",0,5', framed("CONNECT") .. "hello" .. framed("OK")
            .. framed("+QFTPGET: 0,5") .. framed(stray) },
          { "AT+CSQ", framed("+CSQ: 20,99") .. framed("OK") },
        },
      }
      bench:run(function(modem)
        local content, err = Session.new(modem, 95):get("f")
        assert.equal("hello", content, tostring(err))
        assert.same({ "+CSQ: 20,99" }, modem:at("+CSQ"))
      end)
    end)
  end
end)
