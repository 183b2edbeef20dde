#include "ftp/folder.h"

#include <string.h>

#include "ftp/refusal.h"
#include "ftp/request.h"

static const modem_step where_step, enter_step, leave_step;

static void begin(ftp_folder *f, modem *m, ftp_command_id id, const at_builder *b) {
  f->failure.kind = AT_ERROR_NONE;
  ftp_command_begin(m, &f->task, id, b,
                    (ftp_timeouts){.final_ms = f->timeout_ms, .result_ms = f->timeout_ms});
}

static void begin_with_name(ftp_folder *f, modem *m, ftp_command_id id, const char *name,
                            size_t len) {
  at_builder b = ftp_command_open(m, id);
  at_builder_add_string(&b, name, len);
  begin(f, m, id, &b);
}

/* --- MKDIR ----------------------------------------------------------------------- */

static void make_begin(modem_task *t, modem *m) {
  ftp_folder *f = (ftp_folder *)t;
  begin_with_name(f, m, FTP_MKDIR, f->name, f->name_len);
}

static void make_line(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  ((ftp_folder *)t)->failure = ftp_command_result(FTP_MKDIR, event).error;
}

static void make_failed(modem_task *t, modem *m, const at_error *why) {
  ftp_folder *f = (ftp_folder *)t;
  f->refusal = *why;
  if (f->may_exist && ftp_error_is_refusal(why)) {
    modem_task_go(m, t, &where_step);
  } else {
    modem_task_fail(m, t, why);
  }
}

static void make_next(modem_task *t, modem *m) {
  at_error why = ((ftp_folder *)t)->failure;
  if (why.kind == AT_ERROR_NONE) {
    modem_task_finish(m, t);
  } else {
    make_failed(t, m, &why);
  }
}

/* --- PWD ------------------------------------------------------------------------- */

static void where_begin(modem_task *t, modem *m) {
  ftp_folder *f = (ftp_folder *)t;
  at_builder b = ftp_command_open(m, FTP_PWD);
  f->here_len = 0;
  begin(f, m, FTP_PWD, &b);
}

static void where_line(modem_task *t, modem *m, const at_event *event) {
  ftp_folder *f = (ftp_folder *)t;
  ftp_result result = ftp_command_result(FTP_PWD, event);
  (void)m;
  if (result.error.kind != AT_ERROR_NONE || result.text_len > sizeof f->here) return;
  f->here_len = result.text_len;
  memcpy(f->here, result.text, result.text_len);
}

/* Where the way back is unknown, or cannot be said in a command, nothing is entered. */
static void where_next(modem_task *t, modem *m) {
  ftp_folder *f = (ftp_folder *)t;
  bool can_return = f->here_len > 0 && at_text_find_forbidden(f->here, f->here_len) < 0;
  if (can_return) {
    modem_task_go(m, t, &enter_step);
  } else {
    modem_task_fail(m, t, &f->refusal);
  }
}

/* --- CWD, and back --------------------------------------------------------------- */

static void enter_begin(modem_task *t, modem *m) {
  ftp_folder *f = (ftp_folder *)t;
  begin_with_name(f, m, FTP_CWD, f->name, f->name_len);
}

static void change_line(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  ((ftp_folder *)t)->failure = ftp_command_result(FTP_CWD, event).error;
}

/* A folder that cannot be entered is none: MKDIR was right to fail. */
static void enter_failed(modem_task *t, modem *m, const at_error *why) {
  modem_task_fail(m, t, ftp_error_is_refusal(why) ? &((ftp_folder *)t)->refusal : why);
}

static void enter_next(modem_task *t, modem *m) {
  at_error why = ((ftp_folder *)t)->failure;
  if (why.kind == AT_ERROR_NONE) {
    modem_task_go(m, t, &leave_step);
  } else {
    enter_failed(t, m, &why);
  }
}

static void leave_begin(modem_task *t, modem *m) {
  ftp_folder *f = (ftp_folder *)t;
  begin_with_name(f, m, FTP_CWD, f->here, f->here_len);
}

/* The session stands in a folder where the script does not expect it. */
static void leave_failed(modem_task *t, modem *m, const at_error *why) {
  m->session_open = false;
  modem_task_fail(m, t, why);
}

static void leave_next(modem_task *t, modem *m) {
  at_error why = ((ftp_folder *)t)->failure;
  if (why.kind == AT_ERROR_NONE) {
    modem_task_finish(m, t);
  } else {
    leave_failed(t, m, &why);
  }
}

static const modem_step make_step = {
    .begin = make_begin, .line = make_line, .next = make_next, .failed = make_failed};
static const modem_step where_step = {.begin = where_begin, .line = where_line, .next = where_next};
static const modem_step enter_step = {
    .begin = enter_begin, .line = change_line, .next = enter_next, .failed = enter_failed};
static const modem_step leave_step = {
    .begin = leave_begin, .line = change_line, .next = leave_next, .failed = leave_failed};

static const modem_task_class folder_class = {
    .first = &make_step, .uses_session = true, .needs_session = true, .has_own_deadlines = true};

void ftp_folder_init(ftp_folder *f, uint32_t timeout_ms, bool may_exist) {
  memset(f, 0, sizeof *f);
  f->task.class = &folder_class;
  f->task.word = ftp_commands[FTP_MKDIR].word;
  f->timeout_ms = timeout_ms;
  f->may_exist = may_exist;
}
