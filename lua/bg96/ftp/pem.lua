--- Certificates and keys as PEM text (RFC 7468), checked before anything is sent: a module
-- takes any file for one, and then reports 631 whatever is wrong.

local Error = require "bg96.ftp.error"
local core = require "bg96.core"
local open_file = require "bg96.ftp.openfile"

local pem = {}

-- Bytes. A chain with a key takes a few kilobytes; /dev/zero never ends.
local LARGEST = 64 * 1024

local wanted = { ca = "certificate", cert = "certificate", key = "private key" }

local function refuse(option, what)
  return nil, Error.new {
    kind = "local", detail = ("%s: %s"):format(option, what),
    advice = "give the text of a PEM file, or its path",
  }
end

local function read_file(option, path)
  local size, errno = core.stat(path)
  if not size then return refuse(option, ("%s: %s"):format(path, core.strerror(errno))) end
  if size == 0 then return refuse(option, path .. " is empty") end
  local file, message = open_file(path, "rb")
  if not file then return refuse(option, message) end
  local text
  text, message = file:read(LARGEST + 1)
  file:close()
  if not text then return refuse(option, ("%s: %s"):format(path, message or "is empty")) end
  return text
end

-- The labels of the blocks in a text whose contents can be base64: "CERTIFICATE".
local function labels(text)
  local found = {}
  for label, content, other in text:gmatch("%-%-%-%-%-BEGIN ([%u%d ]+)%-%-%-%-%-(.-)"
    .. "%-%-%-%-%-END ([%u%d ]+)%-%-%-%-%-") do
    local is_encrypted = label:find("ENCRYPTED", 1, true) or content:find("ENCRYPTED", 1, true)
    local has_content = content:find("%w") and not content:find("[^%w+/=%s]")
    if label == other and (has_content or is_encrypted) then
      found[#found + 1] = is_encrypted and "ENCRYPTED" or label
    end
  end
  return found
end

local function problem_of(option, text)
  local found = labels(text)
  for _, label in ipairs(found) do
    local is_key = label:find("PRIVATE KEY$") ~= nil
    if option == "key" and label == "ENCRYPTED" then
      return "the key has a passphrase, for which the module cannot ask"
    end
    if option == "key" and is_key then return nil end
    if option ~= "key" and label:find("CERTIFICATE$") then return nil end
  end
  return ("no %s in PEM"):format(wanted[option])
end

--- Reads what an option of modem:tls() names.
-- @tparam string option "ca", "cert" or "key"
-- @tparam string value PEM text, or the path of a file that holds it
-- @treturn string the text; or nil, err of kind "local"
function pem.read(option, value)
  local is_text = value:find("-----BEGIN", 1, true) ~= nil
  local text, err = value, nil
  if not is_text then text, err = read_file(option, value) end
  if not text then return nil, err end
  local problem = #text > LARGEST and "more than 64 KiB" or problem_of(option, text)
  if not problem then return text end
  return refuse(option, is_text and problem or ("%s: %s"):format(value, problem))
end

return pem
