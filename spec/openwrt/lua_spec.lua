-- Lua as OpenWrt has it: numbers that its string.format refuses, and an old argparse.
-- The other specs run on it as well: see spec/support/openwrt.lua.

local process = require "spec.support.process"
local shell = require "spec.support.shell"
local token = require "bg96.ftp.token"

local AS_OPENWRT = "LUA_INIT=@spec/support/openwrt.lua"
local folder

before_each(function() folder = process.folder() end)
after_each(function() process.remove(folder) end)

-- Runs a command with the Lua of the specs acting as OpenWrt's. Gives its exit status and
-- what it printed.
local function run(words)
  local status = shell.execute(folder,
    ("env %s %s %s > %s/out 2>&1"):format(AS_OPENWRT, process.LUA, words, folder))
  return status, shell.contents(folder .. "/out")
end

local function refuses(expression)
  shell.write(folder .. "/expression.lua", ("io.write(%s)"):format(expression))
  local status, out = run(folder .. "/expression.lua")
  assert.not_equal(0, status, out)
  assert.matches("32%-bit integer expected", out)
end

describe("the stand-in for OpenWrt's Lua", function()
  it("refuses to format numbers that are not whole or have more than 32 bits", function()
    refuses('("%08x"):format(2147483648)')
    refuses('string.format("%s %5d", "a", 1.5)')
    refuses('("%%%-3d %X"):format(1, -2147483649)')
  end)

  it("formats the others as ever", function()
    shell.write(folder .. "/formats.lua",
      [[io.write(("%%|%-3d|%5.1f|%s|%x|%.0f"):format(2147483647, 0.5, "a", 255, 2^40))]])
    local status, out = run(folder .. "/formats.lua")
    assert.same({ 0, "%|2147483647|  0.5|a|ff|1099511627776" }, { status, out })
  end)
end)

describe("the stand-in for OpenWrt's argparse", function()
  it("has no choices, summaries and completions", function()
    shell.write(folder .. "/methods.lua", [[
      local parser = require("argparse")("name")
      io.write(tostring(parser:option("-o").choices), tostring(parser:argument("a").choices),
        tostring(parser:command("c").summary), tostring(parser.get_bash_complete),
        type(parser.option), type(parser:option("-p").convert))]])
    local status, out = run(folder .. "/methods.lua")
    assert.same({ 0, "nilnilnilnilfunctionfunction" }, { status, out })
  end)
end)

describe("on OpenWrt", function()
  it("names of temporary files take any number", function()
    assert.equal("00000000", token(0))
    assert.equal("0001ffff", token(0x1ffff))
    assert.equal("80000000", token(2 ^ 31))
    assert.equal("ffffffff", token(2 ^ 32 - 1))
  end)

  it("bg96-ftp explains itself and checks its options with an argparse before 0.7", function()
    local status, help = run("bin/bg96-ftp --help")
    assert.equal(0, status, help)
    assert.matches("%-%-flowcontrol {none,rtscts}", help)
    local wrong, complaint = run("bin/bg96-ftp --flowcontrol sometimes ports")
    assert.equal(2, wrong)
    assert.matches("'sometimes' is none of none, rtscts", complaint)
  end)

  it("bg96-emulator does as well", function()
    local status, help = run("bin/bg96-emulator --help")
    assert.equal(0, status, help)
    assert.matches("%-%-backend {network,memory}", help)
    local wrong, complaint = run("bin/bg96-emulator --sim lost")
    assert.equal(2, wrong)
    assert.matches("'lost' is none of ready,pin,puk,none", complaint)
  end)

  -- Runs `bg96-ftp --json ports` where `hidden`, Lua modules, are not installed.
  local function run_without(hidden)
    local lines = {}
    for _, name in ipairs(hidden) do
      lines[#lines + 1] = ("package.preload[%q] = error"):format(name)
    end
    lines[#lines + 1] = 'arg = { [0] = "x", "--json", "ports" }\nos.exit(require("bg96.cli")(arg))'
    shell.write(folder .. "/hide.lua", table.concat(lines, "\n"))
    return run(folder .. "/hide.lua")
  end

  it("--json takes lua-cjson where dkjson is not there", function()
    local status, out = run_without { "dkjson" }
    assert.equal(0, status, out)
    assert.matches("^%[", out)
  end)

  it("--json without either says what is missing", function()
    local status, out = run_without { "dkjson", "cjson" }
    assert.equal(1, status, out)
    assert.matches("%-%-json needs the Lua module dkjson or cjson %(.*OpenWrt: lua%-cjson", out)
  end)

  it("a missing module of others is one sentence with its packages", function()
    for name, program in pairs { argparse = "bg96-ftp", lfs = "bg96-ftp",
      cqueues = "bg96-emulator" } do
      shell.write(folder .. "/missing.lua", ([[
        local hidden = %q
        local function hide() error("module '" .. hidden .. "' not found:") end
        package.preload[hidden] = hide
        arg = { [0] = "x" }
        dofile("bin/%s")]]):format(name, program))
      local status, out = run(folder .. "/missing.lua")
      assert.equal(1, status, out)
      assert.matches(("^%s: the Lua module %s is missing %%(.*Debian: lua%%-[^\n]*%%)\n$"):format(
        program:gsub("%-", "%%-"), name), out)
    end
  end)
end)
