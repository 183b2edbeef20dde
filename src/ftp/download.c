#include "ftp/download.h"

#include <string.h>

#include "ftp/request.h"

enum { PHASE_SIZE, PHASE_TRANSFER, PHASE_PROOF, PHASE_LENGTH, PHASE_RESUME, PHASE_AFTERMATH };

static void fail(ftp_download *d, modem *m, const char *detail) {
  modem_task_fail_as(m, &d->task, AT_ERROR_VERIFY, ftp_commands[d->id].word, detail);
}

static void ask_size(ftp_download *d, modem *m) {
  at_builder b = ftp_command_open(m, FTP_SIZE);
  at_builder_add_string(&b, d->name, d->name_len);
  d->task.phase = PHASE_SIZE;
  ftp_command_begin(m, &d->task, FTP_SIZE, &b, (ftp_timeouts){d->timeout_ms, d->timeout_ms, 0});
}

static void begin_transfer(ftp_download *d, modem *m) {
  at_builder b = ftp_command_open(m, d->id);
  d->task.phase = PHASE_TRANSFER;
  d->before = d->received;
  at_builder_add_string(&b, d->name, d->name_len);
  at_builder_add_literal(&b, "COM:");
  if (d->id == FTP_GET) {
    int64_t length = d->wanted >= 0 ? d->wanted - d->received : d->length;
    at_builder_add_integer(&b, d->offset + d->received);
    if (length != FTP_TO_THE_END) at_builder_add_integer(&b, length);
  }
  ftp_command_begin(m, &d->task, d->id, &b,
                    (ftp_timeouts){d->timeout_ms, d->timeout_ms, d->silence_ms});
}

static void download_start(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  t->deadline_ms = AT_NEVER;
  if (d->has_size) {
    ask_size(d, m);
  } else {
    begin_transfer(d, m);
  }
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
    begin_transfer(d, m);
  }
}

/* "Syntax error", "not implemented": the server has no SIZE. */
static bool lacks_size(const at_error *failure) {
  return failure->kind == AT_ERROR_FTP && (failure->code == 620 || failure->code == 622);
}

static void receive(ftp_download *d, modem *m) {
  d->task.phase = PHASE_TRANSFER;
  if (d->wanted >= 0) {
    at_engine_receive(&m->engine, (uint64_t)(d->wanted - d->received), m->now_ms);
  } else {
    at_engine_receive_all(&m->engine, m->now_ms);
  }
}

static void ask_length(ftp_download *d, modem *m) {
  at_builder b = ftp_command_open(m, FTP_LEN);
  d->task.phase = PHASE_LENGTH;
  ftp_command_begin(m, &d->task, FTP_LEN, &b,
                    (ftp_timeouts){FTP_LOCAL_TIMEOUT_MS, FTP_LOCAL_TIMEOUT_MS, 0});
}

/* The result line of each phase. */
static void keep_result(ftp_download *d, const at_event *event) {
  static const ftp_command_id ids[] = {
      [PHASE_SIZE] = FTP_SIZE, [PHASE_LENGTH] = FTP_LEN, [PHASE_RESUME] = FTP_GET};
  ftp_command_id id = d->task.phase == PHASE_TRANSFER ? d->id : ids[d->task.phase];
  ftp_result result = ftp_command_result(id, event);
  d->failure = result.error;
  d->counted = result.error.kind == AT_ERROR_NONE ? result.number : -1;
}

static void end_size(ftp_download *d, modem *m) {
  if (lacks_size(&d->failure)) {
    begin_transfer(d, m);
  } else if (d->failure.kind != AT_ERROR_NONE) {
    modem_task_fail(m, &d->task, &d->failure);
  } else {
    use_size(d, m, d->counted);
  }
}

static void fail_transfer(ftp_download *d, modem *m) {
  bool has_lingered = d->task.phase == PHASE_AFTERMATH;
  d->task.phase = PHASE_AFTERMATH;
  ftp_transfer_fail(m, &d->task, &d->failure, has_lingered);
}

static void end_transfer(ftp_download *d, modem *m) {
  bool is_whole = d->wanted < 0 || d->received == d->wanted;
  bool fits = is_whole && d->counted == d->received - d->before;
  if (d->failure.kind != AT_ERROR_NONE) {
    fail_transfer(d, m);
  } else if (!fits) {
    at_engine_set_dirty(&m->engine, true); /* some of it may still be to come */
    fail(d, m, "the module counts other bytes than have arrived");
  } else if (d->wanted >= 0) {
    modem_task_finish(m, &d->task);
  } else {
    d->task.phase = PHASE_PROOF;
    modem_prove_command_mode(m);
  }
}

/* A module that does not answer QFTPLEN here has been proven right already. */
static void end_length(ftp_download *d, modem *m) {
  if (d->counted >= 0 && d->counted != d->received) {
    fail(d, m, "QFTPLEN counts other bytes than have arrived");
  } else {
    modem_task_finish(m, &d->task);
  }
}

static void advance(ftp_download *d, modem *m) {
  switch (d->task.phase) {
    case PHASE_SIZE: end_size(d, m); break;
    case PHASE_TRANSFER: end_transfer(d, m); break;
    case PHASE_PROOF: ask_length(d, m); break;
    case PHASE_AFTERMATH: fail_transfer(d, m); break;
    default: end_length(d, m);
  }
}

static void end_exchange(ftp_download *d, modem *m, const at_event *event) {
  bool is_optional = d->task.phase == PHASE_LENGTH && event->type == AT_EVENT_DONE;
  if (d->task.phase == PHASE_RESUME && event->type == AT_EVENT_DONE) {
    begin_transfer(d, m); /* ATO was refused: go on with a new command from here */
    return;
  }
  at_error error = modem_event_error(m, event);
  if (is_optional || error.kind == AT_ERROR_NONE) {
    advance(d, m);
  } else {
    d->failure = error;
    fail_transfer(d, m);
  }
}

static bool download_handle(modem_task *t, modem *m, const at_event *event) {
  ftp_download *d = (ftp_download *)t;
  switch (event->type) {
    case AT_EVENT_LINE: keep_result(d, event); return false;
    case AT_EVENT_CONNECT: receive(d, m); return false;
    case AT_EVENT_SUSPENDED: modem_make_way(m); return false;
    case AT_EVENT_DATA: d->received += (int64_t)event->len; return true;
    default: end_exchange(d, m, event); return false;
  }
}

/* Only an exact length tells afterwards that nothing was lost on the way. */
static void download_suspend(modem_task *t, modem *m) {
  (void)t;
  if (at_engine_can_suspend(&m->engine)) at_engine_suspend(&m->engine, m->now_ms);
}

/* ATO goes on where "+++" has stopped (manual, 1.2). */
static void download_resume(modem_task *t, modem *m) {
  ftp_download *d = (ftp_download *)t;
  at_builder b = at_engine_command(&m->engine, "O");
  at_exchange how = {
      .prefix = ftp_commands[d->id].word,
      .timeout_ms = d->timeout_ms,
      .result_timeout_ms = d->timeout_ms,
      .silence_ms = d->silence_ms,
  };
  t->phase = PHASE_RESUME;
  d->counted = -1;
  modem_begin(m, t, how.prefix, &b, &how);
}

static const modem_task_class download_class = {
    .start = download_start,
    .handle = download_handle,
    .suspend = download_suspend,
    .resume = download_resume,
    .uses_session = true,
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
