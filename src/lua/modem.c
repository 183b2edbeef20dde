#include "lua/modem.h"

#include "lua/helpers.h"

core_modem *core_check_modem(lua_State *L, int index) {
  return luaL_checkudata(L, index, CORE_MODEM_TYPE);
}

core_modem *core_new_modem(lua_State *L) {
  core_modem *m = core_new_object(L, CORE_MODEM_TYPE, sizeof *m);
  m->is_closed = true;
  m->notifier = CORE_NOTIFIER_CLOSED;
  return m;
}

int core_modem_open(core_modem *m, uint32_t baudrate, uint64_t seed) {
  int result = core_notifier_open(&m->notifier, m->port.fd);
  if (result < 0) return result;
  m->is_closed = false;
  m->clock = m->port;
  m->baudrate = baudrate;
  modem_init(&m->modem, baudrate, seed);
  return 0;
}

void core_follow_baudrate(core_modem *m, uint32_t rate) {
  if (rate == m->baudrate || rate == 0) return;
  m->baudrate = rate;
  m->port.ops->set_baudrate(&m->port, rate);
}

bool core_modem_is_lost(const core_modem *m) {
  return m->lost.kind != AT_ERROR_NONE;
}

int64_t core_now_ms(core_modem *m) {
  return m->clock.ops->now_ms(&m->clock);
}
