-- lua/compact.awk, which makes the Lua files of a router's package: the same code on the same
-- lines.

local process = require "spec.support.process"
local shell = require "spec.support.shell"

local folder

setup(function() folder = process.folder() end)

teardown(function() process.remove(folder) end)

local function compact(text, awk)
  shell.write(folder .. "/file.lua", text)
  assert.equal(0, shell.execute(folder,
    ("%s -f lua/compact.awk %s/file.lua > %s/compact.lua"):format(awk or "awk", folder, folder)))
  return shell.contents(folder .. "/compact.lua")
end

-- Input and output, line by line.
local CASES = {
  ["without comments and indentation, and with every line where it was"] = {
    { "-- A comment", "" },
    { "  call(1, 2) -- and another", "call(1,2)" },
    { "--[[ one that", "" },
    { "  goes on ]] call()", "call()" },
  },
  ["with what looks like a comment in a string"] = {
    { [=[call("--", 'it\'s -- "', [==[ -- ]] ]==])]=],
      [=[call("--",'it\'s -- "',[==[ -- ]] ]==])]=] },
    { "call([[", "call([[" },
    { "  -- kept", "  -- kept" },
    { "", "" },
    { "]], 1)", "]],1)" },
  },
  ["with the spaces that keep tokens apart"] = {
    { "return not a and - -1 .. 2 .. x[ [[y]] ]", "return not a and- -1 ..2 ..x[ [[y]]]" },
  },
  ["with short names for local variables, but not for fields"] = {
    { "local total, list = 0, { total = 1 }", "local A,B=0,{total=1}" },
    { "list.total = total + list[total]", "B.total=A+B[A]" },
    { "list:total { 1, total = total }", "B:total{1,total=A}" },
  },
  ["with the same names in the next function, and others for what it shares"] = {
    { "local count = 0", "local A=0" },
    { "local function add(number, ...)", "local function add(a,...)" },
    { "  for i = 1, number do count = count + i end", "for b=1,a do A=A+b end" },
    { "end", "end" },
    { "function module.sub(number, other)", "function module.sub(a,b)" },
    { "  return add(other - number, other)", "return add(b-a,b)" },
    { "end", "end" },
  },
  ["with one name for a variable that hides another of its name"] = {
    { "local name = 1", "local A=1" },
    { "call(function(name) return name end, name)", "call(function(A)return A end,A)" },
    { "function call(x) local x, y = x, 2 return x, y end",
      "function call(a)local a,b=a,2 return a,b end" },
  },
  ["with assignments in a function that stands in a table"] = {
    { "local list = { one = function(x) local one, two; one, two = two, x end, two = 1 }",
      "local A={one=function(a)local b,c;b,c=c,a end,two=1}" },
  },
  ["with the names of globals, of functions and of self"] = {
    { "local print, helper = print, 1", "local print,A=print,1" },
    { "local function helper2(self) return self, helper end",
      "local function helper2(self)return self,A end" },
    { "function M:f(x) return self, a, x end", "function M:f(b)return self,a,b end" },
  },
}

describe("a compact Lua file", function()
  for title, lines in pairs(CASES) do
    it("is " .. title, function()
      local input, output = {}, {}
      for i, line in ipairs(lines) do input[i], output[i] = line[1], line[2] end
      local expected = table.concat(output, "\n") .. "\n"
      assert.equal(expected, compact(table.concat(input, "\n") .. "\n"))
    end)
  end

  it("is the same from every awk", function()
    local text = shell.contents("lua/bg96/ftp/transfer/download.lua")
    local expected = compact(text)
    for _, awk in ipairs { "mawk", "gawk", "busybox awk", "original-awk" } do
      local look = ("command -v %s > %s/out"):format(awk:match("%S+"), folder)
      if shell.execute(folder, look) == 0 then
        assert.equal(expected, compact(text, awk), awk)
      end
    end
  end)

  -- Of these, what is installed in packages; the others as a larger sample.
  it("has the code of the original, on the same lines", function()
    local script = ([[
      list() {  # code and lines, without addresses and names of variables
        $1 -l -p - <"$2" | sed -E 's/0x[0-9a-f]+//; /UPVAL/s/;.*//; s/; [A-Za-z_0-9]+ "/; "/' ;}
      for file in $(find lua examples spec/support -name '*.lua'); do
        awk -f lua/compact.awk "$file" >FOLDER/file.lua || exit
        for luac in luac5.1 luac5.4; do
          list $luac "$file" >FOLDER/expected
          list $luac FOLDER/file.lua >FOLDER/found
          [ -s FOLDER/expected ] || exit
          cmp -s FOLDER/expected FOLDER/found || echo "$file differs, by $luac"
        done
      done >FOLDER/out 2>&1 ]]):gsub("FOLDER", folder)
    assert.equal(0, shell.execute(folder, script))
    assert.equal("", shell.contents(folder .. "/out"))
  end)
end)
