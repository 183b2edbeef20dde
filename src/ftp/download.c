#include "ftp/download.h"

#include <string.h>

#include "ftp/exchange.h"
#include "ftp/refusal.h"
#include "ftp/settle.h"

static const modem_step size_step, transfer_step, proof_step, length_step, resume_step;

static void fail(ftp_download *d, modem *m, const char *detail) {
  modem_task_fail_as(m, &d->task, AT_ERROR_VERIFY, ftp_commands[d->id].word, detail);
}

/* Keeps what a result line says: a number, or why it failed. */
static void keep_result(ftp_download *d, ftp_command_id id, const at_event *event) {
  ftp_result result = ftp_command_result(id, event);
  d->failure = result.error;
  d->counted = result.error.kind == AT_ERROR_NONE ? result.number : -1;
}

static void forget_result(ftp_download *d) {
  d->failure.kind = AT_ERROR_NONE;
  d->counted = -1;
}

/* --- SIZE -------------------------------------------------------------------- */

static void size_begin(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  forget_result(d);
  if (!d->has_size) {
    modem_task_go(m, t, &transfer_step);
    return;
  }
  at_builder b = ftp_command_open(m, FTP_SIZE);
  at_builder_add_string(&b, d->name, d->name_len);
  ftp_command_begin(m, t, FTP_SIZE, &b,
                    (ftp_timeouts){.final_ms = d->timeout_ms, .result_ms = d->timeout_ms});
}

static void size_line(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  keep_result((ftp_download *)t, FTP_SIZE, event);
}

/* A download of nothing is not asked for: at the end of a file servers answer
 * with 0 bytes or with an error, as they like. */
static void use_size(ftp_download *d, modem *m, int64_t size) {
  int64_t left = size - d->offset;
  d->wanted = left < d->length ? left : d->length;
  if (left < 0) {
    fail(d, m, "the offset lies behind the end of the remote file");
  } else if (d->wanted == 0) {
    modem_task_finish(m, &d->task);
  } else {
    modem_task_go(m, &d->task, &transfer_step);
  }
}

/* A server that does not tell the size may have the file all the same: its answer to
 * the transfer tells. */
static void size_failed(modem_task *t, modem *m, const at_error *why) {
  if (ftp_error_is_refusal(why)) {
    modem_task_go(m, t, &transfer_step);
  } else {
    modem_task_fail(m, t, why);
  }
}

static void size_next(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  if (d->failure.kind == AT_ERROR_NONE) {
    use_size(d, m, d->counted);
  } else {
    at_error why = d->failure;
    size_failed(t, m, &why);
  }
}

/* --- the transfer -------------------------------------------------------------- */

static at_exchange data_exchange(const ftp_download *d) {
  int64_t position = d->offset + d->received;
  return (at_exchange){
      .shape = AT_SHAPE_DATA,
      .words = ftp_commands[d->id].word,
      .timeout_ms = d->timeout_ms,
      .result_timeout_ms = d->timeout_ms,
      .silence_ms = d->silence_ms,
      .doubtful_at = d->doubtful_at > position ? (uint64_t)(d->doubtful_at - position) : 0,
  };
}

static void transfer_begin(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  at_builder b = ftp_command_open(m, d->id);
  forget_result(d);
  d->before = d->received;
  at_builder_add_string(&b, d->name, d->name_len);
  at_builder_add_literal(&b, "COM:");
  if (d->id == FTP_GET) {
    int64_t length = d->wanted >= 0 ? d->wanted - d->received : d->length;
    at_builder_add_integer(&b, d->offset + d->received);
    if (length != FTP_TO_THE_END) at_builder_add_integer(&b, length);
  }
  at_exchange how = data_exchange(d);
  modem_begin(m, t, how.words, &b, &how);
}

static uint64_t length_of_rest(const ftp_download *d) {
  return d->wanted >= 0 ? (uint64_t)(d->wanted - d->received) : AT_PAYLOAD_ENDLESS;
}

static void transfer_connect(modem_task *t, modem *m) {
  at_engine_receive(&m->engine, length_of_rest((ftp_download *)t), m->now_ms);
}

static void transfer_data(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  ((ftp_download *)t)->received += (int64_t)event->len;
}

static void transfer_line(modem_task *t, modem *m, const at_event *event) {
  ftp_download *d = (ftp_download *)t;
  (void)m;
  keep_result(d, d->id, event);
}

