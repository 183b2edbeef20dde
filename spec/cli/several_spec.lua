-- Several files and folders with one login: put, get, mkdir -p, batch.

local core = require "bg96.core"
local json = require "dkjson"
local localtree = require "bg96.cli.localtree"
local process = require "spec.support.process"
local remotetree = require "bg96.cli.remotetree"
local shell = require "spec.support.shell"

local folder, emulator, environment

local function start(...)
  emulator = process.emulator("--backend", "memory", "--trace", folder .. "/.trace", ...)
  environment = { BG96_PORT = emulator.line, BG96_HOST = "ftp.example.com", BG96_APN = "internet" }
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

-- The same; it must succeed. Returns its standard output.
local function done(...)
  local status, out, err = run(...)
  assert.equal("", err)
  assert.equal(0, status)
  return out
end

local function logins()
  emulator:stop() -- so that the trace is complete
  local _, count = shell.contents(folder .. "/.trace"):gsub("< AT%+QFTPOPEN=", "")
  return count
end

local function files(...)
  for _, name in ipairs { ... } do shell.write(folder .. "/" .. name, "content of " .. name) end
end

local function exists(name)
  local file = io.open(folder .. "/" .. name)
  if file then file:close() end
  return file ~= nil
end

describe("put of several files", function()
  it("takes one login, and a line for each as it arrives", function()
    files("a", "b", "c")
    done("mkdir", "logs")
    local out = done("put", folder .. "/a", folder .. "/b", folder .. "/c", "--into", "logs")
    assert.matches("^logs/a: 12 B in [^\n]*\nlogs/b: [^\n]*\nlogs/c: [^\n]*\n$", out)
    assert.equal("a\nb\nc\n", done("ls", "logs"))
    assert.equal("content of b", done("get", "logs/b", "-"))
    assert.equal(4, logins()) -- one for each command
  end)

  it("ends at the first that fails, and says how many got through as JSON", function()
    files("a", "c")
    local status, out, err = run("--json", "put", folder .. "/a", folder .. "/none", folder .. "/c",
      "--into", "/")
    assert.equal(6, status)
    assert.matches("/none: No such file", err)
    assert.is_table(json.decode(out).error) -- found before anything was sent
    assert.equal("", done("ls"))
  end)

  it("goes on with --keep-going, and fails all the same", function()
    files("a", "c")
    local status, out, err = run("--json", "put", "--keep-going", folder .. "/a", folder .. "/none",
      folder .. '/q"q', folder .. "/c", "--into", "/")
    assert.equal(6, status)
    assert.matches("/none: No such file", err)
    local list = json.decode(out)
    assert.equal(4, #list)
    assert.equal("/a", list[1].name)
    assert.equal("local", list[2].error.kind)
    assert.equal("/c", list[4].name)
    assert.equal("a\nc\n", done("ls"))
  end)

  it("copies folders with -r, and what they hold", function()
    os.execute(("mkdir -p %s/site/sub/empty"):format(folder))
    files("site/index", "site/sub/page")
    done("put", "-r", folder .. "/site")
    assert.equal("index\nsub\n", done("ls", "site"))
    assert.equal("empty\npage\n", done("ls", "site/sub"))
    done("put", "-r", folder .. "/site", "other")
    assert.equal("content of site/sub/page", done("get", "other/sub/page", "-"))
  end)

  it("leaves out what the library keeps beside a file", function()
    os.execute(("mkdir %s/site"):format(folder))
    files("site/a", "site/photo.upload")
    shell.write(folder .. "/site/a.upload", "bg96.ftp journal 1\nend\n")
    shell.write(folder .. "/site/b.part", "half")
    shell.write(folder .. "/site/b.part.info", "bg96.ftp journal 1\nend\n")
    assert.same({ "a", "photo.upload" }, localtree.names(folder .. "/site"))
  end)

  it("takes no empty file for one of these, unless a transfer has begun there", function()
    os.execute(("mkdir %s/site"):format(folder))
    files("site/a")
    for _, name in ipairs { "a.upload", "7.part", "b.part" } do
      shell.write(folder .. "/site/" .. name, "")
    end
    local part = assert(core.open_file(folder .. "/site/b.part", "own")) -- and locks it
    assert.same({ "7.part", "a" }, localtree.names(folder .. "/site"))
    part:close()
    assert.same({ "7.part", "a", "b.part" }, localtree.names(folder .. "/site"))
  end)

  it("deletes with --delete-after what has arrived, and nothing else", function()
    files("a", "b")
    emulator:stop()
    start("--refuse", "STOR=553")
    local status = run("put", "--delete-after", folder .. "/a", folder .. "/b", "--into", "/")
    assert.equal(3, status)
    assert.is_true(exists("a") and exists("b"))
    emulator:stop()
    start()
    done("put", "--delete-after", folder .. "/a", folder .. "/b", "--into", "/")
    assert.is_false(exists("a") or exists("b"))
    assert.equal("a\nb\n", done("ls"))
  end)

  it("takes two local files for two, where the first would be deleted", function()
    files("a", "b")
    local status, _, err = run("put", "--delete-after", folder .. "/a", folder .. "/b")
    assert.equal(2, status)
    assert.matches("several files need %-%-into DIR", err)
    done("put", "--delete-after", folder .. "/a", "b")
    assert.equal("content of a", done("get", "b", "-"))
  end)

  it("is silent with -q", function()
    files("a", "b")
    assert.equal("", done("-q", "put", folder .. "/a", folder .. "/b", "--into", "/"))
    assert.equal("", done("-q", "put", folder .. "/a"))
  end)

  it("is logged with times by --log", function()
    files("a")
    done("-q", "--log", folder .. "/log", "put", folder .. "/a")
    run("--log", folder .. "/log", "size", "none")
    local first, second = shell.contents(folder .. "/log"):match("^(.-)\n(.-)\n$")
    local time = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ "
    assert.matches(time .. "info a: 12 B in ", first)
    assert.matches(time .. "err none: %+QFTPSIZE: 627 ", second)
  end)
end)

describe("get of several files", function()
  before_each(function()
    files("a", "b")
    os.execute(("mkdir %s/here"):format(folder))
    done("mkdir", "d", "d/e")
    done("put", folder .. "/a", folder .. "/b", "--into", "d/e")
  end)

  it("puts all of them into a folder", function()
    assert.matches("/here/a: 12 B .*/here/b: 12 B ",
      done("get", "d/e/a", "d/e/b", "--into", folder .. "/here"))
    assert.equal("content of b", shell.contents(folder .. "/here/b"))
  end)

  it("deletes on the server what has arrived with --delete-after", function()
    done("get", "--delete-after", "d/e/a", folder .. "/here")
    assert.equal("content of a", shell.contents(folder .. "/here/a"))
    assert.equal("b\n", done("ls", "d/e"))
  end)

  it("copies folders with -r", function()
    done("get", "-r", "d", "--into", folder .. "/here")
    assert.equal("content of a", shell.contents(folder .. "/here/d/e/a"))
    shell.write(folder .. "/here/d/e/a", "old")
    done("get", "-r", "d", "--into", folder .. "/here")
    assert.equal("content of a", shell.contents(folder .. "/here/d/e/a"))
    done("get", "-r", "d/e", folder .. "/new")
    assert.equal("content of b", shell.contents(folder .. "/new/b"))
  end)

  it("copies folders of a server without MLSD", function()
    emulator:stop()
    start("--refuse", "MLSD=502")
    done("mkdir", "d", "d/e")
    done("put", folder .. "/a", "d/e/a")
    done("get", "-r", "d", "--into", folder .. "/here")
    assert.equal("content of a", shell.contents(folder .. "/here/d/e/a"))
  end)

  it("writes into no folder behind a symbolic link", function()
    os.execute(("mkdir %s/elsewhere; ln -s %s/elsewhere %s/here/d"):format(folder, folder, folder))
    local status, _, err = run("get", "-r", "d", "--into", folder .. "/here")
    assert.equal(6, status)
    assert.matches("is no folder", err)
    assert.is_false(exists("elsewhere/e"))
  end)

  it("makes no local path of a listed name that is no plain one", function()
    for _, name in ipairs { "..", ".", "", "a/b", "/etc/passwd", "a\nb", 'a"b', "a\0b" } do
      assert.is_string(remotetree.complain(name), name)
    end
    for _, name in ipairs { "a", "..a", "a b", "größe", "-r" } do
      assert.is_nil(remotetree.complain(name), name)
    end
  end)
end)

describe("mkdir -p", function()
  it("makes the folders above it, and takes what is there", function()
    local status = run("mkdir", "a/b/c")
    assert.equal(3, status)
    done("mkdir", "-p", "a/b/c", "a/b", "/x/y")
    assert.equal("c\n", done("ls", "a/b"))
    assert.equal("y\n", done("ls", "/x"))
  end)
end)

describe("rm", function()
  it("goes on with --keep-going", function()
    files("a", "b")
    done("put", folder .. "/a", folder .. "/b", "--into", "/")
    local status, _, err = run("rm", "--keep-going", "a", "none", "b")
    assert.equal(3, status)
    assert.matches("none: %+QFTPDEL: 627 ", err)
    assert.equal("", done("ls"))
  end)
end)

describe("a batch", function()
  local function batch(input, ...)
    return shell.run(folder, environment, { input = input, "batch", ... })
  end

  it("runs its lines with one login", function()
    files("a b")
    local status, out, err = batch(table.concat({
      "# what is done every night", "", "mkdir -p 'x y'", ('put "%s/a b" "x y/"'):format(folder),
      "size 'x y/a b'", "ls \"x y\"\r" }, "\n"))
    assert.equal("", err)
    assert.equal(0, status)
    assert.matches("^x y/a b: 14 B in [^\n]*\n14\na b\n$", out)
    assert.equal(1, logins())
  end)

  it("ends at the first line that fails, and names it", function()
    local status, out, err = batch("size none\nls\n")
    assert.equal(3, status)
    assert.equal("", out)
    assert.matches("^bg96%-ftp: line 1: none: %+QFTPSIZE: 627 ", err)
  end)

  it("goes on with --keep-going", function()
    local status, out, err = batch("size none\nnonsense\nls 'x\nmkdir d\nls\n", "--keep-going")
    assert.equal(3, status)
    assert.equal("d\n", out)
    assert.matches("line 1: .*\n.*line 2: .*\n.*line 3: a quote does not close\n$", err)
  end)

  it("takes no command that has no place in it, and no stream", function()
    for _, line in ipairs { "batch", "spool .", "console", "ports", "put - x", "get x -",
      "--port x ls", "ls --help" } do
      assert.equal(2, (batch(line .. "\n")), line)
    end
  end)

  it("prints a JSON value for each line", function()
    local status, out = shell.run(folder, environment,
      { input = "mkdir a\nls\nsize none\n", "--json", "batch" })
    assert.equal(3, status)
    local first, second, third = out:match("^(.-)\n(.-)\n(.-)\n$")
    assert.same({ names = { "a" } }, json.decode(first))
    assert.same({ "a" }, json.decode(second))
    assert.equal("line 3: none", json.decode(third).error.subject)
  end)
end)
