-- Real lua-eco, which Debian lacks: `make test-eco ECO=PATH-OF-ITS-INTERPRETER`, with the LUA
-- that it was built with. Each check is a process.

local loopchecks = require "spec.support.loopchecks"
local process = require "spec.support.process"

local ECO = os.getenv("ECO")
if not ECO then return end

local BUILD = ("./build/%s/?.so;;"):format(process.LUA:match("[^/]+$"))
local ENVIRONMENT = { LUA_PATH = "./lua/?.lua;./lua/?/init.lua;./?.lua;;", LUA_CPATH = BUILD }

-- The lines that a program prints, and its exit status.
local function run(words, environment)
  local lines = {}
  local program = process.start(words, environment)
  local line = program.line
  while line do
    lines[#lines + 1] = line
    line = program:read_line()
  end
  program:stop()
  return table.concat(lines, "\n"), program.exit_status
end

local function emulator(options)
  local words = { "--backend", "memory" }
  for word in options:gmatch("%S+") do words[#words + 1] = word end
  return process.emulator((table.unpack or unpack)(words)) -- luacheck: std max
end

local version = run { ECO, "-e", "print(eco.VERSION)" }

describe("lua-eco " .. version, function()
  for i, check in ipairs(loopchecks) do
    if not check.closes or rawget(coroutine, "close") then
      it(check.what, function()
        local served = check.emulator and emulator(check.emulator)
        local output, status = run({ "timeout", "90", ECO, "spec/support/ecoloop.lua", tostring(i),
          served and served.line }, ENVIRONMENT)
        if served then served:stop() end
        assert.equal(0, status, output)
        assert.equal(("lua-eco %s, %s"):format(version, _VERSION), output)
      end)
    end
  end

  it("moves a file beside a ticker, as the example does", function()
    local served = emulator("")
    local output, status = run({ "timeout", "60", ECO, "examples/loop_eco.lua" }, {
      LUA_PATH = ENVIRONMENT.LUA_PATH, LUA_CPATH = BUILD, BG96_PORT = served.line, FTP_HOST = "h",
    })
    served:stop()
    assert.equal(0, status, output)
    assert.matches("up and down again:%s+32000", output)
    assert.equal(5, select(2, output:gsub("signal:%s+%-65%s+dBm", "")), output)
  end)
end)
