-- What a release consists of: one version everywhere, and rockspecs that can be published.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local VERSION = require("bg96.ftp").version
local PROJECT, RELEASES = "https://project.example.org", "https://files.example.org/bg96"

local function text_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- A rockspec's globals.
local function rockspec(path)
  local fields = {}
  local load_in = rawget(_G, "setfenv") and function(text)
    return rawget(_G, "setfenv")(assert(rawget(_G, "loadstring")(text)), fields)
  end or function(text) return assert(load(text, path, "t", fields)) end
  load_in(shell.contents(path))()
  return fields
end

describe("the version", function()
  it("stands in the library, the same in the emulator, and nowhere else", function()
    assert.matches("^%d+%.%d+%.%d+$", VERSION)
    local found = text_of(("grep -rlF '%s' Makefile lua src bin openwrt rockspec .ci | sort")
      :format(VERSION))
    assert.equal("lua/bg96/emulator/version.lua\nlua/bg96/ftp.lua\n", found)
    assert.equal(VERSION, require("bg96.emulator.version"))
  end)

  it("is the newest of the changelog, with a date", function()
    local changelog = shell.contents("CHANGELOG.md")
    assert.matches("\n## %[Unreleased%]\n", changelog)
    local version, date = changelog:match("\n## %[(%d[^%]]*)%] %- ([^\n]*)\n")
    assert.equal(VERSION, version)
    assert.matches("^%d%d%d%d%-%d%d%-%d%d$", date)
  end)
end)

describe("make dist", function()
  local folder, rocks

  setup(function()
    folder = process.folder()
    assert.equal(0, shell.execute(folder, ('env -i PATH="$PATH" make -s dist DIST=%s PROJECT_URL=%s'
      .. " RELEASE_URL=%s > %s/.out"):format(folder .. "/dist", PROJECT, RELEASES, folder)))
    rocks = {}
    for _, name in ipairs { "bg96", "bg96-cli", "bg96-emulator" } do
      rocks[name] = rockspec(("%s/dist/%s-%s-1.rockspec"):format(folder, name, VERSION))
    end
  end)

  teardown(function() process.remove(folder) end)

  it("writes rockspecs with the release as their source", function()
    for name, fields in pairs(rocks) do
      assert.equal(name, fields.package)
      assert.equal(VERSION .. "-1", fields.version)
      assert.equal(("%s/bg96-%s.tar.gz"):format(RELEASES, VERSION), fields.source.url)
      assert.equal(PROJECT, fields.description.homepage)
      assert.equal(PROJECT .. "/issues", fields.description.issues_url)
      assert.equal("MIT", fields.description.license)
      assert.is_true(#fields.description.labels > 0)
    end
  end)

  it("ties the command line to the library of the same version", function()
    assert.same({ "lua >= 5.1", "bg96 == " .. VERSION, "argparse", "dkjson", "luafilesystem" },
      rocks["bg96-cli"].dependencies)
    assert.same({ "lua >= 5.1" }, rocks.bg96.dependencies)
    assert.is_nil(rocks.bg96.external_dependencies)
  end)

  it("leaves no placeholder in what is published, but for the maintainer", function()
    local found = text_of(("grep -hF example.com %s/dist/*.rockspec %s/dist/openwrt/bg96/Makefile")
      :format(folder, folder))
    assert.matches("^PKG_MAINTAINER:=[^\n]*\n$", found)
  end)

  it("writes the hash of the tarball for sha256sum", function()
    assert.equal(0, shell.execute(folder, ("cd %s/dist && sha256sum --quiet -c *.sha256")
      :format(folder)))
  end)

  it("packs every file that the build needs, and none that a build has made", function()
    local names = text_of(("tar tzf %s/dist/*.tar.gz"):format(folder))
    for _, name in ipairs { "Makefile", "LICENSE", "bench/bench.mk", "fuzz/fuzz.mk",
      "src/at/engine.h", "src/cli/host.c", "lua/bg96/ftp.lua", "docs/man/bg96-ftp.1",
      "docs/completion/bg96-ftp.bash", "openwrt/bg96/Makefile", "rockspec/bg96-scm-1.rockspec" } do
      assert.is_truthy(names:find(("bg96-%s/%s\n"):format(VERSION, name), 1, true), name)
    end
    assert.is_nil(names:find("/build/", 1, true) or names:find("%.so\n") or names:find("%.o\n"))
  end)
end)
