--- Reads a file of LuaLS annotations, as far as bg96.types uses them.
--
-- Returns { classes =, aliases =, mentioned = }: `classes` by name, each with `fields`
-- (name -> { type =, optional = }) and `methods` (name -> array of the names of its
-- parameters, without self); `aliases` (name -> its type); and `mentioned`, the names of
-- all types of this project in the file.
local annotations = {}

local function words(text)
  local list = {}
  for word in text:gmatch("[%w_.]+") do list[#list + 1] = word end
  return list
end

-- The parameters in "fun(self: bg96.Session, path: string): ...".
local function parameters_of_type(text)
  local list = {}
  for name in text:match("^fun(%b())"):gmatch("([%w_]+)%??:") do
    if name ~= "self" then list[#list + 1] = name end
  end
  return list
end

local function read_field(class, line)
  local name, mark, text = line:match("^%-%-%-@field ([%w_]+)(%??) (.+)$")
  assert(name, line)
  if text:find("^fun%(self: ") then
    class.methods[name] = parameters_of_type(text)
  else
    class.fields[name] = { type = text, optional = mark == "?" }
  end
end

-- The annotated parameters must be those of the function, in order.
local function read_function(result, line, annotated)
  local class_name, name, list = line:match("^function ([%w_]+)[.:]([%w_]+)%((.-)%) end$")
  assert(class_name, line)
  local names = words(list)
  assert(table.concat(names, ",") == table.concat(annotated, ","),
    ("%s: annotated are (%s)"):format(line, table.concat(annotated, ", ")))
  local class = assert(result.variables[class_name], line)
  class.methods[name] = names
end

local readers = {
  { "^%-%-%-@class ([%w_.]+)$", function(result, _, name)
    result.class = { fields = {}, methods = {} }
    result.classes[name] = result.class
  end },
  { "^%-%-%-@field ", function(result, line) read_field(result.class, line) end },
  { "^%-%-%-@alias ([%w_.]+)%s*(.*)$", function(result, _, name, text)
    result.alias = name
    result.aliases[name] = text
  end },
  { "^%-%-%-| (.+)$", function(result, _, text)
    result.aliases[result.alias] = result.aliases[result.alias] .. "|" .. text:match('^"[^"]*"')
  end },
  { "^%-%-%-@param ([%w_.]+)%??%s", function(result, _, name)
    result.parameters[#result.parameters + 1] = name
  end },
  { "^local ([%w_]+) = {}$", function(result, _, name) result.variables[name] = result.class end },
  { "^function ", function(result, line)
    read_function(result, line, words(table.concat(result.parameters, " ")))
    result.parameters = {}
  end },
}

local function read_line(result, line)
  for _, reader in ipairs(readers) do
    local found = { line:match(reader[1]) }
    if found[1] then return reader[2](result, line, found[1], found[2]) end
  end
  assert(line:find("^%-%-") or line == "" or line == "return ftp", "not understood: " .. line)
end

function annotations.read(path)
  local result = { classes = {}, aliases = {}, mentioned = {}, variables = {}, parameters = {} }
  for line in io.lines(path) do
    read_line(result, line)
    local is_comment = not line:find("^%-%-%-[@|]")
    for name in (is_comment and "" or line):gmatch("bg96%.[%w_]+") do
      result.mentioned[name] = true
    end
  end
  return result
end

--- The literals in the type of a field: `false|"a"|"b"` -> { ["false"] =, a =, b = }.
function annotations.literals(text)
  local set, rest = {}, text
  while true do
    local literal, behind = rest:match('^|?"([^"]*)"(.*)$')
    if not literal then literal, behind = rest:match("^|?(false)(|.*)$") end
    if not literal then break end
    set[literal], rest = true, behind
  end
  return set
end

return annotations
