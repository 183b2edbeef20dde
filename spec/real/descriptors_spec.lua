-- Descriptors: programs that are started without standard ones, processes that have no more of
-- them, and more coroutines than there are.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, emulator

local COMMON = [[
  local ftp = require "bg96.ftp"
  local core = require "bg96.core"
  local said = {}
  local function say(...) said[#said + 1] = table.concat({ ... }, " ") .. "\n" end
  -- Opened at the end only, as it would take a number that is free.
  local function tell()
    local out = assert(io.open(arg[2] .. "/out", "w"))
    out:write(table.concat(said))
    out:close()
  end
  local function open(wait)
    local modem = assert(ftp.open { port = arg[1], wait = wait })
    assert(modem:activate { apn = "internet" })
    return modem, assert(modem:login { host = "h", user = "u", password = "p", timeout = 20 })
  end
]]

-- Runs Lua code, which finds the port in arg[1], by a line of the shell that says how. Gives
-- its exit status and what it wrote to `out`.
local function run(how, code)
  shell.write(folder .. "/script.lua", COMMON .. code .. "\ntell()\n")
  local lua = ("LUA_PATH='./lua/?.lua;./lua/?/init.lua;./?.lua;;' LUA_CPATH='./build/%s/?.so;;' %s")
    :format(process.LUA:match("[^/]+$"), process.LUA)
  local command = ("%s; %s %s/script.lua %s %s"):format(how, lua, folder, emulator.line, folder)
  return shell.execute(folder, ("sh -c '%s'"):format(command:gsub("'", "'\\''"))),
    shell.contents(folder .. "/out")
end

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir " .. folder)
  emulator = process.emulator("--backend", "memory")
end)

after_each(function()
  emulator:stop()
  os.execute("rm -r " .. folder)
end)

describe("a program that was started without standard descriptors", function()
  local code = [[
    local before = {}
    local function links(tell_of)
      for number = 0, 2 do
        local pipe = io.popen("readlink /proc/$PPID/fd/" .. number .. " 2>/dev/null || true")
        local name = pipe:read("*l")
        pipe:close()
        if (name or ""):find("^pipe:") then name = nil end -- it may be that of io.popen()
        if not tell_of then before[number] = name end
        if name ~= before[number] then say(number, name) end
      end
    end
    links(false)
    local modem, session = open()
    links(true)
    local file = assert(io.open(arg[2] .. "/local", "wb"))
    file:write(("x"):rep(100000))
    file:close()
    local data = { progress = function()
      io.stderr:write("a message of the program\n")
      io.stdout:write("output of the program\n")
      io.stdout:flush()
      links(true)
    end }
    assert(session:upload(arg[2] .. "/local", "f", data))
    assert(session:download("f", arg[2] .. "/back", data))
    file = io.open(arg[2] .. "/back", "rb")
    say("equal", tostring(file:read("*a") == ("x"):rep(100000)))
    file:close()
    local watch = core.watch()
    say("watch", tostring(watch:descriptor() > 2))
    modem:close()
    say("done")
  ]]
  for _, closed in ipairs { "<&-", ">&-", "2>&-", "<&- >&- 2>&-" } do
    it("has none of the library's in their place (" .. closed .. ")", function()
      local _, out = run("exec >/dev/null 2>&1 " .. closed, code)
      assert.equal("equal true\nwatch true\ndone\n", out)
    end)
  end
end)

describe("bg96-ftp that was started without standard descriptors", function()
  it("sends a file as it is", function()
    local program = process.LUA
    shell.write(folder .. "/local", ("y"):rep(50000))
    local environment = ("env HOME=%s BG96_PORT=%s BG96_HOST=h BG96_USER=u BG96_PASSWORD=p "
      .. "BG96_APN=internet"):format(folder, emulator.line)
    local function execute(words, closed)
      return shell.execute(folder, ("%s %s bin/bg96-ftp %s >/dev/null 2>&1 %s"):format(
        environment, program, words, closed))
    end
    -- Without standard output it cannot write its report, which is a failure.
    for _, case in ipairs { { "2>&-", 0 }, { "<&-", 0 }, { ">&-", 6 }, { "<&- >&- 2>&-", 6 } } do
      assert.equal(case[2], execute(("put %s/local r"):format(folder), case[1]))
      assert.equal(case[2], execute(("get r %s/back"):format(folder), case[1]))
      assert.equal(("y"):rep(50000), shell.contents(folder .. "/back"))
      os.remove(folder .. "/back")
    end
  end)
end)

describe("ftp.run", function()
  it("takes more coroutines than there are descriptors, all of which get their answer", function()
    local status, out = run("ulimit -n 1024", [[
      local modem = open()
      local answered, jobs = 0, {}
      for i = 1, 1100 do
        jobs[i] = function()
          local lines, err = modem:at("+CSQ", { timeout = 300 })
          if lines then answered = answered + 1 else say(tostring(err)) end
        end
      end
      ftp.run((table.unpack or unpack)(jobs))
      say("answered", answered, "queue", modem.core:queue_length())
      modem:close()
      say("done")
    ]])
    assert.equal("answered 1100 queue 0\ndone\n", out)
    assert.equal(0, status)
  end)
end)

describe("a process that has no more descriptors", function()
  -- Takes what is left, so that nothing can be opened.
  local exhaust = [[
    local taken = {}
    local function exhaust()
      repeat
        local file = io.open("/dev/null")
        taken[#taken + 1] = file
      until not file
    end
    local function relieve()
      for _, file in ipairs(taken) do file:close() end
      taken = {}
    end
  ]]

  it("cannot open a modem, which is an error of kind port", function()
    local _, out = run("ulimit -n 40", exhaust .. [[
      exhaust()
      local modem, err = ftp.open { port = arg[1] }
      relieve()
      say(tostring(modem), err.kind)
      assert(ftp.open { port = arg[1] }):close()
      say("done")
    ]])
    assert.equal("nil port\ndone\n", out)
  end)

  for _, kind in ipairs { "run", "cqueues", "luv", "copas" } do
    it("has calls that wait for each other, transfers and a close, with " .. kind, function()
      local _, out = run("ulimit -n 60", exhaust .. ([[
        local loop, why = require("spec.support.loops").get("%s")
        if not loop then say(why) return tell() end
        local modem, session
        loop.run(function() modem, session = open(loop.wait) end)
        local expected = { ["local"] = true, port = true, cancelled = true, closed = true }
        local function judge(value, err)
          local is_unwritten = value == nil and err.code == 627 -- the put has failed before
          if value == nil and not is_unwritten and not expected[err.kind] then
            say("?", tostring(err))
          end
        end
        loop.run(function()
          exhaust()
          judge(session:put("f", ("x"):rep(100000)))
        end, function()
          judge(modem:at("+CSQ"))
          judge(session:size("f"))
        end, function()
          judge(session:download("f", arg[2] .. "/back", { deadline = 5, retries = 1 }))
        end)
        relieve()
        loop.run(function() say("answers", #assert(modem:at("+CSQ"))) end)
        loop.run(function()
          exhaust()
          judge(session:put("f", ("x"):rep(100000), { progress = function() modem:close() end }))
        end)
        relieve()
        loop.run(function() assert(ftp.open { port = arg[1], wait = loop.wait }):close() end)
        say("done")
      ]]):format(kind))
      assert.is_true(out == "answers 1\ndone\n" or out:find("not found") ~= nil, out)
    end)
  end
end)
