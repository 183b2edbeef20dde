-- bg96-ftp and what stands where it would read or write: it follows no planted link, waits for
-- no FIFO, and keeps what was there until the new file is whole.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder, emulator, environment

before_each(function()
  folder = process.folder()
  emulator = process.emulator("--backend", "memory")
  environment = { BG96_PORT = emulator.line, BG96_HOST = "h", BG96_USER = "me",
    BG96_PASSWORD = "p", BG96_APN = "internet" }
end)

after_each(function()
  emulator:stop()
  process.remove(folder)
end)

local function run(...) -- its exit status, output, and messages
  return shell.run(folder, environment, { ... })
end

-- Runs a line of the shell in the folder.
local function make(line)
  assert.equal(0, shell.execute(folder, ("(cd %s && %s)"):format(folder, line)))
end

local function output_of(line)
  local pipe = assert(io.popen(("cd %s && %s"):format(folder, line)))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

describe("ufs get", function()
  before_each(function()
    shell.write(folder .. "/local", "content")
    assert.equal(0, (run("ufs", "put", folder .. "/local", "note")))
  end)

  for what, plant in pairs {
    ["a symbolic link"] = "echo precious > target; ln -s target note.part",
    ["a FIFO"] = "mkfifo note.part",
    ["a second name of another file"] = "echo precious > target; ln target note.part",
  } do
    it("writes through nothing that is not its own: " .. what, function()
      make("echo old > note; " .. plant)
      local before = output_of("ls -l note.part | cut -c1")
      local status, _, err = run("ufs", "get", "note", folder .. "/note")
      assert.equal(6, status)
      assert.matches("note%.part: is .*remove it", err)
      assert.equal("old\n", shell.contents(folder .. "/note"))
      assert.equal(before, output_of("ls -l note.part | cut -c1"))
      assert.matches("^[precious\n]*$", output_of("cat target 2>/dev/null"))
    end)
  end

  it("keeps the mode of the file that it replaces", function()
    make("echo old > note; chmod 640 note")
    assert.equal(0, (run("ufs", "get", "note", folder .. "/note")))
    assert.equal("content", shell.contents(folder .. "/note"))
    assert.equal("640\n", output_of("stat -c %a note"))
    assert.equal("local\nnote\n", output_of("ls"))
  end)

  it("keeps the file where the module does not have the new one", function()
    make("echo old > other")
    local status, _, err = run("ufs", "get", "other", folder .. "/other")
    assert.equal(5, status)
    assert.matches("405", err)
    assert.equal("old\n", shell.contents(folder .. "/other"))
    assert.equal("local\nother\n", output_of("ls"))
  end)
end)

describe("a path that is no file", function()
  for what, words in pairs {
    ["put"] = { "put", "fifo", "f" }, ["get"] = { "get", "f", "fifo" },
    ["ufs get"] = { "ufs", "get", "f", "fifo" },
  } do
    it("is refused before the module is opened, and nothing waits for it: " .. what, function()
      make("mkfifo fifo")
      environment.BG96_PORT = folder .. "/no-port"
      for i, word in ipairs(words) do
        if word == "fifo" then words[i] = folder .. "/fifo" end
      end
      local status, _, err = run((table.unpack or unpack)(words)) -- luacheck: std max
      assert.equal(6, status)
      assert.matches("fifo: is no regular file", err)
    end)
  end
end)
