#include "ftp/upload.h"

#include <string.h>

#include "ftp/exchange.h"
#include "ftp/refusal.h"
#include "ftp/settle.h"

/* Chunks in a row of which some is lost, before the upload fails. */
enum { MOST_LOSSES = 8 };

static const char LOSS[] = "the module has lost payload: use flow control (RTS and CTS)";

static const modem_step chunk_step, pause_step;

static bool has_flow(const modem *m) {
  return m->resync.uses_flow;
}

/* --- what is to be sent ------------------------------------------------------- */

static void want_begin(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  if (!u->block) ftp_chunk_hurry(&m->uplink);
  u->wants_block = true;
}

size_t ftp_upload_wanted(const ftp_upload *u, const modem *m) {
  return ftp_chunk_size(&m->uplink, &u->rule, u->confirmed - u->well_from, has_flow(m));
}

static bool is_lone_escape(const char *data, size_t len) {
  return len == 3 && memcmp(data, "+++", 3) == 0;
}

static void choose_chunk(ftp_upload *u, const modem *m) {
  size_t wanted = ftp_upload_wanted(u, m);
  u->chunk_len = u->block_len < wanted ? u->block_len : wanted;
  if (is_lone_escape(u->block, u->chunk_len)) u->chunk_len = 1;
}

static bool is_last_chunk(const ftp_upload *u) {
  return u->block_is_last && u->chunk_len == u->block_len;
}

static ftp_chunk_run run_of(const ftp_upload *u, int64_t now_ms) {
  bool is_open = u->run.since_ms > 0;
  return (ftp_chunk_run){.bytes = is_open ? u->confirmed - u->run.from : 0,
                         .ms = is_open ? now_ms - u->run.since_ms : 0};
}

static void send_next(ftp_upload *u, modem *m) {
  ftp_chunk_run run = run_of(u, m->now_ms);
  bool waits = !has_flow(m) && ftp_chunk_pause_ms(&m->uplink, &run) > 0;
  choose_chunk(u, m);
  modem_task_go(m, &u->task, waits ? &pause_step : &chunk_step);
}

void ftp_upload_give(ftp_upload *u, modem *m, const char *data, size_t len, bool is_last,
                     int64_t now_ms) {
  m->now_ms = now_ms;
  u->wants_block = false;
  u->block = data;
  u->block_len = len;
  u->block_is_last = is_last;
  send_next(u, m);
}

int64_t ftp_upload_sent(const ftp_upload *u, const modem *m) {
  if (!u->in_flight) return u->confirmed;
  return u->confirmed + (int64_t)(u->chunk_len - at_engine_payload_left(&m->engine));
}

/* --- a pause -------------------------------------------------------------------- */

static void pause_begin(modem_task *t, modem *m) {
  ftp_chunk_run run = run_of((ftp_upload *)t, m->now_ms);
  at_engine_pause(&m->engine, ftp_chunk_pause_ms(&m->uplink, &run), m->now_ms);
}

static void pause_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &chunk_step);
}

/* --- a chunk -------------------------------------------------------------------- */

/* The module's own timeout comes later, and ends the session's transfer as well. */
static uint32_t patience_ms(const ftp_upload *u, const modem *m) {
  uint32_t wanted_ms = ftp_chunk_patience_ms(&m->uplink, (uint32_t)u->chunk_len);
  uint32_t most_ms = u->silence_ms / 4 * 3;
  if (!u->may_repeat || has_flow(m)) return 0;
  return wanted_ms < most_ms ? wanted_ms : most_ms;
}

static void chunk_begin(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  at_builder b = ftp_command_open(m, FTP_PUT);
  u->failure.kind = AT_ERROR_NONE;
  u->is_overdue = false;
  u->begun_ms = m->now_ms;
  at_builder_add_string(&b, u->name, u->name_len);
  at_builder_add_literal(&b, "COM:");
  at_builder_add_integer(&b, u->offset + u->confirmed);
  if (u->chunk_len > 0) {
    at_builder_add_integer(&b, (int64_t)u->chunk_len);
    at_builder_add_integer(&b, is_last_chunk(u) ? 1 : 0);
  }
  ftp_command_begin(m, t, FTP_PUT, &b,
                    (ftp_timeouts){.final_ms = u->timeout_ms,
                                   .result_ms = u->timeout_ms,
                                   .silence_ms = u->silence_ms,
                                   .confirm_ms = patience_ms(u, m)});
}

static void chunk_connect(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  u->in_flight = true;
  u->opened_ms = m->now_ms;
  if (u->run.since_ms == 0) {
    u->run.since_ms = m->now_ms;
    u->run.from = u->confirmed;
  }
  if (u->chunk_len > 0) {
    at_engine_transmit(&m->engine, u->block, u->chunk_len, m->now_ms);
  } else {
    at_engine_escape(&m->engine, m->now_ms);
  }
}

