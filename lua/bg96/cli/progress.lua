--- The progress of a transfer: a bar with rate and time left on a terminal; elsewhere a line
-- every ten seconds, so that a log shows progress.

local core = require "bg96.core"
local format = require "bg96.cli.format"

local Progress = {}
Progress.__index = Progress

local BAR_INTERVAL = 0.2 -- seconds between two drawings
local LINE_INTERVAL = 10
-- The rate is that of the last seconds, because on a radio link it changes.
local RATE_WINDOW = 10
local NAME_WIDTH = 16
-- Seconds without a byte after which the bar says so.
local STALL = 5
-- A bar of fewer columns would say less than the figures beside it.
local NARROWEST_BAR = 8

-- These columns stay free: terminals differ in what they do after the last one, and ^C of a
-- Ctrl-C must not wrap to another line.
local MARGIN = 3

local CLEAR_LINE = "\r\27[K"

--- A display for one transfer.
-- @tparam table options name (of the file), stream (to write to), width (function
--   that gives the columns of the terminal; nil for lines in place of a bar), now
--   (clock in seconds; the machine's unless given)
function Progress.new(options)
  return setmetatable({
    name = format.printable(options.name), stream = options.stream, width = options.width,
    now = options.now or core.now, samples = {}, drawn_at = nil, is_drawn = false,
  }, Progress)
end

-- Bytes a second over the window; nil while unknown.
local function take_sample(self, done, now)
  local samples = self.samples
  samples[#samples + 1] = { done = done, at = now }
  while #samples > 2 and samples[2].at <= now - RATE_WINDOW do table.remove(samples, 1) end
  local first = samples[1]
  if now - first.at < 0.5 then return nil end
  return (done - first.done) / (now - first.at)
end

local function share(done, total)
  return total > 0 and math.min(done / total, 1) or 1
end

local function percentage(done, total)
  return total and ("%3d%%"):format(math.floor(100 * share(done, total))) or ""
end

-- The time that is left, or for how long nothing has come. In columns of fixed width, as all
-- figures, so that they do not move.
local function remainder(done, total, rate, stalled)
  if stalled then return ("stalled %3d s"):format(stalled) end
  if not total then return "" end
  local left = rate and rate > 0 and format.duration((total - done) / rate) or "-:--"
  return ("ETA %7s"):format(left)
end

-- The figures, from the most to the least that is worth showing.
local function forms(done, total, rate, stalled)
  local speed = ("%8s"):format(rate and format.bytes(rate) .. "/s" or "")
  local percent, left = percentage(done, total), remainder(done, total, rate, stalled)
  local bytes = ("%6s"):format(format.bytes(done))
  local both = total and ("%s/%-6s"):format(bytes, format.bytes(total)) or bytes
  return {
    ("%s %s %s"):format(both, speed, left), ("%s %s %s"):format(bytes, speed, left),
    ("%s %s"):format(bytes, left), left,
  }, percent
end

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

--- The text of a bar in at most `width` columns; without the bar, and with less and less of
-- the rest, if that is too narrow or the total is unknown.
-- @tparam string name of the file
-- @tparam number done bytes
-- @tparam[opt] number total bytes
-- @tparam[opt] number rate bytes a second
-- @tparam integer width columns
-- @tparam[opt] integer stalled seconds without a byte
function Progress.bar(name, done, total, rate, width, stalled)
  local figures, percent = forms(done, total, rate, stalled)
  local head = format.fit(name, math.min(NAME_WIDTH, format.width(name)))
  local room = width - format.width(head) - #percent - #figures[1] - #"  [] "
  if total and room >= NARROWEST_BAR then
    local filled = math.floor(room * share(done, total))
    local bar = ("="):rep(filled) .. (filled < room and ">" or "")
    return ("%s %s [%s] %s"):format(head, percent, format.fit(bar, room), figures[1])
  end
  local text = trim(("%s %s %s"):format(head, percent, figures[1]))
  for _, figure in ipairs(figures) do
    if format.width(text) <= width then return text end
    text = trim(("%s %s"):format(percent, figure))
  end
  return text:sub(1, math.max(width, 0))
end

local function draw(self, rate, stalled)
  local text = Progress.bar(self.name, self.done, self.total, rate, self.width() - MARGIN, stalled)
  self.stream:write("\r", text, "\27[K")
  self.stream:flush()
  self.is_drawn = true
end

local function say(self, rate, stalled)
  local figures, percent = forms(self.done, self.total, rate, stalled)
  self.stream:write(("%s: %s %s\n"):format(self.name, percent, trim(figures[1])))
  self.stream:flush()
end

local function show(self, now)
  self.drawn_at = now
  local rate = take_sample(self, self.done, now)
  local silence = now - self.moved_at
  local stalled = silence >= STALL and math.floor(silence) or nil
  if self.width then draw(self, rate, stalled) else say(self, rate, stalled) end
end

--- Updates the display, at most a few times a second.
-- @tparam number done bytes
-- @tparam[opt] number total bytes
function Progress:update(done, total)
  local now = self.now()
  if done ~= self.done then self.moved_at = now end
  self.done, self.total = done, total
  self.drawn_at = self.drawn_at or (self.width and -math.huge or now)
  if now - self.drawn_at < (self.width and BAR_INTERVAL or LINE_INTERVAL) then
    if #self.samples == 0 then take_sample(self, done, now) end
    return
  end
  show(self, now)
end

--- Says how long nothing has come, if that is so. Called while the transfer waits.
function Progress:tick()
  local now = self.now()
  if not self.moved_at or now - self.moved_at < STALL then return end
  if now - self.drawn_at >= (self.width and 1 or LINE_INTERVAL) then show(self, now) end
end

--- Removes the bar.
function Progress:clear()
  if self.is_drawn then
    self.stream:write(CLEAR_LINE)
    self.stream:flush()
  end
  self.is_drawn = false
end

return Progress
