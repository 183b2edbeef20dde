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

-- The figures in columns of fixed width, so that they do not move.
local function figures(done, total, rate)
  local speed = rate and format.bytes(rate) .. "/s" or ""
  if not total then return ("%6s %8s"):format(format.bytes(done), speed) end
  local left = rate and rate > 0 and format.duration((total - done) / rate) or "-:--"
  return ("%6s/%-6s %8s ETA %7s"):format(format.bytes(done), format.bytes(total), speed, left)
end

local function share(done, total)
  return total > 0 and math.min(done / total, 1) or 1
end

local function percentage(done, total)
  return total and ("%3d%%"):format(math.floor(100 * share(done, total))) or ""
end

--- The text of a bar in at most `width` columns; the figures alone if that is too narrow or
-- the total is unknown.
function Progress.bar(name, done, total, rate, width)
  local percent, tail = percentage(done, total), figures(done, total, rate)
  local head = format.fit(name, math.min(NAME_WIDTH, format.width(name)))
  local room = width - format.width(head) - #percent - #tail - #"  [] "
  if total and room >= NARROWEST_BAR then
    local filled = math.floor(room * share(done, total))
    local bar = ("="):rep(filled) .. (filled < room and ">" or "")
    return ("%s %s [%s] %s"):format(head, percent, format.fit(bar, room), tail)
  end
  local text = ("%s %s %s"):format(head, percent, tail)
  if format.width(text) <= width then return text end
  return (percent .. " " .. tail):sub(1, math.max(width, 0))
end

local function draw(self, done, total, rate)
  local text = Progress.bar(self.name, done, total, rate, self.width() - MARGIN)
  self.stream:write("\r", text, "\27[K")
  self.stream:flush()
  self.is_drawn = true
end

local function say(self, done, total, rate)
  self.stream:write(("%s: %s %s\n"):format(self.name, percentage(done, total),
    figures(done, total, rate)))
  self.stream:flush()
end

--- Updates the display, at most a few times a second.
-- @tparam number done bytes
-- @tparam[opt] number total bytes
function Progress:update(done, total)
  local now = self.now()
  self.drawn_at = self.drawn_at or (self.width and -math.huge or now)
  if now - self.drawn_at < (self.width and BAR_INTERVAL or LINE_INTERVAL) then
    if #self.samples == 0 then take_sample(self, done, now) end
    return
  end
  self.drawn_at = now
  local rate = take_sample(self, done, now)
  if self.width then draw(self, done, total, rate) else say(self, done, total, rate) end
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
