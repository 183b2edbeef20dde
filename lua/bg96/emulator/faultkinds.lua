--- The kinds of faults: what each of them takes and does.
--
-- A kind has `text`, which says what happens; `keys`, the kinds of its values by
-- name; `needs`, an array of the keys that must be given; `command`, the trigger
-- if no other is given; `is_spoken` if it is a line said at the place `when`.
-- `act(module, fault)` is what happens. `intercept(module, fault, command)` takes
-- its place where a command is the trigger: it returns true and the verdict of the
-- command (see interpreter.new), or false if the command is still to be carried
-- out. Without it, the command is not carried out and gets no answer.
local values = require("bg96.emulator.values")

local choice, number, text, whole = values.choice, values.number, values.text, values.whole

local NETWORK_ERROR = 605
local SECONDS, CODE = number(0), whole(0, 999)

-- How the host learns that a transfer in data mode has been cut; see transfer:cut.
local ENDING = choice("carrier", "result", "bare", "none", "silence")

-- Where a line can be said, relative to the command that is the trigger.
local PLACE = choice("before-echo", "before", "inside", "after", "behind-payload",
  "before-result", "after-result")

local function loss(fault, how)
  return { how = fault.how or how, code = fault.code or NETWORK_ERROR, protocol = fault.protocol,
    close = fault.close == "yes" }
end

local words = {}

-- ------------------------------------------------------------- one command

words.silence = {
  text = "the command, or its result, gets lost", needs = { "command" },
  keys = { what = choice("answer", "result") },
  intercept = function(module, fault, command)
    if fault.what ~= "result" then return true, "none" end
    module.faults:lose_result(command.word)
    return false
  end,
}

words.late = {
  text = "the answer comes late", needs = { "command" }, keys = { ms = number(0) },
  intercept = function(module, fault)
    module.output:hold((fault.ms or 1000) / 1000)
    return false
  end,
}

words.result = {
  text = "the command gets another outcome", needs = { "command" },
  keys = { cme = CODE, err = CODE, protocol = whole(0) },
  intercept = function(module, fault, command)
    if fault.cme then return true, false, fault.cme end
    if not fault.err then return true, false end
    return true, true, function()
      module.session:result(command.word, fault.err, fault.protocol or 0)
    end
  end,
}

words["ufs-loss"] = {
  text = "AT+QFUPL loses payload and ends as if all were well", command = "QFUPL",
  needs = { "command" }, keys = { at = whole(0), count = whole(1) },
  intercept = function(module, fault)
    module.upload_loss = { at = fault.at or 0, count = fault.count or 1 }
    return false
  end,
}

-- ------------------------------------------------------------------- lines

words.urc = {
  text = "an unsolicited line", is_spoken = true, needs = { "line" },
  keys = { when = PLACE, line = text },
  act = function(module, fault)
    if module.power == "on" then module:unsolicited(fault.line) end
  end,
}

words.foreign = {
  text = "a final result code that belongs to no command of ours", is_spoken = true,
  needs = { "line" }, keys = { when = PLACE, line = text },
  act = function(module, fault) module:foreign_final(fault.line) end,
}

local function chatter(module, fault)
  local left = fault.count or math.huge
  local function speak()
    if module:is_in_command_mode() then
      module:urc(fault.line)
      left = left - 1
    end
    if left > 0 then module.faults:later(fault.every / 1000, speak) end
  end
  module.faults:later(fault.every / 1000, speak)
end

words.chatter = {
  text = "an unsolicited line again and again", needs = { "every", "line" },
  keys = { every = number(1), count = whole(1), line = text },
  act = chatter,
  intercept = function(module, fault)
    chatter(module, fault)
    return false
  end,
}

words.byte = {
  text = "a byte towards the host is spoilt", needs = { "at" },
  keys = { at = whole(0), how = choice("garbled", "lost", "doubled") },
  act = function(module, fault) module.output:wound(fault.at, fault.how or "garbled") end,
}

-- ------------------------------------------------------------- connections

words.drop = {
  text = "both FTP connections are cut",
  keys = { how = ENDING, code = CODE, protocol = whole(0), close = values.yes },
  act = function(module, fault) module.session:cut(loss(fault, "carrier")) end,
}

words.early = {
  text = "the transfer alone is cut", keys = { how = ENDING, code = CODE, protocol = whole(0) },
  act = function(module, fault)
    local transfer = module.session.transfer
    if transfer then transfer:cut(loss(fault, "result")) end
  end,
}

words.close = {
  text = "the server goes away",
  act = function(module) module.session:cut({ how = "result", code = 606, close = true }) end,
}

words.pdp = {
  text = "the PDP context goes down", keys = { cid = whole(1, 16), how = ENDING },
  act = function(module, fault)
    local id = fault.cid or 1
    module:lose_context(id, loss(fault, "carrier"))
    module:unsolicited(('+QIURC: "pdpdeact",%d'):format(id))
  end,
}

-- ------------------------------------------------------------------- power

words.reset = {
  text = "the module boots again without notice",
  act = function(module) module:crash() end,
}

words.brownout = {
  text = "the module restarts without a word, and answers the command that runs",
  keys = { answer = text },
  act = function(module, fault) module:brown_out(fault.answer or "OK") end,
  intercept = function(module)
    module:brown_out()
    return false
  end,
}

words.power = {
  text = "the module says a line and is off", keys = { wake = SECONDS, line = text },
  act = function(module, fault)
    module:go_down(fault.line or "PSM POWER DOWN", fault.wake)
  end,
}

words.hang = {
  text = "the module neither hears nor answers", keys = { wake = SECONDS },
  act = function(module, fault) module:hang(fault.wake) end,
}

words.unplug = {
  text = "the serial port goes away", keys = { back = SECONDS, kept = values.yes },
  act = function(module, fault) module:unplug(fault.back, fault.kept == "yes") end,
}

words["ufs-full"] = {
  text = "no space is left in UFS",
  act = function(module) module.ufs.spaces.UFS = 0 end,
}

return words
