--- The UFS commands of the FILE manual: whole files (QFUPL, QFDWL, QFLST,
-- QFDEL, QFLDS) and open ones (QFOPEN, QFREAD, QFWRITE, QFSEEK, QFCLOSE).
local arguments = require("bg96.emulator.arguments")
local checksum = require("bg96.emulator.checksum")
local unpack = require("bg96.emulator.compat").unpack

local text, integer, optional = arguments.text, arguments.integer, arguments.optional

local NAME = text(80)
local SIZE_MAX = 2147483648
local OPEN_MAX = 10
local ACK_EVERY = 1024
local TIMEOUT = 421

local files = { words = {} }

local words = files.words

local function bare(name)
  return (name:gsub("^UFS:", ""))
end

local function shown(module, name)
  local is_in_ram = module.quirks["ram-prefix"] and name:find("^RAM:")
  if module.quirks["ufs-prefix"] and not is_in_ram then name = "UFS:" .. name end
  return module.quirks["bare-names"] and name or '"' .. name .. '"'
end

local function show_sum(module, sum)
  return (module.quirks["padded-checksum"] and "%04X" or "%x"):format(sum:value())
end

-- -------------------------------------------------------------- uploads

local function acknowledge(upload, count)
  if not upload.acks then return end
  local before = math.floor(upload.count / ACK_EVERY)
  local after = math.floor((upload.count + count) / ACK_EVERY)
  if after > before then upload.module.output:write(("A"):rep(after - before)) end
end

-- Ends an upload of `AT+QFUPL` or `AT+QFWRITE`: its result, then OK.
local function end_upload(upload, code)
  local module = upload.module
  if module.data ~= upload.data then return end
  module.clock:cancel(upload.timer)
  module:leave_data()
  if code then return module:error_final(code) end
  upload.report(upload)
  module.interpreter:final("OK")
end

local function watch(upload)
  local module = upload.module
  module.clock:cancel(upload.timer)
  upload.timer = module:after(upload.timeout, function()
    end_upload(upload, upload.late)
  end)
end

