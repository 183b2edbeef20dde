-- FTPS of the emulator's network backend, against a real server with
-- certificates of a throwaway authority.

local certificates = require("spec.support.certificates")
local process = require("spec.support.process")
local with_host = require("spec.support.network_host").run

local OK, CONNECT = "\r\nOK\r\n", "\r\nCONNECT\r\n"
local DAY = 86400

local function result(text)
  return OK .. "\r\n" .. text .. "\r\n"
end

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

describe("the emulator's FTPS", function()
  local folder, authority, other

  setup(function()
    folder = process.folder()
    authority, other = certificates.authority("one"), certificates.authority("another")
  end)

  teardown(function() process.remove(folder) end)

  -- Runs `job(host, port)` with a server that has this certificate.
  local function with_server(mode, server, job)
    local path = folder .. "/server.pem"
    local file = io.open(path, "w")
    file:write(server.key, server.certificate)
    file:close()
    local ftpd = process.ftp_server(folder, "--tls", mode, "--certificate", path)
    local ok, message = pcall(with_host, function(host)
      host.module.ufs:put("ca.pem", authority.certificate)
      host.module.ufs:put("other.pem", other.certificate)
      host:at(('+QFTPCFG="ssltype",%d'):format(mode == "implicit" and 1 or 2), OK)
      host:at('+QFTPCFG="account","test","test"', OK)
      host:at('+QSSLCFG="sslversion",0,3;+QSSLCFG="seclevel",0,1;+QSSLCFG="cacert",0,"ca.pem"', OK)
      host:at('+QSSLCFG="ignorelocaltime",0,0;+QSSLCFG="checkhost",0,1', OK)
      job(host, ftpd.port)
    end)
    ftpd:stop()
    if not ok then error(message, 0) end
  end

  local function open(host, port, outcome)
    host:at(('+QFTPOPEN="localhost",%d'):format(port), result("+QFTPOPEN: " .. outcome))
  end

  for _, mode in ipairs { "implicit", "explicit" } do
    it("transfers over " .. mode .. " TLS", function()
      with_server(mode, authority.sign("localhost"), function(host, port)
        local data = ("\0\r\n+++\255"):rep(50000)
        open(host, port, "0,0")
        host:at(('+QFTPPUT="up.bin","COM:",0,%d,1'):format(#data), CONNECT)
        host:feed(data)
        host:listen(result("+QFTPPUT: 0," .. #data))
        assert.is_true(read_file(folder .. "/up.bin") == data)
        local trailer = result("+QFTPGET: 0," .. #data)
        assert.is_true(host:at('+QFTPGET="up.bin","COM:"', trailer) == CONNECT .. data .. trailer)
        host:at("+QFTPCLOSE", result("+QFTPCLOSE: 0,0"))
      end)
    end)

    it("refuses another authority with " .. mode .. " TLS, unless told not to check", function()
      with_server(mode, authority.sign("localhost"), function(host, port)
        host:at('+QSSLCFG="cacert",0,"other.pem"', OK)
        open(host, port, "631,0")
        host:at('+QSSLCFG="cacert",0,"missing.pem"', OK)
        open(host, port, "631,0")
        host:at('+QSSLCFG="seclevel",0,0', OK)
        open(host, port, "0,0")
      end)
    end)
  end

  it("refuses another name, unless told not to check it", function()
    with_server("implicit", authority.sign("elsewhere.example"), function(host, port)
      open(host, port, "631,0")
      host:at('+QSSLCFG="checkhost",0,0', OK)
      open(host, port, "0,0")
    end)
  end)

  it("refuses an expired certificate, unless told to ignore the clock", function()
    local expired = authority.sign("localhost", os.time() - 2 * DAY, os.time() - DAY)
    with_server("implicit", expired, function(host, port)
      open(host, port, "631,0")
      host:at('+QSSLCFG="ignorelocaltime",0,1', OK)
      open(host, port, "0,0")
    end)
  end)

  it("checks everything else if it ignores the clock", function()
    with_server("implicit", authority.sign("elsewhere.example"), function(host, port)
      host:at('+QSSLCFG="ignorelocaltime",0,1', OK)
      open(host, port, "631,0")
      host:at('+QSSLCFG="checkhost",0,0;+QSSLCFG="cacert",0,"other.pem"', OK)
      open(host, port, "631,0")
    end)
  end)
end)
