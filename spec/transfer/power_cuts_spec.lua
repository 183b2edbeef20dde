-- A download after the power of the host was cut: pages of the part that were not synced are
-- zeros, or the end of it is gone.

local bench = require "spec.support.transfer_bench"
local localfile = require "bg96.ftp.transfer.localfile"
local moves = require "spec.support.moves"

local data = bench.data(400000)
local boot_id = localfile.boot_id

after_each(function()
  localfile.boot_id = boot_id
  bench.remove_places()
end)

local function new()
  local here = moves.new()
  here.server:put("/there", data)
  localfile.boot_id = function() return "one" end
  return here
end

local function synced(here)
  return tonumber(here:read("copy.part.info"):match("\nsynced=(%d+)\n"))
end

-- The host starts again, with pages of zeros in the place of those that were not synced. The
-- last one of them has reached the disk all the same.
local function cut_power(here)
  local part, safe = here:read("copy.part"), synced(here)
  local last = math.max(safe, #part - 4096)
  here:write("copy.part", part:sub(1, safe) .. ("\0"):rep(last - safe) .. part:sub(last + 1))
  localfile.boot_id = function() return "two" end
  return safe, #part
end

local function download(here, session, options)
  return moves.download.start(here, session, options)
end

describe("a part after a power cut", function()
  for _, seconds in ipairs { 3, 8, 12, 20, 28, 33 } do
    it(("is believed as far as it was synced, after %d s"):format(seconds), function()
      local here = new()
      assert.is_true(here:run_killed(seconds, function(session) return download(here, session) end))
      local safe, size = cut_power(here)
      local report = here:run(function(session) return assert(download(here, session)) end)
      assert.is_true(here:read("copy") == data)
      assert.is_true(report.resumed <= safe)
      assert.is_true(report.resumed >= safe - 1024 or report.resumed == 0)
      if seconds > 8 then assert.is_true(safe >= 65536 and safe < size) end
    end)
  end

  it("is believed to its end where only the process was killed", function()
    local here = new()
    assert.is_true(here:run_killed(15, function(session) return download(here, session) end))
    local size = #here:read("copy.part")
    assert.is_true(size > synced(here) + 5000)
    local report = here:run(function(session) return assert(download(here, session)) end)
    assert.equal(size - 1024, report.resumed)
    assert.is_true(here:read("copy") == data)
  end)

  it("is not believed where no start of the host is told", function()
    local here = new()
    localfile.boot_id = function() return "" end
    assert.is_true(here:run_killed(15, function(session) return download(here, session) end))
    local safe = cut_power(here)
    localfile.boot_id = function() return "" end
    local report = here:run(function(session) return assert(download(here, session)) end)
    assert.is_true(report.resumed <= safe)
    assert.is_true(here:read("copy") == data)
  end)
end)

describe("a part that ends at the last confirmed byte", function()
  local function leave_confirmed(here)
    assert.is_true(here:run_killed(6, function(session)
      return download(here, session, { chunk = 10000 })
    end))
    local confirmed = tonumber(here:read("copy.part.info"):match("\nconfirmed=(%d+)\n"))
    assert.is_true(confirmed >= 10000)
    here:write("copy.part", here:read("copy.part"):sub(1, confirmed))
    return confirmed
  end

  it("is compared with what the server has, and goes on where it fits", function()
    local here = new()
    local confirmed = leave_confirmed(here)
    local report = here:run(function(session) return assert(download(here, session)) end)
    assert.is_true(here:read("copy") == data)
    assert.equal(confirmed - 512, report.resumed)
    assert.equal(1, report.attempts)
  end)

  it("begins anew where it does not", function()
    local here = new()
    local confirmed = leave_confirmed(here)
    here:write("copy.part", data:sub(1, confirmed - 100) .. ("x"):rep(100))
    local report = here:run(function(session) return assert(download(here, session)) end)
    assert.is_true(here:read("copy") == data)
    assert.equal(2, report.attempts)
  end)
end)
