#include "ftp/settle.h"

#include "ftp/exchange.h"

enum { STATUS_IDLE = 1, STATUS_TRANSFERRING = 2, STATUS_CLOSED = 4, STATUS_UNKNOWN = -1 };

/* With a resync of some 3 s before it, this leaves a session usable or closed after 5 s. */
enum { PAUSE_MS = 300, BUSY_MS = 2000, CLOSE_MS = 2000 };

/* A PWD that the module has taken is no longer about whether it is busy. */
enum { PWD_MS = 30000 };

static const modem_step probe_step, pause_step, close_step;

static void go_on(modem_task *t, modem *m) {
  m->session_in_doubt = false;
  modem_task_go(m, t, t->class->first);
}

static void end_session(modem_task *t, modem *m) {
  at_error why = at_error_make(AT_ERROR_CLOSED, t->word, NULL);
  why.reason = AT_REASON_SESSION_ENDED;
  m->session_open = false;
  m->session_in_doubt = false;
  modem_task_fail(m, t, &why);
}

static void wait_or_close(modem_task *t, modem *m) {
  bool is_patient = m->now_ms - m->settle.begun_ms < BUSY_MS;
  modem_task_go(m, t, is_patient ? &pause_step : &close_step);
}

static bool is_silence(const at_error *why) {
  return why->kind == AT_ERROR_TIMEOUT || why->kind == AT_ERROR_FRAMING;
}

/* --- QFTPSTAT ------------------------------------------------------------------ */

static void status_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_STAT);
  m->settle.status = STATUS_UNKNOWN;
  ftp_command_begin_local(m, t, FTP_STAT, &b);
}

static void status_line(modem_task *t, modem *m, const at_event *event) {
  ftp_result result = ftp_command_result(FTP_STAT, event);
  (void)t;
  if (result.error.kind == AT_ERROR_NONE) m->settle.status = result.number;
}

static void status_next(modem_task *t, modem *m) {
  switch (m->settle.status) {
    case STATUS_UNKNOWN:
    case STATUS_IDLE: modem_task_go(m, t, &probe_step); break;
    case STATUS_TRANSFERRING: modem_task_go(m, t, &close_step); break;
    case STATUS_CLOSED: /* lost with the call: the module's own 606 says it to everybody */
      m->session_open = false;
      go_on(t, m);
      break;
    default: wait_or_close(t, m);
  }
}

static void status_failed(modem_task *t, modem *m, const at_error *why) {
  if (is_silence(why)) {
    modem_task_fail(m, t, why);
  } else {
    status_next(t, m);
  }
}

/* --- QFTPPWD ------------------------------------------------------------------- */

static void probe_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_PWD);
  m->settle.is_busy = false;
  ftp_command_begin(m, t, FTP_PWD, &b,
                    (ftp_timeouts){.final_ms = FTP_LOCAL_TIMEOUT_MS, .result_ms = PWD_MS});
}

static void probe_line(modem_task *t, modem *m, const at_event *event) {
  ftp_result result = ftp_command_result(FTP_PWD, event);
  (void)t;
  m->settle.is_busy = result.error.kind == AT_ERROR_FTP && result.error.code == 603;
}

static void probe_next(modem_task *t, modem *m) {
  if (m->settle.is_busy) {
    wait_or_close(t, m);
  } else {
    go_on(t, m);
  }
}

/* Any other answer is not about a busy module: the call itself will get it. */
static void probe_failed(modem_task *t, modem *m, const at_error *why) {
  m->settle.is_busy = why->kind == AT_ERROR_FTP && why->code == 603;
  if (is_silence(why)) {
    modem_task_fail(m, t, why);
  } else {
    probe_next(t, m);
  }
}

/* --- QFTPCLOSE ----------------------------------------------------------------- */

static void pause_begin(modem_task *t, modem *m) {
  (void)t;
  at_engine_pause(&m->engine, PAUSE_MS, m->now_ms);
}

static void pause_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &ftp_settle_step);
}

static void close_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_CLOSE);
  ftp_command_begin(m, t, FTP_CLOSE, &b,
                    (ftp_timeouts){.final_ms = CLOSE_MS, .result_ms = CLOSE_MS});
}

/* Whatever became of it, the next login finds what is left (stale.c). */
static void close_failed(modem_task *t, modem *m, const at_error *why) {
  (void)why;
  end_session(t, m);
}

const modem_step ftp_settle_step = {
    .begin = status_begin, .line = status_line, .next = status_next, .failed = status_failed};
static const modem_step probe_step = {
    .begin = probe_begin, .line = probe_line, .next = probe_next, .failed = probe_failed};
static const modem_step pause_step = {.begin = pause_begin, .next = pause_next};
static const modem_step close_step = {
    .begin = close_begin, .next = end_session, .failed = close_failed};
