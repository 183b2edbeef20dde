--- What is being done while it is waited for: on a terminal a line with the seconds that it
-- has taken; elsewhere a line now and then for what takes long.

local core = require "bg96.core"
local format = require "bg96.cli.format"

local Activity = {}
Activity.__index = Activity

-- Seconds after which it is shown on a terminal, between two drawings there, and between two
-- lines elsewhere.
local DELAY, INTERVAL, LINE_INTERVAL = 0.3, 0.5, 10

local CLEAR_LINE = "\r\27[K"
local MARGIN = 3 -- columns that stay free; see progress.lua

--- @tparam table options text (such as "logging in"), and stream, width and now as those of
--   Progress.new()
function Activity.new(options)
  local now = options.now or core.now
  return setmetatable({
    text = format.printable(options.text), stream = options.stream, width = options.width,
    now = now, started = now(), drawn_at = now(),
  }, Activity)
end

local function draw(self, seconds)
  local width = math.max(self.width() - MARGIN, 1)
  local text = ("%s ... %d s"):format(self.text, math.floor(seconds))
  if format.width(text) > width then text = format.fit(text, width) end
  self.stream:write("\r", text, "\27[K")
  self.stream:flush()
  self.is_drawn = true
end

--- Shows how long it has taken, if it is time to.
function Activity:tick()
  local now = self.now()
  local interval = not self.width and LINE_INTERVAL or self.is_drawn and INTERVAL or DELAY
  if now - self.drawn_at < interval then return end
  self.drawn_at = now
  if self.width then return draw(self, now - self.started) end
  self.stream:write(("%s ... %s\n"):format(self.text, format.duration(now - self.started)))
  self.stream:flush()
end

--- Removes the line.
function Activity:clear()
  if not self.is_drawn then return end
  self.stream:write(CLEAR_LINE)
  self.stream:flush()
  self.is_drawn = false
end

return Activity
