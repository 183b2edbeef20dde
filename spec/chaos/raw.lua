--- Chaos of the C core: the methods of all its userdata, in any order and in any state, with
-- arguments that fit and some that do not. Only errors may be thrown; for a run under ASan.

local Module = require "bg96.emulator.module"
local core = require "bg96.core"
local memory = require "bg96.emulator.memory"
local random = require "spec.simulation.random"
local unpack = table.unpack or unpack -- luacheck: std max

local raw = {}

local settings = {}
for name, range in pairs(core.settings) do settings[name] = range.min end

local constructors = {
  clean_up = { 1000 },
  command = { "+CSQ", 1000 },
  contexts = { 1000 },
  activate = { 1000, 1, 1, 0, "apn", "", "" },
  deactivate = { 1000, 1 },
  login = { 20000, settings, "host", 21, "joe", "s3cret" },
  request = { 1000, "+QFTPPWD" },
  download = { 1000, 1000, "+QFTPGET", "/f", 0, 100, "ask" },
  upload = { 1000, 1000, "/g", 0 },
  stage = { 1000, 1000, "+QFTPGET", "/f", "UFS:f" },
  write_file = { 1000, 1000, "f", "bytes" },
  read_file = { 1000, 1000, "f" },
  take_turn = { 1000 },
}
local methods = {
  modem = { "end_calls", "descriptor", "wants", "poll", "is_session_open", "forget_session",
    "is_lost", "is_closed", "now", "random", "use_dtr", "distrust", "queue_length", "close",
    "__gc" },
  call = { "step", "step", "step", "step", "step", "step", "give", "progress", "withdraw",
    "release", "__gc" },
  turn = { "step", "step", "withdraw", "release", "__gc" },
  watch = { "descriptor", "arm", "disarm", "close", "__gc" },
}
local arguments = {
  give = { ("x"):rep(500), 1, 500, false }, arm = { -1, "r", 1 },
}
local odd = { -1, 0, 1e300, 0 / 0, "", "text", false, true, {}, print }

local function pick_constructor(draw)
  local names = {}
  for name in pairs(constructors) do names[#names + 1] = name end
  table.sort(names)
  return draw:choice(names)
end

local function move(run)
  local written = run.port:take(4096)
  if #written > 0 then run.module:feed(written, run.clock) end
  run.port:give(run.module:take(run.clock, 4096))
end

local function twist(draw, list)
  local copy = {}
  for i = 1, #list do copy[i] = draw:one_in(25) and draw:choice(odd) or list[i] end
  return unpack(copy, 1, #list)
end

local function call_method(run, object, names)
  local name = run.draw:choice(names)
  local rare = name == "close" or name == "__gc"
  if rare and not run.draw:one_in(15) then return end
  local list = arguments[name] or {}
  run.log[#run.log + 1] = name
  pcall(getmetatable(object).__index[name], object, twist(run.draw, list))
end

local function act(run)
  local draw, deed = run.draw, run.draw:integer(1, 100)
  if deed <= 12 then
    local name = pick_constructor(draw)
    run.log[#run.log + 1] = name
    local ok, made = pcall(run.modem[name], run.modem, twist(draw, constructors[name]))
    if ok then
      local list = name == "take_turn" and run.turns or run.calls
      list[draw:integer(1, 6)] = made
    end
  elseif deed <= 70 then
    local call = run.calls[draw:integer(1, 6)]
    if call then call_method(run, call, methods.call) end
  elseif deed <= 76 then
    local turn = run.turns[draw:integer(1, 6)]
    if turn then call_method(run, turn, methods.turn) end
  elseif deed <= 80 then
    call_method(run, run.modem, methods.modem)
  elseif deed <= 82 then
    call_method(run, run.watch, methods.watch)
  elseif deed <= 96 then
    run.clock = run.clock + draw:choice { 0, 0.001, 0.1, 1, 5 }
    run.port:set_time(run.clock)
    move(run)
  elseif deed == 97 then
    collectgarbage()
  elseif deed == 98 then
    run.calls[draw:integer(1, 6)] = nil
  elseif deed == 99 and draw:one_in(10) then
    run.port:fail(draw:choice { 5, 0 })
  end
end

--- Runs one seed.
function raw.run(seed)
  local server = memory.new { users = { joe = "s3cret" }, ports = { [21] = true } }
  server:put("/f", ("0123456789"):rep(1000))
  local run = { draw = random.new(seed), clock = 1, calls = {}, turns = {}, log = {} }
  run.modem, run.port = core.loopback(4096, 0, seed)
  run.module = Module.new { backend = server, seed = seed }
  run.watch = core.watch()
  for _ = 1, 3000 do act(run) end
  run.modem:close()
  if run.modem:queue_length() > 0 then run.failure = "the queue of a closed modem is not empty" end
  for _, call in pairs(run.calls) do
    local what = call:step()
    if what ~= "done" and what ~= "failed" then run.failure = "a call of a closed modem goes on" end
  end
  run.watch:close()
  return { failure = run.failure, log = run.log, calls = #run.log }
end

return raw
