-- A server that refuses SIZE, MDTM or REST does not have it, whatever the code: one rule for
-- uploads, downloads and transfers by way of the module's flash.

local backend = require "bg96.emulator.backend"
local bench = require "spec.support.transfer_bench"
local failure = require "bg96.ftp.transfer.failure"
local module = require "spec.support.module"
local moves = require "spec.support.moves"

local data = moves.data

-- Replies that refuse a command, each with the module's code for it.
local refusals = {
  [202] = 622, [250] = 601, [450] = 617, [451] = 618, [500] = 620, [501] = 621, [502] = 622,
  [504] = 624, [550] = 627,
}

after_each(bench.remove_places)

local function refuse(here, command, reply)
  here:fault(("result,command=%s,err=%d,protocol=%d,times=0"):format(command, refusals[reply],
    reply))
end

-- Makes the server refuse every transfer from an offset.
local function refuse_offsets(server, reply)
  local start = server.start
  function server.start(self, request)
    local is_transfer = request.verb == "store" or request.verb == "retrieve"
    if not is_transfer or (request.offset or 0) == 0 then return start(self, request) end
    local operation = backend.operation { request = request, time = self.now }
    backend.finish(operation, refusals[reply], reply)
    return operation
  end
end

local function count_commands(here, pattern)
  local count = 0
  for _, command in ipairs(here.module:commands()) do
    if command:find(pattern) then count = count + 1 end
  end
  return count
end

for reply in pairs(refusals) do
  describe("a server that says " .. reply, function()
    for _, direction in ipairs { "upload", "download" } do
      for _, command in ipairs { "QFTPSIZE", "QFTPMDTM" } do
        it(("to %s lets an %s finish, over a drop"):format(command, direction), function()
          local here = moves.new()
          here:run(function(session)
            refuse(here, command, reply)
            here:fault("drop,bytes=50000")
            assert.equal(2, assert(moves[direction].start(here, session)).attempts)
          end)
          assert.is_true(moves[direction].result(here) == data)
          assert.equal(0, moves[direction].left_over(here))
        end)
      end

      it(("to REST makes an %s begin again, over two drops"):format(direction), function()
        local here = moves.new()
        refuse_offsets(here.server, reply)
        here:run(function(session)
          here:fault("drop,bytes=50000")
          here:fault("drop,bytes=120000")
          local report = assert(moves[direction].start(here, session))
          assert.equal(4, report.attempts) -- one of them has met the refusal
        end)
        assert.is_true(moves[direction].result(here) == data)
        assert.equal(0, moves[direction].left_over(here))
      end)
    end

    it("to SIZE lets the module fetch a file into its flash", function()
      module.with_session(nil, function(session, modem)
        assert(session:put("f", "content"))
        refuse({ fault = function(_, text) modem.bench.module:fault(text) end }, "QFTPSIZE", reply)
        assert.equal("content", session:get("f", { via = "ufs" }))
        assert.equal(7, session:get("f", { sink = modem:ufs("x") }))
        assert.equal(7, session:put("g", "content", { via = "ufs" }))
      end)
    end)

    it("to SIZE gets the whole file once, if nothing else goes wrong", function()
      local here = moves.new()
      here:run(function(session)
        refuse(here, "QFTPSIZE", reply)
        local report = assert(moves.upload.start(here, session))
        assert.equal(1, report.attempts)
        assert.equal(#data, report.sent)
      end)
      assert.equal(#data, here.server.stored)
      assert.equal(0, count_commands(here, "QFTPDEL"))
    end)

    it("to SIZE gets the whole file once, if the rename returns an error", function()
      local here = moves.new()
      here:run(function(session)
        refuse(here, "QFTPSIZE", reply)
        here:fault("result,command=QFTPRENAME,err=617,protocol=450")
        assert.equal(2, assert(moves.upload.start(here, session)).attempts)
      end)
      assert.equal(#data, here.server.stored)
      assert.is_true(moves.upload.result(here) == data)
    end)

    it("to SIZE has the file in the end, if the result of the rename is lost", function()
      for _, what in ipairs { "", ",what=result" } do
        local here = moves.new()
        here:run(function(session)
          refuse(here, "QFTPSIZE", reply)
          here:fault("silence,command=QFTPRENAME" .. what)
          assert(moves.upload.start(here, session))
        end)
        assert.is_true(moves.upload.result(here) == data)
      end
    end)
  end)
end

describe("a download", function()
  it("of a missing file fails with the error of its QFTPGET, and leaves nothing", function()
    local here = moves.new()
    here:run(function(session)
      local report, err = session:download("nothing", here:path("nothing"))
      assert.is_nil(report)
      assert.equal(550, err.protocol)
      assert.equal("+QFTPGET", err.command)
      assert.equal(1, err.attempts)
    end)
    assert.same({}, here:files())
  end)

  it("continues if SIZE is refused only sometimes, because MDTM identifies the file", function()
    local here = moves.new()
    here:run(function(session)
      local options = { on_retry = function()
        here:fault("result,command=QFTPSIZE,err=617,protocol=450")
      end }
      here:fault("drop,bytes=50000")
      assert.is_true(assert(moves.download.start(here, session, options)).resumed > 40000)
    end)
    assert.is_true(here:read("copy") == data)
  end)

  it("of a file that becomes shorter gets the new file, and does not wait for the rest", function()
    local here = moves.new()
    here:run(function(session)
      here:fault("result,command=QFTPMDTM,err=622,protocol=502,times=0")
      local report = assert(moves.download.start(here, session, { chunk = 10000 }))
      assert.equal(2, report.attempts)
      assert.equal(20000, report.bytes)
    end, function()
      while here.server.retrieved < 15000 do bench.sleep(0.1) end
      here.server:put("/there", data:sub(1, 20000))
    end)
    assert.is_true(here:read("copy") == data:sub(1, 20000))
  end)
end)

it("an upload whose offset is refused on a full disk does not begin again", function()
  local here = moves.new()
  local err
  here:run(function(session)
    here:fault("drop,bytes=50000")
    err = select(2, moves.upload.start(here, session, { on_retry = function()
      here:fault("result,command=QFTPPUT,err=629,protocol=552")
    end }))
    assert.equal(552, err.protocol)
    local report = assert(moves.upload.start(here, session))
    assert.is_true(report.resumed > 40000)
  end)
  assert.is_true(moves.upload.result(here) == data)
end)

describe("the refusal of a command", function()
  local function refuses(fields)
    fields.kind = fields.kind or "ftp"
    return failure.refuses(fields)
  end

  it("is a reply about the command, not about connection or login", function()
    for reply in pairs(refusals) do assert.is_true(refuses { code = 601, protocol = reply }) end
    for _, reply in ipairs { 421, 425, 426, 503, 530, 532, 226, 110 } do
      assert.is_false(refuses { code = 627, protocol = reply })
    end
  end)

  it("is the module's own code for such a reply", function()
    for _, code in pairs(refusals) do
      assert.equal(code ~= 601, refuses { code = code })
    end
    for _, code in ipairs { 604, 605, 606, 607, 609, 614, 615, 616, 623, 625, 626, 631 } do
      assert.is_false(refuses { code = code })
    end
    assert.is_false(refuses { kind = "timeout" })
    assert.is_false(refuses { kind = "cme", code = 620 })
  end)
end)
