-- Driver and emulated module together, on a virtual clock: what another program has set, or
-- left unfinished, before the port is opened.

local module = require "spec.support.module"
local said = require("spec.support.habits").said

-- Opens, asks something, and moves a file.
local function use(options)
  options.timeout = options.timeout or 10
  local bench = module.bench(options)
  bench.server:put("/f", "content")
  local opened_at
  bench:run(function(modem)
    local ok, err = modem:clean_up()
    assert.is_true(ok, tostring(err))
    opened_at = bench.now
    assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    local _, refused = modem:at("+NOSUCH")
    assert.is_not_nil(refused.code or refused.kind == "error" or nil) -- a word, not a number
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login(module.login))
    assert.equal("content", session:get("f"))
    assert.equal(3, session:put("g", "abc"))
    assert.same({ "f", "g" }, session:nlst("."))
  end)
  return opened_at, bench
end

describe("a module that another program has used", function()
  local settings = {
    "V0", "Q1", "V0Q1", "E1", "E1V0", "E1Q1", "V0Q1E1", "S4=0", "S4=32", "S5=65", "S5=13",
    "S3=10", "S3=0", "S3=1", "S3=31", "V0Q1S3=10", "V0Q1E1S3=10S4=0S5=0", "S3=8S5=127",
    "+CMEE=0", "+CMEE=2",
  }
  for _, line in ipairs(settings) do
    for _, read_size in ipairs { 4096, 1 } do
      it(("is opened: AT%s, %d bytes a read"):format(line, read_size), function()
        local opened_at = use { settings = line, read_size = read_size }
        assert.is_true(opened_at < 9.9, ("it took %.1f s"):format(opened_at))
      end)
    end
  end

  it("is opened in each state that may come on top of it", function()
    for _, line in ipairs { "V0Q1", "E1", "S4=0" } do
      for _, state in ipairs { "half-line", "session", "data-upload", "data-download" } do
        use { settings = line, state = state, timeout = 30 }
      end
    end
  end)

  it("is opened where it is slow as well", function()
    for _, line in ipairs { "V0", "Q1", "V0Q1S3=10" } do
      use { settings = line, quirks = { "answer=700" }, timeout = 60 }
    end
  end)
end)

describe("a module that does not echo", function()
  it("is told from one that does not answer", function()
    local bench = module.bench { quirks = { "no-echo" } }
    bench:run(function(modem)
      local ok, err = modem:clean_up()
      assert.is_nil(ok)
      assert.equal("timeout", err.kind)
      assert.matches("echo", tostring(err))
    end)
    assert.is_true(bench.now <= 10.1, bench.now)
  end)

  it("works as soon as it echoes", function()
    local bench = module.bench { quirks = { "no-echo" } }
    bench:run(function(modem)
      assert.is_nil((modem:clean_up()))
      bench.module.quirks["no-echo"] = nil
      assert.is_true(modem:clean_up())
      assert.same({ said "+CSQ: 24,0" }, modem:at("+CSQ"))
    end)
  end)
end)
