--- A line that is typed at a terminal, with a history. Keys come as bytes; what has to be written
-- to the terminal goes to a function. It waits for nothing.
--
-- Keys: left, right, home, end (Ctrl-A, Ctrl-E), backspace, delete, Ctrl-U (all before the
-- cursor), Ctrl-K (all behind it), Ctrl-W (a word), up, down, Ctrl-L, Ctrl-D (end of the input, on
-- an empty line).

local format = require "bg96.cli.format"

local Editor = {}
Editor.__index = Editor

local HISTORY = 200
local CHARACTER = "^[%z\1-\127\192-\255][\128-\191]*"

--- @tparam string prompt
-- @tparam function write(text) to the terminal
function Editor.new(prompt, write)
  return setmetatable({
    prompt = prompt, write = write, line = {}, cursor = 0, history = {}, pending = "",
  }, Editor)
end

--- Draws the line anew, below what was written meanwhile.
function Editor:draw()
  local text = table.concat(self.line)
  local behind = #self.line - self.cursor
  self.write(("\r%s%s\27[K%s"):format(self.prompt, format.printable(text),
    behind > 0 and ("\27[%dD"):format(behind) or ""))
end

--- Takes the line off the terminal, so that something else can be written.
function Editor:hide()
  self.write("\r\27[K")
end

local function set(self, text)
  self.line = {}
  while text ~= "" do
    local character = text:match(CHARACTER) or text:sub(1, 1)
    self.line[#self.line + 1], text = character, text:sub(#character + 1)
  end
  self.cursor = #self.line
end

local function recall(self, step)
  local at = (self.recalled or #self.history + 1) + step
  if at < 1 or at > #self.history + 1 then return end
  self.recalled = at
  set(self, self.history[at] or "")
end

local function delete(self, from, to)
  for _ = from, to do table.remove(self.line, from) end
  if self.cursor >= from then self.cursor = math.max(from - 1, self.cursor - (to - from + 1)) end
end

local function delete_word(self)
  local from = self.cursor
  while from > 0 and self.line[from] == " " do from = from - 1 end
  while from > 0 and self.line[from] ~= " " do from = from - 1 end
  delete(self, from + 1, self.cursor)
end

local keys = {
  ["\1"] = function(self) self.cursor = 0 end,
  ["\5"] = function(self) self.cursor = #self.line end,
  ["\8"] = function(self) if self.cursor > 0 then delete(self, self.cursor, self.cursor) end end,
  ["\11"] = function(self) delete(self, self.cursor + 1, #self.line) end,
  ["\12"] = function(self) self.write("\27[H\27[2J") end,
  ["\21"] = function(self) delete(self, 1, self.cursor) end,
  ["\23"] = delete_word,
  ["\27[A"] = function(self) recall(self, -1) end,
  ["\27[B"] = function(self) recall(self, 1) end,
  ["\27[C"] = function(self) self.cursor = math.min(self.cursor + 1, #self.line) end,
  ["\27[D"] = function(self) self.cursor = math.max(self.cursor - 1, 0) end,
  ["\27[3~"] = function(self)
    if self.cursor < #self.line then
      table.remove(self.line, self.cursor + 1)
    end
  end,
}
keys["\127"], keys["\27[H"], keys["\27[F"] = keys["\8"], keys["\1"], keys["\5"]
keys["\27[1~"], keys["\27[4~"], keys["\16"], keys["\14"] =
  keys["\1"], keys["\5"], keys["\27[A"], keys["\27[B"]

--- Keeps a line for the up key.
function Editor:remember(text)
  if text ~= "" and self.history[#self.history] ~= text then
    self.history[#self.history + 1] = text
    if #self.history > HISTORY then table.remove(self.history, 1) end
  end
  self.recalled = nil
end

-- Takes the first key off the bytes that have come: a key, or nil where it is not complete.
local function next_key(self)
  local key = self.pending:match("^\27[%[O]%d*[%a~]") or self.pending:match("^\27[^%[O]")
  if not key and self.pending:find("^\27") then return nil end
  key = key or self.pending:match(CHARACTER) or self.pending:sub(1, 1)
  self.pending = self.pending:sub(#key + 1)
  return (key:gsub("^\27O", "\27["))
end

--- Takes keys.
-- @tparam string bytes
-- @treturn string a line, if the end of one is among the keys: call again with "" for more; or
--   nil, and whether the input has ended
function Editor:type(bytes)
  self.pending = self.pending .. bytes
  while self.pending ~= "" do
    local key = next_key(self)
    if not key then break end
    if key == "\r" or key == "\n" then
      local text = table.concat(self.line)
      self.line, self.cursor, self.recalled = {}, 0, nil
      return text
    elseif key == "\4" and #self.line == 0 then
      return nil, true
    elseif keys[key] then
      keys[key](self)
    elseif not key:find("%c") then
      table.insert(self.line, self.cursor + 1, key)
      self.cursor = self.cursor + 1
    end
  end
  self:draw()
  return nil, false
end

return Editor
