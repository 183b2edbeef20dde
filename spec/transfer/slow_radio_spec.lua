-- Uploads where the radio is slower than the serial line. Without flow control the module
-- loses what its buffer has no room for, without a word.

local bench = require "spec.support.transfer_bench"

after_each(bench.remove_places)

local SIZE, RATE = 200000, 3000
local IDEAL = SIZE / RATE
local data = bench.data(SIZE)

-- A place with the radio of 3 kB/s.
local function new_place(options)
  options = options or {}
  options.radio = { rtt = options.rtt or 0, uplink = RATE * 8, downlink = RATE * 8,
    buffer = options.buffer or 4096 }
  local here = bench.new(options)
  here:write("here", data)
  return here
end

-- Notes each QFTPPUT: its time, where it begins and its length.
local function watch_chunks(modem)
  local chunks = {}
  modem.core:trace(true)
  modem.trace = function(direction, text)
    local start, length = text:match('^AT%+QFTPPUT=".-","COM:",(%d+),(%d+)')
    if direction == ">" and start then
      chunks[#chunks + 1] = { at = modem.core:now(), start = tonumber(start),
        length = tonumber(length) }
    end
  end
  return chunks
end

-- Chunks that begin where one has begun before: so often some of one was lost.
local function count_losses(chunks)
  local losses, learned_at = 0, nil
  for i = 2, #chunks do
    if chunks[i].start <= chunks[i - 1].start then
      losses = losses + 1
      learned_at = learned_at or chunks[i].at
    end
  end
  return losses, learned_at
end

local moves = {
  upload = function(session, here) return session:upload(here:path("here"), "f") end,
  put = function(session) return session:put("f", data) end,
}

-- Runs a move; what it took, and the chunks.
local function run(move, session, here)
  local modem = session.modem
  local chunks, began = watch_chunks(modem), modem.core:now()
  assert(moves[move](session, here))
  assert.is_true(here.server:get("/f") == data)
  local losses, learned_at = count_losses(chunks)
  return { seconds = modem.core:now() - began, chunks = chunks, losses = losses,
    seconds_since = learned_at and modem.core:now() - learned_at }
end

for move in pairs(moves) do
  for _, rtt in ipairs { 0, 150 } do
    describe(("without flow control, %s of 200 kB over a round trip of %d ms"):format(move, rtt),
      function()
        it("learns from the first loss what the module takes", function()
          local here = new_place { rtt = rtt }
          here:run(function(session)
            local first = run(move, session, here)
            assert.equal(1, first.losses)
            assert.is_true(first.seconds <= 1.4 * IDEAL, first.seconds)
            -- The modem remembers it.
            local second = run(move, session, here)
            assert.equal(0, second.losses)
            assert.is_true(second.seconds <= 1.2 * IDEAL, second.seconds)
            for _, chunk in ipairs(second.chunks) do assert.is_true(chunk.length < 6000) end
          end)
        end)

        it("is paced where chunks are confirmed before they are sent", function()
          local here = new_place { rtt = rtt, quirks = { "confirms=taken" } }
          here:run(function(session)
            local first = run(move, session, here)
            assert.is_true(first.losses >= 1 and first.losses <= 6, first.losses)
            assert.is_true(first.seconds <= 1.7 * IDEAL, first.seconds)
            local second = run(move, session, here)
            assert.is_true(second.losses <= 1, second.losses)
            assert.is_true(second.seconds <= 1.2 * IDEAL, second.seconds)
          end)
        end)
      end)
  end

  it(("with flow control nothing of %s is lost, and chunks are large"):format(move), function()
    local here = new_place { rtt = 150 }
    here:run(function(session, modem)
      assert(modem:use_flowcontrol())
      local done = run(move, session, here)
      assert.equal(0, done.losses)
      assert.equal(SIZE, here.server.stored)
      assert.is_true(done.seconds <= 1.03 * IDEAL, done.seconds)
      assert.is_true(#done.chunks <= 4, #done.chunks)
    end)
  end)
end

it("uploads of one chunk, which the server confirms as well, teach nothing of the radio", function()
  local here = new_place { rtt = 700 }
  here:run(function(session)
    for _, size in ipairs { 3000, 4096, 4096, 1, 3000, 12000, 4096 } do
      assert.equal(size, assert(session:put("f", data:sub(1, size))))
    end
  end)
  assert.equal(3000 + 3 * 4096 + 1 + 3000 + 12000, here.server.stored)
end)

it("a fast radio is found out behind uploads of one chunk as well", function()
  local here = bench.new { baudrate = 921600 }
  here:write("here", data)
  here:run(function(session)
    for _ = 1, 3 do assert(session:put("f", data:sub(1, 4096))) end
    local done = run("put", session, here)
    assert.is_true(#done.chunks <= 6, #done.chunks)
  end)
end)

describe("a chunk that was lost behind others", function()
  local function lose(move, refuse)
    local here, seconds = new_place(), nil
    here.server.refuse = refuse or {}
    local value, err = here:run(function(session, modem)
      local began = modem.core:now()
      local value, err = moves[move](session, here)
      seconds = modem.core:now() - began
      return value, err
    end)
    return value, err, here, seconds
  end

  it("is sent again from its offset", function()
    for move in pairs(moves) do
      assert(lose(move))
    end
  end)

  it("fails a put within a minute where the server takes no offset, and says why", function()
    local value, err, _, seconds = lose("put", { ["REST-STOR"] = 451 })
    assert.is_nil(value)
    assert.equal("verify", err.kind)
    assert.matches("use flow control", tostring(err))
    assert.is_true(err.transferred > 30000)
    assert.is_true(seconds < 60, seconds)
  end)

  it("makes an upload begin again there, with chunks that arrive", function()
    local report, err, here = lose("upload", { ["REST-STOR"] = 451 })
    assert.is_table(report, tostring(err))
    assert.is_true(here.server:get("/f") == data)
    assert.is_true(report.attempts <= 3)
  end)

  it("ends a put of text, whose offsets are no numbers of bytes", function()
    local here = new_place()
    here:run(function(session, modem)
      session:close()
      local login = { type = "ascii" }
      for name, value in pairs(require "spec.support.module".login) do login[name] = value end
      session = assert(modem:login(login))
      local began = modem.core:now()
      local value, err = session:put("f", data)
      assert.is_nil(value)
      assert.is_true(err.kind == "timeout" or err.code == 609, tostring(err))
      assert.is_true(modem.core:now() - began < 60)
      assert.is_true(err.transferred > 30000)
    end)
  end)
end)
