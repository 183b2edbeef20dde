--- Specs with the habits of another module: `make run-specs HABITS=FILE`. Every emulated module
-- then has these habits, below the quirks that a spec sets itself.
--
-- A spec that cannot be so with every module says what it assumes:
--
--   local assumes = require("spec.support.habits").assumes
--
--   it("asks for the folder", function()
--     assumes { "pwd-quoted" } -- as it is by default
--
-- It runs with these habits at their default, and is listed at the end as a difference, as far as
-- HABITS says otherwise. A spec that fails nevertheless is a failure. Specs that have no driver in
-- them look at the emulator alone, so what they assume is found out: which habits have to be left
-- out for them to pass.
local shipped = require("bg96.emulator.habits")
local quirks = require("bg96.emulator.quirks")
local spacing = require("bg96.emulator.spacing")

local habits = {}

local given = os.getenv("HABITS")
if given == "" then given = nil end

-- Values that are written down in files, and are no other than the default.
local USUAL = { "model=BG96", "firmware=BG96MAR02A07M1G", "guard=1000", "beof=kept", "pwd-unquoted",
  "get-at-end=zero", "confirms=acknowledged", "data-address=0-1", "rsptimeout=20-180",
  "name-limit=255" }

local function is_equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if b[key] ~= value then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- The habits that differ from the default: texts by name, and the names in order.
local function read(path)
  local usual, texts, names = quirks.set(USUAL), {}, {}
  for _, text in ipairs(assert(shipped.read(path))) do
    local name, value = quirks.parse(text)
    if value ~= false and not is_equal(value, usual[name]) then
      texts[name] = text
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return texts, names
end

local texts, names = {}, {}
if given then texts, names = read(given) end

--- The names of the habits that differ from the default.
habits.names = names

-- --- what a spec assumes ---------------------------------------------------

-- Names of habits that are at their default for the spec that runs, and whether it has emulated a
-- module.
local assumed, has_emulated = {}, false

--- The rest of the spec that runs assumes these habits to be as they are by default.
function habits.assumes(list)
  for _, name in ipairs(list) do
    assert(quirks.words[name] or name:find("^test%.%+"), "no habit: " .. name)
    assumed[name] = true
  end
end

--- The rest of the spec that runs is about the default module.
function habits.assumes_all()
  habits.assumes(names)
end

--- The quirks of an emulated module for which a spec says `own`.
function habits.quirks(own)
  local all = {}
  has_emulated = true
  for _, name in ipairs(names) do
    if not assumed[name] then all[#all + 1] = texts[name] end
  end
  for _, text in ipairs(own or {}) do all[#all + 1] = text end
  return all
end

-- The value of a habit, nil where it is the default.
local function value_of(name)
  if not texts[name] or assumed[name] then return nil end
  return (select(2, quirks.parse(texts[name])))
end

--- A line of an answer as the module says it, with its blanks.
function habits.said(text)
  return spacing.new(value_of("spacing")):line(text)
end

--- What the module says about itself: "model" or "firmware"; `usual` without HABITS.
function habits.identity(name, usual)
  return value_of(name) or usual
end

--- The same as words of bg96-emulator's command line.
function habits.words()
  local words = {}
  for _, text in ipairs(habits.quirks()) do
    words[#words + 1] = "--quirk"
    words[#words + 1] = text
  end
  return words
end

local function set_assumed(list)
  assumed = {}
  for _, name in ipairs(list) do assumed[name] = true end
end

local function without(list, name)
  local rest = {}
  for _, each in ipairs(list) do
    if each ~= name then rest[#rest + 1] = each end
  end
  return rest
end

--- Runs a spec about the emulator alone. Where it fails with the habits and passes without them,
-- it assumes those that cannot be left in. `prepare()` is what comes before each run again.
function habits.find_assumptions(run, prepare)
  -- Whether it passes with the habits in `kept` at their default.
  local function passes(kept)
    set_assumed(kept)
    return (pcall(function()
      prepare()
      run()
    end))
  end
  local before = {}
  for name in pairs(assumed) do before[#before + 1] = name end
  local ok, failure = pcall(run)
  if ok then return end
  local is_pending = (debug.getmetatable(failure) or {}).__type == "pending"
  if is_pending or not passes(names) then
    set_assumed(before)
    error(failure, 0)
  end
  local needed = names
  for _, name in ipairs(names) do
    local fewer = without(needed, name)
    if passes(fewer) then needed = fewer end
  end
  set_assumed(needed)
end

-- --- the run ----------------------------------------------------------------

-- What came out: the names of specs, with what they assume, in order; and how many others.
local differences, alike, without_module = {}, 0, 0

--- A spec has ended.
function habits.note(name)
  local otherwise = {}
  for _, habit in ipairs(names) do
    if assumed[habit] then otherwise[#otherwise + 1] = habit end
  end
  if not has_emulated then
    without_module = without_module + 1
  elseif #otherwise == 0 then
    alike = alike + 1
  else
    differences[#differences + 1] = { name = name, habits = table.concat(otherwise, ", ") }
  end
  assumed, has_emulated = {}, false
end

--- Prints the list of differences.
function habits.report(write)
  write(("\nHabits %s: %s\n"):format(given, #names > 0 and table.concat(names, ", ")
    or "none differs from the default"))
  for _, difference in ipairs(differences) do
    write(("Difference -> %s\n  assumes otherwise: %s\n"):format(difference.name,
      difference.habits))
  end
  write(("%d specs ran with these habits, %d with differences, %d without an emulated module\n")
    :format(alike, #differences, without_module))
end

-- Options of an emulated module with the habits.
local function equipped(options)
  local all = {}
  for name, value in pairs(options) do all[name] = value end
  if not all.habits then all.quirks = habits.quirks(all.quirks) end
  return all
end

-- Gives every module in this process the habits.
local function equip()
  local module = require("bg96.emulator.module")
  local new = module.new
  function module.new(options) return new(equipped(options or {})) end
  local has_threads, emulator = pcall(require, "bg96.emulator")
  if not has_threads then return end
  local run = emulator.run
  function emulator.run(options, ...)
    return run(type(options) == "table" and equipped(options) or options, ...)
  end
end

local function full_name(busted, element)
  local parts = { element.name }
  local parent = busted.parent(element)
  while parent and parent.descriptor ~= "file" do
    table.insert(parts, 1, parent.name)
    parent = busted.parent(parent)
  end
  return (parent and parent.name .. ": " or "") .. table.concat(parts, " ")
end

-- Does again what busted does before a spec.
local function prepare(busted, parent)
  if not parent then return end
  prepare(busted, busted.parent(parent))
  for _, element in ipairs(parent.before_each or {}) do element.run() end
end

-- Follows busted's run.
local function follow(busted)
  busted.subscribe({ "test", "start" }, function(element, parent)
    if not package.loaded["bg96.core"] and not element.is_equipped then
      local run = element.run
      element.run = function()
        return habits.find_assumptions(run, function() prepare(busted, parent) end)
      end
      element.is_equipped = true
    end
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(element)
    habits.note(full_name(busted, element))
    return nil, true
  end)
  busted.subscribe({ "exit" }, function()
    habits.report(function(text) io.stdout:write(text) end)
    return nil, true
  end)
end

-- busted loads this as its helper before any spec where HABITS is set. A spec finds it loaded.
if given and ... == "spec.support.habits" and pcall(require, "busted") then
  equip()
  follow(require("busted"))
end

return habits
