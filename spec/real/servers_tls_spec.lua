-- FTPS against the same real servers, with certificates of a throwaway authority.

local ftp = require "bg96.ftp"
local process = require "spec.support.process"
local servers = require "spec.support.servers"

local has_openssl, certificates = pcall(require, "spec.support.certificates")

local DAY = 86400
local payload = ("\0\r\n+++\255 a payload that looks like \r\nOK\r\n"):rep(3000)

local function save(path, server)
  local file = assert(io.open(path, "wb"))
  file:write(server.key, server.certificate)
  file:close()
end

local function suite(name, mode)
  local traits = servers.known[name]
  local root, emulator, modem, authority, server

  setup(function()
    root = servers.folder()
    authority = certificates.authority("the specs' authority")
    emulator = process.emulator()
    modem = assert(ftp.open { port = emulator.line })
    assert(modem:activate { apn = "internet" })
  end)

  teardown(function()
    if modem then modem:close() end
    if emulator then emulator:stop() end
    process.remove(root)
  end)

  after_each(function()
    if server then server:stop() end
  end)

  local function start_with(certificate)
    save(root .. "/server.pem", certificate)
    server = servers.start(name, root, mode, root .. "/server.pem")
  end

  local function login(tls)
    assert(modem:tls(tls))
    return modem:login { host = "localhost", port = server.port, user = traits.user,
      password = "test", tls = mode, timeout = 20 }
  end

  local function assert_transfers(session)
    assert(session:cwd("files"))
    assert.equal(#payload, session:put("f", payload))
    assert.is_true(session:get("f") == payload)
    assert.is_true(session:get("f", { offset = 1000 }) == payload:sub(1001))
    assert.is_truthy(table.concat(assert(session:nlst(".")), "\n"):find("f", 1, true))
    assert.equal(#payload, session:put("g", payload, { via = "ufs" }))
    assert.is_true(session:del("g"))
    assert.equal(payload:sub(1001, 3000), session:get("f", { offset = 1000, length = 2000 }))
    session:close() -- proftpd may have ended it, as it does when a download is cut
  end

  it("transfers files with a certificate of the right authority and name", function()
    start_with(authority.sign("localhost"))
    for _ = 1, 2 do assert_transfers(assert(login { ca = authority.certificate })) end
  end)

  local wrong = {
    ["of another name"] = function() return authority.sign("elsewhere.example") end,
    ["that has expired"] = function()
      return authority.sign("localhost", os.time() - 2 * DAY, os.time() - DAY)
    end,
    ["that is not valid yet"] = function()
      return authority.sign("localhost", os.time() + DAY, os.time() + 2 * DAY)
    end,
    ["that signed itself"] = function() return certificates.authority("localhost") end,
    ["of another authority"] = function()
      return certificates.authority("another authority").sign("localhost")
    end,
  }
  -- The module checks the certificates, so one server is enough.
  if name ~= "pyftpdlib" then wrong = { ["that signed itself"] = wrong["that signed itself"] } end
  for what, make in pairs(wrong) do
    it(("refuses a certificate %s, unless told not to check"):format(what), function()
      start_with(make())
      local session, err = login { ca = authority.certificate }
      assert.is_nil(session)
      assert.equal("ftp", err.kind, tostring(err))
      assert.equal(631, err.code)
      assert.matches("certificate.*clock", tostring(err))
      session = assert(login { verify = "none" })
      assert.is_true(session:cwd("files"))
      assert.equal(#payload, session:put("f", payload))
      assert.is_true(session:get("f") == payload)
      assert.is_true(session:close())
    end)
  end
end

describe("FTPS #servers", function()
  it("has no active mode: asking for it is an argument error", function()
    local emulator = process.emulator("--backend", "memory")
    local modem = assert(ftp.open { port = emulator.line })
    for _, mode in ipairs { "implicit", "explicit" } do
      assert.error_matches(function()
        modem:login { host = "localhost", tls = mode, mode = "active" }
      end, "no active mode with TLS")
    end
    modem:close()
    emulator:stop()
  end)

  for _, name in ipairs(servers.names) do
    local problem = servers.problem(name)
      or not has_openssl and "luaossl is missing for " .. _VERSION .. ", which makes certificates"
    if problem then
      pending(("with %s cannot be had here: %s"):format(name, problem))
    else
      for _, mode in ipairs(servers.known[name].tls) do
        describe(("with %s, %s,"):format(name, mode), function() suite(name, mode) end)
      end
    end
  end
end)
