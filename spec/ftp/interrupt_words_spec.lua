-- A command that interrupts the download of a file with lines of a module's in it, such as a
-- log: the OK of "+++" then stands behind lines that are payload, and look like words.

local module = require "spec.support.module"
local said = require("spec.support.habits").said

local words = {
  ["a call"] = "\r\nRING\r\n", ["a lost carrier"] = "\r\nNO CARRIER\r\n",
  ["a restart"] = "\r\nRDY\r\n", ["a lost context"] = '\r\n+QIURC: "pdpdeact",1\r\n',
  ["an error"] = "\r\n+CME ERROR: 606\r\n", ["an answer"] = "\r\n+CSQ: 24,99\r\n\r\nOK\r\n",
  ["an end"] = "\r\nOK\r\n\r\n+QFTPGET: 607,426\r\n",
  ["line ends"] = "\r\n\r\n\r\nRING\r\n\r\n\r\n",
}

-- Downloads with a command `moment` seconds after the download began. Returns content; or
-- nil, err.
local function interrupt(content, moment, options)
  options.baudrate = 19200 -- so that little is much
  local bench = module.bench(options)
  local began, got, err, answered
  bench.server:put("/f", content)
  bench:run(function(modem)
    assert(modem:clean_up())
    if options.dtr then assert(modem:use_dtr()) end
    assert(modem:activate { apn = "internet" })
    local session = assert(modem:login(module.login))
    began = bench.now
    got, err = session:get("f", { timeout = 20 })
    if got then assert.equal(#content, session:size("f")) end
  end, function(modem)
    while not began do bench.sleep(0.01) end
    bench.sleep(moment)
    local asked = bench.now
    assert.same({ said "+CSQ: 24,0" }, (modem:at("+CSQ", { interrupt = true, timeout = 30 })))
    answered = bench.now - asked
  end)
  assert.is_true(answered < 4, answered)
  return got, err
end

describe("a command in the middle of a log", function()
  for way, options in pairs {
    ["by +++"] = {}, ["by DTR"] = { dtr = true }, ["by +++, ATO refused"] = { "ato-refused" },
    ["by +++, read byte by byte"] = { read_size = 1 },
  } do
    for what, word in pairs(words) do
      it(("leaves it whole: %s, %s"):format(what, way), function()
        local content = word:rep(math.ceil(6000 / #word))
        for step = 1, 4 do
          local got, err = interrupt(content, 0.7 + step * 0.0237,
            { dtr = options.dtr, quirks = { options[1] }, read_size = options.read_size })
          assert.is_true(got == content, ("step %d: %s"):format(step, tostring(err)))
        end
      end)
    end
  end

  -- What looks like payload is not: then the end does not fit.
  it("never leaves it wrong where the module has spoken as well", function()
    local line = '+QIND: "csq",20,99'
    for what, word in pairs(words) do
      local content = word:rep(math.ceil(6000 / #word))
      for step = 1, 6 do
        local got = interrupt(content, 0.7 + step * 0.0237,
          { faults = { "urc,command=QFTPGET,when=behind-payload,line=" .. line } })
        assert.is_true(got == nil or got == content, what .. step)
      end
    end
  end)

  it("costs nothing where the module has spoken in a file without such lines", function()
    local content = ("0123456789abcdef"):rep(400)
    for step = 1, 6 do
      assert.is_true(content == interrupt(content, 0.7 + step * 0.0237,
        { faults = { "urc,command=QFTPGET,when=behind-payload,line=+QIND: SMS DONE" } }))
    end
  end)
end)
