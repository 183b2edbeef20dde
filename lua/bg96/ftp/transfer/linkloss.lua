--- Link-loss text: what a module says when it leaves the data mode of a download because
-- the link, the context or the module itself is gone. In a download of known length only
-- the silence behind it tells it from payload.

local linkloss = {}

local endings = {
  "\r\nNO CARRIER\r\n$",
  "\r\nOK\r\n\r\n%+QFTPGET: %d+,%d+\r\n$",
  "\r\n%+QFTPCLOSE: %d+,%d+\r\n$",
  "\r\n%+QIURC: \"pdpdeact\",%d+\r\n$",
  "\r\nRDY\r\n$",
  "\r\nAPP RDY\r\n$",
}

-- No link-loss text has more bytes.
linkloss.SIZE = 64

--- Whether `bytes` end with link-loss text.
function linkloss.ends(bytes)
  if bytes:sub(-1) ~= "\n" then return false end
  for _, pattern in ipairs(endings) do
    if bytes:find(pattern, math.max(1, #bytes - linkloss.SIZE)) then return true end
  end
  return false
end

--- Whether `bytes` begin with link-loss text.
function linkloss.begins(bytes)
  return bytes:find("^\r\nNO CARRIER\r\n") ~= nil or bytes:find("^\r\nOK\r\n\r\n%+QFTPGET: ") ~= nil
end

return linkloss
