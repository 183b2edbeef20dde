#include "lua/pump.h"

#include "lua/queue.h"

/* The port is gone: every call ends, at once. */
static void lose_port(core_modem *m, int error) {
  m->lost = at_error_make(AT_ERROR_PORT, "", NULL);
  m->lost.code = error;
  core_end_all(m, &m->lost);
  core_notifier_forget_port(&m->notifier);
}

/* Looks at the input; true when something came. */
static bool receive(core_modem *m) {
  ssize_t got = m->port.ops->read(&m->port, m->buffer, sizeof m->buffer);
  if (got < 0) lose_port(m, (int)-got);
  if (got <= 0) return false;
  at_engine_feed(&m->modem.engine, m->buffer, (size_t)got);
  return true;
}

/* Sends one window at most, as the input must be looked at in between. */
static bool transmit(core_modem *m) {
  at_engine *engine = &m->modem.engine;
  const char *data;
  size_t len = at_engine_output(engine, &data);
  if (len == 0) return false;
  ssize_t sent = m->port.ops->write(&m->port, data, len);
  if (sent < 0) lose_port(m, (int)-sent);
  if (sent <= 0) return false;
  at_engine_sent(engine, (size_t)sent, core_now_ms(m));
  return true;
}

static void drop_output(core_modem *m) {
  if (at_engine_take_flush(&m->modem.engine)) m->port.ops->flush_output(&m->port);
}

/* Drops DTR and raises it again. Where that fails, the module goes on as if
 * nothing had been asked, and the wait for its OK times out. */
static void drive_dtr(core_modem *m) {
  bool level = at_engine_wants_dtr(&m->modem.engine, core_now_ms(m));
  if (level == m->dtr) return;
  m->dtr = level;
  m->port.ops->set_dtr(&m->port, level);
}

/* A guard of "+++" counts from when the last byte has left the host. */
static void watch_guard(core_modem *m) {
  if (!at_engine_is_guarding(&m->modem.engine)) return;
  if (m->port.ops->count_unsent(&m->port) > 0) {
    at_engine_unsent(&m->modem.engine, core_now_ms(m));
  }
}

static bool must_return(const modem_task *t) {
  return t && (modem_task_has_ended(t));
}

/* What came in before anybody looked at the clock is in time: a process may
 * have been busy with something else, or a sink slow. */
static bool is_due(core_modem *m) {
  return core_now_ms(m) >= modem_deadline(&m->modem);
}

bool core_pump(core_modem *m, const modem_task *t, at_event *event) {
  /* A call that begins finds the input read: what came while nobody looked, such as the
   * RDY of a module that has restarted, does not belong to it. */
  while (modem_is_beginning(&m->modem) && !is_due(m)) {
    if (modem_next_older(&m->modem, core_now_ms(m), event)) return true;
    if (m->loops++ >= CORE_STEP_LOOPS) return false;
    if (!receive(m)) break;
  }
  if (is_due(m) && !at_engine_has_input(&m->modem.engine)) receive(m);
  for (;;) {
    watch_guard(m);
    bool told = modem_next(&m->modem, core_now_ms(m), event);
    drop_output(m);
    if (m->modem.engine.uses_dtr) drive_dtr(m);
    if (told) return true;
    if (must_return(t) || m->loops++ >= CORE_STEP_LOOPS) return false;
    if (receive(m)) continue;
    if (m->lost.kind != AT_ERROR_NONE || !transmit(m)) return false;
  }
}
