#include "ftp/upload.h"

#include <string.h>

#include "ftp/request.h"

enum { PHASE_CHUNKS, PHASE_AFTERMATH };

static void upload_start(modem_task *t, modem *m) {
  (void)m;
  ftp_upload *u = (ftp_upload *)t;
  t->deadline_ms = AT_NEVER;
  u->wants_chunk = true;
}

static void begin_chunk(ftp_upload *u, modem *m, const char *data, size_t len) {
  at_builder b = ftp_command_open(m, FTP_PUT);
  bool is_last = u->rest_is_last && u->rest_len == 0;
  u->chunk = data;
  u->chunk_len = len;
  at_builder_add_string(&b, u->name, u->name_len);
  at_builder_add_literal(&b, "COM:");
  at_builder_add_integer(&b, u->offset + u->confirmed);
  if (len > 0) {
    at_builder_add_integer(&b, (int64_t)len);
    at_builder_add_integer(&b, is_last ? 1 : 0);
  }
  ftp_command_begin(m, &u->task, FTP_PUT, &b,
                    (ftp_timeouts){u->timeout_ms, u->timeout_ms, u->silence_ms});
}

static bool is_lone_escape(const char *data, size_t len) {
  return len == 3 && memcmp(data, "+++", 3) == 0;
}

void ftp_upload_give(ftp_upload *u, modem *m, const char *data, size_t len, bool is_last,
                     int64_t now_ms) {
  size_t first_len = is_lone_escape(data, len) ? 1 : len;
  m->now_ms = now_ms;
  u->wants_chunk = false;
  u->rest_len = len - first_len;
  u->rest_is_last = is_last;
  begin_chunk(u, m, data, first_len);
}

int64_t ftp_upload_sent(const ftp_upload *u, const modem *m) {
  if (!u->in_flight) return u->confirmed;
  uint64_t left = m->engine.state == AT_STATE_TRANSMIT ? m->engine.out_len : 0;
  return u->confirmed + (int64_t)(u->chunk_len - left);
}

static void send_chunk(ftp_upload *u, modem *m) {
  u->in_flight = true;
  if (u->chunk_len > 0) {
    at_engine_transmit(&m->engine, u->chunk, u->chunk_len, m->now_ms);
  } else {
    at_engine_escape(&m->engine, m->now_ms);
  }
}

static void keep_result(ftp_upload *u, modem *m, const at_event *event) {
  ftp_result result = ftp_command_result(FTP_PUT, event);
  bool was_sent = u->in_flight && !m->engine.cut_short;
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
static void fail(ftp_upload *u, modem *m) {
  if (u->in_flight) at_engine_set_dirty(&m->engine, m->engine.in_data_mode);
  u->in_flight = false;
  bool has_lingered = u->task.phase == PHASE_AFTERMATH;
  u->task.phase = PHASE_AFTERMATH;
  ftp_transfer_fail(m, &u->task, &u->failure, has_lingered);
}

static void advance(ftp_upload *u, modem *m) {
  if (u->failure.kind != AT_ERROR_NONE) {
    fail(u, m);
  } else if (u->rest_len > 0) {
    size_t len = u->rest_len;
    u->rest_len = 0;
    begin_chunk(u, m, u->chunk + u->chunk_len, len);
  } else if (u->rest_is_last) {
    modem_task_finish(m, &u->task);
  } else {
    u->wants_chunk = true;
  }
}

static void end_exchange(ftp_upload *u, modem *m, const at_event *event) {
  at_error error = modem_event_error(m, event);
  if (error.kind != AT_ERROR_NONE) u->failure = error;
  advance(u, m);
}

static bool upload_handle(modem_task *t, modem *m, const at_event *event) {
  ftp_upload *u = (ftp_upload *)t;
  switch (event->type) {
    case AT_EVENT_LINE: keep_result(u, m, event); return false;
    case AT_EVENT_CONNECT: send_chunk(u, m); return false;
    default: end_exchange(u, m, event); return false;
  }
}

static const modem_task_class upload_class = {
    .start = upload_start, .handle = upload_handle, .uses_session = true};

void ftp_upload_init(ftp_upload *u) {
  memset(u, 0, sizeof *u);
  u->task.class = &upload_class;
  u->task.word = ftp_commands[FTP_PUT].word;
}
