#include "ftp/put.h"

#include <string.h>

#include "ftp/request.h"

static void put_start(modem_task *t, modem *m) {
  (void)m;
  ftp_put *p = (ftp_put *)t;
  t->deadline_ms = AT_NEVER;
  p->wants_piece = true;
}

void ftp_put_give(ftp_put *p, modem *m, const char *data, size_t len, bool is_last,
                  int64_t now_ms) {
  at_builder b = ftp_command_open(m, FTP_PUT);
  m->now_ms = now_ms;
  p->wants_piece = false;
  p->piece = data;
  p->piece_len = len;
  p->piece_is_last = is_last;
  at_builder_add_string(&b, p->name, p->name_len);
  at_builder_add_literal(&b, "COM:");
  at_builder_add_integer(&b, p->offset + p->confirmed);
  if (len > 0) {
    at_builder_add_integer(&b, (int64_t)len);
    at_builder_add_integer(&b, is_last ? 1 : 0);
  }
  ftp_command_begin(m, &p->task, FTP_PUT, &b, p->timeout_ms, p->silence_ms);
}

int64_t ftp_put_sent(const ftp_put *p, const modem *m) {
  if (m->head != &p->task || m->engine.state != AT_STATE_TRANSMIT) return p->confirmed;
  return p->confirmed + (int64_t)(p->piece_len - m->engine.out_len);
}

static void send_piece(ftp_put *p, modem *m) {
  if (p->piece_len > 0) {
    at_engine_transmit(&m->engine, p->piece, p->piece_len, m->now_ms);
  } else {
    at_engine_escape(&m->engine, m->now_ms);
  }
}

static void keep_result(ftp_put *p, modem *m, const at_event *event) {
  ftp_result result = ftp_command_result(FTP_PUT, event);
  p->failure = result.error;
  if (result.error.kind != AT_ERROR_NONE) return;
  if (result.number == (int64_t)p->piece_len) {
    p->confirmed += result.number;
  } else {
    p->failure =
        at_error_make(AT_ERROR_VERIFY, m->word, "the module counts other bytes than were sent");
  }
}

static void advance(ftp_put *p, modem *m) {
  if (p->failure.kind != AT_ERROR_NONE) {
    modem_task_fail(m, &p->task, &p->failure);
  } else if (p->piece_is_last) {
    modem_task_finish(m, &p->task);
  } else {
    p->wants_piece = true;
  }
}

static bool put_handle(modem_task *t, modem *m, const at_event *event) {
  ftp_put *p = (ftp_put *)t;
  switch (event->type) {
    case AT_EVENT_LINE: keep_result(p, m, event); return false;
    case AT_EVENT_CONNECT: send_piece(p, m); return false;
    default:
      if (modem_succeeded(m, t, event)) advance(p, m);
      return false;
  }
}

static const modem_task_class put_class = {put_start, put_handle, true};

void ftp_put_init(ftp_put *p) {
  memset(p, 0, sizeof *p);
  p->task.class = &put_class;
  p->task.word = ftp_commands[FTP_PUT].word;
}
