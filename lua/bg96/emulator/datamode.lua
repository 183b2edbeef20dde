--- Data mode (1.2 of the manual): everything from the host is payload, except
-- a `+++` with a second of silence before and after it, or with the time of the quirk `guard`.
local datamode = {}
datamode.__index = datamode

local GUARD = 1.0 -- seconds
-- Times are sums of floats: a guard that is too short by less than this still counts.
local SLACK = 1e-6

--- `options`: `clock`; `heard`, the time of the last byte from the host;
-- `accept(bytes)` takes payload and returns how many bytes it took;
-- `guard`: the seconds of silence around `+++` (1);
-- `remaining()` returns the bytes that the transfer still expects, or nil;
-- `escaped()` is called at a guarded `+++`; `unread(bytes)` gets the
-- bytes that came after data mode had ended.
function datamode.new(options)
  return setmetatable({
    clock = options.clock, heard = options.heard, accept = options.accept,
    remaining = options.remaining, escaped = options.escaped, unread = options.unread,
    guard = options.guard or GUARD,
    held = 0, over = false,
  }, datamode)
end

--- Ends data mode; bytes that were held as a possible `+++` are forgotten.
function datamode:close()
  self.over, self.held = true, 0
  self.clock:cancel(self.timer)
end

-- Hands payload on until the transfer takes no more.
local function pass(self, bytes)
  while bytes ~= "" and not self.over do
    local count = self.accept(bytes)
    bytes = bytes:sub(count + 1)
    if count == 0 then break end
  end
  if bytes ~= "" then self.unread(bytes) end
end

local function release(self)
  local pluses = ("+"):rep(self.held)
  self.held = 0
  pass(self, pluses)
end

-- Three within a second of each other, then a second of nothing.
local function hold(self, count)
  local now = self.clock.now
  if self.held == 0 then self.first = now end
  self.held = self.held + count
  self.clock:cancel(self.timer)
  if self.held == 3 then
    self.timer = self.clock:after(self.guard, function()
      self:close()
      self.escaped()
    end)
  else
    self.timer = self.clock:after(self.first + self.guard - now, function() release(self) end)
  end
end

local function may_be_escape(self, bytes)
  if self.held == 0 and self.clock.now - self.heard < self.guard - SLACK then return false end
  if not bytes:find("^%+%+?%+?$") then return false end
  local total = self.held + #bytes
  local remaining = self.remaining and self.remaining()
  -- An upload of known length that these bytes complete is complete.
  return total <= 3 and not (remaining and total >= remaining)
end

--- Bytes from the host, arriving now.
function datamode:feed(bytes)
  if bytes == "" then return end
  if may_be_escape(self, bytes) then
    hold(self, #bytes)
  else
    if self.held > 0 then
      self.clock:cancel(self.timer)
      bytes, self.held = ("+"):rep(self.held) .. bytes, 0
    end
    pass(self, bytes)
  end
  self.heard = self.clock.now
end

return datamode
