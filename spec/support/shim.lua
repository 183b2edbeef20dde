--- The path of serial_shim.so, for LD_PRELOAD.
return function()
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "spec/support/serial_shim")
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
  end
  error("serial_shim.so is not built: make run-specs does it")
end
