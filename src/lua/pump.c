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

/* When half of a window has left the host. A driver that counts whole transfers of USB
 * tells more than was ever written. */
static int64_t half_left_ms(const at_wants *wants, size_t unsent, int64_t now_ms) {
  if (unsent > AT_SEND_WINDOW) unsent = AT_SEND_WINDOW;
  size_t excess = unsent > AT_SEND_WINDOW / 2 ? unsent - AT_SEND_WINDOW / 2 : 1;
  if (wants->baudrate == 0) return now_ms + 1;
  return now_ms + 1 + (int64_t)(excess * 10000 / wants->baudrate);
}

/* How much may be written now. Where data mode ends early, payload runs as commands, and
 * what has left for a USB adapter cannot be thrown away: so no more of it waits in the
 * host than one window. */
static size_t may_write(core_modem *m, const at_wants *wants, int64_t now_ms) {
  ssize_t unsent = wants->is_payload ? m->port.ops->count_unsent(&m->port) : 0;
  size_t waiting = unsent > 0 ? (size_t)unsent : 0;
  size_t room = waiting < AT_SEND_WINDOW ? AT_SEND_WINDOW - waiting : 0;
  if (waiting > AT_SEND_WINDOW / 2) {
    m->send_from_ms = half_left_ms(wants, waiting, now_ms);
    return 0;
  }
  return wants->len < room ? wants->len : room;
}

/* Sends one window at most, as the input must be looked at in between. */
static bool transmit(core_modem *m) {
  int64_t now_ms = core_now_ms(m);
  at_wants wants = at_engine_wants(&m->modem.engine, now_ms);
  if (wants.len == 0 || now_ms < m->send_from_ms) return false;
  size_t len = may_write(m, &wants, now_ms);
  ssize_t sent = len > 0 ? m->port.ops->write(&m->port, wants.data, len) : 0;
  if (sent < 0) lose_port(m, (int)-sent);
  if (sent <= 0) return false;
  at_engine_sent(&m->modem.engine, (size_t)sent, now_ms);
  return true;
}

/* Drops DTR and raises it again. Where that fails, the module goes on as if
 * nothing had been asked, and the wait for its OK times out. */
static void drive_dtr(core_modem *m, bool level) {
  if (level == m->dtr) return;
  m->dtr = level;
  m->port.ops->set_dtr(&m->port, level);
}

/* Does what the engine wants of the line besides sending. */
static void serve_line(core_modem *m) {
  at_engine *engine = &m->modem.engine;
  int64_t now_ms = core_now_ms(m);
  at_wants wants = at_engine_wants(engine, now_ms);
  if (wants.flush) {
    m->port.ops->flush_output(&m->port);
    m->send_from_ms = 0;
    at_engine_flushed(engine);
  }
  core_follow_baudrate(m, wants.baudrate);
  if (wants.drives_dtr) drive_dtr(m, wants.dtr);
  /* A guard of "+++" counts from when the last byte has left the host. */
  if (wants.watches_sent && m->port.ops->count_unsent(&m->port) > 0) {
    at_engine_unsent(engine, now_ms);
  }
}

/* What came in before anybody looked at the clock is in time: a process may have been
 * busy with something else, or a sink slow. But input that goes on for ever does not
 * keep a call from its deadline. */
static bool has_waited_long(core_modem *m) {
  enum { LATE_INPUT_MS = 1000 };
  int64_t now_ms = core_now_ms(m);
  if (now_ms < modem_deadline(&m->modem)) {
    m->overdue_ms = 0;
  } else if (m->overdue_ms == 0) {
    m->overdue_ms = now_ms;
  }
  return m->overdue_ms > 0 && now_ms - m->overdue_ms >= LATE_INPUT_MS;
}

/* Reads what was fed; or lets time pass, once all that has come in is read. */
static bool take_event(core_modem *m, bool is_dry, at_event *event) {
  bool told;
  if (is_dry || has_waited_long(m)) {
    m->overdue_ms = 0;
    serve_line(m); /* what has not left the host yet moves a deadline */
    told = modem_run(&m->modem, core_now_ms(m), event);
  } else {
    told = modem_read(&m->modem, core_now_ms(m), event);
  }
  serve_line(m);
  return told;
}

bool core_pump(core_modem *m, const modem_task *t, at_event *event) {
  const modem_task *head = m->modem.head;
  bool is_dry = false;
  for (;;) {
    if (take_event(m, is_dry, event)) return true;
    if (m->modem.head != head || (t && modem_task_has_ended(t))) return false;
    if (m->loops++ >= CORE_STEP_LOOPS) return false;
    if (receive(m)) {
      is_dry = false;
    } else if (m->lost.kind != AT_ERROR_NONE) {
      return false;
    } else if (!is_dry) {
      is_dry = true;
    } else if (!transmit(m)) {
      return false;
    }
  }
}
