-- uloop keeps the Lua state in which it was loaded: bg96.wait.uloop does not load it in a
-- coroutine.

local loops = require "spec.support.loops"

local saved

before_each(function()
  saved = { package.loaded.uloop, package.loaded["bg96.wait.uloop"] }
  package.loaded.uloop, package.loaded["bg96.wait.uloop"] = nil, nil
  package.preload.uloop = function() return (loops.find_uloop()) end
end)

after_each(function()
  package.loaded.uloop, package.loaded["bg96.wait.uloop"] = saved[1], saved[2]
  package.preload.uloop = nil
end)

local function require_in_coroutine()
  return coroutine.wrap(function() return pcall(require, "bg96.wait.uloop") end)()
end

describe("bg96.wait.uloop", function()
  it("refuses to load uloop in a coroutine, and says what to do", function()
    local ok, message = require_in_coroutine()
    assert.is_false(ok)
    assert.matches("in the main program before any coroutine", message)
    assert.is_nil(package.loaded.uloop)
  end)

  it("may be required in a coroutine where the main program has loaded uloop", function()
    require "uloop"
    local ok, wait = require_in_coroutine()
    assert.is_true(ok, wait)
    assert.is_function(wait)
  end)

  it("loads uloop in the main program", function()
    assert.is_function(require "bg96.wait.uloop")
    assert.is_table(package.loaded.uloop)
  end)
end)
