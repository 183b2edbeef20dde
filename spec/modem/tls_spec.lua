-- modem:tls(): what is set in the module, and what is accepted as certificates and keys.

local module = require "spec.support.module"

-- Runs job(modem, bench) with an open modem.
local function with_modem(options, job)
  local bench = module.bench(options)
  bench:run(function(modem)
    assert(modem:clean_up())
    job(modem, bench)
  end)
  return bench
end

local function executed(bench, pattern)
  local found = {}
  for _, command in ipairs(bench.module:commands()) do
    if command:find(pattern) then found[#found + 1] = command end
  end
  return found
end

describe("a TLS context", function()
  local pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"

  local key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
  local name = "bg96_ca_f2fc7dfae8e7bd091ff519458e3a9e3e.pem"

  local function save(content)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
    return path
  end

  it("verifies the server, with SNI and its name, unless said otherwise", function()
    local bench = with_modem(nil, function(modem)
      assert.is_true(modem:tls { ctx = 2, ca = pem })
      assert.equal(pem, modem:ufs(name):read())
    end)
    assert.same({
      ('AT+QSSLCFG="cacert",2,"%s"'):format(name), 'AT+QSSLCFG="sslversion",2,3',
      'AT+QSSLCFG="ciphersuite",2,0XFFFF', 'AT+QSSLCFG="checkhost",2,1', 'AT+QSSLCFG="sni",2,1',
      'AT+QSSLCFG="ignorelocaltime",2,0', 'AT+QSSLCFG="ignorecertchain",2,0',
      'AT+QSSLCFG="seclevel",2,1',
    }, executed(bench, "QSSLCFG"))
  end)

  it("takes files, and all three for mutual verification", function()
    local paths = { save(pem), save(key) }
    local bench = with_modem(nil, function(modem)
      assert.is_true(modem:tls {
        verify = "mutual", ca = paths[1], cert = paths[1], key = paths[2],
      })
    end)
    for _, path in ipairs(paths) do os.remove(path) end
    assert.equal(3, #executed(bench, "^AT%+QSSLCFG.*bg96_%a+_%x+%.pem"))
  end)

  it("leaves in the flash what is there already, and writes what is there by half", function()
    local bench = with_modem(nil, function(modem, bench)
      for ctx = 0, 5 do assert.is_true(modem:tls { ctx = ctx, ca = pem }) end
      assert.equal(1, #executed(bench, "QFUPL"))
      assert(modem:ufs(name):write(pem:sub(1, 20)))
      assert.is_true(modem:tls { ca = pem })
      assert.equal(pem, modem:ufs(name):read())
    end)
    assert.equal(3, #executed(bench, "QFUPL"))
  end)

  it("takes PEM alone, and says what else it was given", function()
    local empty, text = save(""), save("hello")
    local encrypted = save(key:gsub("PRIVATE", "ENCRYPTED PRIVATE"))
    local bench = with_modem(nil, function(modem)
      for what, case in pairs {
        ["ca: /etc/passwd: no certificate in PEM"] = { ca = "/etc/passwd" },
        ["ca: /tmp: Is a directory"] = { ca = "/tmp" },
        ["ca: /does/not/exist.pem: No such file or directory"] = { ca = "/does/not/exist.pem" },
        ["is empty"] = { ca = empty },
        ["no certificate in PEM: give"] = { ca = text },
        ["ca: no certificate in PEM"] = { ca = "-----BEGIN CERTIFICATE-----\nMAA=\n" },
        ["ca: no certificate"] = { ca = key },
        ["/dev/zero: Invalid argument"] = { ca = "/dev/zero" },
        ["key: no private key in PEM"] = { verify = "mutual", ca = pem, cert = pem, key = pem },
        ["the key has a passphrase"] =
          { verify = "mutual", ca = pem, cert = pem, key = encrypted },
      } do
        local ok, err = modem:tls(case)
        assert.is_nil(ok)
        assert.equal("local", err.kind)
        assert.is_truthy(tostring(err):find(what, 1, true), tostring(err))
      end
    end)
    for _, path in ipairs { empty, text, encrypted } do os.remove(path) end
    assert.same({}, executed(bench, "QSSLCFG"))
  end)

  it("leaves out verification only on request", function()
    local bench = with_modem(nil, function(modem)
      assert.error_matches(function() modem:tls {} end, "ca: needed to verify")
      assert.error_matches(function() modem:tls { verify = "mutual", ca = pem } end, "cert: needed")
      assert.is_true(modem:tls { verify = "none" })
    end)
    assert.equal(1, #executed(bench, '"seclevel",0,0'))
  end)

  it("excludes active mode, as the manual says", function()
    with_modem(nil, function(modem)
      assert.error_matches(function()
        modem:login { host = "h", tls = "explicit", mode = "active" }
      end, "no active mode with TLS")
    end)
  end)
end)
