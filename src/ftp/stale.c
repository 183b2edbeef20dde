#include "ftp/stale.h"

#include <string.h>

#include "ftp/exchange.h"

enum { STATUS_CLOSING = 3, STATUS_CLOSED = 4 };
enum { PAUSE_MS = 300, CLOSE_MS = 185000 };

static const modem_step close_step, pause_step;

static void status_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_STAT);
  m->session_open = false;
  ((ftp_stale *)t)->status = STATUS_CLOSED;
  ftp_command_begin_local(m, t, FTP_STAT, &b);
}

static void status_line(modem_task *t, modem *m, const at_event *event) {
  ftp_result result = ftp_command_result(FTP_STAT, event);
  (void)m;
  if (result.error.kind == AT_ERROR_NONE) ((ftp_stale *)t)->status = result.number;
}

static void end(modem_task *t, modem *m) {
  const modem_step *then = ((ftp_stale *)t)->then;
  if (then) {
    modem_task_go(m, t, then);
  } else {
    modem_task_finish(m, t);
  }
}

static void status_next(modem_task *t, modem *m) {
  int64_t status = ((ftp_stale *)t)->status;
  if (status == STATUS_CLOSED) {
    end(t, m);
  } else {
    modem_task_go(m, t, status == STATUS_CLOSING ? &pause_step : &close_step);
  }
}

/* A module that has no session may refuse to tell its state. */
static void status_failed(modem_task *t, modem *m, const at_error *why) {
  if (why->kind == AT_ERROR_TIMEOUT || why->kind == AT_ERROR_FRAMING) {
    modem_task_fail(m, t, why);
  } else {
    end(t, m);
  }
}

static void close_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_CLOSE);
  uint32_t left_ms = modem_task_time_left_ms(m, t, CLOSE_MS);
  ftp_command_begin(m, t, FTP_CLOSE, &b, (ftp_timeouts){.final_ms = left_ms, .result_ms = left_ms});
}

static void close_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &pause_step);
}

/* A refused CLOSE means that one is going on. */
static void close_failed(modem_task *t, modem *m, const at_error *why) {
  if (why->kind == AT_ERROR_TIMEOUT || why->kind == AT_ERROR_FRAMING) {
    modem_task_fail(m, t, why);
  } else {
    close_next(t, m);
  }
}

static void pause_begin(modem_task *t, modem *m) {
  (void)t;
  at_engine_pause(&m->engine, PAUSE_MS, m->now_ms);
}

static void pause_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &ftp_stale_step);
}

const modem_step ftp_stale_step = {
    .begin = status_begin, .line = status_line, .next = status_next, .failed = status_failed};
static const modem_step close_step = {
    .begin = close_begin, .next = close_next, .failed = close_failed};
static const modem_step pause_step = {.begin = pause_begin, .next = pause_next};

static const modem_task_class stale_class = {.first = &ftp_stale_step};

void ftp_stale_init(ftp_stale *s) {
  memset(s, 0, sizeof *s);
  s->task.class = &stale_class;
  s->task.word = "AT";
}