/* What the chunk took, now that it has ended. */
static ftp_chunk_times times_of(const ftp_upload *u, const modem *m) {
  int64_t gone_ms = at_engine_payload_gone_ms(&m->engine);
  bool is_first = u->run.since_ms == u->opened_ms;
  if (gone_ms < u->opened_ms) gone_ms = u->opened_ms;
  if (gone_ms > m->now_ms) gone_ms = m->now_ms;
  return (ftp_chunk_times){.len = (uint32_t)u->chunk_len,
                           .sent_ms = gone_ms - u->opened_ms,
                           .wait_ms = m->now_ms - gone_ms,
                           .is_last = is_last_chunk(u),
                           .command_ms = is_first ? -1 : u->opened_ms - u->begun_ms};
}

static void confirm(ftp_upload *u, modem *m) {
  ftp_chunk_times times = times_of(u, m);
  u->in_flight = false;
  u->confirmed += (int64_t)u->chunk_len;
  u->losses = 0;
  if (u->chunk_len == 0) return;
  u->block += u->chunk_len;
  u->block_len -= u->chunk_len;
  ftp_chunk_confirmed(&m->uplink, &times);
}

/* Of a chunk that came late as a whole, "+++" may be part, or stand in the command line. */
static void note_overdue(ftp_upload *u, modem *m, int64_t taken) {
  u->is_overdue = true;
  u->taken = (size_t)taken;
  u->failure = at_error_make(AT_ERROR_VERIFY, m->word, LOSS);
  if (u->taken < u->chunk_len) return;
  at_engine_set_dirty(&m->engine, false);
  ftp_chunk_overdue(&m->uplink, times_of(u, m).wait_ms);
}

static void chunk_line(modem_task *t, modem *m, const at_event *event) {
  ftp_upload *u = (ftp_upload *)t;
  ftp_result result = ftp_command_result(FTP_PUT, event);
  bool was_sent = u->in_flight && at_engine_payload_left(&m->engine) == 0;
  bool is_overdue = u->chunk_len > 0 && at_engine_has_escaped(&m->engine);
  u->failure = result.error;
  if (result.error.kind != AT_ERROR_NONE) return;
  if (was_sent && is_overdue && result.number <= (int64_t)u->chunk_len) {
    note_overdue(u, m, result.number);
  } else if (was_sent && result.number == (int64_t)u->chunk_len) {
    confirm(u, m);
  } else {
    u->failure =
        at_error_make(AT_ERROR_VERIFY, m->word, "the module counts other bytes than were sent");
  }
}

/* A module that leaves data mode early takes what was still on its way for
 * commands: the end of it may stand in its line buffer, whoever wrote it. A server that does
 * not let us go back to an offset leaves the loss as the reason. */
static void chunk_failed(modem_task *t, modem *m, const at_error *why) {
  ftp_upload *u = (ftp_upload *)t;
  at_error error = *why;
  if (u->in_flight) {
    at_engine_set_dirty(&m->engine, at_engine_is_in_data_mode(&m->engine));
  } else if (u->losses > 0 && ftp_error_is_refusal(why)) {
    error = at_error_make(AT_ERROR_VERIFY, m->word, LOSS);
  }
  u->in_flight = false;
  modem_task_fail(m, t, &error);
}

/* Goes back to what was confirmed. "+++" has ended the data connection. */
static void repeat(ftp_upload *u, modem *m) {
  ftp_chunk_times times = times_of(u, m);
  ftp_chunk_run run = run_of(u, u->opened_ms + times.sent_ms);
  ftp_chunk_lost(&m->uplink, &times, (uint32_t)u->taken, &run);
  u->losses++;
  u->in_flight = false;
  u->in_vain += (int64_t)u->chunk_len;
  u->well_from = u->confirmed;
  u->run.since_ms = 0;
  send_next(u, m);
}

static const modem_step want_step;

static void chunk_next(modem_task *t, modem *m) {
  ftp_upload *u = (ftp_upload *)t;
  if (u->is_overdue && u->losses < MOST_LOSSES) {
    repeat(u, m);
  } else if (u->failure.kind != AT_ERROR_NONE) {
    chunk_failed(t, m, &u->failure);
  } else if (u->block_len > 0) {
    send_next(u, m);
  } else if (u->block_is_last) {
    m->session_in_doubt = false;
    modem_task_finish(m, t);
  } else {
    m->session_in_doubt = true; /* where no more comes: the data connection stays open */
    modem_task_go(m, t, &want_step);
  }
}

static const modem_step want_step = {.begin = want_begin};
static const modem_step pause_step = {.begin = pause_begin, .next = pause_next};
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
