#include "ftp/stale.h"

#include <string.h>

#include "ftp/request.h"

enum { STATUS_CLOSING = 3, STATUS_CLOSED = 4 };
enum { PHASE_STATUS, PHASE_CLOSE, PHASE_PAUSE };
enum { PAUSE_MS = 300 };

static void ask_status(ftp_stale *l, modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_STAT);
  l->phase = PHASE_STATUS;
  l->status = STATUS_CLOSED;
  ftp_command_begin(m, t, FTP_STAT, &b,
                    (ftp_timeouts){FTP_LOCAL_TIMEOUT_MS, FTP_LOCAL_TIMEOUT_MS, 0});
}

static void close_session(ftp_stale *l, modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_CLOSE);
  l->phase = PHASE_CLOSE;
  ftp_command_begin(m, t, FTP_CLOSE, &b,
                    (ftp_timeouts){modem_task_time_left_ms(m, t, 185000),
                                   modem_task_time_left_ms(m, t, 185000), 0});
}

static void pause(ftp_stale *l, modem *m) {
  l->phase = PHASE_PAUSE;
  at_engine_pause(&m->engine, PAUSE_MS, m->now_ms);
}

void ftp_stale_start(ftp_stale *l, modem_task *t, modem *m) {
  m->session_open = false;
  ask_status(l, t, m);
}

/* What follows an exchange. A refused CLOSE means that one is going on. */
static bool advance(ftp_stale *l, modem_task *t, modem *m) {
  if (l->phase == PHASE_STATUS && l->status == STATUS_CLOSED) return true;
  if (l->phase == PHASE_STATUS && l->status != STATUS_CLOSING) {
    close_session(l, t, m);
  } else if (l->phase == PHASE_PAUSE) {
    ask_status(l, t, m);
  } else {
    pause(l, m);
  }
  return false;
}

bool ftp_stale_handle(ftp_stale *l, modem_task *t, modem *m, const at_event *event) {
  if (event->type == AT_EVENT_LINE && l->phase == PHASE_STATUS) {
    ftp_result result = ftp_command_result(FTP_STAT, event);
    if (result.error.kind == AT_ERROR_NONE) l->status = result.number;
  } else if (event->type == AT_EVENT_FAILED) {
    modem_succeeded(m, t, event);
  } else if (event->type == AT_EVENT_DONE) {
    return advance(l, t, m);
  }
  return false;
}

static void cleanup_start(modem_task *t, modem *m) {
  ftp_stale_start(&((ftp_cleanup *)t)->stale, t, m);
}

static bool cleanup_handle(modem_task *t, modem *m, const at_event *event) {
  if (ftp_stale_handle(&((ftp_cleanup *)t)->stale, t, m, event)) modem_task_finish(m, t);
  return false;
}

static const modem_task_class cleanup_class = {.start = cleanup_start, .handle = cleanup_handle};

void ftp_cleanup_init(ftp_cleanup *r) {
  memset(r, 0, sizeof *r);
  r->task.class = &cleanup_class;
  r->task.word = "AT";
}