/* Whole, with the count of the module that says so. */
static void check_count(ftp_download *d, modem *m) {
  bool is_counted = d->counted == d->received - d->before;
  bool is_whole = d->wanted < 0 || d->received == d->wanted;
  if (!is_counted) {
    at_engine_set_dirty(&m->engine, true); /* some of it may still be to come */
    fail(d, m, "the module counts other bytes than have arrived");
  } else if (!is_whole) {
    fail(d, m, "the module has ended the transfer before the end of the file");
  } else if (d->wanted >= 0) {
    modem_task_finish(m, &d->task);
  } else {
    d->task.step = &proof_step;
    modem_prove_command_mode(m);
  }
}

static void transfer_next(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  if (d->failure.kind != AT_ERROR_NONE) {
    modem_task_fail(m, t, &d->failure);
  } else {
    check_count(d, m);
  }
}

/* --- the proof of a length that nobody knew ------------------------------------- */

static void proof_begin(modem_task *t, modem *m) {
  (void)t;
  modem_prove_command_mode(m);
}

static void proof_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &length_step);
}

static void length_begin(modem_task *t, modem *m) {
  at_builder b = ftp_command_open(m, FTP_LEN);
  forget_result((ftp_download *)t);
  ftp_command_begin_local(m, t, FTP_LEN, &b);
}

static void length_line(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  keep_result((ftp_download *)t, FTP_LEN, event);
}

/* A module that does not answer QFTPLEN here has been proven right already. */
static void length_next(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  if (d->counted >= 0 && d->counted != d->received) {
    fail(d, m, "QFTPLEN counts other bytes than have arrived");
  } else {
    modem_task_finish(m, t);
  }
}

static void length_failed(modem_task *t, modem *m, const at_error *why) {
  if (why->kind == AT_ERROR_TIMEOUT || why->kind == AT_ERROR_FRAMING) {
    modem_task_fail(m, t, why);
  } else {
    length_next(t, m);
  }
}

/* --- an interruption ------------------------------------------------------------- */

/* Only an exact length tells afterwards that nothing was lost on the way. */
static void download_suspend(modem_task *t, modem *m) {
  if (((ftp_download *)t)->wanted >= 0) at_engine_suspend(&m->engine, m->now_ms);
}

/* ATO goes on where "+++" has stopped (manual, 1.2). */
static void resume_begin(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  at_builder b = at_engine_command(&m->engine, "O");
  at_exchange how = data_exchange(d);
  how.carrier_ends = true;
  forget_result(d);
  modem_begin(m, t, how.words, &b, &how);
}

static void resume_connect(modem_task *t, modem *m) {
  t->step = &transfer_step;
  at_engine_receive_rest(&m->engine, length_of_rest((ftp_download *)t), m->now_ms);
}

/* ATO was refused: go on with a new command from here. */
static void resume_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &transfer_step);
}

static void resume_failed(modem_task *t, modem *m, const at_error *why) {
  if (why->kind == AT_ERROR_TIMEOUT || why->kind == AT_ERROR_FRAMING || why->kind == AT_ERROR_PDP) {
    modem_task_fail(m, t, why);
  } else {
    resume_next(t, m);
  }
}

static const modem_step size_step = {
    .begin = size_begin, .line = size_line, .next = size_next, .failed = size_failed};
static const modem_step transfer_step = {.begin = transfer_begin,
                                         .line = transfer_line,
                                         .connect = transfer_connect,
                                         .data = transfer_data,
                                         .next = transfer_next};
static const modem_step proof_step = {.begin = proof_begin, .next = proof_next};
static const modem_step length_step = {
    .begin = length_begin, .line = length_line, .next = length_next, .failed = length_failed};
static const modem_step resume_step = {.begin = resume_begin,
                                       .line = transfer_line,
                                       .connect = resume_connect,
                                       .next = resume_next,
                                       .failed = resume_failed};

static const modem_task_class download_class = {
    .first = &size_step,
    .suspend = download_suspend,
    .resume = &resume_step,
    .settle = &ftp_settle_step,
    .uses_session = true,
    .needs_session = true,
    .has_own_deadlines = true,
};

void ftp_download_init(ftp_download *d, ftp_command_id id) {
  memset(d, 0, sizeof *d);
  d->task.class = &download_class;
  d->task.word = ftp_commands[id].word;
  d->id = id;
  d->length = FTP_TO_THE_END;
  d->wanted = -1;
  d->counted = -1;
}
