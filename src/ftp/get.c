#include "ftp/get.h"

#include <string.h>

#include "ftp/request.h"

enum { PHASE_SIZE, PHASE_GET };

static void fail(ftp_get *g, modem *m, at_error_kind kind, const char *detail) {
  at_error why = at_error_make(kind, ftp_commands[FTP_GET].word, detail);
  modem_task_fail(m, &g->task, &why);
}

static void get_start(modem_task *t, modem *m) {
  ftp_get *g = (ftp_get *)t;
  at_builder b = ftp_command_open(m, FTP_SIZE);
  at_builder_add_string(&b, g->name, g->name_len);
  t->phase = PHASE_SIZE;
  t->deadline_ms = AT_NEVER;
  ftp_command_begin(m, t, FTP_SIZE, &b, g->timeout_ms, 0);
}

static void begin_get(ftp_get *g, modem *m) {
  at_builder b = ftp_command_open(m, FTP_GET);
  at_builder_add_string(&b, g->name, g->name_len);
  at_builder_add_literal(&b, "COM:");
  at_builder_add_integer(&b, g->offset);
  at_builder_add_integer(&b, g->wanted);
  g->task.phase = PHASE_GET;
  ftp_command_begin(m, &g->task, FTP_GET, &b, g->timeout_ms, g->silence_ms);
}

/* A download of nothing is not asked for: at the end of a file servers answer
 * with 0 bytes or with an error, as they like. */
static void use_size(ftp_get *g, modem *m) {
  int64_t left = g->size - g->offset;
  g->wanted = left < g->length ? left : g->length;
  if (left < 0) {
    fail(g, m, AT_ERROR_VERIFY, "the offset lies behind the end of the remote file");
  } else if (g->wanted == 0) {
    modem_task_finish(m, &g->task);
  } else {
    begin_get(g, m);
  }
}

static void keep_result(ftp_get *g, modem *m, const at_event *event) {
  ftp_command_id id = g->task.phase == PHASE_SIZE ? FTP_SIZE : FTP_GET;
  ftp_result result = ftp_command_result(id, event);
  g->failure = result.error;
  if (result.error.kind != AT_ERROR_NONE) return;
  if (id == FTP_SIZE) {
    g->size = result.number;
  } else if (result.number != g->wanted || g->received != g->wanted) {
    g->failure =
        at_error_make(AT_ERROR_VERIFY, m->word, "the module counts other bytes than have arrived");
  }
}

static void advance(ftp_get *g, modem *m) {
  if (g->failure.kind != AT_ERROR_NONE) {
    modem_task_fail(m, &g->task, &g->failure);
  } else if (g->task.phase == PHASE_SIZE) {
    use_size(g, m);
  } else {
    modem_task_finish(m, &g->task);
  }
}

static bool get_handle(modem_task *t, modem *m, const at_event *event) {
  ftp_get *g = (ftp_get *)t;
  switch (event->type) {
    case AT_EVENT_LINE: keep_result(g, m, event); return false;
    case AT_EVENT_CONNECT:
      at_engine_receive(&m->engine, (uint64_t)g->wanted, m->now_ms);
      return false;
    case AT_EVENT_DATA: g->received += (int64_t)event->len; return true;
    default:
      if (modem_succeeded(m, t, event)) advance(g, m);
      return false;
  }
}

static const modem_task_class get_class = {get_start, get_handle, true};

void ftp_get_init(ftp_get *g) {
  memset(g, 0, sizeof *g);
  g->task.class = &get_class;
  g->task.word = ftp_commands[FTP_GET].word;
  g->size = -1;
  g->length = FTP_TO_THE_END;
}
