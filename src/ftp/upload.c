#include "ftp/upload.h"

#include <string.h>

#include "ftp/exchange.h"
#include "ftp/settle.h"

static const modem_step chunk_step;

/* --- what is to be sent ------------------------------------------------------- */

/* The caller gives a chunk when it has one. */
static void want_begin(modem_task *t, modem *m) {
  (void)m;
  ((ftp_upload *)t)->wants_chunk = true;
}

static bool is_lone_escape(const char *data, size_t len) {
  return len == 3 && memcmp(data, "+++", 3) == 0;
}

void ftp_upload_give(ftp_upload *u, modem *m, const char *data, size_t len, bool is_last,
                     int64_t now_ms) {
  size_t first_len = is_lone_escape(data, len) ? 1 : len;
  m->now_ms = now_ms;
  u->wants_chunk = false;
  u->chunk = data;
  u->chunk_len = first_len;
  u->rest_len = len - first_len;
  u->rest_is_last = is_last;
  modem_task_go(m, &u->task, &chunk_step);
}

int64_t ftp_upload_sent(const ftp_upload *u, const modem *m) {
  if (!u->in_flight) return u->confirmed;
  return u->confirmed + (int64_t)(u->chunk_len - at_engine_payload_left(&m->engine));
}

/* --- a chunk -------------------------------------------------------------------- */

static void chunk_begin(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  at_builder b = ftp_command_open(m, FTP_PUT);
  bool is_last = u->rest_is_last && u->rest_len == 0;
  u->failure.kind = AT_ERROR_NONE;
  at_builder_add_string(&b, u->name, u->name_len);
  at_builder_add_literal(&b, "COM:");
  at_builder_add_integer(&b, u->offset + u->confirmed);
  if (u->chunk_len > 0) {
    at_builder_add_integer(&b, (int64_t)u->chunk_len);
    at_builder_add_integer(&b, is_last ? 1 : 0);
  }
  ftp_command_begin(m, t, FTP_PUT, &b,
                    (ftp_timeouts){.final_ms = u->timeout_ms,
                                   .result_ms = u->timeout_ms,
                                   .silence_ms = u->silence_ms});
}

static void chunk_connect(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  u->in_flight = true;
  if (u->chunk_len > 0) {
    at_engine_transmit(&m->engine, u->chunk, u->chunk_len, m->now_ms);
  } else {
    at_engine_escape(&m->engine, m->now_ms);
  }
}

static void chunk_line(modem_task *t, modem *m, const at_event *event) {
  ftp_upload *u = (ftp_upload *)t;
  ftp_result result = ftp_command_result(FTP_PUT, event);
  bool was_sent = u->in_flight && at_engine_payload_left(&m->engine) == 0;
  u->failure = result.error;
  if (result.error.kind != AT_ERROR_NONE) return;
  if (was_sent && result.number == (int64_t)u->chunk_len) {
    u->in_flight = false;
    u->confirmed += result.number;
  } else {
    u->failure =
        at_error_make(AT_ERROR_VERIFY, m->word, "the module counts other bytes than were sent");
  }
}

/* A module that leaves data mode early takes what was still on its way for
 * commands: the end of it may stand in its line buffer, whoever wrote it. */
static void chunk_failed(modem_task *t, modem *m, const at_error *why) {
  ftp_upload *u = (ftp_upload *)t;
  at_error error = *why;
  if (u->in_flight) {
    at_engine_set_dirty(&m->engine, at_engine_is_in_data_mode(&m->engine));
  }
  u->in_flight = false;
  modem_task_fail(m, t, &error);
}

static const modem_step want_step;

static void chunk_next(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  if (u->failure.kind != AT_ERROR_NONE) {
    chunk_failed(t, m, &u->failure);
  } else if (u->rest_len > 0) {
    u->chunk += u->chunk_len;
    u->chunk_len = u->rest_len;
    u->rest_len = 0;
    modem_task_go(m, t, &chunk_step);
  } else if (u->rest_is_last) {
    m->session_in_doubt = false;
    modem_task_finish(m, t);
  } else {
    m->session_in_doubt = true; /* where no more comes: the data connection stays open */
    modem_task_go(m, t, &want_step);
  }
}

static const modem_step want_step = {.begin = want_begin};
static const modem_step chunk_step = {.begin = chunk_begin,
                                      .line = chunk_line,
                                      .connect = chunk_connect,
                                      .next = chunk_next,
                                      .failed = chunk_failed};

static const modem_task_class upload_class = {.first = &want_step,
                                              .settle = &ftp_settle_step,
                                              .needs_session = true,
                                              .uses_session = true,
                                              .has_own_deadlines = true};

void ftp_upload_init(ftp_upload *u) {
  memset(u, 0, sizeof *u);
  u->task.class = &upload_class;
  u->task.word = ftp_commands[FTP_PUT].word;
}
