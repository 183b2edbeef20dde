#include "ftp/request.h"

#include <string.h>

#include "ftp/settle.h"

static void begin(modem_task *t, modem *m) {
  ftp_request *r = (ftp_request *)t;
  at_builder b = ftp_command_open(m, r->id);
  for (unsigned i = 0; i < r->argument_count; i++) {
    at_builder_add_string(&b, r->arguments[i], r->argument_len[i]);
  }
  if (r->position >= 0) at_builder_add_integer(&b, r->position);
  ftp_command_begin(m, t, r->id, &b, r->timeouts);
}

static void keep_result(modem_task *t, modem *m, const at_event *event) {
  ftp_request *r = (ftp_request *)t;
  ftp_result result = ftp_command_result(r->id, event);
  (void)m;
  r->failure = result.error;
  r->number = result.number;
  r->text_len = result.text_len;
  if (result.text_len > 0) memcpy(r->text, result.text, result.text_len);
}

/* A session that has no connection any more needs no closing. */
static bool is_closed_already(const ftp_request *r, const at_error *why) {
  return r->id == FTP_CLOSE && why->kind == AT_ERROR_FTP && why->code == 606;
}

/* After a CLOSE that failed, or a STAT that says "closed", the session is nobody's:
 * what is left of it the next login finds and ends. */
static void note_session(const ftp_request *r, modem *m) {
  bool is_closed = r->id == FTP_STAT && r->failure.kind == AT_ERROR_NONE && r->number == 4;
  if (r->id == FTP_CLOSE || is_closed) m->session_open = false;
}

static void end(modem_task *t, modem *m, const at_error *why) {
  ftp_request *r = (ftp_request *)t;
  note_session(r, m);
  if (why->kind == AT_ERROR_NONE || is_closed_already(r, why)) {
    modem_task_finish(m, t);
  } else {
    modem_task_fail(m, t, why);
  }
}

static void next(modem_task *t, modem *m) {
  end(t, m, &((ftp_request *)t)->failure);
}

static const modem_step step = {.begin = begin, .line = keep_result, .next = next, .failed = end};

static const modem_task_class request_class = {.first = &step,
                                               .settle = &ftp_settle_step,
                                               .uses_session = true,
                                               .needs_session = true,
                                               .has_own_deadlines = true};

/* It works whatever the module is busy with. */
static const modem_task_class close_class = {
    .first = &step, .uses_session = true, .needs_session = true, .has_own_deadlines = true};

/* So does STAT, which may be asked of a session that is no more, too. */
static const modem_task_class status_class = {
    .first = &step, .uses_session = true, .has_own_deadlines = true};

static const modem_task_class *class_of(ftp_command_id id) {
  switch (id) {
    case FTP_STAT: return &status_class;
    case FTP_CLOSE: return &close_class;
    default: return &request_class;
  }
}

void ftp_request_init(ftp_request *r, ftp_command_id id, uint32_t final_ms, uint32_t result_ms) {
  memset(r, 0, sizeof *r);
  r->task.class = class_of(id);
  r->task.word = ftp_commands[id].word;
  r->id = id;
  r->timeouts = (ftp_timeouts){.final_ms = final_ms, .result_ms = result_ms};
  r->position = -1;
}

void ftp_request_add(ftp_request *r, const char *text, size_t len) {
  size_t at = r->argument_count++;
  memcpy(r->arguments[at], text, len);
  r->argument_len[at] = len;
}