-- What is left of `bytes` when the line has lost some of them.
local function lose(upload, bytes)
  local loss, seen = upload.loss, upload.seen
  upload.seen = seen + #bytes
  if not loss or loss.count == 0 or upload.seen <= loss.at then return bytes end
  local before = math.max(0, loss.at - seen)
  local lost = math.min(loss.count, #bytes - before)
  loss.count = loss.count - lost
  return bytes:sub(1, before) .. bytes:sub(before + lost + 1)
end

local function take(upload, sent)
  local bytes = lose(upload, sent)
  local count = math.min(#bytes, upload.size and upload.size - upload.count or #bytes)
  local chunk = bytes:sub(1, count)
  if not upload.save(chunk) then
    end_upload(upload, 403)
    return #sent
  end
  acknowledge(upload, count)
  upload.count = upload.count + count
  upload.sum:add(chunk)
  watch(upload)
  if upload.count == upload.size then end_upload(upload) end
  return #sent - (#bytes - count)
end

-- CONNECT and payload from the host: `size` or nil, `timeout` in seconds,
-- `late` the code after it or nil, `save(bytes)`, `report(upload)`; `loss`: the
-- `count` of bytes that get lost from `at` on, or nil.
local function receive(module, upload)
  upload.module, upload.count, upload.seen, upload.sum = module, 0, 0, checksum.new()
  upload.data = module:enter_data {
    accept = function(bytes) return take(upload, bytes) end,
    remaining = function() return upload.size and upload.size - upload.count end,
    escaped = function() end_upload(upload) end,
  }
  watch(upload)
  if upload.size == 0 then end_upload(upload) end
  return "none"
end

words["+QFUPL"] = {
  test = "+QFUPL: <filename>[,(1-<freesize>)[,(1-65535)[,(0,1)]]]",
  kinds = { NAME, optional(integer(0, SIZE_MAX)), optional(integer(1, 65535)),
    optional(integer(0, 1)) },
  write = function(module, name, size, timeout, acks)
    name = bare(name)
    if name == "" or name:find("[/\\]") then return false, 406 end
    if module.ufs:size(name) then return false, 407 end
    if size and size > module.ufs:free(name) then return false, 420 end
    module.ufs:put(name, "")
    module.interpreter:final("CONNECT")
    local loss = module.upload_loss
    module.upload_loss = nil
    return receive(module, {
      size = size, timeout = timeout or 5, acks = acks == 1, loss = loss,
      late = size and not loss and TIMEOUT or nil,
      save = function(bytes) return module.ufs:append(name, bytes) end,
      report = function(upload)
        module:reply(("+QFUPL: %d,%s"):format(upload.count, show_sum(module, upload.sum)))
      end,
    })
  end,
}

-- ------------------------------------------------------------ downloads

-- Behind CONNECT: sends `content`, then calls `finish()`.
local function send(module, content, finish)
  local position, since = 0, module.clock.now
  local data
  local function done()
    if module.data == data then
      module:leave_data()
      finish()
    end
  end
  data = module:enter_data {
    accept = function(bytes) return #bytes end,
    escaped = function() module:leave_data("OK") end,
  }
  module.output:attach {
    ready = function() return #content - position, since end,
    read = function(max)
      local bytes = content:sub(position + 1, position + max)
      position = position + #bytes
      if position == #content then done() end
      return bytes
    end,
  }
  if content == "" then done() end
  return "none"
end

words["+QFDWL"] = {
  test = "+QFDWL: <filename>", kinds = { NAME },
  write = function(module, name)
    local content = module.ufs:content(bare(name))
    if not content then return false, 405 end
    local sum = checksum.new()
    sum:add(content)
    module.interpreter:final("CONNECT")
    return send(module, content, function()
      module:reply(("+QFDWL: %d,%s"):format(#content, show_sum(module, sum)))
      module.interpreter:final("OK")
    end)
  end,
}

-- ------------------------------------------------- list, delete, space

words["+QFLST"] = {
  test = "+QFLST: <name_pattern>", kinds = { optional(NAME) },
  write = function(module, pattern)
    local lines = {}
    for _, name in ipairs(module.ufs:names(bare(pattern or "*"))) do
      lines[#lines + 1] = ('+QFLST: %s,%d'):format(shown(module, name), module.ufs:size(name))
    end
    if #lines == 0 and not (pattern or "*"):find("%*") then return false, 405 end
    if #lines > 0 then module:reply(unpack(lines)) end
  end,
}
words["+QFLST"].exec = words["+QFLST"].write

words["+QFDEL"] = {
  test = "+QFDEL: <filename>", kinds = { NAME },
  write = function(module, name)
    if bare(name) == "*" or name == "RAM:*" then
      for _, each in ipairs(module.ufs:names(bare(name))) do module.ufs:delete(each) end
    elseif not module.ufs:delete(bare(name)) then
      return false, 405
    end
  end,
}

words["+QFLDS"] = {
  test = "+QFLDS: <name_pattern>", kinds = { NAME },
  write = function(module, name)
    module:reply(("+QFLDS: %d,%d"):format(module.ufs:free(name .. ":")))
  end,
}

-- ------------------------------------------------------------ open files

local CREATE, TRUNCATE, READ_ONLY = 0, 1, 2

local function open_file(module, name, mode)
  name, mode = bare(name), mode or CREATE
  for _, handle in pairs(module.handles) do
    if handle.name == name then return false, 426 end
  end
  if #module.handles >= OPEN_MAX then return false, 413 end
  if not module.ufs:size(name) then
    if mode == READ_ONLY then return false, 405 end
    if not module.ufs:put(name, "") then return false, 403 end
  elseif mode == TRUNCATE then
    module.ufs:put(name, "")
  end
  local id = 1
  while module.handles[id] do id = id + 1 end
  module.handles[id] = { name = name, position = 0, read_only = mode == READ_ONLY }
  module:reply("+QFOPEN: " .. id)
end

words["+QFOPEN"] = {
  test = "+QFOPEN: <filename>[,(0-2)]", kinds = { NAME, optional(integer(0, 2)) },
  read = function(module)
    for id, handle in pairs(module.handles) do
      module:reply(('+QFOPEN: %s,%d,%d'):format(shown(module, handle.name), id,
        handle.read_only and READ_ONLY or CREATE))
    end
  end,
  write = open_file,
}

local HANDLE = integer(0, SIZE_MAX)

words["+QFREAD"] = {
  test = "+QFREAD: <filehandle>[,<length>]", kinds = { HANDLE, optional(integer(1, SIZE_MAX)) },
  write = function(module, id, length)
    local handle = module.handles[id]
    if not handle then return false, 416 end
    local content = module.ufs:content(handle.name) or ""
    local first = handle.position + 1
    local bytes = content:sub(first, length and first + length - 1 or #content)
    if bytes == "" then return false, 402 end
    handle.position = handle.position + #bytes
    module.interpreter:final("CONNECT " .. #bytes)
    return send(module, bytes, function() module.interpreter:final("OK") end)
  end,
}

-- Writes at the handle's position; false if there is no space.
local function write_at(module, handle, bytes)
  local content = module.ufs:content(handle.name) or ""
  local head = content:sub(1, handle.position)
  local tail = content:sub(handle.position + #bytes + 1)
  if not module.ufs:put(handle.name, head .. bytes .. tail) then return false end
  handle.position = handle.position + #bytes
  return true
end

words["+QFWRITE"] = {
  test = "+QFWRITE: <filehandle>[,<length>[,<timeout>]]",
  kinds = { HANDLE, optional(integer(1, SIZE_MAX)), optional(integer(1, 65535)) },
  write = function(module, id, length, timeout)
    local handle = module.handles[id]
    if not handle then return false, 416 end
    if handle.read_only then return false, 414 end
    module.interpreter:final("CONNECT")
    return receive(module, {
      size = length, timeout = timeout or 5,
      save = function(bytes) return write_at(module, handle, bytes) end,
      report = function(upload)
        module:reply(("+QFWRITE: %d,%d"):format(upload.count, module.ufs:size(handle.name)))
      end,
    })
  end,
}

words["+QFSEEK"] = {
  test = "+QFSEEK: <filehandle>,<offset>[,(0-2)]",
  kinds = { HANDLE, integer(-SIZE_MAX, SIZE_MAX), optional(integer(0, 2)) },
  write = function(module, id, offset, from)
    local handle = module.handles[id]
    if not handle then return false, 416 end
    local size = module.ufs:size(handle.name)
    local position = ({ 0, handle.position, size })[(from or 0) + 1] + offset
    if position < 0 or position > size then return false, 400 end
    handle.position = position
  end,
}

words["+QFCLOSE"] = {
  test = "+QFCLOSE: <filehandle>", kinds = { HANDLE },
  write = function(module, id)
    if not module.handles[id] then return false, 416 end
    module.handles[id] = nil
  end,
}

for _, entry in pairs(words) do entry.error = 400 end

return files
