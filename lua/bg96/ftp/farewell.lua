--- What a module says when it leaves the data mode of a download because the link,
-- the context or the module itself is gone. In a download of known length nothing
-- tells it from payload, except that nothing follows.

local farewell = {}

local endings = {
  "\r\nNO CARRIER\r\n$",
  "\r\nOK\r\n\r\n%+QFTPGET: %d+,%d+\r\n$",
  "\r\n%+QFTPCLOSE: %d+,%d+\r\n$",
  "\r\n%+QIURC: \"pdpdeact\",%d+\r\n$",
  "\r\nRDY\r\n$",
  "\r\nAPP RDY\r\n$",
}

-- Bytes that the longest of them has at most.
farewell.SIZE = 64

--- Whether `bytes` end as a farewell does.
function farewell.ends(bytes)
  if bytes:sub(-1) ~= "\n" then return false end
  for _, pattern in ipairs(endings) do
    if bytes:find(pattern, math.max(1, #bytes - farewell.SIZE)) then return true end
  end
  return false
end

--- Whether `bytes` are one, and nothing else.
function farewell.is(bytes)
  return bytes:find("^\r\nNO CARRIER\r\n") ~= nil or bytes:find("^\r\nOK\r\n\r\n%+QFTPGET: ") ~= nil
end

return farewell
