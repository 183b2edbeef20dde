-- The manual is covered completely, and the pages match the code.

local texts = require "bg96.ftp.texts"
local coverage = require "spec.support.coverage"
local causes = require "docs.causes"
local forms = require "spec.support.forms"
local habits = require "spec.support.habits"
local pages = require "spec.support.pages"

local Modem = require "bg96.ftp.modem"
local Session = require "bg96.ftp.session"

describe("the eighteen commands of the manual", function()
  it("are known by their forms", function()
    assert.equal(18, #forms.words)
    assert.equal('AT+QFTPPUT=<file_name>,"COM:",<startpos>,<uploadlen>,<beof>',
      forms.classify('AT+QFTPPUT="a, b","COM:",0,1024,1'))
    assert.equal("AT+QFTPPUT=<file_name>,<local_name>",
      forms.classify('AT+QFTPPUT="COM:","a.txt"'))
    assert.equal("AT+QFTPMLSD=<dirname>", forms.classify('AT+QFTPMLSD ="."'))
    assert.equal('AT+QFTPCFG="filetype"', forms.classify('AT+QFTPCFG="filetype"'))
    assert.is_nil(forms.classify('AT+QFTPCWD="a","b"'))
    assert.is_nil(forms.classify("AT+QFLST"))
  end)

  it("are sent by the driver, carried out by the emulator and shown by a transcript, "
    .. "in each of their forms", function()
    habits.assumes_all()
    local rows = coverage.measure()
    assert.is_true(#rows >= 66)
    assert.same({}, coverage.missing(rows))
  end)

  it("are reported missing if one is not covered", function()
    local rows = { { syntax = "AT+QFTPX", driver = {}, transcript = {} } }
    assert.same({ "emulator: AT+QFTPX" }, coverage.missing(rows))
  end)
end)

describe("the pages in docs/", function()
  for _, path in ipairs(pages.names) do
    it(("have tables like those of the code: %s (`make docs` writes them)"):format(path), function()
      local made, text = pages.make(path)
      assert.equal(made, text)
    end)
  end

  it("name every call of a session and of a modem", function()
    local page = select(2, pages.make("docs/commands.md"))
    for object, class in pairs { session = Session, modem = Modem } do
      for name in pairs(class) do
        local is_internal = name:find("^__") or name == "new" or name == "clean_up"
          or name == "use_dtr" or name == "use_flowcontrol" or name == "remove"
          or name == "query_setting" or name == "log_in" or name == "is_over"
          or name == "locate" or name == "folder_name"
        if type(class[name]) == "function" and not is_internal then
          assert.is_truthy(page:find(("`%s:%s()`"):format(object, name), 1, true),
            object .. ":" .. name)
        end
      end
    end
  end)

  it("give a cause for every number of both tables, and a remedy for every failure", function()
    for number in pairs(texts.errors) do
      assert.is_string(causes.errors[number], tostring(number))
      if number ~= 0 then assert.is_string(texts.advice[number], tostring(number)) end
    end
    for number in pairs(causes.errors) do assert.is_string(texts.errors[number]) end
    for number in pairs(texts.replies) do
      assert.is_string(causes.replies[number], tostring(number))
    end
    for number in pairs(texts.cme_errors) do
      assert.is_string(texts.cme_advice[number], tostring(number))
    end
  end)

  it("name every kind of error", function()
    local page = select(2, pages.make("docs/errors.md"))
    for _, kind in ipairs { "ftp", "cme", "error", "timeout", "port", "reset", "pdp", "framing",
      "local", "verify", "cancelled", "closed" } do
      assert.is_truthy(page:find(("| `%s` |"):format(kind), 1, true), kind)
    end
  end)
end)
