#include "modem/rates.h"

void modem_rates_init(modem_rates *r, at_engine *engine) {
  *r = (modem_rates){.engine = engine};
  modem_rates_add(r, at_engine_baudrate(engine));
}

static bool is_known(const modem_rates *r, uint32_t rate) {
  for (unsigned i = 0; i < r->count; i++) {
    if (r->known[i] == rate) return true;
  }
  return false;
}

bool modem_rates_add(modem_rates *r, uint32_t rate) {
  if (is_known(r, rate)) return true;
  if (r->count == MODEM_RATES_MAX) return false;
  r->known[r->count++] = rate;
  return true;
}

void modem_rates_want(modem_rates *r, uint32_t rate) {
  r->wanted = rate;
  modem_rates_try_again(r);
}

void modem_rates_try_again(modem_rates *r) {
  r->failure = MODEM_RATE_UNTRIED;
}

void modem_rates_look_elsewhere(modem_rates *r) {
  uint32_t rate = at_engine_baudrate(r->engine);
  unsigned next = 0;
  for (unsigned i = 0; i < r->count; i++) {
    if (r->known[i] == rate) next = (i + 1) % r->count;
  }
  r->before = 0;
  at_engine_set_baudrate(r->engine, r->known[next]);
}

bool modem_rates_must_raise(const modem_rates *r) {
  bool is_there = r->wanted == at_engine_baudrate(r->engine);
  return r->wanted != 0 && !is_there && r->failure == MODEM_RATE_UNTRIED;
}

void modem_rates_follow(modem_rates *r) {
  r->before = at_engine_baudrate(r->engine);
  at_engine_set_baudrate(r->engine, r->wanted);
}

void modem_rates_go_back(modem_rates *r) {
  at_engine_set_baudrate(r->engine, r->before);
  r->before = 0;
  r->failure = MODEM_RATE_SILENT;
}

void modem_rates_settle(modem_rates *r) {
  r->before = 0;
  if (r->wanted == at_engine_baudrate(r->engine)) modem_rates_try_again(r);
}
