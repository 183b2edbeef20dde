-- What README and pages say runs as it is pasted: the first script of the README, and the spec
-- of docs/testing-your-script.md.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder

before_each(function() folder = process.folder() end)
after_each(function() process.remove(folder) end)

-- The fenced blocks of a page in a language.
local function blocks(path, language)
  local found = {}
  for block in shell.contents(path):gmatch("\n```" .. language .. "\n(.-)\n```") do
    found[#found + 1] = block .. "\n"
  end
  return found
end

local function block_with(path, language, text)
  for _, block in ipairs(blocks(path, language)) do
    if block:find(text, 1, true) then return block end
  end
  error(("no block with %q in %s"):format(text, path))
end

describe("the first script of the README", function()
  it("runs as it is pasted", function()
    local link = folder .. "/bg96"
    -- The programs name lua5.4; here the Lua of the specs runs them.
    local start = block_with("README.md", "sh", "bg96-emulator --backend memory")
      :gsub("/tmp/bg96", link):gsub("make ", "make LUA=" .. process.LUA .. " ")
      :gsub("\nbg96%-emulator", "\n" .. process.LUA .. " bin/bg96-emulator")
    shell.write(folder .. "/hello.lua",
      (block_with("README.md", "lua", "hello.txt"):gsub("/tmp/bg96", link)))
    shell.write(folder .. "/paste", table.concat({ "unset LUA_PATH LUA_CPATH", start,
      ("%s %s/hello.lua"):format(process.LUA, folder), "status=$?", "kill $!", "exit $status" },
      "\n"))
    local status = shell.execute(folder, ("sh %s/paste > %s/out 2>&1"):format(folder, folder))
    local out = shell.contents(folder .. "/out")
    assert.equal(0, status, out)
    assert.matches("18\tbytes on the server\nHello from a BG96\n", out)
  end)

  it("finds the programs by the variables of `make env`", function()
    local status = shell.execute(folder, ("sh -c 'eval \"$(make -s env LUA=%s)\"; "
      .. "command -v bg96-ftp; command -v bg96-emulator' > %s/out 2>&1"):format(process.LUA,
      folder))
    assert.equal(0, status)
  end)
end)

describe("the page on testing one's own script", function()
  it("has a spec that is green", function()
    local page = "docs/testing-your-script.md"
    shell.write(folder .. "/report.lua", block_with(page, "lua", "return function(port, host"))
    shell.write(folder .. "/report_spec.lua", block_with(page, "lua", 'describe("the report"'))
    local status = shell.execute(folder, ("env LUA_PATH=\"%s/?.lua;$LUA_PATH\" %s "
      .. "spec/support/busted.lua --cpath='./build/%s/?.so' %s/report_spec.lua > %s/out 2>&1")
      :format(folder, process.LUA, process.LUA:match("[^/]+$"), folder, folder))
    local out = shell.contents(folder .. "/out")
    assert.equal(0, status, out)
    assert.matches("3 successes / 0 failures / 0 errors", out)
  end)
end)

describe("a block of Lua", function()
  local load_text = rawget(_G, "loadstring") or load -- Lua 5.1 and later
  local pages = { "README.md" }
  for path in assert(io.popen("ls docs/*.md")):lines() do pages[#pages + 1] = path end

  for _, page in ipairs(pages) do
    it("in " .. page .. " is Lua, on each version", function()
      for _, block in ipairs(blocks(page, "lua")) do
        local ok, message = load_text(block)
        -- A page may show what a call returns, or the fields of a table, without a statement.
        ok = ok or load_text("return " .. block) or load_text("return {" .. block .. "}")
        assert.is_truthy(ok, ("%s\n%s"):format(tostring(message), block))
      end
    end)
  end
end)
