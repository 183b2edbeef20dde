--- Transcripts: the traffic of the serial line, in files that people can read; see
-- spec/transcripts/README.md for the format. This module reads and lists them, and runs the
-- lines of Lua in them; it plays neither side.

local loadstring, setfenv = loadstring, setfenv -- luacheck: std max

local transcript = {}
transcript.__index = transcript

local FOLDER = "spec/transcripts/"

--- Payload by rule: `size` bytes of a file, from the position `first` (0). It holds
-- every byte value, line ends and plus signs among them.
function transcript.data(size, first)
  local bytes = {}
  for i = first or 0, (first or 0) + size - 1 do
    bytes[#bytes + 1] = string.char((7 * i + math.floor(i / 256)) % 256)
  end
  return table.concat(bytes)
end

-- ------------------------------------------------------------------- reading

local escapes = { r = "\r", n = "\n", ["0"] = "\0", ["\\"] = "\\" }

-- The text of a line, in which \r, \n, \0, \\ and \xFF stand for invisible bytes, and
-- {255 x} for 255 times the same.
local function unescape(text)
  text = text:gsub("{(%d+) (.)}", function(count, character)
    return character:rep(tonumber(count))
  end)
  local bytes = text:gsub("\\x(%x%x)", function(hex)
    return hex == "5C" and "\\\\" or string.char(tonumber(hex, 16))
  end)
  return (bytes:gsub("\\([rn0\\])", escapes))
end

-- "data 500", "data 500 from 1000" or "text ABC", as bytes.
local function read_payload(text)
  if text:find("^text ") then return unescape(text:sub(6)) end
  local size, first = text:match("^data (%d+)$"), 0
  if not size then size, first = text:match("^data (%d+) from (%d+)$") end
  return size and transcript.data(tonumber(size), tonumber(first))
end

local function outgoing(text)
  local data = read_payload(text)
  if data then return data end
  if text:sub(1, 1) ~= " " then return nil end
  local line = unescape(text:sub(2))
  return line == "+++" and line or line .. "\r"
end

local function incoming(text)
  local data = read_payload(text)
  if data then return data end
  if text == "" then return "\r\n" end
  if text:sub(1, 1) == " " then return unescape(text:sub(2)) .. "\r\n" end
end

local words = {
  given = true, call = true, beside = true, gives = true, fails = true, throws = true,
  event = true, only = true, pause = true, include = true, dtr = true,
}

-- Adds bytes of the module to the answer that is being given, or begins one.
-- `payloads` are the places in it of payload by rule: { before the first byte, last }.
local function add_answer(steps, bytes, is_payload, place)
  local answer = steps[#steps]
  if not answer or answer.kind ~= "answer" then
    answer = { kind = "answer", bytes = "", payloads = {}, place = place }
    steps[#steps + 1] = answer
  end
  local before = #answer.bytes
  answer.bytes = answer.bytes .. bytes
  if is_payload then table.insert(answer.payloads, { before, #answer.bytes }) end
end

local function read_wire(steps, line, place)
  local sign, text = line:match("^([<>])(.*)$")
  if not sign then return false end
  local bytes = (sign == ">" and outgoing or incoming)(text)
  if not bytes then error(place .. ": cannot read this line: " .. line, 0) end
  if sign == ">" then
    steps[#steps + 1] = {
      kind = "send", bytes = bytes, is_payload = read_payload(text) ~= nil, place = place,
    }
  else
    add_answer(steps, bytes, read_payload(text) ~= nil, place)
  end
  return true
end

local read_into

local function read_word(self, line, place)
  local word, text = line:match("^(%a+)%s+(.*)$")
  if not words[word] then error(place .. ": cannot read this line: " .. line, 0) end
  if word == "only" then
    self.only = text:match("^(%a+)$")
    assert(self.only == "driver" or self.only == "emulator", place .. ": only driver or emulator?")
  elseif word == "given" then
    table.insert(self.given, { code = text, place = place })
  elseif word == "include" then
    read_into(self, text)
  else
    table.insert(self.steps, { kind = word, code = text, place = place })
  end
end

-- Joins a line with the indented ones that continue it.
local function join(lines)
  local joined = {}
  for number, line in ipairs(lines) do
    if line:find("^%s+%S") and #joined > 0 then
      joined[#joined].text = joined[#joined].text .. " " .. line:match("^%s+(.*)$")
    else
      joined[#joined + 1] = { text = line, number = number }
    end
  end
  return joined
end

function read_into(self, name)
  local lines = {}
  for line in io.lines(FOLDER .. name) do lines[#lines + 1] = line end
  for _, line in ipairs(join(lines)) do
    local place = name .. ":" .. line.number
    local is_blank = line.text == "" or line.text:find("^#")
    if not is_blank and not read_wire(self.steps, line.text, place) then
      read_word(self, line.text, place)
    end
  end
end

--- Reads one transcript of spec/transcripts by the name of its file.
function transcript.read(name)
  local self = setmetatable({ name = name, given = {}, steps = {} }, transcript)
  read_into(self, name)
  return self
end

--- All transcripts, in the order of their names.
-- @tparam[opt] string side "driver" or "emulator": only those that it can play
function transcript.all(side)
  local all = {}
  local listing = assert(io.popen("ls " .. FOLDER))
  for name in listing:lines() do
    if name:find("%.txt$") then
      local read = transcript.read(name)
      if not side or not read.only or read.only == side then all[#all + 1] = read end
    end
  end
  listing:close()
  return all
end

local function is_refused(answer)
  return answer ~= nil and (answer:find("^\r\n%+CME ERROR") or answer:find("^\r\nERROR")) ~= nil
end

--- The command lines of a transcript, in order.
-- @treturn table an array of {line=, call=, accepted=}: the line without its CR, the Lua
--   of the call it belongs to (nil in a transcript without calls), and whether the module
--   takes it (true or false)
function transcript:commands()
  local commands, call = {}, nil
  for i, step in ipairs(self.steps) do
    if step.kind == "call" or step.kind == "beside" then call = step.code end
    if step.kind == "send" and step.bytes:find("^AT.*\r$") then
      local following = self.steps[i + 1]
      while following and following.kind ~= "answer" do
        i = i + 1
        following = following.kind ~= "send" and self.steps[i + 1] or nil
      end
      commands[#commands + 1] = {
        line = step.bytes:sub(1, -2), call = call,
        accepted = not is_refused(following and following.bytes),
      }
    end
  end
  return commands
end

-- --------------------------------------------------------------- lines of Lua

local function pack(...)
  return { n = select("#", ...), ... }
end

-- A chunk with globals of its own, on any Lua.
local function load_in(text, name, environment)
  if not setfenv then return load(text, name, "t", environment) end -- luacheck: std max
  local chunk, message = loadstring(text, name)
  if not chunk then return nil, message end
  return setfenv(chunk, environment)
end

--- Runs the Lua of a line in `environment`; the names that it sets remain there.
-- @treturn table its results, and `n`, their number
function transcript.run(step, environment)
  local name, expression = step.code:match("^(%a+) = (.+)$")
  local chunk, message = load_in("return " .. (expression or step.code), "=" .. step.place,
    environment)
  if not chunk then error(message, 0) end
  local results = pack(chunk())
  while results.n > 1 and results[results.n] == nil do results.n = results.n - 1 end
  if name then environment[name] = results[1] end
  return results
end

-- A value in Lua's syntax, keys sorted.
local function show(value)
  if type(value) ~= "table" or getmetatable(value) then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do parts[i] = tostring(key) .. "=" .. show(value[key]) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function show_all(values)
  local parts = {}
  for i = 1, values.n do parts[i] = show(values[i]) end
  return table.concat(parts, ", ")
end

local function check_gives(step, environment, results)
  local expected = transcript.run(step, environment)
  if show_all(expected) ~= show_all(results) then
    error(("%s: the call gave\n  %s\nand not\n  %s"):format(step.place, show_all(results),
      show_all(expected)), 0)
  end
end

local function check_fails(step, environment, results)
  local expected = transcript.run(step, environment)[1]
  local err = results[2]
  if results[1] ~= nil or type(err) ~= "table" then
    error(("%s: the call did not fail, it gave %s"):format(step.place, show_all(results)), 0)
  end
  for name, value in pairs(expected) do
    local actual = err[name]
    if name == "text" then actual = tostring(err) end
    if actual ~= value then
      error(("%s: %s is %s and not %s, in: %s"):format(step.place, name, show(actual),
        show(value), tostring(err)), 0)
    end
  end
end

--- Compares what a call raised with its line `throws`.
function transcript.check_thrown(step, environment, message)
  if not step or step.kind ~= "throws" then error(message, 0) end
  local expected = transcript.run(step, environment)[1]
  if not tostring(message):find(expected, 1, true) then
    error(("%s: the call threw %q"):format(step.place, message), 0)
  end
end

--- Compares the results of a call with its line `gives` or `fails`; any other line (or none)
-- means that the call has to work.
function transcript.check(step, environment, results)
  if step and step.kind == "gives" then return check_gives(step, environment, results) end
  if step and step.kind == "fails" then return check_fails(step, environment, results) end
  if step and step.kind == "throws" then error(step.place .. ": the call threw nothing", 0) end
  if not results[1] then error("the call failed: " .. tostring(results[2]), 0) end
end

-- --------------------------------------------------------------------- bytes

--- Where `actual` differs from `expected`, for a message.
function transcript.difference(expected, actual)
  local at = 1
  while at <= #expected and expected:byte(at) == actual:byte(at) do at = at + 1 end
  return ("%q, expected was %q (from byte %d on)"):format(actual:sub(at, at + 79),
    expected:sub(at, at + 79), at)
end

-- Random digits: of the proof of command mode, and of the name of a temporary file.
local drawn = { ["{number}"] = 16, ["{name}"] = 8 }

-- The first of them in `text`: where it begins, where it ends, its number of digits.
local function find_drawn(text)
  for sign, count in pairs(drawn) do
    local first, last = text:find(sign, 1, true)
    if first then return first, last, count end
  end
end

--- Whether a command line belongs to the proof of command mode.
function transcript.is_proof(line)
  return line:find("{number}", 1, true) ~= nil
end

--- Whether `bytes` can be the beginning of `expected`, in which "{number}" stands for 16
-- random hexadecimal digits, and "{name}" for 8.
-- @treturn boolean true; or false
-- @treturn string the digits, if they are among the bytes
function transcript.agrees(expected, bytes)
  local first, last, count = find_drawn(expected)
  if not first or #bytes < first + count - 1 then
    local length = first and math.min(#bytes, first - 1) or #bytes
    return bytes:sub(1, length) == expected:sub(1, length)
  end
  local digits = bytes:match("^" .. ("%x"):rep(count), first)
  local whole = digits and expected:sub(1, first - 1) .. digits .. expected:sub(last + 1)
  return whole and bytes == whole:sub(1, #bytes), digits
end

--- The number of bytes that `expected` stands for.
function transcript.length(expected)
  local first, last, count = find_drawn(expected)
  return #expected + (first and count - (last - first + 1) or 0)
end

--- `text` with the digits in place of "{number}" and "{name}".
function transcript.fill(text, digits)
  if not digits then return text end
  for sign, count in pairs(drawn) do text = text:gsub(sign, (digits:sub(1, count))) end
  return text
end

-- The middle of a payload is handed on as it comes, so all cuts there are alike.
local PAYLOAD_END = 4

local function is_inside_payload(answer, at)
  for _, ends in ipairs(answer.payloads) do
    if at > ends[1] + PAYLOAD_END and at < ends[2] - PAYLOAD_END then return true end
  end
  return false
end

--- The places where it makes sense to cut an answer in two.
-- @treturn table numbers of bytes before the cut
function transcript.cuts(answer)
  local cuts = {}
  for at = 1, transcript.length(answer.bytes) - 1 do
    if not is_inside_payload(answer, at) then cuts[#cuts + 1] = at end
  end
  return cuts
end

return transcript
