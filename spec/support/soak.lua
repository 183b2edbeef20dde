--- Many calls of many coroutines on one modem, in one event loop: the same load for each
-- loop. As a program, it prints its counts:
--
--   lua soak.lua LOOP PORT [COROUTINES CALLS]
--
-- against `bg96-emulator --backend memory`.
local core = require "bg96.core"
local ftp = require "bg96.ftp"
local unpack = table.unpack or unpack -- luacheck: std max

local soak = {}

local function make_draw(seed)
  return function(n)
    seed = (seed * 16807) % 2147483647
    return seed % n
  end
end

-- One call of a random kind, with a timeout that may be too short. Each checks its answer: the
-- answer of another call would not fit.
local function call(modem, session, draw, i)
  local timeout = draw(5) == 0 and 0.0005 * (1 + draw(20)) or 10
  local kind = draw(5)
  if kind == 0 then
    local lines, err = modem:at("+CSQ", { timeout = timeout })
    return lines and lines[1]:match("^%+CSQ: ?24, ?0$"), err -- some say no blanks, some two
  elseif kind == 1 then
    local lines, err = modem:at("+CGSN", { timeout = timeout })
    return lines and lines[1]:match("^%d+$") and #lines[1] == 15, err
  elseif kind == 2 then
    local size, err = session:size("size" .. i)
    return size == i * 100, err
  elseif kind == 3 then
    local text, err = session:get("size" .. i)
    return text == ("x"):rep(i * 100), err
  end
  local count, err = session:put("put" .. i, ("y"):rep(i))
  return count == i, err
end

--- Runs `calls` calls in each of `coroutines` coroutines.
-- @treturn table made, answered, timed_out, wrong, waits, cpu (seconds), seconds,
--   queue (calls left), ends (how often a call came back)
function soak.run(loop, port, coroutines, calls)
  local result = { made = 0, answered = 0, timed_out = 0, wrong = 0, waits = 0 }
  local function wait(...)
    result.waits = result.waits + 1
    return loop.wait(...)
  end
  local jobs = {}
  local modem, session
  loop.run(function()
    modem = assert(ftp.open { port = port, wait = wait })
    assert(modem:activate { apn = "internet" })
    session = assert(modem:login { host = "h", user = "u", password = "p", timeout = 20 })
    for i = 1, coroutines do assert(session:put("size" .. i, ("x"):rep(i * 100))) end
  end)
  for i = 1, coroutines do
    local draw = make_draw(i)
    jobs[i] = function()
      for _ = 1, calls do
        result.made = result.made + 1
        local ok, err = call(modem, session, draw, i)
        if ok then
          result.answered = result.answered + 1
        elseif err and err.kind == "timeout" then
          result.timed_out = result.timed_out + 1
        else
          result.wrong = result.wrong + 1
          result.first_wrong = result.first_wrong or tostring(err or "an answer that does not fit")
        end
      end
    end
  end
  result.waits = 0
  local cpu, started = os.clock(), core.now()
  loop.run(unpack(jobs))
  result.cpu, result.seconds = os.clock() - cpu, core.now() - started
  result.queue = modem.core:queue_length()
  loop.run(function() modem:close() end)
  return result
end

if arg and arg[0] and arg[0]:find("soak%.lua$") then
  local loops = require "spec.support.loops"
  local loop = assert(loops.get(arg[1]))
  local result = soak.run(loop, arg[2], tonumber(arg[3] or 5), tonumber(arg[4] or 200))
  local names = {}
  for name in pairs(result) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do print(name, result[name]) end
end

return soak
