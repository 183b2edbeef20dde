-- What bg96-ftp must not print: secrets, also of what has failed, and what a terminal obeys.

local json = require "dkjson"
local process = require "spec.support.process"
local shell = require "spec.support.shell"

local PASSWORD = "hush-hush-9"

local folder, emulator, environment

local function start(...)
  emulator = process.emulator("--backend", "memory", "--account", "me:" .. PASSWORD, ...)
  environment = { BG96_PORT = emulator.line, BG96_HOST = "ftp.example.com", BG96_USER = "me",
    BG96_PASSWORD = PASSWORD, BG96_APN = "internet" }
end

before_each(function()
  folder = process.folder()
  start()
end)

after_each(function()
  emulator:stop()
  process.remove(folder)
end)

local function run(...)
  return shell.run(folder, environment, { ... })
end

describe("at", function()
  for command, secret in pairs {
    ["+CPIN=4711"] = "4711",
    ["at+cpin = 4711"] = "4711",
    ['+CLCK="SC",1,"4711"'] = "4711",
    ['+QICSGP=77,1,"internet","me","hush"'] = "hush",
  } do
    it("does not print the secret of " .. command .. " where that fails", function()
      for _, options in ipairs { {}, { "--json" }, { "-v" }, { "--json", "-v" } } do
        options[#options + 1] = "at"
        options[#options + 1] = command
        local status, out, err = run((table.unpack or unpack)(options)) -- luacheck: std max
        assert.is_true(status ~= 0)
        assert.is_nil((out .. err):find(secret, 1, true), out .. err)
        assert.matches("%*%*%*", err)
      end
    end)
  end

  it("does not print secrets that the module tells", function()
    assert.equal(0, (run("ls")))
    for _, words in ipairs { { "at", '+QFTPCFG="account"' }, { "at", "+QICSGP=1" },
      { "--json", "at", '+QFTPCFG="account","joe","hush-hush-9"' } } do
      local status, out, err = run((table.unpack or unpack)(words)) -- luacheck: std max
      assert.equal(0, status, err)
      assert.is_nil((out .. err):find("hush", 1, true), out)
    end
  end)
end)

describe("names that hold anything", function()
  local NAME = "a\1552J\255b"

  before_each(function()
    assert.equal(0, (shell.run(folder, environment, { "put", "-", NAME, input = "x" })))
  end)

  it("reach a terminal as escapes", function()
    for _, words in ipairs { { "ls" }, { "ls", "-l" }, { "mlsd" }, { "rm", "z" .. NAME } } do
      local terminal = shell.start(folder, environment, words)
      terminal:finish()
      assert.is_nil(terminal.screen:find("[\155\255]"), terminal.screen)
      assert.is_truthy(terminal.screen:find([[a\x9b2J\xffb]], 1, true), terminal.screen)
    end
  end)

  it("reach no JSON but as UTF-8", function()
    local status, out = run("--json", "ls")
    assert.equal(0, status)
    assert.same({ "a\239\191\1892J\239\191\189b" }, json.decode(out))
    local err
    status, out, err = run("--json", "rm", NAME .. "z")
    assert.is_true(status ~= 0)
    assert.is_nil((out .. err):find("[\155\255]"), out .. err)
  end)
end)

describe("a module that says anything", function()
  it("reaches a terminal as escapes", function()
    emulator:stop()
    start("--fault", "urc,command=CSQ,line=+X: \27[2J\155")
    local terminal = shell.start(folder, environment, { "-v", "at", "+CSQ" })
    terminal:finish()
    assert.is_nil(terminal.screen:find("[\27\155]"), terminal.screen)
  end)
end)
