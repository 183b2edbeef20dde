-- The annotations for editors (lua/bg96/types.lua) match the code, in both directions:
-- methods, parameters, options and their values, fields of results.

local Error = require "bg96.ftp.error"
local Session = require "bg96.ftp.session"
local annotations = require "spec.support.annotations"
local check = require "bg96.ftp.check"
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local module = require "spec.support.module"

local annotated = annotations.read("lua/bg96/types.lua")
local classes = annotated.classes

local function keys(set)
  local list = {}
  for key in pairs(set) do list[#list + 1] = tostring(key) end
  table.sort(list)
  return list
end

local modem = module.bench().modem
local session = Session.new(modem, 95)
local file = modem:ufs("f")

-- Methods for other parts of the library, not for scripts.
local internal = {
  Modem = {
    new = true, clean_up = true, use_dtr = true, use_flowcontrol = true, remove = true,
  },
  Session = {
    new = true, query_setting = true, log_in = true, is_over = true, locate = true,
    folder_name = true,
  },
  File = {},
}

local function public_methods(object, hidden)
  local names = {}
  for name, value in pairs(getmetatable(object)) do
    if type(value) == "function" and not name:find("^__") and not hidden[name] then
      names[name] = value
    end
  end
  return names
end

describe("the annotations of", function()
  for name, object in pairs { Modem = modem, Session = session, File = file } do
    it("a " .. name:lower() .. " name its methods, and no others", function()
      local methods = public_methods(object, internal[name])
      assert.same(keys(methods), keys(classes["bg96." .. name].methods))
      for hidden in pairs(internal[name]) do
        assert.is_function(getmetatable(object)[hidden], hidden .. " is gone")
      end
    end)

    -- Lua 5.1 does not report the number of a function's parameters.
    it("a " .. name:lower() .. " name the parameters of each method", function()
      for method, value in pairs(public_methods(object, internal[name])) do
        local count = debug.getinfo(value, "u").nparams
        local parameters = classes["bg96." .. name].methods[method]
        if count then assert.equal(count, #parameters + 1, method) end
      end
    end)
  end

  it("the module name all of its fields, and nothing else", function()
    local class = classes["bg96.ftp"]
    local names = keys(class.fields)
    for _, name in ipairs(keys(class.methods)) do
      assert.is_function(ftp[name], name)
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same(keys(ftp), names)
  end)

  it("types name no unknown type", function()
    for name in pairs(annotated.mentioned) do
      local is_module = pcall(require, name) or name == "bg96.wait"
      assert.is_truthy(classes[name] or annotated.aliases[name] or is_module, name)
    end
  end)

  it("the ready-made ways to wait name each file in lua/bg96/wait", function()
    local pipe = io.popen("ls lua/bg96/wait")
    local found = {}
    for name in pipe:lines() do found["bg96.wait." .. name:match("^(.*)%.lua$")] = true end
    pipe:close()
    assert.same(keys(found), keys(annotations.literals(annotated.aliases["bg96.WaitModule"])))
  end)
end)

-- Options are checked against a table of rules, before anything else is done.
local function rules_of(call)
  local original, rules, defaults = check.options, nil, nil
  check.options = function(_, _, ...)
    rules, defaults = ...
    error("seen enough")
  end
  pcall(call)
  check.options = original
  return rules, defaults
end

-- The values that check.one_of() expects by its message, as the keys of a table.
local function literals_of(rule)
  local list = (rule({}) or ""):match("^one of (.*) expected$")
  if not list then return {} end
  local set = {}
  for literal in list:gmatch("[^, ]+") do set[literal:match('^"(.*)"$') or literal] = true end
  return set
end

describe("the annotated options of", function()
  local cases = {
    OpenOptions = function() ftp.open {} end,
    AtOptions = function() modem:at("") end,
    ActivateOptions = function() modem:activate() end,
    TlsOptions = function() modem:tls() end,
    LoginOptions = function() modem:login() end,
    FileWriteOptions = function() file:write("") end,
    FileReadOptions = function() file:read() end,
    PutOptions = function() session:put("f", "") end,
    GetOptions = function() session:get("f") end,
    ListOptions = function() session:list(".") end,
    MkdirOptions = function() session:mkdir("f") end,
    TransferOptions = function() session:upload("path", "f") end,
  }

  it("all calls have a case in this spec", function()
    local names = {}
    for name in pairs(classes) do
      local short = name:match("^bg96%.(%w+Options)$")
      if short then names[short] = true end
    end
    assert.same(keys(names), keys(cases))
  end)

  for name, call in pairs(cases) do
    it(name .. " are those that are known, with their values", function()
      local rules, defaults = rules_of(call)
      local fields = classes["bg96." .. name].fields
      assert.same(keys(rules), keys(fields))
      for option, rule in pairs(rules) do
        local is_required = (defaults.required or {})[option] == true
        assert.equal(is_required, not fields[option].optional, option)
        local literals = annotations.literals(fields[option].type)
        assert.same(keys(literals_of(rule)), keys(literals), option)
      end
    end)
  end

  it("download are those of upload", function()
    local rules = rules_of(function() session:upload("path", "f") end)
    assert.equal(rules, rules_of(function() session:download("f", "path") end))
  end)

  it("nlst and mlsd are those of list", function()
    local rules = rules_of(function() session:list(".") end)
    assert.equal(rules, rules_of(function() session:nlst(".") end))
    assert.equal(rules, rules_of(function() session:mlsd(".") end))
  end)
end)

-- Every field is annotated, and the mandatory ones are present.
local function check_result(class_name, result)
  local fields = classes[class_name].fields
  for name in pairs(result) do assert.is_table(fields[name], class_name .. "." .. name) end
  for name, field in pairs(fields) do
    assert.is_true(field.optional or result[name] ~= nil, class_name .. "." .. name)
  end
end

describe("the annotated fields of", function()
  it("results are those that a module brings", function()
    module.with_session(nil, function(open, its_modem)
      assert(open:put("f", "content"))
      assert(its_modem:ufs("f"):write("content"))
      check_result("bg96.Info", assert(its_modem:info()))
      check_result("bg96.Signal", assert(its_modem:signal()))
      check_result("bg96.Space", assert(its_modem:space()))
      check_result("bg96.Settings", assert(open:config()))
      local path = os.tmpname()
      check_result("bg96.Report", assert(open:download("f", path)))
      os.remove(path)
      for class_name, list in pairs {
        Context = its_modem:contexts(), FileEntry = its_modem:files(),
        Finding = its_modem:diagnose(), Entry = open:mlsd("."),
      } do
        assert.is_true(#list > 0, class_name)
        for _, item in ipairs(list) do check_result("bg96." .. class_name, item) end
      end
    end)
  end)

  it("ports are those that the system tells", function()
    for _, port in ipairs(assert(ftp.ports())) do check_result("bg96.Port", port) end
  end)

  it("errors are those that an error can have", function()
    local err = Error.new {
      kind = "ftp", code = 625, protocol = 530, command = "+QFTPOPEN", detail = "more",
      transferred = 7,
    }
    module.with_session(nil, function(open)
      local _, failed = open:download("missing", "missing", { retries = 0 })
      for name, value in pairs(failed) do err[name] = err[name] or value end
    end)
    err.lines = { "+CSQ: 24,0" } -- of modem:at()
    assert.same(keys(err), keys(classes["bg96.Error"].fields))
  end)

  it("errors name kinds that the library knows", function()
    for kind in pairs(annotations.literals(annotated.aliases["bg96.ErrorKind"])) do
      local code = ({ ftp = 601, cme = 10, port = 5 })[kind]
      assert.not_equal(kind, Error.new({ kind = kind, code = code }).message)
    end
  end)

  it("settings are those of the table of settings", function()
    assert.same(keys(core.settings), keys(classes["bg96.Settings"].fields))
  end)
end)
