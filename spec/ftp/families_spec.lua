-- What the driver assumes about the module: asked for once, at the first login.

local Bench = require "spec.support.bench"
local core = require "bg96.core"
local family_of = require "bg96.ftp.families"
local module = require "spec.support.module"
local moduleinfo = require "bg96.cli.moduleinfo"

local LONG = ("n"):rep(51)

local function count(modem, command)
  local found = 0
  for _, each in ipairs(modem.bench.module:commands()) do
    if each == command then found = found + 1 end
  end
  return found
end

-- A bench with a module of some model.
local function with_model(model, options)
  options = options or {}
  options.identity, options.active = { model = model }, true
  return module.bench(options)
end

local function run(model, job, options)
  with_model(model, options):run(function(modem)
    assert(modem:clean_up())
    job(modem)
  end)
end

describe("the family of a model", function()
  for model, family in pairs {
    BG96 = "BG96", ["BG95-M3"] = "BG95", BG77 = "BG95", ["BG600L-M3"] = "BG95",
    EC20 = "EC2x", EC21 = "EC2x", EC25 = "EC2x", EG25 = "EC2x", EG91 = "EC2x", EG95 = "EC2x",
    EC200U = "EC200", EG912Y = "EC200", EG915U = "EC200", EG800K = "EC200",
    UC20 = "UC20", UG95 = "UC20", SIM7000 = "unknown, treated as a BG96",
  } do
    it(("of %s is %s"):format(model, family), function()
      assert.equal(family, family_of(model)[1])
      run(model, function(modem) assert.equal(family, assert(modem:info()).family) end)
    end)
  end
end)

describe("the model", function()
  it("is asked for once, by the first login", function()
    run("BG96", function(modem)
      assert.equal(0, count(modem, "AT+CGMM"))
      for _ = 1, 2 do
        local session = assert(modem:login(module.login))
        assert(session:put("a", "abc"))
        assert(session:get("a"))
        assert(session:close())
      end
      assert.equal(1, count(modem, "AT+CGMM"))
    end)
  end)

  it("is not asked for where modem:info() has told", function()
    run("BG96", function(modem)
      assert(modem:info())
      assert(modem:login(module.login))
      assert.equal(1, count(modem, "AT+CGMM"))
    end)
  end)

  it("may be refused: the module is treated as a BG96", function()
    run("BG96", function(modem)
      modem.bench.module:fault("result,command=CGMM,err=100")
      local session = assert(modem:login(module.login))
      assert.equal(51, assert(session:put(LONG, LONG)))
    end)
  end)

  it("is asked for in the time of the login, behind a call that takes longer", function()
    local bench = with_model("UC20")
    bench.server:put("/long", ("x"):rep(230000)) -- 20 s
    bench:run(function(modem)
      assert(modem:clean_up())
      local session = assert(modem:login(module.login))
      modem.family = nil -- as if nobody had asked
      assert.equal(230000, #assert(session:get("long")))
      assert(session:close())
    end, function(modem)
      Bench.sleep(5)
      assert(modem:login(module.login)) -- longer than modem:at() would have waited
      assert.is_true(bench.now > 20)
      assert.equal("UC20", modem.family[1])
    end)
  end)
end)

describe("a UC20", function()
  local names = {
    put = function(s) return s:put(LONG, "") end, get = function(s) return s:get(LONG) end,
    size = function(s) return s:size(LONG) end, del = function(s) return s:del(LONG) end,
    cwd = function(s) return s:cwd(LONG) end, mkdir = function(s) return s:mkdir(LONG) end,
    rmdir = function(s) return s:rmdir(LONG) end, nlst = function(s) return s:nlst(LONG) end,
    rename = function(s) return s:rename("a", LONG) end, mdtm = function(s) return s:mdtm(LONG) end,
    upload = function(s) return s:upload({ data = "" }, LONG) end,
    download = function(s) return s:download(LONG, "/nowhere") end,
  }

  it("gets no name of more than 50 bytes, and the caller is told", function()
    run("UC20", function(modem)
      local session = assert(modem:login(module.login))
      local before = #modem.bench.module:commands()
      for method, call in pairs(names) do
        local ok, message = pcall(call, session)
        assert.is_false(ok, method)
        assert.matches("'" .. method .. "' %(too long: 51 bytes, 50 at most%)", message)
      end
      assert.equal(before, #modem.bench.module:commands())
      assert.equal(1, assert(session:put(LONG:sub(1, 50), "a")))
    end)
  end)

  it("uploads under a temporary name of 50 bytes at most", function()
    run("UC20", function(modem)
      local session = assert(modem:login(module.login))
      assert(session:upload({ data = "abc" }, LONG:sub(1, 50)))
      local temporary
      for _, command in ipairs(modem.bench.module:commands()) do
        temporary = command:match('^AT%+QFTPPUT="([^"]*)"') or temporary
      end
      assert.equal(50, #temporary)
      assert.matches("%.part$", temporary)
      assert.equal("abc", modem.bench.server:get("/" .. LONG:sub(1, 50)))
    end)
  end)

  it("is the only one: a BG96 takes longer names", function()
    local most = core.commands["+QFTPPUT"].arguments[1].max
    assert.is_true(most > 50)
    run("BG96", function(modem)
      local session = assert(modem:login(module.login))
      assert.equal(1, assert(session:put(("n"):rep(most), "a")))
      assert.has_error(function() session:put(("n"):rep(most + 1), "a") end)
    end)
  end)
end)

describe("a login", function()
  -- Seconds until a login of 20 s fails on a module that says nothing to QFTPOPEN.
  local function time_of_login(model)
    local seconds
    run(model, function(modem)
      modem.bench.module:fault("late,command=QFTPOPEN,ms=1000000")
      local started = modem.bench.now
      local session, err = modem:login(module.login)
      assert.is_nil(session)
      assert.equal("timeout", err.kind)
      seconds = modem.bench.now - started
    end)
    return seconds
  end

  it("waits as long as it was told on a BG96, and 125 s on an EC200 at least", function()
    local bg96, ec200 = time_of_login("BG96"), time_of_login("EG800K")
    assert.is_true(bg96 >= 25 and bg96 < 60, bg96)
    assert.is_true(ec200 >= 130 and ec200 < 165, ec200)
  end)
end)

describe("status", function()
  local function line_of(info)
    for _, line in ipairs(moduleinfo.lines(info)) do
      if line[1] == "family" then return line[2] end
    end
  end

  it("tells the family, and what an unknown model is treated as", function()
    for model, text in pairs {
      BG96 = "BG96", ["BG95-M3"] = "BG95", SIM7000 = "SIM7000: unknown, treated as a BG96",
    } do
      run(model, function(modem) assert.equal(text, line_of(assert(moduleinfo.ask(modem)))) end)
    end
  end)
end)
