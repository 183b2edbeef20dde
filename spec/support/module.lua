--- The driver and an emulated module in one process, on a virtual clock.

local Bench = require "spec.support.bench"
local Module = require "bg96.emulator.module"
local memory = require "bg96.emulator.memory"
local uart = require "bg96.emulator.uart"

local module = {}

--- The options of a login at the server in RAM.
module.login = { host = "ftp.example.com", user = "joe", password = "s3cret", timeout = 20 }

--- A bench with an emulated module as its peer, on a line of `baudrate`.
-- @tparam[opt] table options those of the emulated module and of the bench;
--   `baudrate` is 115200 unless given, 0 for no pacing; `driver_baudrate` is the
--   driver's, if that differs
-- @treturn Bench with `module` and `server`, the FTP server in RAM; its modem has it
--   as `bench`
function module.bench(options)
  options = options or {}
  local baudrate = options.baudrate or 115200
  local server = options.backend
    or memory.new { users = { joe = "s3cret" }, ports = { [21] = true } }
  options.backend = server
  local emulated = Module.new(options)
  local bench = Bench.new {
    peer = uart.new(emulated, { baudrate = baudrate }),
    baudrate = options.driver_baudrate or baudrate,
    read_size = options.read_size,
    write_room = options.write_room,
    timeout = options.timeout,
    seed = options.seed,
  }
  bench.module, bench.server, bench.modem.bench = emulated, server, bench
  bench.on_dtr = function(level, now) emulated:set_dtr(level, now) end
  return bench
end

--- Opens the module, activates, logs in, and runs job(session, modem).
function module.with_session(options, job)
  local bench = module.bench(options)
  bench:run(function(modem)
    assert(modem:clean_up())
    assert(modem:activate { apn = "internet" })
    job(assert(modem:login(module.login)), modem)
  end)
  return bench
end

return module
