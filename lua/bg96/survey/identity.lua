--- Who the module is.

local function first_line(s, command)
  local exchange = s.d:at(command, { any = true })
  return not exchange.failed and exchange.replies[1] or nil
end

-- Its own numbers are shortened by the mask.
local function run(s)
  local lines = s.d:at("I", { any = true }).replies
  s.habits.manufacturer = first_line(s, "+CGMI")
  s.habits.model = first_line(s, "+CGMM")
  s.habits.firmware = first_line(s, "+CGMR")
  first_line(s, "+CGSN")
  local revision = (lines[#lines] or ""):match("^Revision:%s*(.-)%s*$")
  if revision and revision ~= s.habits.firmware then s.habits.revision = revision end
end

-- What it says about card and network, for the record.
local function ask_network(s)
  for _, command in ipairs { "+CPIN?", "+CSQ", "+CEREG?", "+COPS?", "+IFC?", "+IPR?" } do
    s.d:at(command)
  end
end

return {
  { name = "identity", title = "who the module is", seconds = 60, run = run },
  { name = "network", title = "card and network", seconds = 60, run = ask_network },
}
