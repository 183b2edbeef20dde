-- spec/support/layers.lua, which `make layers` runs, on small trees of source files.

local process = require "spec.support.process"

-- Writes `files`, contents by path, into a new folder and runs the script there. Returns its
-- output without the folder's name, and whether it found no fault.
local function check(files)
  local root = os.tmpname()
  os.remove(root)
  for path, text in pairs(files) do
    assert(os.execute(("mkdir -p '%s/%s'"):format(root, path:match("^(.*)/"))))
    local file = assert(io.open(root .. "/" .. path, "w"))
    file:write(text)
    file:close()
  end
  local run = process.lua("spec/support/layers.lua", root)
  local lines, line = {}, run.line
  while line do
    lines[#lines + 1] = line
    line = run:read_line()
  end
  os.execute(("rm -r '%s'"):format(root))
  local output = table.concat(lines, "\n"):gsub(root:gsub("%p", "%%%0") .. "/", "")
  return output, run.exit_status == 0
end

-- A correct tree, with `changes`.
local function tree(changes)
  local files = {
    ["src/at/engine.h"] = '#include <stdint.h>\n#include "at/line.h"\n',
    ["src/at/engine.c"] = '#include "at/engine.h"\n#include "at/engine_private.h"\n',
    ["src/at/line.h"] = "#include <stddef.h>\n",
    ["src/at/line.c"] = '#include "at/line.h"\n',
    ["src/modem/modem.h"] = '#include "at/engine.h"\n',
    ["src/port/port.c"] = "#include <unistd.h>\n",
    ["src/lua/core.c"] = '#include <lua.h>\n#include "modem/modem.h"\n#include "port/port.h"\n',
    ["src/cli/host.c"] = "#include <signal.h>\n#include <lua.h>\n",
    ["src/emulator/pty.c"] = "#include <termios.h>\n#include <lauxlib.h>\n",
    ["lua/bg96/ftp.lua"] = 'require "bg96.core"\n',
    ["lua/bg96/cli/init.lua"] = 'require "bg96.cli.host"\nrequire "bg96.ftp"\n',
    ["lua/bg96/emulator/main.lua"] = 'require "bg96.emulator.pty"\nrequire "bg96.habits"\n',
    ["lua/bg96/habits.lua"] = "return {}\n",
  }
  for path, text in pairs(changes or {}) do files[path] = text end
  return files
end

describe("the check of layers", function()
  it("accepts a correct tree", function()
    local output, is_good = check(tree())
    assert.equal("layers: 13 files, 0 offences", output)
    assert.is_true(is_good)
  end)

  local offences = {
    ["a circle of two headers"] = {
      { ["src/at/line.h"] = '#include "at/engine.h"\n' },
      "src/at: a circle of files: engine, line",
    },
    ["a circle that a source file closes"] = {
      { ["src/at/line.c"] = '#include "at/engine.h"\n' },
      "src/at: a circle of files: engine, line",
    },
    ["a circle of three, in the binding"] = {
      {
        ["src/lua/a.c"] = '#include "lua/b.h"\n',
        ["src/lua/b.h"] = '#include "lua/c.h"\n',
        ["src/lua/c.c"] = '#include "lua/c.h"\n#include "lua/a.h"\n',
        ["src/lua/d.c"] = '#include "lua/a.h"\n',
      },
      "src/lua: a circle of files: a, b, c",
    },
    ["a private header outside its folder"] = {
      { ["src/modem/modem.c"] = '#include "at/engine_private.h"\n' },
      "src/modem/modem.c:1: private to src/at (at/engine_private.h)",
    },
    ["an internal header outside its folder"] = {
      { ["src/lua/pump.c"] = '\n#include "at/internal.h"\n' },
      "src/lua/pump.c:2: private to src/at (at/internal.h)",
    },
    ["an include upwards"] = {
      { ["src/at/final.c"] = '#include "modem/modem.h"\n' },
      "src/at/final.c:1: at may not know modem (modem/modem.h)",
    },
    ["an include without its folder"] = {
      { ["src/at/final.c"] = '#include "engine.h"\n' },
      "src/at/final.c:1: includes go by the path below src/ (engine.h)",
    },
    ["a system call in the core"] = {
      { ["src/at/final.c"] = "#include <time.h>\n" },
      "src/at/final.c:1: at is sans I/O (time.h)",
    },
    ["Lua below the binding"] = {
      { ["src/port/port.h"] = "#include <lua.h>\n" },
      "src/port/port.h:1: Lua belongs in src/lua (lua.h)",
    },
    ["the core in the emulator's modules"] = {
      { ["src/emulator/pty.c"] = '#include "at/line.h"\n' },
      "src/emulator/pty.c:1: emulator may not know at (at/line.h)",
    },
    ["the binding in the command line's modules"] = {
      { ["src/cli/host.c"] = '#include "lua/helpers.h"\n' },
      "src/cli/host.c:1: cli may not know lua (lua/helpers.h)",
    },
    ["a folder that is no layer"] = {
      { ["src/misc/a.c"] = "" },
      "src/misc/a.c: belongs to no layer",
    },
    ["the emulator in the library"] = {
      { ["lua/bg96/ftp.lua"] = 'local pty = require("bg96.emulator.pty")\n' },
      "lua/bg96/ftp.lua:1: the driver does not know the emulator (bg96.emulator.pty)",
    },
    ["the driver in the emulator"] = {
      { ["lua/bg96/emulator/main.lua"] = 'local core = require("bg96.core")\n' },
      "lua/bg96/emulator/main.lua:1: the emulator shares no code with the driver (bg96.core)",
    },
    ["anything in what both share"] = {
      { ["lua/bg96/habits.lua"] = 'local ftp = require("bg96.ftp")\n' },
      "lua/bg96/habits.lua:1: what driver and emulator share needs nothing (bg96.ftp)",
    },
    ["the command line in the library"] = {
      { ["lua/bg96/ftp.lua"] = 'local host = require("bg96.cli.host")\n' },
      "lua/bg96/ftp.lua:1: the library does not know the command line (bg96.cli.host)",
    },
  }
  for what, case in pairs(offences) do
    it("finds " .. what, function()
      local output, is_good = check(tree(case[1]))
      assert.equal(case[2], output:match("^[^\n]*"))
      assert.matches("%f[%d]1 offences$", output)
      assert.is_false(is_good)
    end)
  end
end)
