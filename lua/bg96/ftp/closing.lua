--- Calls `f()`, and closes `value` however that ends, by coroutine.close() too.
--
-- Lua 5.4 closes the fourth value of a loop when the loop is left. Other versions cannot close a
-- coroutine, and Lua 5.1 cannot yield inside of an iterator.
-- @param value with the metamethod __close
-- @tparam function f
-- @return its first two results

if not rawget(coroutine, "close") then return function(_, f) return f() end end

return function(value, f)
  local function once() return true, f() end
  for _, first, second in once, nil, nil, value do -- luacheck: ignore 512
    return first, second
  end
end
